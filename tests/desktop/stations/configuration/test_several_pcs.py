"""What is offered and shown where there are several PCs, or one with nothing to read."""

from __future__ import annotations

from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.colours import Tone
from unison_desktop.stations.configuration.device_form import DeviceDialog
from unison_desktop.stations.configuration.holding import drift_words
from unison_desktop.stations.configuration.page import ConfigurationPage
from unison_domain.stations.contracts import DeviceReport
from unison_domain.stations.events import DeviceState

from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.configuration.conftest import DEVICE_KEY
from tests.desktop.stations.configuration.samples import STATION, agent, device


def test_a_new_device_is_offered_no_station_of_another_pc(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    first = page.holding.stations[0]
    others, lone = agent(id=UUID(int=109), name="Line 9"), agent(id=UUID(int=110), name="Line 10")
    ninth = first.model_copy(update={"id": UUID(int=309), "agent_id": others.id, "code": "L9", "name": "Line 9 left"})
    page.holding.agents += [others, lone]
    page.holding.stations.append(ninth)
    offered = {key: page.holding.likely_station(key) for key in (f"agent/{one.id}" for one in page.holding.agents)}
    assert list(offered.values()) == [str(STATION), str(ninth.id), None]
    page.holding.stations.append(ninth.model_copy(update={"id": UUID(int=310), "code": "L9R"}))
    assert page.holding.likely_station(f"agent/{others.id}") is None
    assert page.holding.likely_station(DEVICE_KEY) == str(STATION)
    dialog = DeviceDialog(page.desk, page.holding.station_names(), {"station_id": None}, page)
    dialog.form.fill({"name": "Mill", "host": "10.0.0.7"})
    assert dialog.form.values()["station_id"] is None
    dialog.save()
    assert not server.asked_for("POST /devices")
    assert dialog.form.editor("station_id").field.property("invalid") is True
    dialog.form.open(dialog.form.values())
    dialog.close()


def test_a_new_station_is_offered_the_plant_of_its_pc_and_never_a_guess(page: ConfigurationPage) -> None:
    holding, first = page.holding, page.holding.plants[0]
    assert holding.likely_plant(None) == str(first.id)
    holding.plants.append(first.model_copy(update={"id": UUID(int=77), "name": "Other"}))
    assert holding.likely_plant(None) is None
    assert holding.likely_plant(holding.agents[0]) == str(holding.stations[0].plant_id)


def test_devices_of_all_pcs_show_how_they_answer_before_anything_is_chosen(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    other, station, mill = agent(id=UUID(int=109), name="Line 9"), page.holding.stations[0], UUID(int=409)
    ninth = station.model_copy(update={"id": UUID(int=309), "agent_id": other.id, "name": "Line 9 left"})
    server.answer("GET /agents", [agent(), other])
    server.answer("GET /stations", [station, ninth])
    server.answer("GET /devices", [device(), device(id=mill, station_id=ninth.id, name="Mill")])
    answers = f"GET /agents/{other.id}/devices"
    server.answer(answers, [DeviceReport(device_id=mill, state=DeviceState.ONLINE)])

    def tone() -> object:
        return next((node.tone for node in page.holding.nodes() if node.key == f"device/{mill}"), None)

    page.reload()
    qtbot.waitUntil(lambda: tone() is Tone.GOOD)
    assert page.tree.current == DEVICE_KEY
    server.answer(answers, [DeviceReport(device_id=mill, state=DeviceState.OFFLINE)])
    server.happen("stations.agent.reported", other.id)
    qtbot.waitUntil(lambda: tone() is Tone.BAD)


@pytest.mark.parametrize("running", [None, 0])
def test_a_pc_without_devices_has_nothing_to_read(running: int | None) -> None:
    assert drift_words(agent(configuration_running=running, configuration_version=0)) == "has nothing to read yet"

"""Reasons, and rules that name no machine, are all plants': who may not write in all is told so before trying."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.identity.session import Session
from unison_desktop.machines.downtime.alarm_dialog import AlarmDialog
from unison_desktop.machines.downtime.reason_dialog import ReasonDialog
from unison_desktop.machines.downtime.reasons_page import ReasonsPage

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.downtime.samples import RIGHTS, alarm_rule
from tests.desktop.machines.samples import machine_id
from tests.desktop.signing_in import sign_in_with

SHARED = {"reason.new", "reason.switch", "reason.defaults"}


@pytest.fixture(params=[True, False])
def all_plants(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def signed_in(qtbot: QtBot, session: Session, server: FakeServer, all_plants: bool) -> Session:
    """Somebody with every right over reasons, in all plants or in some."""
    found = sign_in_with(qtbot, session, server, RIGHTS)
    found.me = samples.me(permissions=[*samples.me().permissions, *RIGHTS], all_plants=all_plants)
    return found


@pytest.fixture
def page(qtbot: QtBot, shop_desk: Desk, server: FakeServer) -> Iterator[ReasonsPage]:
    own = alarm_rule().model_copy(update={"id": UUID(int=601), "machine_id": machine_id(1), "alarm": "Coolant low"})
    server.answer("GET /alarm-reasons", [alarm_rule(), own])
    made = ReasonsPage(shop_desk, Place("downtime-reasons"))
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()


def test_what_all_plants_share_is_offered_to_who_may_write_in_all(page: ReasonsPage, all_plants: bool) -> None:
    shared = [one for one in page.commands if one.id in SHARED]
    assert {one.id for one in shared} == SHARED
    assert {one.isEnabled() for one in shared} == {all_plants}
    assert all(("write access to all" in one.toolTip()) is not all_plants for one in shared)
    page.tree.choose(str(UUID(int=120)))
    page.tree.opened.emit(page.tree.current)
    assert bool(page.findChildren(ReasonDialog)) is all_plants
    everywhere, own = sorted(page._alarms, key=lambda one: one.machine_id is not None)
    page.table.row_opened.emit(everywhere)
    assert bool(page.findChildren(AlarmDialog)) is all_plants
    page.table.row_opened.emit(own)
    assert page.findChildren(AlarmDialog)[-1].windowTitle().startswith("Coolant low")
    assert bool(page.desk.messages.history) is not all_plants
    for dialog in [*page.findChildren(AlarmDialog), *page.findChildren(ReasonDialog)]:
        dialog.close()


def test_a_new_rule_of_who_has_some_plants_names_a_machine(page: ReasonsPage, all_plants: bool) -> None:
    next(one for one in page.commands if one.id == "alarm.new").trigger()
    dialog = page.findChildren(AlarmDialog)[-1]
    assert ("machine_type" in dialog.form.values()) is all_plants
    assert (dialog.form.values()["machine_id"] is None) is all_plants
    dialog.close()

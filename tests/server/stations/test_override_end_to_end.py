"""An override from the operator page to the desktop's answers: a real agent at the real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.overrides import OverrideKind
from unison_domain.identity.setting_contracts import PIN_TRIES
from unison_server.kernel.database import Database
from unison_station.agent import Agent

from tests.server.codes.scanning import history as scans
from tests.server.quality.gauging import characteristic, measured
from tests.server.stations.confirming import PIN, TEXT, Confirmer, confirmer
from tests.server.stations.floor import Floor
from tests.server.stations.test_real_agent import running, until
from tests.server.stations.test_signing_on import attempts, scan
from tests.station_agent.operator.badges import touch
from tests.station_agent.operator.chromium import MISSING, PROGRAM, Browser
from tests.station_agent.operator.talk import Page


@pytest.fixture
def quinn(floor: Floor) -> Confirmer:
    """A team leader with badge and PIN."""
    return confirmer(floor)


@contextmanager
def told(floor: Floor, address: str, folder: Path) -> Iterator[Agent]:
    """An agent that knows who may confirm, and what is to be confirmed."""
    with running(floor, address, folder) as agent:
        until(lambda: agent.signing_on.countersigned == frozenset(OverrideKind) and agent.signing_on.is_known)
        yield agent


def confirm(page: Page, floor: Floor, act: dict[str, Any], pin: str = PIN) -> httpx.Response:
    said = {"do": "confirm", "station_id": str(floor.station_id), "pin": pin, "act": act}
    return page.post(orjson.dumps(said))


def test_anothers_scan_is_taken_back_by_badge_and_pin(
    floor: Floor, quinn: Confirmer, address: str, tmp_path: Path
) -> None:
    station, id_ = str(floor.station_id), str(uuid4())
    with told(floor, address, tmp_path) as agent, httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        page = Page(client)
        assert page.say("scan", id=id_, station_id=station, text="BOX-1", person="Ada").status_code == 200
        back = {"do": "take_back", "id": str(uuid4()), "person": "Ben", "taking_id": id_}
        assert page.post(orjson.dumps(back)).json()["code"] == "override"
        page.say("await_badge", station_id=station, waits=True, confirms=True)
        scan(agent, floor, TEXT)
        assert confirm(page, floor, back, "0000").json()["code"] == "confirm_pin_wrong"
        assert confirm(page, floor, back).status_code == 200
        (shown,) = until(lambda: [one for one in scans(floor) if one["undone_at"]])
    assert (shown["person"], shown["undone_person"]) == ("Ada", "Ben")
    assert shown["undo_confirmed_by_name"] in ("Quinn", str(quinn.id)), "its name may be on its way yet"
    assert attempts(floor, quinn.id) == [("countersigned", "S1"), ("wrong", "S1")]
    (row,) = floor.rows("select kind, countersigned_by from station_overrides")
    assert tuple(row) == ("scan_undone", quinn.id)
    assert floor.rows("select code from quarantine") == []


def test_the_badge_alone_confirms_nothing_and_wrong_pins_are_slowed_and_told(
    floor: Floor, quinn: Confirmer, address: str, tmp_path: Path
) -> None:
    station, id_ = str(floor.station_id), str(uuid4())
    with told(floor, address, tmp_path) as agent, httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        page = Page(client)
        assert page.say("scan", id=id_, station_id=station, text="BOX-1", person="Ada").status_code == 200
        back = {"do": "take_back", "id": str(uuid4()), "person": "Ben", "taking_id": id_}
        page.say("await_badge", station_id=station, waits=True, confirms=True)
        assert confirm(page, floor, back).json()["code"] == "badge_missing", "a PIN alone confirms nothing"
        scan(agent, floor, TEXT)
        for without in ({"pin": ""}, {}):
            said = {"do": "confirm", "station_id": station, "act": back, **without}
            assert page.post(orjson.dumps(said)).status_code == 422, "nor does a badge alone"
        assert page.post(orjson.dumps(back)).json()["code"] == "override"
        assert attempts(floor, quinn.id) == [], "nothing was tried yet"
        wrong = [confirm(page, floor, back, f"000{n}").json()["code"] for n in range(PIN_TRIES.default)]
        assert wrong == ["confirm_pin_wrong"] * PIN_TRIES.default
        slowed = confirm(page, floor, back).json()
        assert slowed["code"] == "confirm_too_many", "also the right one has to wait"
        assert 0 < int(slowed["parameters"]["seconds"]) <= 300
        assert [one["undone_at"] for one in scans(floor)] == [None]
        with floor.made.databases.session(Database.IDENTITY, floor.made.scope) as session:
            session.execute(text("update login_attempts set began_at = began_at - interval '6 minutes'"))
        assert confirm(page, floor, back).status_code == 200
        (shown,) = until(lambda: [one for one in scans(floor) if one["undone_at"]])
    assert (shown["person"], shown["undone_person"]) == ("Ada", "Ben")
    tried = [("wrong", "S1")] * PIN_TRIES.default
    assert attempts(floor, quinn.id) == [("countersigned", "S1"), ("too_many", "S1"), *tried]
    (row,) = floor.rows("select kind, countersigned_by from station_overrides")
    assert tuple(row) == ("scan_undone", quinn.id)


def test_who_may_not_confirms_nothing(floor: Floor, address: str, tmp_path: Path) -> None:
    confirmer(floor, RoleCode.OPERATOR)
    station = str(floor.station_id)
    bore = characteristic(floor, lsl="4.00", usl="4.20")
    with told(floor, address, tmp_path) as agent, httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        until(lambda: agent.engine.configuration.characteristics)
        page = Page(client)
        typed = {"do": "reading", "id": str(uuid4()), "station_id": station, "characteristic_id": str(bore)}
        typed["value"] = "42.0"
        page.say("await_badge", station_id=station, waits=True, confirms=True)
        scan(agent, floor, TEXT)
        assert confirm(page, floor, typed).json()["code"] == "may_not_confirm"
        assert agent.desk.recent.stations == {}
    assert measured(floor) == []


@pytest.mark.skipif(PROGRAM is None, reason=MISSING)
def test_a_far_value_is_typed_asked_about_and_confirmed(
    floor: Floor, quinn: Confirmer, address: str, tmp_path: Path
) -> None:
    characteristic(floor, lsl="4.00", usl="4.20")
    with told(floor, address, tmp_path / "agent") as agent, Browser(tmp_path / "browser") as browser:
        until(lambda: agent.engine.configuration.characteristics)
        browser.open(agent.health.url + "station/S1")
        browser.until("catalogue && takings && !document.querySelector('#type-value').hidden")
        touch(browser, "#type-value")
        for _ in range(2):
            browser.run("el.value.value = '42.0'; typeValue()")
        browser.until("document.querySelector('#confirm-sheet').open")
        until(lambda: agent.signing_on.awaited.confirms_at(floor.station_id))
        scan(agent, floor, TEXT)
        browser.until("people.confirmer?.name === 'Quinn'")
        for digit in PIN:
            touch(browser, f"#confirm-sheet .keys button:nth-child({digit})")
        touch(browser, "#confirm-sheet .primary")
        browser.until("!document.querySelector('#confirm-sheet').open && takings.readings.length === 1")
        (shown,) = until(lambda: measured(floor))
        assert browser.problems == []
    assert shown["measured_value"] == "42.0"
    assert shown["confirmed_by_name"] in ("Quinn", str(quinn.id))
    assert floor.rows("select code from quarantine") == []

"""The page of PCs tells how each is, what it reads and what happened to it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.stations.devices import device_columns, device_rows
from unison_desktop.stations.happenings import happening_row
from unison_desktop.stations.page import StationsPage
from unison_domain.stations.contracts import (
    AgentAnswer,
    AgentEventAnswer,
    DeviceAnswer,
    DeviceReport,
    SignalAnswer,
    StationAnswer,
    TagProblem,
)
from unison_domain.stations.events import DeviceState
from unison_domain.stations.quarantine_contracts import Decision, QuarantinedAnswer
from unison_server.stations.fleet import FLEET_EVENTS

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.samples import plant
from tests.desktop.stations.peripherals.samples import caliper, camera, scanner
from tests.desktop.stations.shown import column

STATION, PRESS, MILL = UUID(int=300), UUID(int=301), UUID(int=302)


def device(id_: UUID, name: str) -> DeviceAnswer:
    return DeviceAnswer(
        id=id_,
        version=1,
        station_id=STATION,
        name=name,
        host="10.0.0.5",
        is_active=True,
        created_at=samples.NOW,
        updated_at=samples.NOW,
    )


def station(agent: AgentAnswer) -> dict[str, object]:
    return {
        "id": str(STATION),
        "version": 1,
        "plant_id": str(UUID(int=9)),
        "agent_id": str(agent.id),
        "code": "L1",
        "name": "Line 1 left",
        "is_active": True,
        "created_at": samples.NOW.isoformat(),
        "updated_at": samples.NOW.isoformat(),
    }


def bad_tag() -> DeviceReport:
    problem = TagProblem(tag_id=UUID(int=400), name="Good parts", message="Address 40 is not there", exception=2)
    return DeviceReport(device_id=PRESS, state=DeviceState.DEGRADED, tags=(problem,))


def test_every_pc_is_listed_with_how_it_is(page: StationsPage) -> None:
    assert column(page, "name") == ["Line 1", "Line 2", "Packing"]
    assert column(page, "health") == ["Well", "Silent for 42 min", "Waiting for its PC"]
    assert column(page, "configuration") == ["current", "an older one", "none yet"]
    assert "3 PCs, 1 to look after" in [label.text() for label in page.head.findChildren(QLabel)]


def test_devices_of_the_chosen_pc_are_told_down_to_the_tag(
    qtbot: QtBot, page: StationsPage, server: FakeServer
) -> None:
    agent = samples.agent(1)
    server.answer("GET /stations", {"items": [station(agent)], "next_cursor": None})
    server.answer("GET /devices", [device(MILL, "Mill"), device(PRESS, "Press")])
    server.answer(f"GET /agents/{agent.id}/devices", [bad_tag()])
    page.reload()
    page._table.view.selectRow(0)
    table = page._panel.devices
    qtbot.waitUntil(lambda: [row.problem for row in table.model.rows()] == [*bad_tag().tags, None])
    first = table.model.rows()[0]
    shown = [column.shown(first) for column in table.model.columns]
    assert shown == [
        "Press",
        "Answers in part",
        "Good parts",
        "Address 40 is not there",
        "2",
        "Modbus TCP",
        "10.0.0.5:502 #1",
    ]


def test_scanners_gauges_and_cameras_of_the_chosen_pc_stand_beside_its_devices(
    qtbot: QtBot, page: StationsPage, server: FakeServer
) -> None:
    agent, moved = samples.agent(1), {"station_id": STATION}
    server.answer("GET /stations", {"items": [station(agent)], "next_cursor": None})
    server.answer("GET /devices", [device(MILL, "Mill")])
    gone = caliper(state="offline", message="it was unplugged", **moved)
    server.answer("GET /peripherals", [scanner(state="online", **moved), gone, camera()])
    page.reload()
    page._table.view.selectRow(0)
    table = page._panel.devices
    qtbot.waitUntil(lambda: [row.name for row in table.model.rows()] == ["Caliper", "Mill", "Hand scanner"])
    shown = [column.shown(table.model.rows()[0]) for column in table.model.columns]
    assert shown == ["Caliper", "Does not answer", "", "it was unplugged", "", "Gauge or scale", "/dev/ttyUSB1"]
    page._panel.show_agent(
        agent.model_copy(update={"last_seen_at": samples.NOW - timedelta(hours=3)}), [], samples.NOW, None, [gone]
    )
    assert [table.model.columns[1].shown(row) for row in table.model.rows()] == ["Did not answer 3 h 0 min ago"]


def test_reports_that_cannot_be_read_are_told_until_they_can(
    qtbot: QtBot, page: StationsPage, server: FakeServer
) -> None:
    route = f"GET /agents/{samples.agent(1).id}/devices"
    server.refuse(route, 503, "unavailable", "The database is starting.")
    page._table.view.selectRow(0)
    table = page._panel.devices
    qtbot.waitUntil(lambda: table._error.isVisible())
    page._show()
    assert table._error.isVisible()
    server.answer(route, [])
    table.retry_asked.emit()
    qtbot.waitUntil(lambda: table._error.isHidden())


def event(number: int, kind: str, **body: object) -> AgentEventAnswer:
    return AgentEventAnswer(
        id=UUID(int=600 + number), epoch=UUID(int=1), seq=number, kind=kind, at=samples.NOW, body=dict(body)
    )


def test_what_happened_to_a_pc_is_told_in_words(qtbot: QtBot, page: StationsPage, server: FakeServer) -> None:
    events = [
        event(7, "gap", reason="buffer_corrupt", lost={"unreadable": 0}, is_counted=False),
        event(6, "gap", reason="buffer_full", lost={"sample": 120}),
        event(5, "clock_stepped", delta_seconds=-3.5),
        event(4, "device_changed", device_id=str(MILL), state="offline", message="No route to 10.0.0.5"),
        event(3, "agent_started", version="0.1.0", boot_id="b", clean_stop=False),
        event(2, "moved", to="hall 2"),
        event(1, "gap", why="a form of a later version"),
    ]
    server.answer(f"GET /agents/{samples.agent(1).id}/events", events)
    page._table.view.selectRow(0)
    page._panel.tabs.setCurrentIndex(2)
    table = page._panel.happened
    qtbot.waitUntil(lambda: table.model.total == len(events))
    shown = [[column.shown(row) for column in table.model.columns[1:]] for row in table.model.rows()]
    assert shown == [
        ["Events lost", "the PC's buffer was damaged; nobody knows how many"],
        ["Events lost", "the PC's buffer was full; 120 × sample"],  # noqa: RUF001
        ["Clock jumped", "back by 3.5 s"],
        ["Device does not answer", f"{MILL}: No route to 10.0.0.5"],
        ["Started after a hard end", "version 0.1.0"],
        ["moved", '{"to": "hall 2"}'],
        ["gap", '{"why": "a form of a later version"}'],
    ]


def test_every_kind_of_incident_has_its_words() -> None:
    bodies: dict[str, dict[str, object]] = {
        "agent_started": {"version": "0.1.0", "boot_id": "b", "clean_stop": True},
        "clock_stepped": {"delta_seconds": 2},
        "counter_rebased": {"machine_id": str(MILL), "tag_id": str(PRESS)},
        "device_changed": {"device_id": str(MILL), "state": "online"},
        "gap": {"reason": "buffer_full", "lost": {}},
        "peripheral_changed": {"peripheral_id": str(MILL), "state": "offline", "since": "2026-11-22T09:00:00Z"},
    }
    assert set(bodies) == set(FLEET_EVENTS.kinds)
    assert [kind for kind, body in bodies.items() if happening_row(event(1, kind, **body), {}).what == kind] == []


@pytest.mark.parametrize(
    ("state", "times", "said"),
    [
        ("offline", 1, ["Scanner, gauge or camera is gone", "Gate: since {since}; No such port"]),
        ("online", 0, ["Scanner, gauge or camera is back", "Gate: since {since}"]),
        ("refused", 0, ["Scanner, gauge or camera can't be used", "Gate: since {since}; No such port"]),
        ("online", 7, ["Scanner, gauge or camera comes and goes", "Gate: since {since}; gone 7 times in between"]),
    ],
)
def test_a_scanner_that_goes_and_comes_is_told_in_words(state: str, times: int, said: list[str]) -> None:
    gate, since = UUID(int=500), datetime(2026, 11, 22, 9, tzinfo=UTC)
    message = None if state == "online" else "No such port"
    told = event(
        1, "peripheral_changed", peripheral_id=str(gate), state=state, since=str(since), times=times, message=message
    )
    row = happening_row(told, {gate: "Gate"}, UTC)
    assert [row.what, row.detail] == [text.format(since=zoned_text(since)) for text in said]


def test_a_counter_that_begins_anew_is_told_by_its_name(qtbot: QtBot, page: StationsPage, server: FakeServer) -> None:
    agent_id, tag_id = samples.agent(1).id, UUID(int=400)
    signal = SignalAnswer(
        tag_id=tag_id, tag_name="good", device_id=PRESS, device_name="Press", machine_id=MILL, at=None, quality=None
    )
    server.answer(f"GET /agents/{agent_id}/signals", [signal])
    body: dict[str, object] = {"machine_id": str(MILL), "tag_id": str(tag_id), "lease": 4}
    events = [event(2, "counter_rebased", forced=True, **body), event(1, "counter_rebased", forced=False, **body)]
    server.answer(f"GET /agents/{agent_id}/events", events)
    page._table.view.selectRow(0)
    page._panel.tabs.setCurrentIndex(2)
    table = page._panel.happened
    wanted = [
        "Press, good: in the middle of a run, as a person wanted it; parts made in that moment may be missing",
        "Press, good: it reads something else from here on",
    ]
    qtbot.waitUntil(lambda: [row.detail for row in table.model.rows()] == wanted)
    assert {row.what for row in table.model.rows()} == {"Counter begins anew"}


def test_what_happened_to_a_pc_is_told_by_the_clock_of_its_plant(
    qtbot: QtBot, page: StationsPage, server: FakeServer
) -> None:
    plant_id, at = UUID(int=900), datetime(2026, 7, 29, 12, 0, tzinfo=UTC)
    names = {"version": 1, "is_active": True, "created_at": at, "updated_at": at}
    agent_id = samples.agent(1).id
    known = StationAnswer(id=STATION, plant_id=plant_id, agent_id=agent_id, code="L1", name="Line 1", **names)
    server.answer("GET /stations", [known])
    server.answer("GET /plants", [plant(plant_id, "Asia/Kathmandu")])
    started = event(1, "agent_started", version="0.1.0", boot_id="b", clean_stop=True)
    server.answer(f"GET /agents/{agent_id}/events", [started.model_copy(update={"at": at})])
    page.reload()
    page._table.view.selectRow(0)
    page._panel.tabs.setCurrentIndex(2)
    table = page._panel.happened
    told = ["2026-07-29 17:45:00 UTC+05:45"]
    qtbot.waitUntil(lambda: [table.model.columns[0].shown(row) for row in table.model.rows()] == told)


def test_what_was_set_aside_is_told_with_its_reason(qtbot: QtBot, page: StationsPage, server: FakeServer) -> None:
    one = QuarantinedAnswer(
        id=UUID(int=700),
        epoch=UUID(int=1),
        seq=12,
        kind="counted",
        code="tag_unknown",
        message="There is no tag 5",
        rejected=True,
        raw="{}",
        received_at=samples.NOW,
        decision=Decision.DISCARDED,
        decided_by_name="Paula Weber",
    )
    server.answer(f"GET /agents/{samples.agent(1).id}/quarantine", [one])
    server.answer("GET /agents", [samples.agent(1, dead_letters=3, waiting_events=1)])
    page.reload()
    page._table.view.selectRow(0)
    page._panel.tabs.setCurrentIndex(3)
    path = f"GET /agents/{samples.agent(1).id}/quarantine"
    qtbot.waitUntil(lambda: [asked.query.get("state") for asked in server.asked_for(path)][:1] == [["open"]])
    page._panel._aside.all_box.click()
    qtbot.waitUntil(lambda: server.asked_for(path)[-1].query.get("state") == ["all"])
    qtbot.waitUntil(lambda: page._panel.set_aside.model.total == 1)
    qtbot.waitUntil(lambda: column(page, "health") == ["1 event waits for a decision"])
    assert column(page, "set_aside") == ["1"]
    assert column(page, "refused") == ["3"]
    assert page._panel.tabs.tabText(3) == "Set aside (1)"
    assert page._panel.tabs.tabText(4) == "Refused events (3)"
    shown = {column.key: column.shown(one) for column in page._panel.set_aside.model.columns}
    told = [shown[name] for name in ("message", "kind", "decision", "decided_by", "rejected")]
    assert told == ["There is no tag 5", "parts counted", "discarded", "Paula Weber", "kept too"]


@pytest.mark.parametrize("tab", [1, 2, 3])
def test_a_server_that_does_not_tell_events_is_no_error(qtbot: QtBot, page: StationsPage, tab: int) -> None:
    page._table.view.selectRow(0)
    page._panel.tabs.setCurrentIndex(tab)
    table = (page._panel.devices, page._panel.signals, page._panel.happened, page._panel.set_aside)[tab]
    qtbot.waitUntil(lambda: table.view.notice == "This server does not tell it.")
    assert table._error.isHidden()


def test_an_answer_about_another_pc_that_comes_late_is_not_shown(
    qtbot: QtBot, page: StationsPage, server: FakeServer
) -> None:
    held = threading.Event()
    first, second = (f"GET /agents/{samples.agent(n).id}/events" for n in (1, 2))
    server.answer(first, [event(1, "gap", reason="buffer_full", lost={})], wait=held)
    server.answer(second, [event(n, "clock_stepped", delta_seconds=n) for n in (2, 3)])
    page._panel.tabs.setCurrentIndex(2)
    page._table.view.selectRow(0)
    qtbot.waitUntil(lambda: len(server.asked_for(first)) == 1)
    page._table.view.selectRow(1)
    held.set()
    qtbot.waitUntil(lambda: page._panel.happened.model.total == 2)
    assert {row.what for row in page._panel.happened.model.rows()} == {"Clock jumped"}


def test_when_its_certificate_ends_is_seen_of_each_pc(qtbot: QtBot, page: StationsPage, server: FakeServer) -> None:
    ends = samples.NOW + timedelta(days=12)
    server.answer("GET /agents", [samples.agent(1, certificate_ends_at=ends)])
    page.reload()
    qtbot.waitUntil(lambda: column(page, "certificate") == [f"{ends.astimezone():%Y-%m-%d}"])


def test_those_that_do_not_answer_come_first() -> None:
    offline = DeviceReport(device_id=MILL, state=DeviceState.OFFLINE, message="No route to 10.0.0.5")
    rows = device_rows([device(PRESS, "Press"), device(MILL, "Mill")], [bad_tag(), offline])
    assert [row.name for row in rows] == ["Mill", "Press"]


def test_what_a_silent_pc_said_of_its_devices_is_told_as_past(
    qtbot: QtBot, page: StationsPage, server: FakeServer
) -> None:
    silent = samples.agent(1, last_seen_at=samples.NOW - timedelta(minutes=11))
    online = DeviceReport(device_id=MILL, state=DeviceState.ONLINE, message=None)
    server.answer("GET /agents", [silent])
    server.answer("GET /devices", [device(MILL, "Mill")])
    server.answer("GET /stations", {"items": [station(silent)], "next_cursor": None})
    server.answer(f"GET /agents/{silent.id}/devices", [online])
    page.reload()
    page._table.view.selectRow(0)
    table = page._panel.devices
    state = next(one for one in table.model.columns if one.key == "state")
    qtbot.waitUntil(lambda: [state.shown(row) for row in table.model.rows()] == ["Answered 11 min ago"])
    assert page.head.subtitle == "1 PC, 1 to look after"


def test_without_a_connection_nothing_ages(qtbot: QtBot, page: StationsPage, server: FakeServer, desk: Desk) -> None:
    server.stream_status = 503
    server.cut_streams()
    qtbot.waitUntil(lambda: page.contact.as_of is not None, timeout=8000)
    assert page._table.view._stale
    rows = page._table.model.rows()
    assert all(row.now <= desk.session.clock.now() for row in rows)
    before = [row.now for row in rows]
    page._show()
    assert [row.now for row in page._table.model.rows()] == before
    server.stream_status = 200
    qtbot.waitUntil(lambda: page.contact.as_of is None, timeout=8000)
    assert not page._table.view._stale


def test_a_device_without_tags_says_so(theme: Theme) -> None:
    rows = device_rows([device(MILL, "Mill").model_copy(update={"tag_count": 0}), device(PRESS, "Press")], [])
    model = {row.name: row for row in rows}
    columns = {one.key: one for one in device_columns(theme)}
    assert columns["state"].shown(model["Mill"]) == "Not read"
    assert "no tags" in columns["problem"].shown(model["Mill"])
    assert columns["state"].shown(model["Press"]) == "Not reported yet"


def test_a_place_names_the_pc_that_is_chosen_at_first(qtbot: QtBot, desk: Desk) -> None:
    wanted = samples.agent(2).id
    page = StationsPage(desk, Place("stations", str(wanted)))
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert page._chosen == wanted
    page._table.view.selectRow(0)
    chosen = page._chosen
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert page._chosen == chosen != wanted
    page.close()
    page.deleteLater()

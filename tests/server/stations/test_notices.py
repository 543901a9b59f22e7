"""What happens on the shop floor reaches the inboxes of those who can do something about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from unison_dev.floor import wait_for
from unison_domain.stations import silence
from unison_domain.stations.contracts import SILENT_AFTER_SECONDS
from unison_domain.stations.silence import TOLD_AGAIN_AFTER
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.settings import Settings
from unison_server.kernel.upkeep import SWEEP_SECONDS
from unison_server.stations import silent_peripherals
from unison_server.stations.expiry import watch_certificates
from unison_server.stations.ingestion import mark_conflict
from unison_server.stations.silence import NEVER_HEARD, NEVER_HEARD_AFTER
from unison_server.stations.silent_devices import SILENT as SILENT_DEVICE
from unison_server.stations.silent_devices import watch_devices
from unison_server.stations.silent_peripherals import SILENT as SILENT_PERIPHERAL

from tests.server.identity.test_inbox import inbox, until_told
from tests.server.identity.test_notifier import happen
from tests.server.stations.floor import START, Floor, enrol, stamp
from tests.server.stations.test_silence import Rounds, beat, rounds, watch

__all__ = ["rounds", "watch"]


def call(floor: Floor, state: str, id_: str, seconds: float = 0, called: str = "maintenance") -> dict[str, Any]:
    fields = {"call_id": id_, "machine_id": str(floor.machines[0]), "called": called, "state": state}
    return floor.sender.event("call_changed", seconds, person="Otto", note="smoke", **fields)


def test_a_call_names_machine_place_and_who_called(floor: Floor) -> None:
    floor.sender.send([call(floor, "called", str(uuid4()))])
    (told,) = until_told(floor.admin, 1)
    assert (told["title"], told["message"]) == ("M1 calls for maintenance", "Mill 1, plant P1. Otto smoke")
    assert (told["reference_type"], told["reference_id"]) == ("machine", str(floor.machines[0]))
    assert (told["priority"], told["plant_id"]) == ("urgent", str(floor.plant_id))


def test_a_call_that_is_over_when_it_comes_is_told_to_nobody(floor: Floor) -> None:
    late, waiting = str(uuid4()), str(uuid4())
    floor.sender.send([call(floor, "called", late), call(floor, "done", late, 60), call(floor, "called", waiting, 90)])
    assert [one["kind"] for one in until_told(floor.admin, 1)] == ["call_maintenance"]


def unread(floor: Floor) -> list[str]:
    return [one["title"] for one in inbox(floor.admin, is_read="false")["items"]]


@pytest.mark.parametrize("step", ["arrived", "done", "withdrawn"])
def test_a_call_that_is_served_is_read_by_itself_and_no_other(floor: Floor, step: str) -> None:
    served, waiting = str(uuid4()), str(uuid4())
    floor.sender.send([call(floor, "called", served), call(floor, "called", waiting, 1, "quality")])
    until_told(floor.admin, 2)
    floor.sender.send([call(floor, step, served, 60)])
    assert wait_for(lambda: unread(floor) == ["M1 calls for quality"], 60)
    assert inbox(floor.admin)["unread"] == 1


@pytest.mark.parametrize("at_once", [True, False])
def test_a_call_that_is_waited_for_again_is_to_be_read_again(floor: Floor, at_once: bool) -> None:
    again = str(uuid4())
    floor.sender.send([call(floor, "called", again)])
    until_told(floor.admin, 1)
    withdrawn = call(floor, "withdrawn", again, 60)
    taken_back = {**call(floor, "called", again, 61), "takes_back": True}
    if at_once:
        floor.sender.send([withdrawn, taken_back])
    else:
        floor.sender.send([withdrawn])
        assert wait_for(lambda: unread(floor) == [], 60)
        floor.sender.send([taken_back])
        until_told(floor.admin, 2)
    floor.sender.send([call(floor, "called", str(uuid4()), 90, "quality")])
    assert wait_for(lambda: "M1 calls for quality" in unread(floor), 60)
    assert unread(floor) == ["M1 calls for quality", "M1 calls for maintenance"]


def test_events_that_wait_no_more_are_read_by_themselves_once_all_are_decided(floor: Floor) -> None:
    for seconds in (40_000, 50_000):
        floor.sender.send([floor.counted(seconds, 5000, across_gap=True, started_at=stamp(0), gap_run="stood_before")])
    until_told(floor.admin, 1)
    path = f"/agents/{floor.agent_id}/quarantine"
    first, last = (one["id"] for one in floor.admin.get(path).json()["items"])
    floor.admin.post(f"{path}/discard", {"ids": [first], "reason": "no parts"})
    floor.sender.send([call(floor, "called", str(uuid4()))])
    until_told(floor.admin, 2)
    assert len(unread(floor)) == 2, "one waits still"
    floor.admin.post(f"{path}/discard", {"ids": [last], "reason": "no parts"})
    assert wait_for(lambda: unread(floor) == ["M1 calls for maintenance"], 60)


@pytest.mark.parametrize("by_kind", [{"call_raised": "none", "call_quality": "inbox"}, {"call_maintenance": "none"}])
def test_who_answers_calls_is_told_of_those_of_their_own_work(floor: Floor, by_kind: dict[str, str]) -> None:
    said = floor.admin.send("PUT", "/preferences", json={"by_kind": by_kind}, headers={"If-Match": '"0"'})
    assert said.status_code == 200, said.text
    floor.sender.send([call(floor, "called", str(uuid4()))])
    floor.sender.send([call(floor, "called", str(uuid4()), 60, "quality")])
    assert [one["title"] for one in until_told(floor.admin, 1)] == ["M1 calls for quality"]


def test_silence_its_end_a_conflict_and_certificates_are_told(
    floor: Floor, watch: Any, settings: Settings, system_databases: Databases
) -> None:
    beat(floor)
    watch(settings, system_databases, datetime.now(UTC) + timedelta(seconds=2 * SILENT_AFTER_SECONDS))
    until_told(floor.admin, 1)
    beat(floor)
    until_told(floor.admin, 2)
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        mark_conflict(session, floor.agent_id)
    told = until_told(floor.admin, 3)
    assert [one["kind"] for one in told] == ["agent_conflicted", "agent_heard_again", "agent_silent"]
    assert {one["reference_id"] for one in told} == {str(floor.agent_id)}
    assert {one["parameters"]["agent"] for one in told} == {"Hall 1"}


@pytest.mark.parametrize("ends", ["enrolled", "revoked"])
def test_a_conflict_that_somebody_ended_is_read_by_itself(floor: Floor, ends: str) -> None:
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        mark_conflict(session, floor.agent_id)
    until_told(floor.admin, 1)
    if ends == "enrolled":
        enrol(floor.admin.client, floor.admin.post(f"/agents/{floor.agent_id}/code").json()["code"])
    else:
        version = floor.admin.get(f"/agents/{floor.agent_id}").json()["version"]
        floor.admin.post(f"/agents/{floor.agent_id}/revoke", headers={"If-Match": f'"{version}"'})
    assert wait_for(lambda: unread(floor) == [], 60)


def test_a_pc_that_was_enrolled_and_never_heard_is_told_once(floor: Floor, rounds: Rounds) -> None:
    rounds.go_on(NEVER_HEARD_AFTER.total_seconds() / 2)
    assert NEVER_HEARD not in floor.topics()
    rounds.go_on(NEVER_HEARD_AFTER.total_seconds() / 2 + 2 * SWEEP_SECONDS)
    (told,) = until_told(floor.admin, 1)
    assert (told["kind"], told["title"]) == ("agent_never_heard", "Hall 1 was never heard")
    assert "pc-1" in told["message"]
    assert floor.topics().count(NEVER_HEARD) == 1


def test_a_pc_that_was_heard_after_it_was_enrolled_is_no_such(
    floor: Floor, watch: Any, settings: Settings, system_databases: Databases
) -> None:
    beat(floor)
    watch(settings, system_databases, datetime.now(UTC) + NEVER_HEARD_AFTER + timedelta(seconds=2))
    assert NEVER_HEARD not in floor.topics()


def device(floor: Floor, state: str, seconds: float | None = None) -> dict[str, Any]:
    """What happened just now, unless it says when."""
    seconds = (datetime.now(UTC) - START).total_seconds() if seconds is None else seconds
    said = {"device_id": str(floor.device_id), "state": state, "message": "no answer in 1 s"}
    return floor.sender.event("device_changed", seconds, **said)


def test_a_device_that_comes_and_goes_is_told_once_in_an_hour(
    floor: Floor, settings: Settings, system_databases: Databases
) -> None:
    floor.sender.send([device(floor, "online")])
    floor.sender.send([device(floor, "offline"), device(floor, "online"), device(floor, "offline")])
    until_told(floor.admin, 1)
    floor.sender.send([device(floor, "degraded")])
    floor.sender.send([device(floor, "offline")])
    watch_devices(settings, system_databases, datetime.now(UTC))
    floor.sender.send([call(floor, "called", str(uuid4()))])
    told = until_told(floor.admin, 2)
    assert [one["kind"] for one in told] == ["call_maintenance", "device_silent"]
    assert (told[1]["title"], told[1]["message"]) == (
        "PLC does not answer",
        "Hall 1 reads nothing of it. no answer in 1 s",
    )
    assert (told[1]["reference_type"], told[1]["reference_id"]) == ("agent", str(floor.agent_id))


def test_a_device_that_flickers_and_then_dies_is_told_when_the_hour_is_over(
    floor: Floor, settings: Settings, system_databases: Databases
) -> None:
    floor.sender.send([device(floor, "online"), device(floor, "offline")])
    until_told(floor.admin, 1)
    floor.sender.send([device(floor, "online")])
    floor.sender.send([device(floor, "offline")])
    for later in (TOLD_AGAIN_AFTER, 2 * TOLD_AGAIN_AFTER, 3 * TOLD_AGAIN_AFTER):
        watch_devices(settings, system_databases, datetime.now(UTC) + later)
    assert floor.topics().count(SILENT_DEVICE) == 2, "the second silence is told once too"
    told = until_told(floor.admin, 2)
    assert [one["kind"] for one in told] == ["device_silent", "device_silent"]


def test_a_device_that_answers_when_the_hour_is_over_is_told_no_more(
    floor: Floor, settings: Settings, system_databases: Databases
) -> None:
    for state in ("offline", "online", "offline", "online"):
        floor.sender.send([device(floor, state)])
    watch_devices(settings, system_databases, datetime.now(UTC) + TOLD_AGAIN_AFTER)
    assert floor.topics().count(SILENT_DEVICE) == 1


def test_a_silence_that_was_heard_of_late_is_told_if_it_lasts(
    floor: Floor, settings: Settings, system_databases: Databases
) -> None:
    floor.sender.send([device(floor, "offline", 1)])
    assert SILENT_DEVICE not in floor.topics()
    floor.sender.send([device(floor, "online", 2)])
    watch_devices(settings, system_databases, datetime.now(UTC))
    assert SILENT_DEVICE not in floor.topics()
    floor.sender.send([device(floor, "offline", 3)])
    for _ in range(2):
        watch_devices(settings, system_databases, datetime.now(UTC))
    assert floor.topics().count(SILENT_DEVICE) == 1


def test_a_silence_is_of_who_reads_the_device(floor: Floor) -> None:
    other = enrol(floor.admin.client, floor.admin.post("/agents", {"name": "Hall 2"}).json()["code"])
    told = {"device_id": str(floor.device_id), "state": "offline", "message": "no answer"}
    other.send([other.event("device_changed", 1, **told)])
    assert SILENT_DEVICE not in floor.topics()
    floor.sender.send([device(floor, "offline")])
    other.send([other.event("device_changed", 3, **{**told, "state": "online"})])
    floor.sender.send([device(floor, "offline")])
    assert floor.topics().count(SILENT_DEVICE) == 1


def test_what_was_told_by_a_clock_that_was_ahead_is_long_ago(
    floor: Floor, settings: Settings, system_databases: Databases
) -> None:
    floor.sender.send([device(floor, "offline"), device(floor, "online"), device(floor, "offline")])
    floor.sender.send([device(floor, "online")])
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.execute(text("update device_silences set told_at = now() + interval '1 day'"))
    floor.sender.send([device(floor, "offline")])
    watch_devices(settings, system_databases, datetime.now(UTC))
    assert floor.topics().count(SILENT_DEVICE) == 2


def scanner(floor: Floor) -> str:
    settings = {"kind": "scanner", "name": "Hand scanner", "serial": {"port": "usb-scanner"}}
    made = floor.admin.post("/peripherals", {"station_id": str(floor.station_id), "settings": settings})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def fares(floor: Floor, peripheral: str, state: str, message: str | None = None) -> None:
    beat(floor, peripherals=[{"peripheral_id": peripheral, "state": state, "message": message}])


def test_a_scanner_that_is_gone_for_a_minute_is_told_once(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is being opened, or was away for a moment, is not."""
    made = scanner(floor)
    for state in ("offline", "online", "offline"):
        fares(floor, made, state, "is being opened")
    assert SILENT_PERIPHERAL not in floor.topics()
    monkeypatch.setattr(silent_peripherals, "TOLD_AFTER", timedelta(0))
    for _ in range(3):
        fares(floor, made, "offline", "it was unplugged")
    assert floor.topics().count(SILENT_PERIPHERAL) == 1
    (notice,) = until_told(floor.admin, 1)
    assert (notice["title"], notice["message"]) == (
        "Hand scanner does not answer",
        "Hall 1 reads nothing of it. it was unplugged",
    )
    assert (notice["reference_type"], notice["reference_id"]) == ("agent", str(floor.agent_id))


def test_a_scanner_that_comes_and_goes_is_told_once_in_an_hour_and_then_if_it_is_still_gone(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = scanner(floor)
    monkeypatch.setattr(silent_peripherals, "TOLD_AFTER", timedelta(0))
    fares(floor, made, "offline")
    until_told(floor.admin, 1)
    for state in ("online", "offline", "offline"):
        fares(floor, made, state)
    assert floor.topics().count(SILENT_PERIPHERAL) == 1
    monkeypatch.setattr(silence, "TOLD_AGAIN_AFTER", timedelta(0))
    for _ in range(3):
        fares(floor, made, "offline")
    assert floor.topics().count(SILENT_PERIPHERAL) == 2
    until_told(floor.admin, 2)


def test_the_first_event_that_waits_for_a_decision_is_told(floor: Floor) -> None:
    def parts(seconds: float) -> dict[str, Any]:
        return floor.counted(seconds, 5000, across_gap=True, started_at=stamp(0), gap_run="stood_before")

    floor.sender.send([parts(40_000)])
    floor.sender.send([parts(50_000)])
    floor.sender.send([call(floor, "called", str(uuid4()))])
    told = until_told(floor.admin, 2)
    assert [one["kind"] for one in told] == ["call_maintenance", "events_wait"]
    assert told[1]["message"].startswith("Accept or discard them")


def test_the_end_of_a_certificate_says_when(floor: Floor, settings: Settings, system_databases: Databases) -> None:
    ends = datetime.now(UTC) + timedelta(days=10)
    said = {"at": stamp(0), "agent_version": "1.0", "configuration": 1, "queue_depth": 0}
    beat_ = {**said, "certificate_ends_at": ends.isoformat()}
    assert floor.sender.call("POST", "/heartbeat", json=beat_).status_code == 200
    watch_certificates(settings, system_databases, datetime.now(UTC))
    (told,) = until_told(floor.admin, 1)
    assert (told["kind"], told["parameters"]["ends"]) == ("agent_certificate_due", f"{ends:%Y-%m-%d}")


def test_a_counter_that_strayed_leads_to_the_day_it_strayed(floor: Floor) -> None:
    """By the clocks of its plant, however late it is told of; of several days the first."""
    floor.made.until_people_are_copied()
    plant = floor.admin.get(f"/plants/{floor.plant_id}").json()
    there = {"If-Match": f'"{plant["version"]}"'}
    moved = floor.admin.send("PATCH", f"/plants/{floor.plant_id}", json={"time_zone": "Asia/Tokyo"}, headers=there)
    assert moved.status_code == 200, moved.text

    def leapt(seconds: float) -> dict[str, Any]:
        at = {"machine_id": str(floor.machines[0]), "tag_id": str(floor.counters[0])}
        return floor.sender.event("counter_jumped", seconds, **at, raw_from=5, raw_to=5_000_000)

    ten_hours = 36_000  # after 06:00 UTC of 2 March, which is past midnight in Tokyo
    floor.sender.send([leapt(ten_hours), leapt(3 * ten_hours)])
    (told,) = until_told(floor.admin, 1)
    assert (told["kind"], told["parameters"]["day"]) == ("counter_strayed", "2026-03-03")
    assert told["reference_id"] == str(floor.machines[0])
    floor.sender.send([leapt(4 * ten_hours)])
    assert [one["parameters"]["day"] for one in until_told(floor.admin, 2)] == ["2026-03-04", "2026-03-03"]


def test_a_counter_that_strayed_leads_to_its_machine(floor: Floor) -> None:
    happen(floor.made, floor.machines[1], [floor.plant_id], "machines.machine.counter_strayed")
    (told,) = until_told(floor.admin, 1)
    assert (told["title"], told["message"]) == (
        "M2: the counter strayed",
        "Mill 2, plant P1. Look whether its counts hold.",
    )
    assert (told["reference_type"], told["reference_id"]) == ("machine", str(floor.machines[1]))

"""What happens on the shop floor reaches the inboxes of those who can do something about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from unison_domain.stations.contracts import SILENT_AFTER_SECONDS
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.settings import Settings
from unison_server.stations.expiry import watch_certificates
from unison_server.stations.ingestion import mark_conflict

from tests.server.identity.test_inbox import until_told
from tests.server.identity.test_notifier import happen
from tests.server.stations.floor import Floor, stamp
from tests.server.stations.test_silence import beat, watch

__all__ = ["watch"]


def call(floor: Floor, state: str, id_: str, seconds: float = 0) -> dict[str, Any]:
    fields = {"call_id": id_, "machine_id": str(floor.machines[0]), "called": "maintenance", "state": state}
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
    assert [one["kind"] for one in until_told(floor.admin, 1)] == ["call_raised"]


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


def test_the_end_of_a_certificate_says_when(floor: Floor, settings: Settings, system_databases: Databases) -> None:
    ends = datetime.now(UTC) + timedelta(days=10)
    said = {"at": stamp(0), "agent_version": "1.0", "configuration": 1, "queue_depth": 0}
    beat_ = {**said, "certificate_ends_at": ends.isoformat()}
    assert floor.sender.call("POST", "/heartbeat", json=beat_).status_code == 200
    watch_certificates(settings, system_databases, datetime.now(UTC))
    (told,) = until_told(floor.admin, 1)
    assert (told["kind"], told["parameters"]["ends"]) == ("agent_certificate_due", f"{ends:%Y-%m-%d}")


def test_a_counter_that_strayed_leads_to_its_machine(floor: Floor) -> None:
    happen(floor.made, floor.machines[1], [floor.plant_id], "machines.machine.counter_strayed")
    (told,) = until_told(floor.admin, 1)
    assert (told["title"], told["message"]) == (
        "M2: the counter strayed",
        "Mill 2, plant P1. Look whether its counts hold.",
    )
    assert (told["reference_type"], told["reference_id"]) == ("machine", str(floor.machines[1]))

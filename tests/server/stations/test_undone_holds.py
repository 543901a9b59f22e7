"""What a PC tells under a lease that a restore undid is taken without a person, and nobody can make up such a lease."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.undone import note_undone

from tests.server.factories import make_organization
from tests.server.serving import sign_in
from tests.server.stations.floor import Floor, Sender, build
from tests.server.stations.test_late_states import by, now
from tests.server.stations.test_leases import counter, second_agent, told
from tests.server.stations.test_next_holder import of

MINUTE = 60.0
Undo = Callable[[], None]


@pytest.fixture
def undo(system_databases: Databases) -> Iterator[Undo]:
    """Notes that a restore undid the last hour."""
    databases = system_databases

    def note() -> None:
        with databases.operations.begin() as connection:
            note_undone(connection, (datetime.now(UTC) - timedelta(hours=1)).isoformat())

    yield note
    with databases.operations.begin() as connection:
        connection.execute(text("delete from platform_settings where key = 'restores.undone'"))


def lease_at(moment: float) -> int:
    """The number of a lease given then, in seconds after `START`."""
    return int((moment - now() + datetime.now(UTC).timestamp()) * 1000)


class Undone:
    """A hand-over half an hour ago that a restore undid: `former` was given the floor's machines by it."""

    def __init__(self, floor: Floor, former: Sender) -> None:
        self.floor, self.holder, self.former, self.now = floor, floor.sender, former, now()
        self.lease = lease_at(self.now - 30 * MINUTE)
        before = by(floor, self.holder, self.now - 40 * MINUTE, "running")
        self.holder.send([before])

    def ago(self, minutes: float) -> float:
        return self.now - minutes * MINUTE

    def tells(self, **said: Any) -> list[dict[str, Any]]:
        """Of its time: two states, what became known of the first, a value."""
        floor, said = self.floor, {"lease": self.lease} | said
        stopped = by(floor, self.former, self.ago(20), "stopped", **said)
        machine, interval = stopped["machine_id"], stopped["opened"]["id"]
        more = floor.sender.event(
            "state_detailed", self.ago(19), machine_id=machine, interval_id=interval, reason="oil", **said
        )
        return [
            stopped,
            more,
            floor.sample(self.ago(15), **said),
            by(floor, self.former, self.ago(10), "running", stopped, **said),
        ]

    def goes_on(self) -> None:
        """The restored server gives the holder leases of its own, and it tells what it sees."""
        told(self.holder, running=told(self.holder).version + 1_000)
        lease = counter(self.floor, self.holder).lease
        assert lease > self.lease
        self.holder.send([by(self.floor, self.holder, now() + 1, "fault", lease=lease)])

    def told_of_its_time(self) -> list[tuple[str, int, int | None]]:
        """States with their beginnings and ends in minutes before now."""
        return [
            (state, round((self.now - begun) / MINUTE), None if ended is None else round((self.now - ended) / MINUTE))
            for state, begun, ended in self.floor.history()
        ]


@pytest.fixture
def undone(floor: Floor, undo: Undo) -> Undone:
    undo()
    return Undone(floor, second_agent(floor))


@pytest.mark.parametrize("order", ["former first", "holder first", "holder between"])
def test_it_is_taken_in_any_order_and_once(undone: Undone, order: str) -> None:
    floor, former = undone.floor, undone.former
    events = undone.tells()
    parts = [events[:2], events[2:]]
    if order == "holder first":
        undone.goes_on()
    for place, part in enumerate(parts):
        batch = former.batch(part)
        former.send(part)
        assert former.post(batch).status_code == 200, "sent again"
        if order == "holder between" and place == 0:
            undone.goes_on()
    if order == "former first":
        undone.goes_on()
    assert of(floor, former) == []
    assert undone.told_of_its_time() == [
        ("running", 40, 20),
        ("stopped", 20, 10),
        ("running", 10, 0),
        ("fault", 0, None),
    ]
    assert floor.rows("select reason from machine_states where state = 'stopped'")[0].reason == "oil"
    assert floor.rows("select count(*) from samples")[0][0] == 1
    assert floor.admin.post(f"/machines/{floor.machines[0]}/rebuild", {}).status_code == 200
    assert len(floor.history()) == 4


def test_what_the_holder_acknowledged_before_and_sends_again_keeps_its_time(undone: Undone) -> None:
    """It comes after what the other told of a later time."""
    floor, holder = undone.floor, undone.holder
    undone.former.send(undone.tells())
    holder.send([by(floor, holder, undone.ago(35), "setup"), by(floor, holder, undone.ago(31), "unknown")])
    assert undone.told_of_its_time()[1:4] == [("setup", 35, 31), ("unknown", 31, 20), ("stopped", 20, 10)]


def test_what_it_tells_of_the_holders_time_is_discarded_by_nobody(undone: Undone) -> None:
    floor, former = undone.floor, undone.former
    undone.goes_on()
    before = floor.history()
    late = by(floor, former, now() + 2, "unknown", lease=undone.lease)
    former.send([late, floor.sample(now() + 2, lease=undone.lease)])
    (kept,) = of(floor, former)
    assert (kept["kind"], kept["decision"], kept["decided_by"]) == ("state_changed", "discarded", None)
    assert kept["reason"].endswith("UTC on is told by agent Hall 1")
    assert (floor.history(), floor.rows("select count(*) from samples")[0][0]) == (before, 1)
    assert "stations.agent.events_wait" not in floor.topics(), "nobody is called about it"


@pytest.mark.parametrize(
    "said",
    [{"clock_unsynced": True}, {"lease": 5}, {"lease": lease_at(now() + 3600)}],
    ids=["by a clock that never heard the time", "of before it", "of after it"],
)
def test_what_is_not_proven_waits(undone: Undone, said: dict[str, Any]) -> None:
    before = undone.floor.history()
    undone.former.send([one for one in undone.tells(**said) if one["kind"] != "state_detailed"])
    assert [one["decision"] for one in of(undone.floor, undone.former)] == [None] * 3
    assert undone.floor.history() == before


def test_without_a_restore_no_lease_can_be_made_up(floor: Floor) -> None:
    undone = Undone(floor, second_agent(floor))
    undone.former.send(undone.tells())
    assert [one["decision"] for one in of(floor, undone.former)] == [None] * 4


def test_a_pc_of_another_organization_is_not_believed(
    undone: Undone, databases: Databases, system_databases: Databases
) -> None:
    made = make_organization(databases, system_databases)
    made.add_user("anna")
    theirs = build(sign_in(undone.floor.admin.client, made), made)
    before = undone.floor.history()
    undone.former = theirs.sender
    theirs.sender.send(undone.tells())
    assert (undone.floor.history(), undone.floor.rows("select * from samples")) == (before, [])
    assert [one["decision"] for one in of(theirs, theirs.sender)] == [None] * 4


def test_counts_are_none_of_it(undone: Undone) -> None:
    undone.floor.sender = undone.former
    undone.former.send([undone.floor.counted(undone.ago(10), 3, lease=undone.lease)])
    assert [(one["kind"], one["decision"]) for one in of(undone.floor, undone.former)] == [("counted", None)]


def test_a_lease_that_the_server_knows_is_no_undone_one(undone: Undone) -> None:
    """The present holder's, given in the time that a restore undid."""
    undone.goes_on()
    lease = counter(undone.floor, undone.holder).lease
    with undone.floor.made.databases.session(Database.OPERATIONS, undone.floor.made.scope) as session:
        session.execute(
            text("update tag_leases set number = :number where number = :now"), {"number": undone.lease, "now": lease}
        )
    undone.former.send([undone.floor.sample(undone.ago(15), lease=undone.lease)])
    assert undone.floor.rows("select count(*) from samples")[0][0] == 0

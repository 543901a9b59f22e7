"""A server restored from a backup is sent again what it lacks, and agents it does not know keep everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text
from unison_server.kernel.database import Database
from unison_station.store import Limits, Store
from unison_station.uplink import enrol
from unison_station.uplink.standing import LinkState

from tests.server.stations.floor import Floor
from tests.server.stations.test_leases import give
from tests.station_agent.stepped import SteppedAgent

PARTS = "select coalesce(sum(delta), 0)::int from machine_counts where tag_id = :tag"
LOST = ("machine_counts", "machine_count_quarters", "samples", "fleet_events", "agent_cursors", "tag_leases")


class Rig:
    """A real agent over the floor's first counter."""

    def __init__(self, floor: Floor, address: str, folder: Path) -> None:
        self.floor, self.address, self.folder = floor, address, folder
        self.made = 0
        enrolment = floor.admin.post("/agents", {"name": "PC 1"}).json()
        self.agent_id = UUID(enrolment["agent_id"])
        give(floor, None)
        with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
            session.execute(text("delete from tag_leases"))  # nobody ever held its tags
        give(floor, self.agent_id)
        self.agent = self.enrolled(enrolment["code"])
        self.agent.start()
        self.settle()

    def enrolled(self, code: str, name: str = "a") -> SteppedAgent:
        enrol(self.folder / name, self.address, code, version="1.0")
        return SteppedAgent(self.folder / name, lambda _, count: [self.made] * count)

    def settle(self, agent: SteppedAgent | None = None) -> None:
        """Heartbeats, a look, and everything sent."""
        for _ in range(6):
            (agent or self.agent).beat()
            (agent or self.agent).look()
            (agent or self.agent).send(3)

    def make(self, parts: int) -> None:
        """Parts one by one, all sent."""
        for _ in range(parts):
            self.made += 1
            self.agent.look()
        self.agent.send(3)

    @property
    def counted(self) -> int:
        return int(self.floor.rows(PARTS, tag=self.floor.counters[0])[0][0])


@pytest.fixture
def rig(floor: Floor, address: str, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(floor, address, tmp_path)
    yield rig
    if rig.agent.is_running:
        rig.agent.stop()


def forget_events(rig: Rig, owner_url: str) -> None:
    """The state of a backup in which nothing of this organization had arrived yet."""
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        for table in LOST:
            connection.execute(text(f"delete from {table} where organization_id = :id"), {"id": rig.floor.made.id})
    engine.dispose()


def test_a_quiet_shop_is_sent_again_without_anything_new(rig: Rig, owner_urls: dict[Database, str]) -> None:
    rig.make(5)
    assert rig.counted == 5
    forget_events(rig, owner_urls[Database.OPERATIONS])
    assert rig.counted == 0
    for _ in range(6):
        rig.agent.beat()
        rig.agent.send(3)
    assert rig.counted == 5
    rig.make(2)
    assert rig.counted == 7


def test_an_agent_that_stopped_while_sending_again_goes_on_where_it_was(
    rig: Rig, owner_urls: dict[Database, str]
) -> None:
    rig.make(5)
    had = rig.agent.store.outgoing.acknowledged
    forget_events(rig, owner_urls[Database.OPERATIONS])
    rig.agent.beat()
    rig.agent.send(1)
    assert rig.agent.store.outgoing.cursor.sequence < had == rig.agent.store.outgoing.acknowledged
    rig.agent.kill()
    rig.agent.start()
    assert rig.agent.store.outgoing.acknowledged == had, "the server still lacks them, and is not asked for less"
    rig.settle()
    assert rig.counted == 5


@pytest.mark.parametrize("made_after", [0, 4])
def test_what_both_forgot_is_told_as_a_gap_and_nobody_is_needed(
    rig: Rig, owner_urls: dict[Database, str], made_after: int
) -> None:
    rig.make(5)
    rig.agent.stop()
    Store.open(rig.folder / "a", Limits(min_free_bytes=0, ballast_bytes=0, keep_days=0)).close()
    rig.agent.start()
    rig.make(made_after)
    forget_events(rig, owner_urls[Database.OPERATIONS])
    rig.settle()
    assert rig.floor.admin.get(f"/agents/{rig.agent_id}").json()["state"] == "enrolled"
    assert rig.counted == made_after
    ((gap,),) = rig.floor.rows("select body from fleet_events where kind = 'gap'")
    assert gap["reason"] == "server_restored"
    assert gap["lost"]["forgotten"] >= 5
    rig.make(2)
    forget_events(rig, owner_urls[Database.OPERATIONS])
    rig.settle()
    assert rig.counted == made_after + 2, "what is kept still is sent once more without another gap"
    assert rig.floor.rows("select count(*) from fleet_events where kind = 'gap'") == [(1,)]


def test_an_agent_enrolled_after_the_backup_keeps_everything_until_it_is_enrolled_anew(
    rig: Rig, owner_urls: dict[Database, str]
) -> None:
    rig.make(5)
    with rig.floor.made.databases.session(Database.OPERATIONS, rig.floor.made.scope) as session:
        session.execute(text("delete from agents where id = :id"), {"id": rig.agent_id})
    forget_events(rig, owner_urls[Database.OPERATIONS])
    rig.make(3)
    rig.agent.send(2)
    assert rig.agent.sender.link.state is LinkState.UNAUTHORIZED
    assert str(rig.agent.sender.link.message).endswith("with that code. Nothing is lost")
    kept = rig.agent.store.outgoing.depth
    enrolment = rig.floor.admin.post("/agents", {"name": "PC 1 again"}).json()
    give(rig.floor, UUID(enrolment["agent_id"]))
    rig.agent.stop()
    again = rig.enrolled(enrolment["code"])
    again.start()
    assert again.store.outgoing.depth > kept, "also what the lost server had acknowledged"
    rig.settle(again)
    rig.agent = again
    rig.make(2)
    assert rig.counted == rig.made == 10

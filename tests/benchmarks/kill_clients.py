"""Live clients of the event stream: what each must have seen, and what it missed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Engine, text
from unison_dev.api import Api, Listener, Told
from unison_dev.demo_organization import ORGANIZATION, PASSWORD
from unison_domain.identity.contracts import Me
from unison_server.identity.notifier import CHANGED as INBOX_CHANGED

_HAPPENED = text(
    """
    with placed (id, plant_id) as (
        select id, id from plants union all
        select id, plant_id from work_centers union all
        select id, plant_id from machines union all
        select id, plant_id from stations union all
        select agent_id, plant_id from stations union all
        select d.id, s.plant_id from devices as d join stations as s on s.id = d.station_id union all
        select t.id, s.plant_id from tags as t join devices as d on d.id = t.device_id
            join stations as s on s.id = d.station_id
    )
    select e.position, e.id, e.topic, e.plant_id, e.entity,
        array(select distinct placed.plant_id from placed where placed.id = e.entity) as places
    from events as e where e.organization_id = :organization order by e.position
    """
)


class Happened(NamedTuple):
    """One row of the table `events`; `places`: the plants of what it happened to, as the tables of its room say."""

    position: int
    id: UUID
    topic: str
    plant_id: UUID | None
    entity: UUID | None
    places: list[UUID]


class Client:
    """One person who follows the event stream from now on."""

    def __init__(self, server: str, user: str) -> None:
        self.user = user
        self._api = Api(server)
        self._api.sign_in(ORGANIZATION, user, PASSWORD)
        self._me = Me.model_validate(self._api.get("/auth/me"))
        self.listener = Listener(self._api)
        if not self.listener.begun.wait(30):
            raise TimeoutError(f"the event stream of {user} did not begin")

    def may_see(self, happened: Happened) -> bool:
        """Whether the rights of this person cover it, once `misplaced` says that it is told where it belongs."""
        if happened.topic == INBOX_CHANGED:
            return happened.entity == self._me.id
        room, thing, _ = happened.topic.split(".", 2)
        plants = {right.plant_id for right in self._me.plants if right.can_read}
        own = happened.plant_id is None or self._me.all_plants or happened.plant_id in plants
        return own and f"{room}.{thing}.read" in self._me.permissions

    def has_caught_up(self, happened: Sequence[Happened]) -> bool:
        """Whether it has come to the end of what it may see."""
        last = next((one.position for one in reversed(happened) if self.may_see(one)), 0)
        return self.listener.told[-1].position >= last

    def misses(self, happened: Sequence[Happened]) -> list[str]:
        """What it did not see, saw twice, or saw in the wrong order. A reset begins anew from its position."""
        last = happened[-1].position if happened else 0
        told = [one for one in self.listener.told if one.position <= last]  # it goes on listening meanwhile
        begins = [place for place, one in enumerate(told) if one.name != "happening"] + [len(told)]
        visible = [one for one in happened if self.may_see(one)]
        found: list[str] = []
        for begin, end in pairwise(begins):
            heard, is_last = told[begin + 1 : end], end == len(told)
            through = visible[-1].position if is_last and visible else max((one.position for one in heard), default=0)
            due = [one for one in visible if told[begin].position < one.position <= through]
            found += self._differences(due, heard)
        return found

    def _differences(self, due: Sequence[Happened], heard: Sequence[Told]) -> list[str]:
        ids = [UUID(one.data["id"]) for one in heard]
        wanted, seen = {one.id for one in due}, set(ids)
        found = [f"{self.user} missed {one.topic} at {one.position}" for one in due if one.id not in seen]
        found += [f"{self.user} heard of {id_}, which is nothing for them" for id_ in ids if id_ not in wanted]
        return found + [
            f"{self.user} heard {after.id} after {before.id}"
            for before, after in pairwise(heard)
            if after.position <= before.position
        ]

    def end(self) -> None:
        """Stop following."""
        self.listener.end()
        self.listener.cut()


def misplaced(happened: Sequence[Happened]) -> list[str]:
    """Events told in no plant, or in another, than where the thing is that they happened to.

    An agent serves no plant yet when it is made.
    """
    return [
        f"{one.topic} at {one.position} is told in {one.plant_id}, but belongs to {one.places}"
        for one in happened
        if one.places and one.plant_id not in one.places and one.topic != "stations.agent.created"
    ]


def what_happened(operations: Engine, organization: UUID) -> list[Happened]:
    """The table `events`, in order of position."""
    with operations.connect() as connection:
        return [Happened(*row) for row in connection.execute(_HAPPENED, {"organization": organization})]

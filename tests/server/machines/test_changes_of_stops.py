"""Of a stop are the changes that reach into it, however long they are and whenever they began."""

from __future__ import annotations

from datetime import datetime
from random import Random

import pytest
from sqlalchemy import text
from unison_server.kernel.database import Database
from unison_server.machines.downtime.finding import Asked, find_stops
from unison_server.machines.downtime.reading import events_of
from unison_server.machines.downtime_tables import LENGTHS

from tests.server.stations.floor import Floor, at

HOURS = 40
"""In which it runs and stands in turn, a random time each."""
SAID = """
    insert into downtime_changes (organization_id, id, machine_id, number, kind, started_at, ended_at, said_at,
        is_effective, before, after)
    values (:organization, gen_random_uuid(), :machine, :number, 'assigned', :began, :ended, :began, true, '[]', '[]')
"""
STOOD = """
    insert into machine_states (organization_id, id, machine_id, state, source, started_at, ended_at)
    values (:organization, gen_random_uuid(), :machine, :state, 'signal', :began, :ended)
"""
Span = tuple[float, float]
Said = tuple[float, float | None]


def belongs(change: Said, stop: Span, ran_at: float, stops: list[Span]) -> bool:
    """By the rule read word for word: it overlaps; one without end lasts as long as the stop it began in or before."""
    began, ended = change
    if ended is None:
        if began < ran_at:
            return False
        ended = min((end for _, end in stops if end > began), default=None)
    return began < stop[1] and (ended is None or ended > stop[0])


@pytest.mark.parametrize("seed", [1, 2])
def test_changes_of_every_length_are_of_the_stops_they_reach_into(floor: Floor, seed: int) -> None:
    chance = Random(seed)
    moments = sorted(chance.sample(range(HOURS * 3600), 31))
    stops: list[Span] = list(zip(moments[1::2], moments[2::2], strict=True))
    runs = dict(zip([began for began, _ in stops], moments[:-1:2], strict=True))
    edges = [moment + by for moment in moments for by in (-1, 0, 1)]
    lengths = [seconds + by for seconds in LENGTHS for by in (-1, 0, 1)]
    changes: list[Said] = [(began, None) for began in chance.sample(edges, 30)]
    changes += [(ended - length, ended) for length in lengths for ended in chance.sample(edges, 3)]
    changes += [(began, began + length) for length in lengths for began in chance.sample(edges, 3)]
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        own = {"organization": floor.made.id, "machine": floor.machines[0]}
        last = [(began, "stopped" if place % 2 else "running") for place, began in enumerate(moments)][::-1]
        for (began, state), ended in zip(last, [None, *moments[:0:-1]], strict=True):  # each refers to the next
            session.execute(text(STOOD), {**own, "state": state, "began": at(began), "ended": moment(ended)})
        said = [{**own, "number": n, "began": at(one), "ended": moment(end)} for n, (one, end) in enumerate(changes, 1)]
        session.execute(text(SAID), said)
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        asked = Asked(machine_id=floor.machines[0], start=at(0), end=at(HOURS * 3600))
        found = events_of(session, find_stops(session, asked, None, 100))
    told = {one.event.started_at: set(one.changes) for (one,) in found}
    assert told == {
        at(stop[0]): {n for n, change in enumerate(changes, 1) if belongs(change, stop, runs[stop[0]], stops)}
        for stop in stops
    }


def moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else at(seconds)

"""Which transitions are of a clock that was ahead: something earlier was heard after them, before they were to begin.

Signals come in their order, so a start before the newest one is taken to be at it. But a start that was still to come
when something earlier was heard is none to be held to: until that time no state of the machine would be seen. What is
disproved stays stored, covers no time, and is known from the hearings alone, so a rebuild comes to the same.

A hearing stamped before its machine was set up is of a clock without battery, and disproves nothing. So does what is
told late of the past (`timeline.py`), and it is not disproved either.
"""

from __future__ import annotations

from datetime import timedelta

from unison_server.stations.arrival import CLOCK_TOLERANCE

AHEAD = 2 * CLOCK_TOLERANCE
"""A start may lie so far after its hearing: what arrival allows, and as much for the database's clock."""
_LAG = f"interval '{AHEAD // timedelta(seconds=1)} seconds'"

IS_SAID = """not exists (
    select 1 from machine_transition_undos as undone
    where undone.organization_id = {said}.organization_id and undone.id = {said}.id
)"""
"""Whether the transition `said` was not taken back: one that was is as if it never had been said."""
PROVEN_FROM = f"""
    case when {{heard}}.created_at >= {{machine}}.created_at
        then greatest({{heard}}.started_at, {{heard}}.created_at + {_LAG}) end
"""
"""Of a transition `heard`: what was heard before it and begins later than this is disproved; null: nothing is."""
LATEST_NOW = f"case when now() >= {{machine}}.created_at then now() + {_LAG} end"
"""The latest start that something heard in this transaction leaves standing; null: all are."""
STANDS = f"""not exists (
    select 1 from machine_transitions as later
    join machines as its on its.organization_id = later.organization_id and its.id = later.machine_id
    where later.organization_id = {{said}}.organization_id and later.machine_id = {{said}}.machine_id
        and later.position > {{said}}.position and not later.is_late and {IS_SAID.format(said="later")}
        and {PROVEN_FROM.format(heard="later", machine="its")} < {{said}}.started_at
    offset 0
)"""  # noqa: S608 - constants
"""Whether the transition `said` is not disproved. The offset keeps it a search: joined, all transitions are read."""

"""What people said at stations beside what became of it: on the agent's disk once, in the record once, told once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy import Row as SqlRow
from unison_domain.machines.calls import CallLife, CallState

from tests.benchmarks.kill_effects import Committed, Finding, Row, moment, plain, unordered
from tests.benchmarks.kill_people import Tap

_REASONS = """
    select id::text, machine_id::text, downtime_reason_id::text, said_at from downtime_changes where kind = 'stated'
"""
_CAUSES = "select machine_id::text, started_at, downtime_reason_id::text, said_at, ended_at from downtime_causes"
_STATES = """
    select id::text, agent_id::text, machine_id::text, state, started_at, ended_at from machine_states
    where source = 'person'
"""
_CALLS = """
    select id::text, agent_id::text, machine_id::text, called, called_at, arrived_at, done_at from machine_calls
"""
_TOLD = "select entity::text, topic from events where topic ^@ 'machines.downtime.' or topic ^@ 'machines.call.'"
_KINDS = {"stop reasons": "stop_reasoned", "states by hand": "state_set", "calls": "call_changed"}


def said(taps: Iterable[Tap]) -> dict[str, int]:
    """How much was said of each kind."""
    counts = Counter(tap.kind for tap in taps)
    return {name: counts[kind] for name, kind in _KINDS.items()}


def compare_words(taps: Sequence[Tap], events: Sequence[Committed], operations: Engine) -> dict[str, Finding]:
    """Each kind of word: taps against the events of the buffers, and these against the record and what was told.

    Args:
        taps: what pages said yes to; what they did not answer may be there too, but once.
        events: all that any agent ever committed.
    """
    words = {name: [event for event in events if event.kind == kind] for name, kind in _KINDS.items()}
    reasons, states, calls = words.values()
    with operations.connect() as connection:
        told, causes = _rows(connection, _TOLD), list(connection.execute(text(_CAUSES)))
        findings = {
            "stop reasons": [
                unordered([_reason(event) for event in reasons], _rows(connection, _REASONS)),
                unordered(
                    [_cause(one) for one in reasons if not _is_spoken_of(one, causes)], [plain(c[:4]) for c in causes]
                ),
                unordered(
                    [(event.body["machine_id"], "machines.downtime.stated") for event in reasons],
                    [row for row in told if str(row[1]).startswith("machines.downtime.")],
                ),
            ],
            "states by hand": [unordered(list(_intervals(states)), _rows(connection, _STATES))],
            "calls": [
                unordered(list(_lives(calls)), _rows(connection, _CALLS)),
                unordered(
                    [(event.body["call_id"], f"machines.call.{event.body['state']}") for event in calls],
                    [row for row in told if str(row[1]).startswith("machines.call.")],
                ),
            ],
        }
    for name, kind in _KINDS.items():
        findings[name].append(_on_disk([tap for tap in taps if tap.kind == kind], words[name]))
    return {name: _together(found) for name, found in findings.items()}


def _rows(connection: Connection, query: str) -> list[Row]:
    return [plain(row) for row in connection.execute(text(query))]


def _together(findings: Sequence[Finding]) -> Finding:
    return Finding([one for f in findings for one in f.lost], [one for f in findings for one in f.doubled])


def _on_disk(taps: Sequence[Tap], events: Sequence[Committed]) -> Finding:
    """A tap is one event; one that got no answer may be one as well."""
    kept = Counter(_tap_of(event) for event in events)
    lost = [tap for tap in taps if not kept[tap]]
    return Finding(lost, [tap for tap, times in kept.items() if times > 1])


def _tap_of(event: Committed) -> Tap:
    body = event.body
    return Tap(event.kind, (body["call_id"], body["state"]) if event.kind == "call_changed" else (body["id"],))


def _reason(event: Committed) -> Row:
    body = event.body
    return body["id"], body["machine_id"], body["reason_id"], moment(body["at"])


def _cause(event: Committed) -> Row:
    body = event.body
    return body["machine_id"], moment(body["started_at"]), body["reason_id"], moment(body["at"])


def _is_spoken_of(event: Committed, causes: Iterable[SqlRow[Any]]) -> bool:
    """Whether the reason of an earlier word holds: cleaning parts two stops at the page and is one in the record.

    The later word stands in the history alone then.
    """
    machine, started_at = event.body["machine_id"], moment(event.body["started_at"])
    return any(
        one.machine_id == machine
        and one.started_at < started_at
        and (one.ended_at is None or one.ended_at > started_at)
        for one in causes
    )


def _intervals(states: Iterable[Committed]) -> Iterator[Row]:
    """Each lasts until the next of its machine."""
    machines: defaultdict[str, list[Committed]] = defaultdict(list)
    for event in states:
        machines[event.body["machine_id"]].append(event)
    for own in machines.values():
        ends = [moment(event.body["started_at"]) for event in own[1:]]
        for event, ended_at in zip(own, [*ends, None], strict=True):
            body = event.body
            yield body["id"], event.agent, body["machine_id"], body["state"], moment(body["started_at"]), ended_at


def _lives(calls: Iterable[Committed]) -> Iterator[Row]:
    """What follows from the steps of each call."""
    lives: dict[str, tuple[dict[str, Any], str, CallLife]] = {}
    for event in calls:
        body, at = event.body, moment(event.body["at"])
        first, agent, life = lives.get(body["call_id"], (body, event.agent, CallLife(at)))
        lives[body["call_id"]] = first, agent, life.moved(CallState(body["state"]), at)
    for id_, (body, agent, life) in lives.items():
        yield id_, agent, body["machine_id"], body["called"], life.called_at, life.arrived_at, life.done_at

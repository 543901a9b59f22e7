"""Stops, reasons and totals as a server answers them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from unison_domain.machines.contracts import CauseSource, MachineState, StopClass
from unison_domain.machines.downtime_contracts import (
    AlarmReasonAnswer,
    DowntimeCategory,
    DowntimeChange,
    DowntimeChangeKind,
    DowntimeEvent,
    DowntimeReasonAnswer,
    DowntimeSummary,
    DowntimeTotal,
    KnownAlarm,
)

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.samples import machine_id

NOW = samples.NOW
RIGHTS = [
    "machines.downtime.read",
    "machines.downtime.create",
    "machines.downtime.assign",
    "machines.downtime_reason.read",
    "machines.downtime_reason.create",
    "machines.downtime_reason.update",
    "machines.downtime_reason.deactivate",
    "machines.alarm_reason.deactivate",
    "machines.alarm_reason.create",
    "machines.alarm_reason.update",
]


def reason(number: int, name: str, parent: int | None = None, **changes: Any) -> DowntimeReasonAnswer:
    """A reason; its id follows from its number."""
    category = list(DowntimeCategory)[number // 100 - 1]
    known: dict[str, Any] = {
        "id": UUID(int=number),
        "version": 1,
        "number": number,
        "name": name,
        "parent_id": UUID(int=parent) if parent else None,
        "category": category,
        "is_failure": category is DowntimeCategory.FAILURE,
        "machine_types": [],
        "is_active": True,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return DowntimeReasonAnswer(**{**known, **changes})


REASONS = [
    reason(100, "Failure"),
    reason(110, "Mechanical", 100),
    reason(111, "Spindle bearing", 110),
    reason(120, "Electrical", 100),
    reason(200, "Setup"),
    reason(300, "Material missing"),
    reason(310, "Bar feeder empty", 300, machine_types=["lathe"]),
    reason(810, "Break"),
    reason(820, "Old break", is_active=False),
    reason(821, "Old lunch", 820),
]


def event(number: int, **changes: Any) -> DowntimeEvent:
    """A stop without a reason, an hour earlier with each number."""
    start = NOW - timedelta(hours=number + 1)
    known: dict[str, Any] = {
        "id": UUID(int=9000 + number),
        "version": 0,
        "machine_id": machine_id(number % 6),
        "machine_code": f"M{number % 6}",
        "machine_name": f"Mill {number % 6}",
        "plant_id": UUID(int=50),
        "started_at": start,
        "ended_at": start + timedelta(minutes=20),
        "duration_seconds": 1200.0,
        "duration_minutes": 20.0,
        "downtime_reason_id": None,
        "downtime_reason_code": None,
        "downtime_reason_name": None,
        "downtime_category": None,
        "cause_source": None,
        "is_failure": False,
        "stop_class": StopClass.UNSPECIFIED,
        "states": [MachineState.STOPPED],
        "first_out_alarm": None,
        "alarms": [],
        "machine_reason_id": None,
        "notes": None,
        "resolution_notes": None,
        "reported_by": None,
        "reported_by_name": None,
        "resolved_by": None,
        "created_at": None,
        "can_undo": False,
    }
    return DowntimeEvent(**{**known, **changes})


def said(one: DowntimeEvent, number: int, *, by: str = "Maria", version: int = 1) -> DowntimeEvent:
    """The same after somebody gave a reason."""
    given = next(reason for reason in REASONS if reason.number == number)
    changes = {
        "version": version,
        "downtime_reason_id": given.id,
        "downtime_reason_code": str(number),
        "downtime_reason_name": given.name,
        "downtime_category": given.category,
        "cause_source": CauseSource.PERSON,
        "stop_class": StopClass.SPECIFIED,
        "reported_by_name": by,
        "can_undo": True,
        "created_at": NOW,
    }
    return one.model_copy(update=changes)


def alarmed(one: DowntimeEvent) -> DowntimeEvent:
    """The same with alarms the machine told."""
    changes = {
        "first_out_alarm": "Spindle hot",
        "alarms": ["Spindle hot", "Drive off"],
        "machine_reason_id": UUID(int=120),
    }
    return one.model_copy(update=changes)


FIRST, SECOND, THIRD = event(2), alarmed(event(1)), event(0)
"""A queue, oldest first."""


def change(number: int, **changes: Any) -> DowntimeChange:
    known: dict[str, Any] = {
        "id": UUID(int=7000 + number),
        "machine_id": machine_id(0),
        "number": number,
        "kind": DowntimeChangeKind.ASSIGNED,
        "started_at": NOW - timedelta(hours=1),
        "ended_at": NOW,
        "downtime_reason_id": UUID(int=111),
        "notes": None,
        "said_at": NOW,
        "said_by": None,
        "said_by_name": "Maria",
        "is_effective": True,
        "remark": None,
        "recorded_at": NOW,
    }
    return DowntimeChange(**{**known, **changes})


def total(number: int | None, seconds: float, share: float, cumulative: float) -> DowntimeTotal:
    given = next((reason for reason in REASONS if reason.number == number), None)
    return DowntimeTotal(
        downtime_category=given.category if given else None,
        downtime_reason_id=given.id if given else None,
        downtime_reason_code=str(number) if given else None,
        downtime_reason_name=given.name if given else None,
        stop_class=None if given else StopClass.UNSPECIFIED,
        events=4,
        seconds=seconds,
        share=share,
        cumulative_share=cumulative,
    )


def summary() -> DowntimeSummary:
    reasons = [total(111, 20_000, 0.5, 0.5), total(200, 12_000, 0.3, 0.8), total(None, 8_000, 0.2, 1.0)]
    unnamed = dict.fromkeys(("downtime_reason_code", "downtime_reason_id", "downtime_reason_name"))
    classes = [one.model_copy(update=unnamed) for one in reasons]
    return DowntimeSummary.model_validate(
        {
            "from": NOW - timedelta(days=7),
            "to": NOW,
            "ignored_under_seconds": 0,
            "minimum_run_seconds": 0,
            "events": 12,
            "failures": 4,
            "micro_stops": 3,
            "seconds": 40_000,
            "by_category": classes,
            "by_reason": reasons,
        }
    )


def alarm_rule() -> AlarmReasonAnswer:
    return AlarmReasonAnswer(
        id=UUID(int=600),
        version=1,
        alarm="Spindle hot",
        downtime_reason_id=UUID(int=120),
        machine_type=None,
        machine_id=None,
        is_active=True,
        created_at=NOW,
        updated_at=NOW,
    )


def known_alarm(alarm: str, *, stops: int = 0) -> KnownAlarm:
    """One that a tag names, or that stops began with."""
    return KnownAlarm(alarm=alarm, is_configured=not stops, stops=stops, last_at=NOW if stops else None)


def serve_downtime(server: FakeServer, waiting: list[DowntimeEvent], others: list[DowntimeEvent]) -> None:
    """Answer with these stops: a queue, and all of them."""
    server.answer("GET /downtime-events/unassigned", list(waiting))
    server.answer("GET /downtime-events", [*waiting, *others])
    server.answer("GET /downtime-events/summary", summary())
    server.answer("GET /downtime-reasons", list(REASONS))
    server.answer("GET /alarm-reasons", [alarm_rule()])
    server.answer("GET /alarm-reasons/known", [known_alarm("Spindle hot", stops=2), known_alarm("Door open")])
    for one in (*waiting, *others):
        server.answer(f"GET /downtime-events/{one.id}/changes", [change(1)] if one.version else [])

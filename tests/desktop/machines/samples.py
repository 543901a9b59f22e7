"""A shop as a server would tell it: machines, a day of states, parts. The same number gives the same shop."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from unison_domain.machines.contracts import (
    CountPoint,
    CountSeries,
    DerivedStatus,
    LifeCycle,
    Live,
    MachineAnswer,
    MachineState,
    StateInterval,
    StateSource,
    StateTotal,
    StopClass,
    Utilization,
)
from unison_domain.sites.contracts import PlantAnswer

from tests.desktop.fake_server import Answer, Asked, FakeServer

S = MachineState
PLANTS = ("Hamburg", "Mannheim")
_KINDS = (
    ("PRESS", "Hydraulic press"),
    ("CNC", "Machining center"),
    ("WELD", "Welding cell"),
    ("MOULD", "Moulding machine"),
    ("PACK", "Packing line"),
)
_ALARMS = ("Oil temperature high", "Guard door open", "Spindle overload", "Feeder empty")
_MIX = [S.RUNNING] * 26 + [
    *(S.STOPPED, S.STOPPED, S.FAULT, S.FAULT, S.SETUP, S.SETUP, S.STARVED, S.BLOCKED),
    *(S.NO_OUTPUT, S.CLEANING, S.MAINTENANCE, S.MANUAL, S.EMERGENCY_STOP, S.UNKNOWN, S.UNKNOWN),
]
_REASONS = {S.SETUP: "Tool change", S.CLEANING: "Shift cleaning", S.MAINTENANCE: "Lubrication", S.STARVED: "No blanks"}


def live(number: int, state: MachineState = S.RUNNING, **changes: Any) -> Live:
    """What machine `number` does now, heard of just now."""
    now = datetime.now(UTC)
    known: dict[str, Any] = {
        "machine_id": machine_id(number),
        "state": state,
        "since": now - timedelta(minutes=7),
        "good": Decimal(100 + number),
        "scrap": Decimal(number % 4),
        "total": Decimal(100 + number + number % 4),
        "last_signal_at": now,
        "has_signals": True,
    }
    return Live(**{**known, **changes})


def machine_id(number: int) -> UUID:
    return UUID(int=5000 + number)


def machine(number: int, now_does: Live | None = None, **changes: Any) -> MachineAnswer:
    """Machine `number` of the shop."""
    code, name = _KINDS[number // 4 % len(_KINDS)]
    plant = number // 4 % len(PLANTS)
    known: dict[str, Any] = {
        "id": machine_id(number),
        "version": 1,
        "plant_id": UUID(int=900 + plant),
        "plant_name": PLANTS[plant],
        "work_center_id": UUID(int=800 + number // 4),
        "work_center_name": f"Line {number // 4 + 1}",
        "machine_code": f"{code}-{number + 1:02}",
        "name": f"{name} {number + 1}",
        "description": None,
        "machine_type": name,
        "life_cycle": LifeCycle.IN_SERVICE,
        "status": DerivedStatus.RUNNING,
        "capacity_units_per_hour": None,
        "ideal_cycle_seconds": 12.0,
        "micro_stop_seconds": 120.0,
        "installation_date": None,
        "manufacturer": "Muster",
        "model_number": None,
        "serial_number": None,
        "purchase_cost": None,
        "location": None,
        "is_active": True,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
        "live": now_does or live(number),
    }
    return MachineAnswer(**{**known, **changes})


def shop(count: int) -> list[MachineAnswer]:
    """So many machines, most of them running."""
    chance = random.Random(count)
    return [machine(number, _some_live(number, chance)) for number in range(count)]


def _some_live(number: int, chance: random.Random) -> Live:
    now = datetime.now(UTC)
    state = chance.choice(_MIX)
    heard = now - timedelta(minutes=chance.randrange(3, 90)) if state is S.UNKNOWN and chance.random() < 0.5 else now
    return live(
        number,
        S.RUNNING if heard < now else state,
        since=now - timedelta(seconds=chance.choice([40, 400, 4000, 40_000, 190_000]) * (0.5 + chance.random())),
        good=Decimal(chance.randrange(0, 6000)),
        scrap=Decimal(chance.choice([0, 0, 0, 2, 7, 31])),
        alarms=[chance.choice(_ALARMS)] if state in (S.FAULT, S.EMERGENCY_STOP) else [],
        reason=_REASONS.get(state),
        last_signal_at=heard,
    )


def interval(number: int, state: MachineState, start: datetime, end: datetime | None, **changes: Any) -> StateInterval:
    """One stretch of machine 0."""
    length = (end - start).total_seconds() if end else None
    known: dict[str, Any] = {
        "id": UUID(int=70_000 + number),
        "machine_id": machine_id(0),
        "state": state,
        "source": StateSource.SIGNAL,
        "started_at": start,
        "ended_at": end,
        "duration_seconds": length,
        "stop_class": _stop_class(state, length),
        "reason": _REASONS.get(state),
        "alarms": ["Guard door open"] if state is S.FAULT else [],
        "good": Decimal(int((length or 0) / 12)) if state is S.RUNNING else Decimal(0),
        "scrap": Decimal(0),
    }
    return StateInterval(**{**known, **changes})


def day(start: datetime, end: datetime) -> list[StateInterval]:
    """A realistic day without holes, newest first; the newest is open."""
    chance = random.Random(17)
    found: list[StateInterval] = []
    at = start - timedelta(minutes=48)
    while at < end:
        state, minutes = _some_stretch(at, chance)
        until = at + timedelta(minutes=minutes)
        found.append(interval(len(found), state, at, until if until < end else None))
        at = until
    return found[::-1]


def _some_stretch(at: datetime, chance: random.Random) -> tuple[MachineState, float]:
    if at.hour in (5, 13, 21) and at.minute < 20:
        return S.CLEANING, 14.0
    if chance.random() < 0.52:
        return S.RUNNING, chance.expovariate(1 / 24) + 1
    state, mean = chance.choice(
        [
            *((S.STOPPED, 2.0), (S.STOPPED, 0.8), (S.STARVED, 4), (S.BLOCKED, 3), (S.FAULT, 9), (S.SETUP, 18)),
            *((S.NO_OUTPUT, 3), (S.MAINTENANCE, 22), (S.UNKNOWN, 6), (S.MANUAL, 5)),
        ]
    )
    return state, chance.expovariate(1 / mean) + 0.2


def _stop_class(state: MachineState, length: float | None) -> StopClass | None:
    if state is S.RUNNING or length is None:
        return None
    if state in _REASONS:
        return StopClass.SPECIFIED
    return StopClass.MICRO_STOP if length <= 120 else StopClass.UNSPECIFIED


def utilization(intervals: Sequence[StateInterval], start: datetime, end: datetime) -> Utilization:
    """The totals of those intervals within the period."""
    seconds: dict[MachineState, float] = {}
    for one in intervals:
        inside = (min(one.ended_at or end, end) - max(one.started_at, start)).total_seconds()
        seconds[one.state] = seconds.get(one.state, 0.0) + max(0.0, inside)
    whole = sum(seconds.values())
    known = whole - seconds.get(S.UNKNOWN, 0.0)
    producing = seconds.get(S.RUNNING, 0.0)
    return Utilization(
        machine_id=machine_id(0),
        **{"from": start},
        to=end,
        period_seconds=(end - start).total_seconds(),
        known_seconds=known,
        producing_seconds=producing,
        utilization=producing / whole if whole else None,
        by_state=[StateTotal(state=s, seconds=n, share=n / whole if whole else None) for s, n in seconds.items()],
    )


def counts(intervals: Sequence[StateInterval], start: datetime, end: datetime, bucket: int) -> CountSeries:
    """A part every 12 s while running, every fortieth of them scrap."""
    points, at, made = [], start, 0
    step = timedelta(seconds=bucket)
    running = [(i.started_at, i.ended_at or datetime.now(UTC)) for i in intervals if i.state is S.RUNNING]
    while at < end:
        seconds = sum(max(0.0, (min(b, at + step) - max(a, at)).total_seconds()) for a, b in running)
        parts = int(seconds / 12)
        scrap = (made + parts) // 40 - made // 40
        made += parts
        points.append(
            CountPoint(started_at=at, good=Decimal(parts - scrap), scrap=Decimal(scrap), total=Decimal(parts))
        )
        at += step
    return CountSeries(machine_id=machine_id(0), bucket_seconds=bucket, points=points)


def serve_machines(server: FakeServer, machines: Sequence[MachineAnswer], zone: str = "Europe/Berlin") -> None:
    """Answer for these machines as they are now; `set_live` changes what one does."""
    server.answer("GET /machines", list(machines))
    set_live(server, [machine.live for machine in machines])
    for one in machines:
        server.answer(f"GET /machines/{one.id}", one)
        server.answer(f"GET /plants/{one.plant_id}", plant(one.plant_id, zone))
        server.answer_with(f"GET /machines/{one.id}/history", _history)
        server.answer_with(f"GET /machines/{one.id}/counts", _counts)
        server.answer(f"GET /machines/{one.id}/counter-incidents", [])
        server.answer_with(f"GET /machines/{one.id}/utilization", _utilization)


def plant(plant_id: UUID, zone: str) -> PlantAnswer:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    names = {"code": "P", "name": "Plant", "plant_type": None, "address": None, "manager_user_id": None}
    return PlantAnswer(
        id=plant_id, version=1, time_zone=zone, is_active=True, created_at=made, updated_at=made, **names
    )


def set_live(server: FakeServer, lives: Sequence[Live]) -> None:
    """From now on the machines do this."""
    plain = {str(one.machine_id): one.model_dump(mode="json") for one in lives}

    def answer(asked: Asked) -> Answer:
        wanted = asked.query.get("ids", list(plain))
        return Answer({"items": [plain[i] for i in wanted], "next_cursor": None})

    server.answer_with("GET /machines/live", answer)


def _span(asked: Asked) -> tuple[datetime, datetime]:
    start, end = (datetime.fromisoformat(asked.query[name][0]) for name in ("from", "to"))
    return start, min(end, datetime.now(UTC))


def _history(asked: Asked) -> Answer:
    items = [one.model_dump(mode="json") for one in day(*_span(asked))]
    return Answer({"items": items, "next_cursor": None})


def _counts(asked: Asked) -> Answer:
    start, end = _span(asked)
    return Answer(counts(day(start, end), start, end, int(asked.query["bucket"][0])).model_dump(mode="json"))


def _utilization(asked: Asked) -> Answer:
    start, end = _span(asked)
    return Answer(utilization(day(start, end), start, end).model_dump(mode="json", by_alias=True))

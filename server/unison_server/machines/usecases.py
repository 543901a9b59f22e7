"""What people do to machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import inspect
from unison_domain.machines.contracts import Live, MachineState, StateSource, StatusChange

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.machines.downtime.causes import move_ends
from unison_server.machines.queries import live_of
from unison_server.machines.signals import hold_signals
from unison_server.machines.states import load_timelines, store_timelines
from unison_server.machines.tables import Machine, WorkCenter
from unison_server.machines.timeline import Stretch
from unison_server.sites.queries import demand_writable
from unison_server.stations.tables import Station

CLOCK_TOLERANCE = timedelta(seconds=5)
"""A client's clock may be ahead by so much."""


def set_status(session: TenantSession, machine_id: UUID, change: StatusChange) -> Live:
    """A person says what a machine does, from now or an earlier moment of the present state on.

    Raises:
        NotFound, NotAllowed: no such machine, or its plant is not writable.
        Invalid: the state is not known, or begins in the future or before the present one.
    """
    machine = session.need(Machine, machine_id, "machine")
    demand_writable(session, machine.plant_id)
    now = datetime.now(UTC)
    if change.state is MachineState.UNKNOWN:
        raise Invalid("Say a state that you know the machine is in", code="state_unknown")
    if change.at is not None and change.at > now + CLOCK_TOLERANCE:
        raise Invalid(f"{change.at.isoformat()} is in the future; now it is {now.isoformat()}", code="in_the_future")
    hold_signals(session, {machine.id: None})
    timelines = load_timelines(session, [machine.id])
    timeline = timelines[machine.id]
    begun = timeline.stretches[-1].started_at if timeline.stretches else now
    word = Stretch(
        new_id(),
        change.state,
        max(now, begun) if change.at is None else change.at,
        source=StateSource.PERSON,
        reason=change.reason,
        note=change.note,
    )
    try:
        timeline.said(word)
    except ValueError as error:
        raise Invalid(f"{machine.machine_code}: {error}", code="before_present_state") from None
    store_timelines(session, timelines, agent_id=None)
    move_ends(session, [machine.id])
    record(session, "machines.machine.state_changed", machine.id, plant_id=machine.plant_id)
    return live_of(session, [machine.id])[0]


def check_machine(session: TenantSession, machine: Machine) -> None:
    """Its line is in its plant, and a station it is newly put at may be changed.

    Raises:
        NotFound: there is no such line or station. NotAllowed: the station's plant is not writable.
        Invalid: the line, or that station, belongs to another plant.
    """
    if machine.station_id is not None and inspect(machine).attrs.station_id.history.has_changes():
        with session.no_autoflush:
            station = session.need(Station, machine.station_id, "station")
            demand_writable(session, station.plant_id)
        if station.plant_id != machine.plant_id:
            raise Invalid(
                f"Station {station.code} belongs to another plant than machine {machine.machine_code}",
                code="other_plant",
            )
    if machine.work_center_id is None:
        return
    session.look_up_by("machines.work_center.read")
    with session.no_autoflush:
        center = session.need(WorkCenter, machine.work_center_id, "work center")
    if center.plant_id != machine.plant_id:
        raise Invalid(
            f"Work center {center.code} belongs to another plant than machine {machine.machine_code}",
            code="other_plant",
        )


def demand_machine(session: TenantSession, machine_id: UUID) -> None:
    """Whether a tag may belong to this machine. Raises NotFound, NotAllowed."""
    demand_writable(session, session.need(Machine, machine_id, "machine").plant_id)

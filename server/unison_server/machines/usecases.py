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
from unison_server.machines.calls import end_calls
from unison_server.machines.downtime.causes import move_ends
from unison_server.machines.putting_away import demand_in_use, end_state, is_being_put_away
from unison_server.machines.queries import live_of
from unison_server.machines.signals import hold_signals
from unison_server.machines.states import load_timelines, store_timelines
from unison_server.machines.tables import Machine, WorkCenter
from unison_server.machines.timeline import Stretch
from unison_server.sites.queries import demand_in_use_above, demand_plant_in_use, demand_writable, plants_called
from unison_server.stations.ended_counters import call_about_resting
from unison_server.stations.tables import Station

CLOCK_TOLERANCE = timedelta(seconds=5)
"""A client's clock may be ahead by so much."""


def set_status(session: TenantSession, machine_id: UUID, change: StatusChange) -> Live:
    """A person says what a machine does, from now or an earlier moment of the present state on.

    Raises:
        NotFound, NotAllowed: no such machine, or its plant is not writable.
        Clash: it is out of use. Invalid: the state is not known, or begins in the future or before the present one.
    """
    machine = session.need(Machine, machine_id, "machine")
    demand_writable(session, machine.plant_id)
    now = datetime.now(UTC)
    if change.state is MachineState.UNKNOWN:
        raise Invalid("Say a state that you know the machine is in", code="state_unknown")
    if change.at is not None and change.at > now + CLOCK_TOLERANCE:
        raise Invalid(f"{change.at.isoformat()} is in the future; now it is {now.isoformat()}", code="in_the_future")
    hold_signals(session, {machine.id: None})
    demand_in_use(session, machine)
    timelines = load_timelines(session, [machine.id])
    timeline = timelines[machine.id]
    begun = timeline.stretches[-1].started_at if timeline.stretches else now
    if timeline.ahead is not None and begun > timeline.ahead:
        begun = now  # it is still to come: a clock was ahead
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


def prepare_machine(session: TenantSession, machine: Machine) -> None:
    """What must hold before it is written (`check_machine`), and what follows from being put away."""
    check_machine(session, machine)
    if is_being_put_away(machine):
        call_about_resting(session, machine.id)
        end_state(session, machine)
        end_calls(session, machine)


def check_machine(session: TenantSession, machine: Machine) -> None:
    """Its line is in its plant, a station it is newly put at may be changed, and what it newly belongs to is in use.

    Raises:
        NotFound: there is no such line or station. NotAllowed: the station's plant is not writable.
        Clash: its plant, its line or that station is out of use.
        Invalid: the line, or that station, belongs to another plant.
    """
    if inspect(machine).pending:
        demand_plant_in_use(session, machine.plant_id, machine.machine_code)
    if machine.station_id is not None and inspect(machine).attrs.station_id.history.has_changes():
        with session.no_autoflush:
            station = session.need(Station, machine.station_id, "station")
            demand_writable(session, station.plant_id)
        if station.plant_id != machine.plant_id:
            raise Invalid(
                f"Station {station.code} belongs to another plant than machine {machine.machine_code}",
                code="other_plant",
            )
        demand_in_use_above(station, "station", f"{station.code} ({station.name})", machine.machine_code)
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
    if inspect(machine).attrs.work_center_id.history.has_changes():
        _demand_line_in_use(center, machine)


def demand_machine_back(session: TenantSession, machine: Machine) -> None:
    """Whether a machine may come back.

    Raises:
        Clash: its plant or its line is out of use.
    """
    demand_plant_in_use(session, machine.plant_id, machine.machine_code)
    if machine.work_center_id is not None:
        with session.no_autoflush:
            _demand_line_in_use(session.need(WorkCenter, machine.work_center_id, "work center"), machine)


def _demand_line_in_use(center: WorkCenter, machine: Machine) -> None:
    demand_in_use_above(center, "work center", f"{center.code} ({center.name})", machine.machine_code)


def check_work_center(session: TenantSession, center: WorkCenter) -> None:
    """A new one is made in a plant in use. Raises Clash."""
    if inspect(center).pending:
        demand_center_back(session, center)


def demand_center_back(session: TenantSession, center: WorkCenter) -> None:
    """Whether a line may come back: its plant is in use. Raises Clash."""
    demand_plant_in_use(session, center.plant_id, center.code)


def demand_machine(session: TenantSession, machine_id: UUID, given_at: Station | None) -> None:
    """Whether a tag may belong to this machine; `given_at` is the tag's station where it gets the machine anew.

    Raises:
        NotFound, NotAllowed: there is none, or not for who asks. Clash: it is given anew and the machine is out of use.
        Invalid: it is given anew and the machine stands in another plant than the station.
    """
    with session.no_autoflush:
        machine = session.need(Machine, machine_id, "machine")
    demand_writable(session, machine.plant_id)
    if given_at is None:
        return
    called = f"{machine.machine_code} ({machine.name})"
    if machine.plant_id != given_at.plant_id:
        (plant,) = plants_called(session, [machine.plant_id])
        raise Invalid(
            f"Machine {called} stands in plant {plant}, the station {given_at.code} ({given_at.name}) in another: "
            "choose a machine of the station's own plant",
            code="other_plant",
        )
    demand_in_use_above(machine, "machine", called, "give it tags")

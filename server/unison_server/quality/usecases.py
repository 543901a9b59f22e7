"""What people do with characteristics and measurements."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.dialects.postgresql import insert
from unison_domain.identity.overrides import OverrideKind
from unison_domain.identity.right_words import right_named
from unison_domain.kernel.contracts import FieldError
from unison_domain.quality.contracts import MeasurementCreate, limits_disagreement
from unison_domain.quality.events import ReadingSource
from unison_domain.quality.plausible import is_far
from unison_domain.quality.resolution import is_multiple

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid, NotAllowed
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import Scope
from unison_server.quality.events import TAKEN, UNDONE
from unison_server.quality.limits import Limits, former_limits
from unison_server.quality.queries import taken_back
from unison_server.quality.tables import Characteristic, Measurement, MeasurementUndo
from unison_server.sites.queries import demand_plant_in_use, demand_writable
from unison_server.stations.arrival import CLOCK_TOLERANCE
from unison_server.stations.peripherals import measuring

Demanded = Callable[[Scope], Collection[OverrideKind]]
"""The kinds of overrides that somebody with the right stands behind, in the organization of who acts: asked of the room
identity, whose database is another."""


def check_characteristic(session: TenantSession, row: Characteristic) -> None:
    """Its limits agree, its name is free in its plant, what was measured keeps its unit, and what is put away is
    measured by nothing any more.

    Raises:
        Invalid: the limits are crossed, or the unit of measured values would change.
        Clash: the name is taken, the plant of a new one is out of use, or a gauge or camera measures what is put away.
    """
    if wrong := limits_disagreement(row.lsl, row.usl):
        raise Invalid(wrong.capitalize(), errors=[FieldError(field="usl", code="limits_crossed", message=wrong)])
    if inspect(row).pending:
        demand_characteristic_back(session, row)
    with session.no_autoflush:
        _check_name(session, row)
        for before in inspect(row).attrs.measurement_unit.history.deleted:
            _check_unit(session, row, before)
        if row.is_active is False and inspect(row).attrs.is_active.history.deleted:
            _check_not_measured(session, row)


def demand_characteristic_back(session: TenantSession, row: Characteristic) -> None:
    """Whether a characteristic may be made, or come back: its plant is in use. Raises Clash."""
    demand_plant_in_use(session, row.plant_id, row.characteristic_name)


def _check_name(session: TenantSession, row: Characteristic) -> None:
    same = session.scalar(
        select(Characteristic).where(
            Characteristic.plant_id == row.plant_id,
            Characteristic.characteristic_name == row.characteristic_name,
            Characteristic.id != row.id,
        )
    )
    if same is None:
        return
    message = f"is taken: the plant has a characteristic {row.characteristic_name}"
    message += "" if same.is_active else ", which is inactive"
    raise Clash(
        f"The name {message}; choose another",
        code="not_unique",
        errors=[FieldError(field="characteristic_name", code="not_unique", message=message)],
    )


def _check_unit(session: TenantSession, row: Characteristic, before: str | None) -> None:
    if session.scalar(select(Measurement.id).where(Measurement.characteristic_id == row.id).limit(1)) is None:
        return
    message = f"stays {before or 'empty'}: values were measured in it; make another characteristic"
    raise Invalid(
        f"The unit of {row.characteristic_name} {message}",
        code="unit_in_use",
        errors=[FieldError(field="measurement_unit", code="unit_in_use", message=message)],
    )


def _check_not_measured(session: TenantSession, row: Characteristic) -> None:
    if not (places := measuring(session, row.id)):
        return
    message = f"is measured by {', '.join(places)}: take it from there, or put that away"
    raise Clash(
        f"{row.characteristic_name} {message}",
        code="in_use",
        errors=[FieldError(field="is_active", code="in_use", message=message)],
    )


def type_in(session: TenantSession, body: MeasurementCreate, demanded: Demanded) -> Measurement:
    """A person typed a value that he measured.

    Raises:
        NotFound, NotAllowed: no such characteristic, its plant is not writable, or the value is so far from the limits
            that it takes a right the person lacks.
        Invalid: it is no longer measured, in another unit, finer than anybody measures it, or the time is ahead.
    """
    characteristic = session.need(Characteristic, body.characteristic_id, "characteristic")
    demand_writable(session, characteristic.plant_id)
    if not characteristic.is_active:
        raise Invalid(
            f"{characteristic.characteristic_name} is no longer measured; choose another characteristic",
            code="inactive",
        )
    _check_value(characteristic, body)
    now = datetime.now(UTC)
    at = body.measured_at or now
    if at > now + CLOCK_TOLERANCE:
        raise Invalid(f"{at.isoformat()} is in the future: set the clock of this device", code="ahead_of_time")
    now_valid = Limits(characteristic.lsl, characteristic.usl)
    limits = former_limits(session, [(characteristic.id, at)]).get((characteristic.id, at), now_valid)
    _check_far(session, characteristic, body, limits, demanded)
    row = Measurement(
        characteristic_id=characteristic.id,
        plant_id=characteristic.plant_id,
        measured_value=body.measured_value,
        measurement_unit=body.measurement_unit,
        **limits._asdict(),
        uncertainty=body.uncertainty,
        source=ReadingSource.TYPED,
        measured_by=session.scope.user_id,
        measured_at=at,
    )
    session.add(row)
    session.flush()
    record(session, TAKEN, row.id, plant_id=row.plant_id)
    return row


def _check_value(characteristic: Characteristic, body: MeasurementCreate) -> None:
    name, unit = characteristic.characteristic_name, characteristic.measurement_unit
    if body.measurement_unit != unit:
        message = f"is {unit or 'empty'} for {name}, not {body.measurement_unit or 'empty'}"
        raise Invalid(
            f"The unit {message}",
            code="unit_differs",
            errors=[FieldError(field="measurement_unit", code="unit_differs", message=message)],
        )
    resolution = characteristic.resolution
    if resolution is not None and not is_multiple(body.measured_value, resolution):
        message = f"{body.measured_value:f} is no multiple of {resolution:f} {unit}".rstrip()
        message += f", in which {name} is measured"
        raise Invalid(
            message[0].upper() + message[1:],
            code="finer_than_resolution",
            errors=[FieldError(field="measured_value", code="finer_than_resolution", message=message)],
        )


def _check_far(
    session: TenantSession, characteristic: Characteristic, body: MeasurementCreate, limits: Limits, demanded: Demanded
) -> None:
    kind = OverrideKind.FAR_VALUE
    if not is_far(body.measured_value, *limits):
        return
    if session.scope.may_act_in(characteristic.plant_id, kind.right) or kind not in demanded(session.scope):
        return
    value = f"{body.measured_value:f} {characteristic.measurement_unit}".rstrip()
    raise NotAllowed(
        f"{value} is far from the limits of {characteristic.characteristic_name}: check digits and decimal sign. It "
        f"takes the right {right_named(kind.right)}; who has it may enter it",
        code="far_value",
        permission=kind.right,
    )


def undo(session: TenantSession, id_: UUID) -> Measurement:
    """A person takes a measurement back. Said twice, the first counts.

    Raises:
        NotFound, NotAllowed: no such measurement, or its plant is not writable.
    """
    row = session.need(Measurement, id_, "measurement")
    demand_writable(session, row.plant_id)
    if taken_back(session, [id_]):
        return row
    word = {
        "organization_id": session.organization_id,
        "id": new_id(),
        "measurement_id": id_,
        "undone_at": datetime.now(UTC),
        "undone_by": session.scope.user_id,
    }
    statement = insert(MeasurementUndo).values(word).on_conflict_do_nothing().returning(MeasurementUndo.id)
    if session.scalar(statement) is not None:
        record(session, UNDONE, id_, plant_id=row.plant_id)
    return row

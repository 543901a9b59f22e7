"""Overrides of measured values: those taken back that another person took, and typed ones nobody would believe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from unison_domain.identity.overrides import Override

from unison_server.kernel.database import TenantSession
from unison_server.quality.queries import answers_of
from unison_server.quality.tables import Characteristic, Measurement
from unison_server.stations.override_acts import Act


def readings_undone(session: TenantSession, overrides: Sequence[Override]) -> Mapping[Override, Act]:
    """The values, and who took them back."""
    wanted = select(Measurement).where(Measurement.id.in_({one.subject_id for one in overrides}))
    values = {one.id: one for one in answers_of(session, session.scalars(wanted).all())}
    return {
        one: Act(
            f"{value.characteristic_name}: {value.measured_value} {value.measurement_unit}",
            value.plant_id,
            value.station_id,
            by=value.undone_by,
        )
        for one in overrides
        if (value := values.get(one.subject_id)) is not None
    }


def values_typed(session: TenantSession, overrides: Sequence[Override]) -> Mapping[Override, Act]:
    """The characteristics, the values that were typed, and by whom."""
    ids, acts = {one.subject_id for one in overrides}, {one.act_id for one in overrides}
    measured = {one.id: one for one in session.scalars(select(Characteristic).where(Characteristic.id.in_(ids)))}
    typed = session.scalars(select(Measurement).where(Measurement.id.in_(acts))).all()
    values = {one.id: one for one in answers_of(session, typed)}
    found = {}
    for one in overrides:
        characteristic, value = measured.get(one.subject_id), values.get(one.act_id)
        if characteristic is not None:
            act = Act(characteristic.characteristic_name, characteristic.plant_id)
            if value is not None:
                result = f"{value.measured_value} {value.measurement_unit}"
                act = act._replace(station_id=value.station_id, result=result, by=value.person)
            found[one] = act
    return found

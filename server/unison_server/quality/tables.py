"""Tables of characteristics and what was measured of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.quality.events import ReadingSource

from unison_server.kernel.keys import tenant_fk
from unison_server.kernel.orm import Master, Operations, Tenant, enum_check

ReadNumber = Annotated[Decimal, mapped_column(Numeric)]
"""A number that keeps the digits it was written with: PostgreSQL stores the scale of an unconstrained numeric."""


def _finite(*columns: str) -> str:
    """Not infinite nor NaN, which PostgreSQL holds to be greater than any number, and no longer than events allow."""
    return " and ".join(f"abs({column}) < 1e18 and scale({column}) <= 12" for column in columns)


class Characteristic(Master, Operations):
    """Something that is measured. Its unit stays once something was: measurements refer to it."""

    __tablename__ = "inspection_characteristics"
    __table_args__ = (
        tenant_fk("plant_id", "plants"),
        UniqueConstraint("organization_id", "plant_id", "characteristic_name"),
        UniqueConstraint(
            "organization_id", "id", "plant_id", "measurement_unit", name="uq_inspection_characteristics_measured_in"
        ),
        CheckConstraint("lsl < usl", name="lower_below_upper"),
        CheckConstraint("resolution > 0", name="resolution_positive"),
        CheckConstraint(_finite("target", "lsl", "usl", "resolution"), name="finite"),
    )

    plant_id: Mapped[UUID]
    characteristic_name: Mapped[str]
    measurement_unit: Mapped[str]
    target: Mapped[ReadNumber | None]
    lsl: Mapped[ReadNumber | None]
    usl: Mapped[ReadNumber | None]
    resolution: Mapped[ReadNumber | None]


class Measurement(Tenant, Operations):
    """One value as it came; never changed. `id` is the station's, so that it counts once however it comes.

    `lsl` and `usl` are the limits it is judged by, those of its characteristic when it was measured. `person` is who
    measured as named at the station, `measured_by` who typed it, or had a camera measure it, in the desktop.
    """

    __tablename__ = "inspection_measurements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "characteristic_id", "plant_id", "measurement_unit"],
            [
                "inspection_characteristics.organization_id",
                "inspection_characteristics.id",
                "inspection_characteristics.plant_id",
                "inspection_characteristics.measurement_unit",
            ],
            name="fk_inspection_measurements_characteristic",
        ),
        tenant_fk("station_id", "stations"),
        tenant_fk("peripheral_id", "peripherals"),
        enum_check("source", ReadingSource),
        CheckConstraint(_finite("measured_value", "uncertainty"), name="finite"),
        CheckConstraint(_finite("lsl", "usl"), name="limits_finite"),
        CheckConstraint("lsl < usl", name="lower_below_upper"),
        CheckConstraint("uncertainty >= 0", name="uncertainty_not_negative"),
        CheckConstraint("picture ~ '^[0-9a-f]{64}$'", name="picture_is_sha256"),
        CheckConstraint("source <> 'typed' or peripheral_id is null", name="typed_without_gauge"),
        CheckConstraint("(person_id IS NULL) = (person_is_verified IS NULL)", name="person_verified"),
        Index("ix_inspection_measurements_series", "organization_id", "characteristic_id", "measured_at", "id"),
        Index("ix_inspection_measurements_measured_at", "organization_id", "measured_at", "id"),
    )

    characteristic_id: Mapped[UUID]
    plant_id: Mapped[UUID]
    measured_value: Mapped[ReadNumber]
    measurement_unit: Mapped[str]
    lsl: Mapped[ReadNumber | None]
    usl: Mapped[ReadNumber | None]
    uncertainty: Mapped[ReadNumber | None]
    source: Mapped[str]
    peripheral_id: Mapped[UUID | None]
    station_id: Mapped[UUID | None]
    agent_id: Mapped[UUID | None]
    person: Mapped[str | None]
    person_id: Mapped[UUID | None]
    person_is_verified: Mapped[bool | None]
    measured_by: Mapped[UUID | None]
    raw: Mapped[str | None]
    picture: Mapped[str | None]
    measured_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MeasurementUndo(Tenant, Operations):
    """That a measurement was taken back; only ever added. The earliest word that holds is the one that is shown.

    Attributes:
        measurement_id: no foreign key, because the word may come before its measurement.
        agent_id: who said it of a measurement that was not here yet: it holds if that is of the same agent. None where
            the right to say it was checked.
    """

    __tablename__ = "inspection_measurement_undos"
    __table_args__ = (
        UniqueConstraint("organization_id", "measurement_id", "agent_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("undone_by IS NULL OR agent_id IS NULL", name="person_was_checked"),
        CheckConstraint("(person_id IS NULL) = (person_is_verified IS NULL)", name="person_verified"),
        Index("ix_inspection_measurement_undos_waiting", "recorded_at", postgresql_where=text("agent_id IS NOT NULL")),
    )

    measurement_id: Mapped[UUID]
    undone_at: Mapped[datetime]
    person: Mapped[str | None]
    person_id: Mapped[UUID | None]
    person_is_verified: Mapped[bool | None]
    undone_by: Mapped[UUID | None]
    agent_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())

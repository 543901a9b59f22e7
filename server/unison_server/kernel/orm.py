"""Declarative bases of the two databases, the column types of the house and the columns most tables share."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    MetaData,
    Numeric,
    String,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from unison_server.kernel.keys import new_id

CodeText = Annotated[str, mapped_column(String(50, collation="C"))]
"""A short human key: byte order, so that `=`, `<` and `^@` use its index under row level security."""
QuantityAmount = Annotated[Decimal, mapped_column(Numeric(20, 6))]
MoneyAmount = Annotated[Decimal, mapped_column(Numeric(20, 4))]

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_HELD_TO = "held to"
_TYPES: dict[Any, Any] = {
    UUID: Uuid(),
    str: Text(),
    bool: Boolean(),
    datetime: DateTime(timezone=True),
    date: Date(),
    dict[str, Any]: JSONB(),
    list[str]: JSONB(),
}


class Identity(DeclarativeBase):
    """Tables of the database `identity`: people, credentials, sessions."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = _TYPES


class Operations(DeclarativeBase):
    """Tables of the database `operations`: the business."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = _TYPES


class Tenant:
    """Primary key `(organization_id, id)` of every row that belongs to an organization."""

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class Stamped:
    """When and by whom a row was made and last changed. The persons are user ids of the identity database."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[UUID | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    updated_by: Mapped[UUID | None]


class Versioned:
    """A version that grows by one with each change: the ETag."""

    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it with the class
        return {"version_id_col": cls.version}


class Deactivatable:
    """Masters are never deleted: DELETE sets `is_active` to false."""

    is_active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)


class Master(Tenant, Stamped, Versioned, Deactivatable):
    """A master record: tenant key, stamps, version, active flag."""

    __abstract__: ClassVar[bool] = True


def enum_check(column: str, values: type[StrEnum], *, nullable: bool = False) -> CheckConstraint:
    """CHECK that a text column holds a value of the enum from domain (native enums are hard to change)."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(
        f"{column} IS NULL OR {column} IN ({listed})" if nullable else f"{column} IN ({listed})",
        name=column,
        info={_HELD_TO: {column: tuple(map(str, values))}},
    )


def held_to(column: Column[Any]) -> tuple[str, ...]:
    """The only values a text column can have by its `enum_check`; none where any text may be there."""
    rules: list[dict[str, tuple[str, ...]]] = [rule.info.get(_HELD_TO, {}) for rule in column.table.constraints]
    return next((rule[column.name] for rule in rules if column.name in rule), ())

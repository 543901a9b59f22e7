"""Keys: time-ordered ids made here, and the composite references that keep tenants apart.

Row level security checks neither foreign keys nor unique indexes, so every reference carries `organization_id`: a row
can't point at another organization's row even where code is wrong.
"""

from __future__ import annotations

import os
import time
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562, 6.2 method 3): milliseconds, 12 bits of their fraction, then 62 random bits.

    PostgreSQL makes them only from 18 on. With the fraction, ids one process makes sort as they were made.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction, chance = (rest << 12) // 1_000_000, int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | chance)


def tenant_fk(column: str, target: str, ondelete: str | None = None) -> ForeignKeyConstraint:
    """Reference `target` within the same organization.

    Args:
        column: the referencing column, e.g. `plant_id`.
        target: table referenced, with primary key `(organization_id, id)`.
        ondelete: e.g. `CASCADE` or `SET NULL (plant_id)`, which leaves `organization_id` alone.
    """
    return ForeignKeyConstraint(
        ["organization_id", column], [f"{target}.organization_id", f"{target}.id"], ondelete=ondelete
    )

"""Makes one valid row of any table from its columns, checks and foreign keys."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import unison_server
from sqlalchemy.dialects.postgresql import JSONB, Range
from unison_server.kernel.keys import new_id

Row = dict[str, Any]
_LISTED = re.compile(r"(\w+) IN \('([^']*)'")
_BETWEEN = re.compile(r"(\w+) between (\d+) and")
_VALUES: Mapping[type[Any], Callable[[], Any]] = {
    sa.Uuid: new_id,
    sa.String: lambda: new_id().hex[-10:],
    sa.Boolean: lambda: True,
    sa.Integer: lambda: 1,
    sa.Float: lambda: 1.5,
    sa.Numeric: lambda: Decimal(1),
    sa.DateTime: lambda: datetime.now(UTC),
    sa.Date: date.today,
    sa.LargeBinary: lambda: b"x",
    JSONB: dict,
}

_ITSELF = "id = organization_id"
"""The check of a table whose one row is of the organization itself."""
_BESIDE: Mapping[str, Row] = {
    "devices": {"host": "192.168.1.20", "port": 502, "request_gap_seconds": 0.1},
    "tags": {"sentinels": []},
    "qr_code_scans": {"meanings": [], "warnings": []},
    "downtime_causes": {"is_of_stop": True},
    "peripherals": {"settings": {"kind": "scanner", "name": "Hand scanner", "keyboard": "usb-scanner-event-kbd"}},
    "station_pictures": {"sha256": 64 * "a", "ends_at": datetime(2190, 1, 1, tzinfo=UTC)},
    "downtime_reasons": {"is_active": True},
    "roles": {"permissions": []},
    "api_keys": {"scopes": []},
    "invitations": {
        "roles": [],
        "accepted_at": datetime(2026, 1, 1, tzinfo=UTC),
        "expires_at": datetime(2190, 1, 1, tzinfo=UTC),
    },
    "messages": {"recipient": "anna@example.org"},
    "recompute_runs": {"ended_at": datetime(2190, 1, 1, tzinfo=UTC)},
}
"""What a check wants of columns that may be empty, or have a default, beside the values above, by table."""


def import_tables() -> None:
    """Import the tables of every room, so that both metadatas are complete."""
    for room in pkgutil.iter_modules(unison_server.__path__, "unison_server."):
        for module in pkgutil.iter_modules(_path(room.name)) if room.ispkg else ():
            if module.name == "tables" or module.name.endswith("_tables"):
                importlib.import_module(f"{room.name}.{module.name}")


def one_row(table: sa.Table, organization_id: UUID, made: Mapping[str, Row]) -> Row:
    """Values of a row that refers to rows in `made` (by table name) of the same organization."""
    row: Row = {"organization_id": organization_id, **_BESIDE.get(table.name, {})}
    if any(str(check.sqltext) == _ITSELF for check in table.constraints if isinstance(check, sa.CheckConstraint)):
        row["id"] = organization_id
    for column in table.columns:
        if column.name not in row and (column.primary_key or not (column.nullable or column.server_default)):
            row[column.name] = _value(column)
    for key in table.foreign_key_constraints:
        if target := made.get(key.referred_table.name):
            row |= referring(key, target)
    return row


def referring(key: sa.ForeignKeyConstraint, target: Row) -> Row:
    """Values by which a row refers to `target`; a computed column's is that of the one it is made of."""
    return {element.parent.info.get("is", element.parent.name): target[element.column.name] for element in key.elements}


def _value(column: sa.Column[Any]) -> Any:
    checks = [check for check in column.table.constraints if isinstance(check, sa.CheckConstraint)]
    for check in checks:
        for name, first in _LISTED.findall(str(check.sqltext)):
            if name == column.name:
                return first
        for name, least in _BETWEEN.findall(str(check.sqltext)):
            if name == column.name:
                return int(least)
    if column.name == "topic":
        return "sites.plant.created"
    if column.name == "during":
        return Range(datetime.now(UTC), None)
    for kind in type(column.type).__mro__:
        if kind in _VALUES:
            return _VALUES[kind]()
    raise LookupError(f"{column}: say in rows.py what a value of {column.type!r} looks like")


def _path(package: str) -> Any:
    return importlib.import_module(package).__path__

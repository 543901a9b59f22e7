"""Requests about characteristics and measurements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject
from unison_domain.kernel.contracts import Page
from unison_domain.quality.contracts import (
    CharacteristicAnswer,
    IndividualsAnswer,
    MeasurementAnswer,
    MeasurementCreate,
)
from unison_domain.stations.peripheral_contracts import PeripheralAnswer

from unison_desktop.kernel.client import ApiClient, Call, ListCall, Query
from unison_desktop.quality.sources import Source

AT_ONCE = 100
"""So many measurements may be asked for by their ids."""

FILE = "/inspection-measurements/export"
"""All measurements that match, as a CSV file."""

NEWEST = 500
"""So many are listed at once; the file has all."""


def characteristics(client: ApiClient, *, owner: QObject) -> ListCall:
    """All of them, also what is no longer measured; `done` brings a list of `CharacteristicAnswer`."""
    return client.get_all("/inspection-characteristics", item=CharacteristicAnswer, owner=owner)


def make_characteristic(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """A new one; `done` brings the `CharacteristicAnswer`."""
    return client.post("/inspection-characteristics", body, read=CharacteristicAnswer, key=key, owner=owner)


def change_characteristic(client: ApiClient, id_: UUID, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Change one; `done` brings the `CharacteristicAnswer`."""
    path = f"/inspection-characteristics/{id_}"
    return client.patch(path, body, version=version, read=CharacteristicAnswer, owner=owner)


def individuals(
    client: ApiClient,
    characteristic_id: UUID,
    last: int,
    begins: datetime | None,
    ends: datetime | None,
    *,
    source: Source,
    owner: QObject,
) -> Call:
    """The newest values of a characteristic, from `begins` to before `ends` where these are given, and their chart;
    `done` brings an `IndividualsAnswer`."""
    path = f"/inspection-characteristics/{characteristic_id}/individuals"
    query = {"last": last, "from": begins and begins.isoformat(), "to": ends and ends.isoformat(), **source.query()}
    return client.get(path, read=IndividualsAnswer, query=query, owner=owner)


def measurements(client: ApiClient, characteristic_id: UUID, ids: Iterable[UUID], *, owner: QObject) -> Call:
    """Those of up to `AT_ONCE` measurements that are of the characteristic; `done` brings a page."""
    query = {"characteristic_id": characteristic_id, "ids": list(ids), "limit": AT_ONCE}
    return client.get("/inspection-measurements", read=Page[MeasurementAnswer], query=query, owner=owner)


def newest(client: ApiClient, query: Query, *, owner: QObject) -> ListCall:
    """What was measured, newest first; `done` brings a list of `MeasurementAnswer`."""
    return client.get_all("/inspection-measurements", item=MeasurementAnswer, query=query, owner=owner, most=NEWEST)


def devices(client: ApiClient, *, owner: QObject) -> ListCall:
    """What measures and scans, also what was put away; `done` brings a list of `PeripheralAnswer`."""
    return client.get_all("/peripherals", item=PeripheralAnswer, owner=owner)


def type_in(client: ApiClient, body: MeasurementCreate, *, key: UUID, owner: QObject) -> Call:
    """A typed value; `done` brings the `MeasurementAnswer`."""
    return client.post("/inspection-measurements", body, read=MeasurementAnswer, key=key, owner=owner)


def undo(client: ApiClient, measurement_id: UUID, *, owner: QObject) -> Call:
    """Take a measurement back; `done` brings the `MeasurementAnswer`."""
    return client.post(f"/inspection-measurements/{measurement_id}/undo", None, read=MeasurementAnswer, owner=owner)

"""Requests about plants and what is in them."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject
from unison_domain.sites.contracts import PlantAnswer, StorageLocationAnswer

from unison_desktop.kernel.client import IN_USE, ApiClient, Call, ListCall
from unison_desktop.sites.kinds import LOCATION, Kind, Thing, kind_of


def plants(client: ApiClient, *, owner: QObject) -> ListCall:
    """Plants in use; `done` brings a list of `PlantAnswer`."""
    return client.get_all("/plants", item=PlantAnswer, query=IN_USE, owner=owner)


def everything(client: ApiClient, kind: Kind, *, owner: QObject) -> ListCall:
    """All of a kind, also those out of use; `done` brings a list of them."""
    return client.get_all(kind.path, item=kind.answer, owner=owner)


def locations(client: ApiClient, warehouse_id: UUID, *, owner: QObject) -> ListCall:
    """All places of a warehouse, also those out of use; `done` brings a list of `StorageLocationAnswer`."""
    query = {"warehouse_id": warehouse_id}
    return client.get_all(LOCATION.path, item=StorageLocationAnswer, query=query, owner=owner)


def make(client: ApiClient, kind: Kind, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """A new thing of this kind; `done` brings it."""
    return client.post(kind.path, body, read=kind.answer, key=key, owner=owner)


def change(client: ApiClient, thing: Thing, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Change a thing; `done` brings it as it is then."""
    return client.patch(_path(thing), body, version=version, read=type(thing), owner=owner)


def deactivate(client: ApiClient, thing: Thing, *, owner: QObject) -> Call:
    """Take it out of use, as it is seen here; `done` brings it as it is then."""
    return client.delete(_path(thing), version=thing.version, read=type(thing), owner=owner)


def reactivate(client: ApiClient, thing: Thing, *, owner: QObject) -> Call:
    """Bring it back into use, as it is seen here; `done` brings it as it is then."""
    return client.post(f"{_path(thing)}/reactivate", None, version=thing.version, read=type(thing), owner=owner)


def _path(thing: Thing) -> str:
    return f"{kind_of(thing).path}/{thing.id}"

"""Requests about plants, work centers and machines as they are set up."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject
from unison_domain.machines.contracts import MachineAnswer, WorkCenterAnswer
from unison_domain.machines.copying import MachineCopied, MachineCopy
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.kernel.client import IN_USE, OUT_OF_USE, ApiClient, Call, ListCall

Thing = PlantAnswer | WorkCenterAnswer | MachineAnswer

_PATHS: dict[type[BaseModel], str] = {
    PlantAnswer: "/plants",
    WorkCenterAnswer: "/work-centers",
    MachineAnswer: "/machines",
}


def work_centers(client: ApiClient, *, owner: QObject) -> ListCall:
    """Lines and cells in use; `done` brings a list of `WorkCenterAnswer`."""
    return client.get_all("/work-centers", item=WorkCenterAnswer, query=IN_USE, owner=owner)


def make(client: ApiClient, kind: type[Thing], body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """A new thing of this kind; `done` brings it."""
    return client.post(_PATHS[kind], body, read=kind, key=key, owner=owner)


def change(client: ApiClient, thing: Thing, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Change a thing; `done` brings it as it is then."""
    return client.patch(f"{_PATHS[type(thing)]}/{thing.id}", body, version=version, read=type(thing), owner=owner)


def deactivate(client: ApiClient, thing: Thing, *, owner: QObject) -> Call:
    """Take it out of use, as it is seen here; `done` brings it as it is then."""
    return client.delete(f"{_PATHS[type(thing)]}/{thing.id}", version=thing.version, read=type(thing), owner=owner)


def reactivate(client: ApiClient, thing: Thing, /, *, owner: QObject) -> Call:
    """Bring it back into use, as it is seen here; `done` brings it as it is then."""
    path = f"{_PATHS[type(thing)]}/{thing.id}/reactivate"
    return client.post(path, None, version=thing.version, read=type(thing), owner=owner)


def plants_out_of_use(client: ApiClient, /, *, owner: QObject) -> ListCall:
    """`done` brings a list of `PlantAnswer`."""
    return client.get_all("/plants", item=PlantAnswer, query=OUT_OF_USE, owner=owner)


def work_centers_out_of_use(client: ApiClient, /, *, owner: QObject) -> ListCall:
    """`done` brings a list of `WorkCenterAnswer`."""
    return client.get_all("/work-centers", item=WorkCenterAnswer, query=OUT_OF_USE, owner=owner)


def machines_out_of_use(client: ApiClient, /, *, owner: QObject) -> ListCall:
    """`done` brings a list of `MachineAnswer`."""
    return client.get_all("/machines", item=MachineAnswer, query=OUT_OF_USE, owner=owner)


def copy(client: ApiClient, machine_id: UUID, body: MachineCopy, *, key: UUID, owner: QObject) -> Call:
    """Another machine like this one, with its tags; `done` brings a `MachineCopied`."""
    return client.post(f"/machines/{machine_id}/copy", body, read=MachineCopied, key=key, owner=owner)

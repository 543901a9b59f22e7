"""Requests about what agents are configured to do."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject
from unison_domain.kernel.contracts import Page
from unison_domain.machines.count_corrections import CountCorrection, CountCorrectionRun, CountPreview, CountSpan
from unison_domain.machines.recomputing import Recompute, Recomputed, RecomputeRun
from unison_domain.machines.tag_runs import TagRun
from unison_domain.stations.configuration_changes import ConfigurationChange
from unison_domain.stations.contracts import (
    AgentAnswer,
    DeviceAnswer,
    DeviceCreate,
    StationAnswer,
    StationCreate,
    TagAnswer,
    TagCreate,
    TagReplace,
)
from unison_domain.stations.tag_csv import CsvImport, CsvPreview
from unison_domain.stations.templates import DeviceTemplate, FromTemplate

from unison_desktop.kernel.client import OUT_OF_USE, ApiClient, Call, ListCall

NEWEST, FEW = 200, 3


def make_station(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """A new workplace (`StationCreate`); `done` brings the `StationAnswer`."""
    assert isinstance(body, StationCreate)  # noqa: S101 - the form's contract
    return client.post("/stations", body, read=StationAnswer, key=key, owner=owner)


def change_station(client: ApiClient, id_: UUID, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Change a workplace; `done` brings the `StationAnswer`."""
    return client.patch(f"/stations/{id_}", body, version=version, read=StationAnswer, owner=owner)


def make_device(client: ApiClient, body: DeviceCreate, *, key: UUID, owner: QObject) -> Call:
    """A new device; `done` brings the `DeviceAnswer`."""
    return client.post("/devices", body, read=DeviceAnswer, key=key, owner=owner)


def change_device(client: ApiClient, id_: UUID, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Set all of a device (`DeviceReplace`); `done` brings the `DeviceAnswer`."""
    return client.put(f"/devices/{id_}", body, version=version, read=DeviceAnswer, owner=owner)


def make_tag(client: ApiClient, body: TagCreate, *, key: UUID, owner: QObject) -> Call:
    """A new tag; `done` brings the `TagAnswer`."""
    return client.post("/tags", body, read=TagAnswer, key=key, owner=owner)


def change_tag(client: ApiClient, id_: UUID, body: TagReplace, *, version: int, owner: QObject) -> Call:
    """Set all of a tag; `done` brings the `TagAnswer`."""
    return client.put(f"/tags/{id_}", body, version=version, read=TagAnswer, owner=owner)


_ANSWERS: dict[type[BaseModel], str] = {StationAnswer: "stations", DeviceAnswer: "devices", TagAnswer: "tags"}


def deactivate(client: ApiClient, thing: StationAnswer | DeviceAnswer | TagAnswer, *, owner: QObject) -> Call:
    """Take it out of use, as it is seen here; `done` brings it as it is then."""
    path = f"/{_ANSWERS[type(thing)]}/{thing.id}"
    return client.delete(path, version=thing.version, read=type(thing), owner=owner)


def reactivate(client: ApiClient, thing: StationAnswer | DeviceAnswer | TagAnswer, /, *, owner: QObject) -> Call:
    """Bring it back into use, as it is seen here; `done` brings it as it is then."""
    path = f"/{_ANSWERS[type(thing)]}/{thing.id}/reactivate"
    return client.post(path, None, version=thing.version, read=type(thing), owner=owner)


def stations_out_of_use(client: ApiClient, /, *, owner: QObject) -> ListCall:
    """`done` brings a list of `StationAnswer`."""
    return client.get_all("/stations", item=StationAnswer, query=OUT_OF_USE, owner=owner)


def devices_out_of_use(client: ApiClient, /, *, owner: QObject) -> ListCall:
    """`done` brings a list of `DeviceAnswer`."""
    return client.get_all("/devices", item=DeviceAnswer, query=OUT_OF_USE, owner=owner)


def tags_out_of_use(client: ApiClient, /, *, owner: QObject) -> ListCall:
    """`done` brings a list of `TagAnswer`."""
    return client.get_all("/tags", item=TagAnswer, query=OUT_OF_USE, owner=owner)


def changes(client: ApiClient, of: AgentAnswer | StationAnswer, entity_id: UUID | None, *, owner: QObject) -> Call:
    """The newest changes of what an agent is told, or of a station that has none; of one thing in it, where one is
    named; a `Page[ConfigurationChange]`.
    """
    query = {"limit": NEWEST, "entity_id": entity_id}
    path = f"/{'agents' if isinstance(of, AgentAnswer) else 'stations'}/{of.id}/configuration-changes"
    return client.get(path, read=Page[ConfigurationChange], query=query, owner=owner)


def templates(client: ApiClient, *, owner: QObject) -> Call:
    """Common devices with their registers; `done` brings a list of `DeviceTemplate`."""
    return client.get_list("/device-templates", item=DeviceTemplate, owner=owner)


def from_template(client: ApiClient, body: FromTemplate, *, key: UUID, owner: QObject) -> Call:
    """A device with tags at once; `done` brings the `DeviceAnswer`."""
    return client.post("/devices/from-template", body, read=DeviceAnswer, key=key, owner=owner)


def tags_csv(client: ApiClient, station_id: UUID, *, owner: QObject) -> Call:
    """Devices and tags of a workplace as a CSV file; `done` brings its text."""
    return client.get_text(f"/stations/{station_id}/tags.csv", owner=owner)


def preview_import(client: ApiClient, station_id: UUID, csv: str, *, owner: QObject) -> Call:
    """What a CSV file would do; `done` brings a `CsvPreview`."""
    path = f"/stations/{station_id}/tags-import/preview"
    return client.post(path, CsvImport(csv=csv), read=CsvPreview, owner=owner)


def import_tags(client: ApiClient, station_id: UUID, body: CsvImport, *, key: UUID, owner: QObject) -> Call:
    """Do what was seen in the preview; `done` brings the `CsvPreview` of what was done."""
    return client.post(f"/stations/{station_id}/tags-import", body, read=CsvPreview, key=key, owner=owner)


def preview_recompute(client: ApiClient, tag_id: UUID, body: Recompute, *, owner: QObject) -> Call:
    """What that would make of it; `done` brings a `Recomputed`."""
    return client.post(f"/tags/{tag_id}/recompute/preview", body, read=Recomputed, owner=owner)


def preview_counts(client: ApiClient, tag_id: UUID, body: CountSpan, *, owner: QObject) -> Call:
    """What a correction of a counter's scale would do; `done` brings a `CountPreview`."""
    return client.post(f"/tags/{tag_id}/count-corrections/preview", body, read=CountPreview, owner=owner)


class RunWay(NamedTuple):
    """Where runs of one kind are, and what tells of one."""

    path: str
    answer: type[TagRun]


COUNT_RUNS = RunWay("count-correction-runs", CountCorrectionRun)
RECOMPUTE_RUNS = RunWay("recompute-runs", RecomputeRun)


def begin_run(client: ApiClient, way: RunWay, tag_id: UUID, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """Put something right of a tag; `done` brings the run, which may be under way."""
    return client.post(f"/tags/{tag_id}/{way.path}", body, read=way.answer, key=key, owner=owner)


def last_runs(client: ApiClient, way: RunWay, tag_id: UUID, *, owner: QObject) -> Call:
    """The newest runs of a tag; `done` brings a `Page` of them."""
    page = Page[way.answer]  # type: ignore[name-defined] # chosen by the way
    return client.get(f"/tags/{tag_id}/{way.path}", read=page, query={"limit": FEW}, owner=owner)


def run_of(client: ApiClient, way: RunWay, tag_id: UUID, run_id: UUID, *, owner: QObject) -> Call:
    """How far a run is; `done` brings it."""
    return client.get(f"/tags/{tag_id}/{way.path}/{run_id}", read=way.answer, owner=owner)


def cancel_run(client: ApiClient, way: RunWay, tag_id: UUID, run_id: UUID, *, owner: QObject) -> Call:
    """End a run that is under way; `done` brings it."""
    return client.post(f"/tags/{tag_id}/{way.path}/{run_id}/cancel", None, read=way.answer, owner=owner)


def count_corrections(client: ApiClient, tag_id: UUID, *, owner: QObject) -> Call:
    """What was put right of a counter, newest first; a `Page[CountCorrection]`."""
    query = {"limit": NEWEST}
    return client.get(f"/tags/{tag_id}/count-corrections", read=Page[CountCorrection], query=query, owner=owner)

"""Endpoints of configuring many things at once: templates, CSV files, and who changed what."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Response
from unison_domain.kernel.contracts import Page
from unison_domain.kernel.csv_dialect import CsvDialect
from unison_domain.sentences import made_name
from unison_domain.stations.configuration_changes import ConfigurationChange
from unison_domain.stations.contracts import DeviceAnswer
from unison_domain.stations.device_settings import DeviceSettings
from unison_domain.stations.tag_csv import CsvImport, CsvPreview
from unison_domain.stations.templates import DeviceTemplate, FromTemplate, TagTemplate, template_of, templates

from unison_server.identity.queries import KeyNames, key_names, visitor_names
from unison_server.kernel.access import requires
from unison_server.kernel.csv_answer import CsvAnswer, Dialect
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Invalid, NotFound
from unison_server.kernel.resource import assign
from unison_server.kernel.route import OperationsRoute, SessionDep, demand_too
from unison_server.sites.queries import demand_writable
from unison_server.stations.api import devices, imported_devices, stations, tags_resource
from unison_server.stations.arrival import MachineRoom
from unison_server.stations.configuration_csv import Rooms, apply, export_csv, preview
from unison_server.stations.configuration_history import changes_of
from unison_server.stations.queries import demand_agent_readable
from unison_server.stations.tables import Agent, Device, Station, Tag

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=200)]


def routers(machines: MachineRoom, databases: Databases) -> Sequence[APIRouter]:
    """The endpoints; `machines` is what this room may ask of them."""
    return _templates(machines), _csv(machines), _history(databases)


def _templates(machines: MachineRoom) -> APIRouter:
    router, tags = APIRouter(tags=["devices"], route_class=OperationsRoute), tags_resource(machines)

    @router.get("/device-templates", dependencies=[requires("stations.device.read")])
    def list_device_templates(session: SessionDep) -> Page[DeviceTemplate]:
        """Register maps of common devices, each with the document it was read from."""
        return Page(items=list(templates()))

    @router.post("/devices/from-template", status_code=201, dependencies=[requires("stations.device.create")])
    def create_device_from_template(session: SessionDep, body: FromTemplate) -> DeviceAnswer:
        """A device with tags of a template, at once; asks for the right to create tags too."""
        demand_too(session, "stations.tag.create")
        template = template_of(body.template)
        if template is None:
            raise NotFound(f"There is no template {body.template}", thing="template", id=body.template)
        given = body.device.model_dump(exclude_unset=True)
        settings = DeviceSettings.model_validate({**template.defaults, **given})
        device = Device(station_id=body.station_id)
        device.whole_line = body.whole_line
        assign(device, settings.model_dump())
        session.add(device)
        devices.write(session, device, "created")
        for wanted in _wanted(template, body.tags):
            tag = Tag(device_id=device.id)
            named = made_name(wanted.settings.name, body.language)
            assign(tag, {**wanted.settings.model_dump(), "name": named, "machine_id": body.machine_id})
            session.add(tag)
            tags.write(session, tag, "created")
        return DeviceAnswer.model_validate(device)

    return router


def _wanted(template: DeviceTemplate, names: Sequence[str] | None) -> list[TagTemplate]:
    if names is None:
        return [tag for tag in template.tags if tag.chosen]
    known = {tag.settings.name: tag for tag in template.tags}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Invalid(f"Template {template.code} has no tag {unknown[0]}", code="template_tag_unknown")
    return [known[name] for name in dict.fromkeys(names)]


def _csv(machines: MachineRoom) -> APIRouter:
    router = APIRouter(prefix="/stations", tags=["stations"], route_class=OperationsRoute)
    tags = tags_resource(machines)

    def rooms(session: TenantSession) -> Rooms:
        return Rooms(imported_devices, tags, machines.codes(session))

    @router.get("/{id}/tags.csv", response_class=CsvAnswer, dependencies=[requires("stations.tag.read")])
    def export_station_tags(
        session: SessionDep,
        id: UUID,  # noqa: A002
        dialect: Dialect = CsvDialect.POINT,
    ) -> Response:
        """The station's devices and tags, one line per tag; an import reads it again exactly."""
        station = stations.load(session, id)
        return CsvAnswer.named("tags", export_csv(session, station, machines.codes(session), dialect))

    @router.post("/{id}/tags-import/preview", dependencies=[requires("stations.tag.import")])
    def preview_tags_import(session: SessionDep, id: UUID, body: CsvImport) -> CsvPreview:  # noqa: A002
        """What the file would change, and every mistake in it."""
        return preview(session, _writable(session, id), body, rooms(session))

    @router.post("/{id}/tags-import", dependencies=[requires("stations.tag.import")])
    def import_tags(session: SessionDep, id: UUID, body: CsvImport) -> CsvPreview:  # noqa: A002
        """Create and change devices and tags as the file says: all of it, or nothing and every mistake."""
        return apply(session, _writable(session, id), body, rooms(session))

    return router


def _writable(session: TenantSession, station_id: UUID) -> Station:
    station = stations.load(session, station_id)
    demand_writable(session, station.plant_id)
    return station


def _history(databases: Databases) -> APIRouter:
    router = APIRouter(route_class=OperationsRoute)

    @router.get("/agents/{id}/configuration-changes", tags=["agents"], dependencies=[requires("stations.agent.read")])
    def list_configuration_changes(
        session: SessionDep,
        id: UUID,  # noqa: A002
        entity_id: UUID | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[ConfigurationChange]:
        """Who changed what the agent is told, newest first: its own things, and what stations share."""
        owned = _owners(databases, session)
        demand_agent_readable(session, session.need(Agent, id, "agent"))
        before = None if cursor is None else _read_cursor(cursor)
        found = changes_of(session, id, owned=owned, entity_id=entity_id, before=before, limit=limit + 1)
        return _page(found, limit)

    @router.get(
        "/stations/{id}/configuration-changes", tags=["stations"], dependencies=[requires("stations.station.read")]
    )
    def list_station_changes(
        session: SessionDep,
        id: UUID,  # noqa: A002
        entity_id: UUID | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[ConfigurationChange]:
        """Who changed the station and its things, newest first, whether or not an agent serves it."""
        owned = _owners(databases, session)
        of = stations.load(session, id).id
        before = None if cursor is None else _read_cursor(cursor)
        found = changes_of(
            session, None, station_id=of, owned=owned, entity_id=entity_id, before=before, limit=limit + 1
        )
        return _page(found, limit)

    return router


def _owners(databases: Databases, session: TenantSession) -> KeyNames:
    """What keys and visitors are called; asked first, while the request holds no connection yet."""
    with databases.session(Database.IDENTITY, session.scope) as identity:
        return {**key_names(identity), **visitor_names(identity)}


def _page(found: list[ConfigurationChange], limit: int) -> Page[ConfigurationChange]:
    last = found[limit - 1] if len(found) > limit else None
    return Page(items=found[:limit], next_cursor=last and _cursor(last))


def _cursor(last: ConfigurationChange) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([last.at, last.id])).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, id_ = orjson.loads(base64.urlsafe_b64decode(cursor))
        return datetime.fromisoformat(at), UUID(id_)
    except (ValueError, TypeError, AttributeError):
        raise Invalid(f"The cursor {cursor[:50]!r} is none of ours", code="cursor_invalid") from None

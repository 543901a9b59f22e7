"""Endpoints that set machines up from others, and put right what was recorded under a wrong scale."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from unison_domain.machines.copying import MachineCopied, MachineCopy
from unison_domain.machines.recomputing import Recompute, Recomputed

from unison_server.kernel.access import requires
from unison_server.kernel.route import OperationsRoute, SessionDep, demand_too
from unison_server.machines.api import MACHINE_ROOM, machines
from unison_server.machines.copying import copy_machine
from unison_server.machines.recomputing import recompute
from unison_server.sites.queries import demand_writable
from unison_server.stations.api import devices, tags_resource
from unison_server.stations.tables import Device, Station, Tag

router = APIRouter(tags=["machines"], route_class=OperationsRoute)
_tags = tags_resource(MACHINE_ROOM)


@router.post("/machines/{id}/copy", status_code=201, dependencies=[requires("machines.machine.create")])
def post_machine_copy(session: SessionDep, id: UUID, body: MachineCopy) -> MachineCopied:  # noqa: A002
    """A machine like this one, with its tags; asks for the right to create tags, and devices where some are copied."""
    if body.devices:
        demand_too(session, "stations.tag.create")
    if any(place.copy_as is not None for place in body.devices):
        demand_too(session, "stations.device.create")
    return copy_machine(session, machines.load(session, id), body, machines, devices, _tags)


@router.post("/tags/{id}/recompute", dependencies=[requires("machines.sample.recompute")])
def recompute_samples(session: SessionDep, id: UUID, body: Recompute) -> Recomputed:  # noqa: A002
    """The tag's samples of that time anew, from what was read and the tag's present scale, offset and limits."""
    tag = session.need(Tag, id, "tag")
    device = session.need(Device, tag.device_id, "device")
    demand_writable(session, session.need(Station, device.station_id, "station").plant_id)
    return recompute(session, tag, body.from_, body.to)

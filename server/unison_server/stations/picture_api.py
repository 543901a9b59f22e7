"""Endpoints of pictures that stations keep."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import select
from unison_domain.identity.device_rights import DeviceRight
from unison_domain.kernel.contracts import Page
from unison_domain.stations.picture_contracts import PictureAnswer
from unison_domain.stations.picture_events import PictureReason

from unison_server.kernel.access import requires
from unison_server.kernel.files import Files
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.kernel.time_span import TimeSpan
from unison_server.stations import pictures
from unison_server.stations.api import ActingAgent
from unison_server.stations.bodies import Body
from unison_server.stations.picture_tables import StationPicture

Hash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
READ = [requires("stations.picture.read")]
_NEWEST = Order({"taken_at": StationPicture.taken_at}, "-taken_at")
_MEDIA: dict[str, Any] = {"image/jpeg": {}, "image/png": {}}
_PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": _MEDIA, "description": "The file"}}
_FILE = {"type": "string", "format": "binary"}
_UPLOAD = {
    "requestBody": {"required": True, "content": {"image/jpeg": {"schema": _FILE}, "image/png": {"schema": _FILE}}}
}


class PictureRoute(OperationsRoute):
    """Takes files: a picture that is measured is sent as it was taken, 20 million grey pixels and more."""

    most_bytes: ClassVar[int] = 32 * 1024 * 1024


class PictureList(TimeSpan, ListRequest):
    """Which pictures: of a plant, station, machine or peripheral, kept for a reason, between two moments."""

    plant_id: UUID | None = None
    station_id: UUID | None = None
    machine_id: UUID | None = None
    peripheral_id: UUID | None = None
    reason: PictureReason | None = None


def picture_routers(files: Files) -> tuple[APIRouter, APIRouter]:
    """What agents send, and what people see."""
    return _own(files), _seen(files)


def _own(files: Files) -> APIRouter:
    router = APIRouter(prefix="/stations/me/pictures", tags=["station protocol"], route_class=PictureRoute)

    @router.put("/{sha256}", status_code=204, openapi_extra=_UPLOAD, dependencies=[requires(DeviceRight.SEND_PICTURES)])
    def put_picture(session: SessionDep, agent_id: ActingAgent, sha256: Hash, body: Body) -> Response:
        """Send a picture whose event was taken (404 `not_announced` before that). The same again changes nothing."""
        pictures.store(session, files, agent_id, sha256, body)
        return Response(status_code=204)

    @router.get(
        "/{sha256}",
        dependencies=[requires(DeviceRight.READ_CONFIGURATION)],
        response_class=StreamingResponse,
        responses=_PICTURE,
    )
    def get_own_picture(session: SessionDep, agent_id: ActingAgent, sha256: Hash) -> StreamingResponse:
        """What a camera of this agent took, at this PC or another, or compares with; 404 of others, and while away."""
        media_type, content = pictures.load_own(session, files, agent_id, sha256)
        return StreamingResponse(content, media_type=media_type)

    return router


def _seen(files: Files) -> APIRouter:
    router = APIRouter(prefix="/station-pictures", tags=["station pictures"], route_class=OperationsRoute)

    @router.get("", dependencies=READ)
    def list_station_pictures(session: SessionDep, given: Annotated[PictureList, Query()]) -> Page[PictureAnswer]:
        """Pictures that stations kept, newest first."""
        statement = select(StationPicture).where(StationPicture.deleted_at.is_(None))
        for column in (
            StationPicture.plant_id,
            StationPicture.station_id,
            StationPicture.machine_id,
            StationPicture.peripheral_id,
            StationPicture.reason,
        ):
            value = getattr(given, column.key)
            if value is not None:
                statement = statement.where(column == value)
        statement = statement.where(*given.between(StationPicture.taken_at))
        rows, cursor = _NEWEST.page(session, statement, given, StationPicture.id)
        return Page(items=[PictureAnswer.model_validate(row) for row in rows], next_cursor=cursor)

    @router.get("/{sha256}", dependencies=READ, response_class=StreamingResponse, responses=_PICTURE)
    def get_station_picture(session: SessionDep, sha256: Hash) -> StreamingResponse:
        """The file; 404 `not_here` while it is still at its station."""
        media_type, content = pictures.load(session, files, sha256)
        headers = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        return StreamingResponse(content, media_type=media_type, headers=headers)

    return router

"""The endpoints of runs over a tag, alike for every sort: look before, begin, list, look at one, cancel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import select
from unison_domain.kernel.contracts import Answer, Page, Request
from unison_domain.machines.tag_runs import TagRun

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.route import SessionDep
from unison_server.machines.tag_runs import Run, RunSort, run_of
from unison_server.sites.queries import demand_writable
from unison_server.stations.tables import Device, Station, Tag

Body = BaseModel
"""Stands for the contract of a sort."""


@dataclass(frozen=True, slots=True)
class RunRoutes(Generic[Run]):
    """A sort of runs as its endpoints have it.

    Attributes:
        name: of operations, e.g. `recompute`. path: below a tag, of its runs. permission: to begin and to cancel one.
        looked, asked: what a look before takes, and what a run does. seen, answer: what they answer with.
        look_path: below a tag. look: what would come of it.
        begin: begins one. told: what crosses the network of some.
        looks, begins, cancels: what these do, for the API's document.
    """

    sort: RunSort[Run]
    name: str
    path: str
    permission: str
    look_path: str
    looked: type[Request]
    seen: type[Answer]
    look: Callable[[TenantSession, Tag, Any], Answer]
    asked: type[Request]
    answer: type[TagRun]
    begin: Callable[[TenantSession, Tag, Any], Run]
    told: Callable[[TenantSession, Sequence[Run]], Sequence[TagRun]]
    looks: str
    begins: str
    cancels: str

    def add_to(self, router: APIRouter) -> None:
        """Let the router answer to them."""
        runs, one, changing = f"/tags/{{id}}/{self.path}", f"{self.name}_run", [requires(self.permission)]
        reading = [requires("machines.machine.read")]
        router.add_api_route(
            f"/tags/{{id}}/{self.look_path}",
            self._look(),
            methods=["POST"],
            name=f"preview_{self.name}",
            description=self.looks,
            response_model=self.seen,
            dependencies=changing,
        )
        router.add_api_route(
            runs,
            self._post(),
            methods=["POST"],
            name=f"post_{one}",
            description=self.begins,
            response_model=self.answer,
            status_code=202,
            dependencies=changing,
        )
        router.add_api_route(
            runs,
            self._list(),
            methods=["GET"],
            name=f"list_{one}s",
            response_model=Page[self.answer],  # type: ignore[name-defined] # chosen by the sort
            dependencies=reading,
        )
        router.add_api_route(
            f"{runs}/{{run_id}}",
            self._get(),
            methods=["GET"],
            name=f"get_{one}",
            response_model=self.answer,
            dependencies=reading,
        )
        router.add_api_route(
            f"{runs}/{{run_id}}/cancel",
            self._cancel(),
            methods=["POST"],
            name=f"cancel_{one}",
            description=self.cancels,
            response_model=self.answer,
            dependencies=changing,
        )

    def _look(self) -> Callable[..., Any]:
        def look(session: SessionDep, id: UUID, body: Body) -> Any:  # noqa: A002 - the name in the path
            return self.look(session, writable_tag(session, id), body)

        look.__annotations__["body"] = self.looked
        return look

    def _post(self) -> Callable[..., Any]:
        def post(session: SessionDep, id: UUID, body: Body) -> Any:  # noqa: A002
            return self.told(session, [self.begin(session, writable_tag(session, id), body)])[0]

        post.__annotations__["body"] = self.asked
        return post

    def _list(self) -> Callable[..., Any]:
        kind = self.sort.table
        newest = Order({"created_at": kind.created_at}, "-created_at")

        def list_runs(session: SessionDep, id: UUID, given: Annotated[ListRequest, Query()]) -> Any:  # noqa: A002
            """Those of the tag, newest first."""
            tag = session.need(Tag, id, "tag")
            statement = select(kind).where(kind.organization_id == session.organization_id, kind.tag_id == tag.id)
            rows, cursor = newest.page(session, statement, given, kind.id)
            return Page(items=self.told(session, rows), next_cursor=cursor)

        return list_runs

    def _get(self) -> Callable[..., Any]:
        def get(session: SessionDep, id: UUID, run_id: UUID) -> Any:  # noqa: A002
            """How far it is, and what came of it so far."""
            return self.told(session, [run_of(session, self.sort.table, id, run_id)])[0]

        return get

    def _cancel(self) -> Callable[..., Any]:
        def cancel(session: SessionDep, id: UUID, run_id: UUID) -> Any:  # noqa: A002
            writable_tag(session, id)
            run = run_of(session, self.sort.table, id, run_id)
            self.sort.cancel(session, run)
            return self.told(session, [run])[0]

        return cancel


def writable_tag(session: TenantSession, id_: UUID) -> Tag:
    """The tag, in a plant that may be changed.

    Raises:
        NotFound, NotAllowed: there is none, or it is in another.
    """
    tag = session.need(Tag, id_, "tag")
    device = session.need(Device, tag.device_id, "device")
    demand_writable(session, session.need(Station, device.station_id, "station").plant_id)
    return tag

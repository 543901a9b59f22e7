"""Endpoints of PINs, and those by which station agents fetch the list of people and let them sign on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Response
from unison_domain.identity.badge_contracts import OwnPinSet, PinSet, Roster, SignedOn, SignOn
from unison_domain.identity.countersign_contracts import Countersign, Countersigned
from unison_domain.identity.device_rights import DeviceRight
from unison_domain.identity.mfa_contracts import PasswordAgain
from unison_domain.stations.sign_on_events import TAP_HEADER

from unison_server.identity.badges import Badges
from unison_server.identity.countersigning import Countersigning
from unison_server.identity.giving_rights import demand_no_more
from unison_server.identity.oneself import oneself
from unison_server.identity.own_password import ProvenRoute
from unison_server.identity.own_sign_in import demand_proven
from unison_server.identity.passwords import Passwords
from unison_server.identity.pins import Station, remove_pin, set_pin
from unison_server.identity.tables import User
from unison_server.kernel.access import requires
from unison_server.kernel.errors import NotFound
from unison_server.kernel.route import IdentityRoute, SessionDep
from unison_server.kernel.scope import Scope

StationsOfAgent = Callable[[Scope], Iterable[tuple[UUID, str, UUID]]]
"""Id, code and plant of each station in use that the acting agent serves; stations are in the other database."""


def pin_router(passwords: Passwords) -> APIRouter:
    """Endpoints of PINs, which are never told."""
    router = APIRouter(tags=["badges"], route_class=IdentityRoute)
    own = APIRouter(route_class=ProvenRoute)

    @own.post("/pin", status_code=204)
    def set_own_pin(session: SessionDep, body: OwnPinSet) -> None:
        """One's own PIN for stations, with the password again."""
        set_pin(session, oneself(session, "has a PIN"), body.pin.get_secret_value(), passwords)

    @own.post("/pin/remove", status_code=204)
    def remove_own_pin(session: SessionDep, body: PasswordAgain) -> None:
        """Sign on by badge only from now on, with the password again."""
        remove_pin(session, oneself(session, "has a PIN"))

    router.include_router(own)

    @router.put("/users/{id}/pin", status_code=204, dependencies=[requires("identity.user.update")])
    def set_somebodys_pin(session: SessionDep, id: UUID, body: PinSet) -> Response:  # noqa: A002 - the name in the path
        """A new PIN for somebody, e.g. who forgot theirs."""
        demand_proven(session, session.need(User, id, "user").id)
        demand_no_more(session, id, "set a PIN")
        set_pin(session, id, body.pin.get_secret_value(), passwords)
        return Response(status_code=204)

    @router.delete("/users/{id}/pin", status_code=204, dependencies=[requires("identity.user.update")])
    def remove_somebodys_pin(session: SessionDep, id: UUID) -> Response:  # noqa: A002 - the name in the path
        """Let somebody sign on by badge only."""
        demand_proven(session, session.need(User, id, "user").id)
        demand_no_more(session, id, "remove a PIN")
        remove_pin(session, id)
        return Response(status_code=204)

    return router


def station_sign_on_router(badges: Badges, countersigning: Countersigning, stations_of: StationsOfAgent) -> APIRouter:
    """What agents ask for people at their stations."""
    door = countersigning.door
    router = APIRouter(prefix="/stations/me", tags=["station protocol"], route_class=IdentityRoute)

    @router.get("/roster", response_model=Roster, dependencies=[requires(DeviceRight.READ_ROSTER)])
    def get_roster(
        session: SessionDep, response: Response, if_none_match: Annotated[str | None, Header()] = None
    ) -> Any:
        """Whom stations may name while the server is away; 304 when the agent has this list already."""
        # This session holds no connection yet that the other database's could wait for.
        stations = {id_: plant_id for id_, _code, plant_id in stations_of(session.scope)}
        roster = badges.roster(session, stations)
        etag = f'"{hashlib.sha256(roster.model_dump_json().encode()).hexdigest()[:32]}"'
        if if_none_match is not None and etag in if_none_match:
            return Response(status_code=304, headers={"ETag": etag})
        response.headers["ETag"] = etag
        return roster

    @router.post("/sign-on", dependencies=[requires(DeviceRight.SIGN_ON)])
    def sign_on(
        session: SessionDep, body: SignOn, unison_tap: Annotated[UUID | None, Header(alias=TAP_HEADER)] = None
    ) -> SignedOn:
        """Somebody signs on at a station of the agent; refusals are in the login history.

        A tap that its station tells of as an event too (`sign_on_told`) is named in the header `Unison-Tap`.
        """
        return door.sign_on(session.scope, station(session.scope, body.station_id), body, unison_tap)

    @router.post("/countersign", dependencies=[requires(DeviceRight.COUNTERSIGN)])
    def countersign(session: SessionDep, body: Countersign) -> Countersigned:
        """Somebody with the right stands behind one release or override, with badge and PIN.

        It is good for the one act of this agent; attempts are in the login history.
        """
        return countersigning.sign(session.scope, station(session.scope, body.station_id), body)

    def station(scope: Scope, station_id: UUID) -> Station:
        # Before the request's own session holds a connection that another could wait for.
        served = {id_: Station(id_, code, plant_id) for id_, code, plant_id in stations_of(scope)}
        if station_id not in served:
            raise NotFound(f"This agent serves no station {station_id}", thing="station", id=str(station_id))
        return served[station_id]

    return router

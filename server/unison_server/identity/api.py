"""Endpoints of signing in and of people."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from unison_domain.identity.contracts import (
    HeldInPlace,
    Login,
    Me,
    PlantAssignment,
    PlantRight,
    Refresh,
    RoleAssignment,
    RoleHeld,
    Tokens,
    UserAnswer,
    UserCreate,
    UserReplace,
    UserUpdate,
    WarehouseAssignment,
    WarehouseRight,
)
from unison_domain.identity.setting_contracts import PASSWORD_LENGTH, TIME_ZONE

from unison_server.identity import queries, usecases
from unison_server.identity.consequences import user_search
from unison_server.identity.few_at_a_time import FewAtATime
from unison_server.identity.own_sign_in import PerhapsProvenRoute, is_proven
from unison_server.identity.passwords import Passwords
from unison_server.identity.role_places import RolePlaces
from unison_server.identity.roles import EVALUATE
from unison_server.identity.settings import setting_of
from unison_server.identity.sign_in import Door
from unison_server.identity.tables import (
    Organization,
    SignInSession,
    User,
    UserPlantAccess,
    UserRole,
    UserWarehouseAccess,
)
from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import NotSignedIn
from unison_server.kernel.paging import Equals, Order
from unison_server.kernel.resource import IfMatch, Resource
from unison_server.kernel.route import IdentityRoute, SessionDep
from unison_server.kernel.scope import Reach, Scope
from unison_server.kernel.second_factor import open_without_second_factor

_Right = TypeVar("_Right", UserRole, UserPlantAccess, UserWarehouseAccess)


_AT_ONCE = 1_000
"""People whose rights are asked for in one statement."""


def _answers(session: TenantSession, users: Sequence[User]) -> list[UserAnswer]:
    return [
        answer
        for start in range(0, len(users), _AT_ONCE)
        for answer in _some_answers(session, users[start : start + _AT_ONCE])
    ]


def _some_answers(session: TenantSession, users: Sequence[User]) -> Iterator[UserAnswer]:
    ids = [user.id for user in users]
    roles = _by_person(queries.held_roles(session, *ids))
    plants = _by_person(queries.plants_of(session, *ids))
    warehouses = _by_person(queries.warehouses_of(session, *ids))
    for user in users:
        given = {
            **_roles(roles[user.id]),
            "plants": [PlantRight.model_validate(one) for one in plants[user.id]],
            "warehouses": [WarehouseRight.model_validate(one) for one in warehouses[user.id]],
        }
        own = {name: getattr(user, name) for name in UserAnswer.model_fields if name not in given}
        yield UserAnswer(**own, **given)


def _by_person(rows: Iterable[_Right]) -> defaultdict[UUID, list[_Right]]:
    found: defaultdict[UUID, list[_Right]] = defaultdict(list)
    for row in rows:
        found[row.user_id].append(row)
    return found


def _roles(rows: Iterable[UserRole]) -> dict[str, Any]:
    held = [RoleHeld.model_validate(one) for one in rows]
    return {"roles": list(dict.fromkeys(one.role for one in held)), "held_roles": held}


users = Resource(
    table=User,
    name="user",
    plural="users",
    permission="identity.user",
    answer=UserAnswer,
    order=Order(
        {"username": User.username, "full_name": User.full_name, "employee_code": User.employee_code}, "username"
    ),
    columns=("username", "full_name", "email", "employee_code", "is_active"),
    filters=(Equals(User.is_active),),
    search=user_search,
    present=_answers,
)


def sign_in_router(door: Door, few: FewAtATime) -> APIRouter:
    """Signing in; these endpoints run their own transactions."""
    router = APIRouter(prefix="/auth", tags=["auth"])

    @router.post("/login")
    async def login(body: Login, request: Request) -> Tokens:
        """Sign in with e-mail, user name or employee number."""
        return await few.run(door.sign_in, body, *caller_of(request))

    @router.post("/refresh")
    def refresh(body: Refresh, request: Request) -> Tokens:
        """Trade a refresh token for a new pair."""
        return door.refresh(body.refresh_token, *caller_of(request))

    @router.post("/logout", status_code=204)
    def logout(body: Refresh) -> None:
        """End the session of a refresh token."""
        door.sign_out(body.refresh_token)

    return router


def people_router(passwords: Passwords, places: RolePlaces) -> APIRouter:
    """Who is signed in, and people."""
    router = APIRouter(route_class=PerhapsProvenRoute)

    def placed(scope: Scope, wanted: RoleAssignment) -> RoleAssignment:
        # What is taken away needs no place that is still there.
        is_said = wanted.plant_id is not None or wanted.department_id is None
        if is_said and not wanted.assigned:
            return wanted
        return places.placed(scope, wanted, is_given=wanted.assigned)

    @router.get("/auth/me", tags=["auth"], dependencies=[open_without_second_factor()])
    def me(session: SessionDep) -> Me:
        """Who is signed in and what they may do."""
        scope = session.scope
        if scope.user_id is None or scope.session_id is None:
            raise NotSignedIn("Only a person has an account here; this token is a machine's")
        user = session.need(User, scope.user_id, "user")
        family = session.need(SignInSession, scope.session_id, "session")
        organization = session.scalars(select(Organization).where(Organization.id == scope.organization_id)).one()
        return Me(
            id=user.id,
            organization_id=organization.id,
            organization_code=organization.code,
            organization_name=organization.name,
            is_practice=organization.practice_of is not None,
            username=user.username,
            full_name=user.full_name,
            email=user.email,
            employee_code=user.employee_code,
            **_roles(held := queries.held_roles(session, user.id)),
            role_names=queries.own_role_names(session, (one.role for one in held)),
            permissions=sorted(usable := set(_usable(scope))),
            withheld=sorted(scope.permissions - usable),
            placed=[
                HeldInPlace(plant_id=place.plant_id, department_id=place.department_id, permissions=sorted(held))
                for place, held in scope.placed.items()
            ],
            all_plants=scope.plants.write is None,
            reads_all_plants=scope.plants.read is None,
            plants=list(_reached(scope.plants)),
            warehouses=[WarehouseRight.model_validate(one) for one in queries.warehouses_of(session, user.id)],
            time_zone=setting_of(session, TIME_ZONE),
            password_length=setting_of(session, PASSWORD_LENGTH),
            second_factor_missing=scope.lacks_second_factor,
            rights_mark=scope.mark,
            session_id=family.id,
            signed_in_at=family.created_at,
        )

    @router.post("/users", status_code=201, tags=["users"], dependencies=[requires("identity.user.create")])
    def create_user(session: SessionDep, body: UserCreate, response: Response) -> UserAnswer:
        """A new person, with their roles and what they may do in which places."""
        person = places.all_given(session.scope, body)
        return _tagged(session, usecases.create_user(session, person, passwords), response)

    @router.put("/users/{id}", tags=["users"], dependencies=[requires("identity.user.update")])
    def replace_user(
        session: SessionDep,
        id: UUID,  # noqa: A002 - the name in the path
        body: UserReplace,
        request: Request,
        response: Response,
        if_match: IfMatch = None,
    ) -> UserAnswer:
        """Set all that is told of a person; the password stays, and what they may do."""
        user = users.load_for_change(session, id, if_match)
        usecases.update_user(
            session, user, UserUpdate.model_validate(body.model_dump()), passwords, is_proven=is_proven(request)
        )
        return _tagged(session, user, response)

    @router.patch("/users/{id}", tags=["users"], dependencies=[requires("identity.user.update")])
    def update_user(
        session: SessionDep,
        id: UUID,  # noqa: A002 - the name in the path
        body: UserUpdate,
        request: Request,
        response: Response,
        if_match: IfMatch = None,
    ) -> UserAnswer:
        """Change a person; a new password ends their sessions."""
        user = users.load_for_change(session, id, if_match)
        usecases.update_user(session, user, body, passwords, is_proven=is_proven(request))
        return _tagged(session, user, response)

    @router.delete("/users/{id}", tags=["users"], dependencies=[requires("identity.user.update")])
    def deactivate_user(session: SessionDep, id: UUID, response: Response, if_match: IfMatch = None) -> UserAnswer:  # noqa: A002
        """Let somebody in no more; their sessions end."""
        user = users.load_for_change(session, id, if_match)
        usecases.update_user(session, user, UserUpdate(is_active=False), passwords)
        return _tagged(session, user, response)

    @router.post("/users/{id}/assign-role", tags=["users"], dependencies=[requires("identity.user.update")])
    def assign_role(
        session: SessionDep,
        id: UUID,  # noqa: A002 - the name in the path
        body: RoleAssignment,
        response: Response,
        if_match: IfMatch = None,
    ) -> UserAnswer:
        """Give or take a role, in the whole organization or in one plant or department."""
        body = placed(session.scope, body)
        user = users.load_for_change(session, id, if_match)
        usecases.assign_role(session, user, body)
        return _tagged(session, user, response)

    @router.post("/users/{id}/assign-plant", tags=["users"], dependencies=[requires("identity.user.update")])
    def assign_plant(
        session: SessionDep,
        id: UUID,  # noqa: A002 - the name in the path
        body: PlantAssignment,
        response: Response,
        if_match: IfMatch = None,
    ) -> UserAnswer:
        """Say what somebody may do in a plant."""
        places.demand_plant(session.scope, body.plant_id, is_given=body.gives_anything)
        user = users.load_for_change(session, id, if_match)
        usecases.assign_plant(session, user, body)
        return _tagged(session, user, response)

    @router.post("/users/{id}/assign-warehouse", tags=["users"], dependencies=[requires("identity.user.update")])
    def assign_warehouse(
        session: SessionDep,
        id: UUID,  # noqa: A002 - the name in the path
        body: WarehouseAssignment,
        response: Response,
        if_match: IfMatch = None,
    ) -> UserAnswer:
        """Say what somebody may do in a warehouse."""
        places.demand_warehouse(session.scope, body.warehouse_id, is_given=body.gives_anything)
        user = users.load_for_change(session, id, if_match)
        usecases.assign_warehouse(session, user, body)
        return _tagged(session, user, response)

    router.include_router(
        users.router("/users", tag="users", route_class=IdentityRoute, leave_out="create replace update deactivate")
    )
    return router


def _usable(scope: Scope) -> Iterator[str]:
    """What they may do, anywhere; not what the organization has nobody do."""
    held = {*scope.permissions, *filter(scope.holds, itertools.chain(*scope.placed.values()))}
    return (one for one in held if scope.person_figures or one != EVALUATE)


def _reached(plants: Reach) -> Iterator[PlantRight]:
    """Each plant that somebody reaches, and what they may do there; without those reached only because all are."""
    for id_ in sorted(frozenset().union(*filter(None, (plants.read, plants.write, plants.delete)))):
        yield PlantRight(
            plant_id=id_,
            can_read=plants.may_read(id_),
            can_write=plants.may_write(id_),
            can_delete=plants.may_delete(id_),
        )


def _tagged(session: TenantSession, user: User, response: Response) -> UserAnswer:
    response.headers["ETag"] = f'"{user.version}"'
    return _answers(session, [user])[0]


def caller_of(request: Request) -> tuple[str, str]:
    """Address and request id of somebody who is not signed in."""
    address = request.client.host if request.client else ""
    return address, str(request.scope.get("request_id", ""))

"""Endpoints of settings: those of one's organization, and what the server sets for all."""

from __future__ import annotations

from fastapi import APIRouter, Response
from unison_domain.identity.setting_contracts import (
    PERSON_FIGURES,
    SECOND_FACTOR_OF,
    SettingAnswer,
    SettingReplace,
    SettingValue,
)
from unison_domain.kernel.contracts import Page

from unison_server.identity import settings
from unison_server.identity.access_changes import tell_access, tell_access_of_all
from unison_server.identity.demanded_factors import demand_own_before
from unison_server.identity.settings import OF_ORGANIZATION, OF_SERVER
from unison_server.kernel.access import requires
from unison_server.kernel.crossing import demand_over_all
from unison_server.kernel.database import Database, TenantSession
from unison_server.kernel.resource import IfMatch, seen_version
from unison_server.kernel.route import IdentityRoute, ServicesDep, SessionDep

_OF_RIGHTS = frozenset({SECOND_FACTOR_OF.key, PERSON_FIGURES.key})
"""Held in memory with what people may do."""
router = APIRouter(tags=["settings"], route_class=IdentityRoute)


@router.get("/settings", dependencies=[requires("identity.setting.read")])
def list_settings(session: SessionDep) -> Page[SettingAnswer]:
    """What holds in one's organization, and who said so."""
    return Page(items=settings.settings_of_organization(session))


@router.put("/settings/{key}", dependencies=[requires(OF_ORGANIZATION)])
def replace_setting(
    session: SessionDep, key: str, body: SettingReplace, response: Response, if_match: IfMatch = None
) -> SettingAnswer:
    """Set it for one's organization; it holds for what is done from now on."""
    return _tagged(_set_here(session, key, body.value, if_match), response)


@router.delete("/settings/{key}", dependencies=[requires(OF_ORGANIZATION)])
def clear_setting(session: SessionDep, key: str, response: Response, if_match: IfMatch = None) -> SettingAnswer:
    """Let hold what the server sets, or the default."""
    return _tagged(_set_here(session, key, None, if_match), response)


@router.get("/server-settings", dependencies=[requires("platform.setting.read")])
def list_server_settings(session: SessionDep) -> Page[SettingAnswer]:
    """What holds in every organization that sets nothing itself."""
    return Page(items=settings.settings_of_server(session))


@router.put("/server-settings/{key}", dependencies=[requires(OF_SERVER)])
def replace_server_setting(
    session: SessionDep,
    services: ServicesDep,
    key: str,
    body: SettingReplace,
    response: Response,
    if_match: IfMatch = None,
) -> SettingAnswer:
    """Set it for every organization that sets nothing itself."""
    return _tagged(_set(session, services, key, body.value, if_match), response)


@router.delete("/server-settings/{key}", dependencies=[requires(OF_SERVER)])
def clear_server_setting(
    session: SessionDep, services: ServicesDep, key: str, response: Response, if_match: IfMatch = None
) -> SettingAnswer:
    """Let the default hold."""
    return _tagged(_set(session, services, key, None, if_match), response)


def _set_here(session: TenantSession, key: str, value: SettingValue | None, if_match: str | None) -> SettingAnswer:
    answer = settings.set_here(session, key, value, seen_version(if_match))
    demand_own_before(session, key, answer.value)
    if key in _OF_RIGHTS:
        tell_access(session, session.organization_id)
    return answer


def _set(
    session: TenantSession, services: ServicesDep, key: str, value: SettingValue | None, if_match: str | None
) -> SettingAnswer:
    demand_over_all(session, OF_SERVER)
    seen = seen_version(if_match)
    if value is not None:
        demand_own_before(session, key, value)
    with services.system.session(Database.IDENTITY, session.scope) as system:
        answer = settings.set_for_server(system, key, value, seen)
        if key in _OF_RIGHTS:
            tell_access_of_all(system)
        return answer


def _tagged(answer: SettingAnswer, response: Response) -> SettingAnswer:
    response.headers["ETag"] = f'"{answer.version}"'
    return answer

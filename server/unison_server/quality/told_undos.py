"""What agents are told of scans and readings that do not count any more, so that the operator page shows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import Select, or_, select
from unison_domain.identity.device_rights import DeviceRight
from unison_domain.stations.undone_takings import MOST_TAKINGS, UndoneTakings

from unison_server.codes.queries import is_undone
from unison_server.codes.tables import CodeScan
from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.quality.queries import is_taken_back
from unison_server.quality.tables import Measurement
from unison_server.stations.api import ActingAgent
from unison_server.stations.tables import Station

own_router = APIRouter(prefix="/stations/me/undone-takings", tags=["station protocol"], route_class=OperationsRoute)


@own_router.get("", dependencies=[requires(DeviceRight.READ_UNDOS)])
def list_own_undone_takings(
    session: SessionDep, agent_id: ActingAgent, ids: Annotated[list[UUID], Query(min_length=1, max_length=MOST_TAKINGS)]
) -> UndoneTakings:
    """Which of these scans and readings, of stations of the agent, do not count any more."""
    return UndoneTakings(ids=[*_scans(session, agent_id, ids), *_readings(session, agent_id, ids)])


def _scans(session: TenantSession, agent_id: UUID, ids: Collection[UUID]) -> Iterable[UUID]:
    own = or_(CodeScan.agent_id == agent_id, CodeScan.station_id.in_(_stations(agent_id)))
    return session.scalars(select(CodeScan.id).where(CodeScan.id.in_(ids), own, is_undone()))


def _readings(session: TenantSession, agent_id: UUID, ids: Collection[UUID]) -> Iterable[UUID]:
    own = or_(Measurement.agent_id == agent_id, Measurement.station_id.in_(_stations(agent_id)))
    return session.scalars(select(Measurement.id).where(Measurement.id.in_(ids), own, is_taken_back()))


def _stations(agent_id: UUID) -> Select[UUID]:
    return select(Station.id).where(Station.agent_id == agent_id)

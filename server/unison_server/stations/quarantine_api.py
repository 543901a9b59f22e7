"""Endpoints of events that could not be used."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import select
from unison_domain.kernel.contracts import Page
from unison_domain.stations.contracts import QuarantinedAnswer, QuarantineDecide

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import NotFound
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.stations import quarantine
from unison_server.stations.ingestion import Ingestion
from unison_server.stations.queries import demand_agent_readable, demand_agent_writable
from unison_server.stations.tables import Agent, QuarantinedEvent
from unison_server.stations.waiting_events import waits


class QuarantineList(ListRequest):
    """Which events: those that wait for a person, or all."""

    state: Literal["open", "all"] = "all"


_QUARANTINE = Order({"received_at": QuarantinedEvent.received_at}, "-received_at")


def quarantine_router(ingestion: Ingestion) -> APIRouter:
    """What of an agent's events could not be used, and what to do about it."""
    router = APIRouter(prefix="/agents/{id}/quarantine", tags=["agents"], route_class=OperationsRoute)

    @router.get("", dependencies=[requires("stations.agent.read")])
    def list_quarantine(
        session: SessionDep,
        id: UUID,  # noqa: A002
        given: Annotated[QuarantineList, Query()],
    ) -> Page[QuarantinedAnswer]:
        """Events of the agent that could not be used, newest first: each with its reason, what accepting it would do,
        and what was decided.
        """
        demand_agent_readable(session, session.need(Agent, id, "agent"))
        statement = select(QuarantinedEvent).where(
            QuarantinedEvent.organization_id == session.organization_id, QuarantinedEvent.agent_id == id
        )
        if given.state == "open":
            statement = statement.where(waits())
        rows, cursor = _QUARANTINE.page(session, statement, given, QuarantinedEvent.id)
        return Page(items=quarantine.answers(session, ingestion, rows), next_cursor=cursor)

    @router.post("/{event_id}/accept", dependencies=[requires("stations.quarantine.accept")])
    def accept_quarantined(
        session: SessionDep,
        id: UUID,  # noqa: A002
        event_id: UUID,
        body: QuarantineDecide,
    ) -> QuarantinedAnswer:
        """Take the event after all, now and once. 409 with the reason where that would not be right."""
        event = _event(session, id, event_id)
        quarantine.accept(session, ingestion, event, body.reason)
        return quarantine.answers(session, ingestion, [event])[0]

    @router.post("/{event_id}/discard", dependencies=[requires("stations.quarantine.discard")])
    def discard_quarantined(
        session: SessionDep,
        id: UUID,  # noqa: A002
        event_id: UUID,
        body: QuarantineDecide,
    ) -> QuarantinedAnswer:
        """Let the event be. It stays readable, with the reason."""
        event = _event(session, id, event_id)
        quarantine.discard(session, event, body.reason)
        return quarantine.answers(session, ingestion, [event])[0]

    return router


def _event(session: TenantSession, agent_id: UUID, event_id: UUID) -> QuarantinedEvent:
    demand_agent_writable(session, session.need(Agent, agent_id, "agent"))
    event = session.find(QuarantinedEvent, event_id)
    if event is None or event.agent_id != agent_id:
        raise NotFound(f"There is no quarantined event {event_id} of agent {agent_id}")
    return event

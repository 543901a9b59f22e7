"""Endpoints of events that could not be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import select
from unison_domain.kernel.contracts import Page
from unison_domain.kernel.contracts import Text as NulFreeText
from unison_domain.stations.quarantine_contracts import (
    DecidedEvent,
    QuarantinedAnswer,
    QuarantineDecide,
    QuarantineDecided,
    QuarantineDecideMany,
)

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import NotFound
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.stations import quarantine
from unison_server.stations.arrival import MachineRoom
from unison_server.stations.deciding_many import Outcome, decide_each, events_of
from unison_server.stations.ingestion import Ingestion
from unison_server.stations.quarantine_tables import QuarantinedEvent
from unison_server.stations.queries import demand_agent_readable, demand_agent_writable
from unison_server.stations.set_aside_subjects import of_machine, of_station
from unison_server.stations.tables import Agent
from unison_server.stations.waiting_events import waits


class QuarantineList(ListRequest):
    """Which events: those that wait for a person, or all; of a code, a machine or a station."""

    state: Literal["open", "all"] = "all"
    code: NulFreeText | None = None
    machine_id: UUID | None = None
    station_id: UUID | None = None


_QUARANTINE = Order({"received_at": QuarantinedEvent.received_at}, "-received_at")


def quarantine_router(ingestion: Ingestion, machines: MachineRoom) -> APIRouter:
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
        if given.code is not None:
            statement = statement.where(QuarantinedEvent.code == given.code)
        if given.machine_id is not None:
            statement = statement.where(of_machine(given.machine_id))
        if given.station_id is not None:
            statement = statement.where(of_station(session, machines, given.station_id))
        rows, cursor = _QUARANTINE.page(session, statement, given, QuarantinedEvent.id)
        return Page(items=quarantine.answers(session, ingestion, machines, rows), next_cursor=cursor)

    @router.post("/accept", dependencies=[requires("stations.quarantine.accept")])
    def accept_many_quarantined(
        session: SessionDep,
        id: UUID,  # noqa: A002
        body: QuarantineDecideMany,
    ) -> QuarantineDecided:
        """Take these events after all, each wholly or not at all, in the order they arrived; of each what came of it.
        404, and nothing is taken, where one is none of the agent's.
        """
        events = _events(session, id, body)
        outcomes = decide_each(session, events, lambda one: quarantine.accept(session, ingestion, one, body.reason))
        return _decided(session, id, outcomes)

    @router.post("/discard", dependencies=[requires("stations.quarantine.discard")])
    def discard_many_quarantined(
        session: SessionDep,
        id: UUID,  # noqa: A002
        body: QuarantineDecideMany,
    ) -> QuarantineDecided:
        """Let these events be, with one reason; of each what came of it. 404 as of accepting."""
        outcomes = decide_each(
            session, _events(session, id, body), lambda one: quarantine.discard(session, one, body.reason)
        )
        return _decided(session, id, outcomes)

    def _decided(session: TenantSession, agent_id: UUID, outcomes: Sequence[Outcome]) -> QuarantineDecided:
        if any(one.refusal is None for one in outcomes):
            quarantine.tell_decided(session, agent_id)
        told = quarantine.answers(session, ingestion, machines, [one.event for one in outcomes])
        return QuarantineDecided(
            items=[
                DecidedEvent(
                    event=answer,
                    is_done=one.refusal is None,
                    code=one.refusal and one.refusal.problem_code,
                    problem=one.refusal and one.refusal.detail,
                )
                for one, answer in zip(outcomes, told, strict=True)
            ]
        )

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
        quarantine.tell_decided(session, id)
        return quarantine.answers(session, ingestion, machines, [event])[0]

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
        quarantine.tell_decided(session, id)
        return quarantine.answers(session, ingestion, machines, [event])[0]

    return router


def _events(session: TenantSession, agent_id: UUID, body: QuarantineDecideMany) -> list[QuarantinedEvent]:
    demand_agent_writable(session, session.need(Agent, agent_id, "agent"))
    return events_of(session, agent_id, body.ids)


def _event(session: TenantSession, agent_id: UUID, event_id: UUID) -> QuarantinedEvent:
    demand_agent_writable(session, session.need(Agent, agent_id, "agent"))
    event = session.find(QuarantinedEvent, event_id)
    if event is None or event.agent_id != agent_id:
        raise NotFound(f"There is no quarantined event {event_id} of agent {agent_id}")
    return event

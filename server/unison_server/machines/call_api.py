"""Endpoints of calls for help."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from unison_domain.identity.device_rights import DeviceRight
from unison_domain.kernel.contracts import Page
from unison_domain.machines.calls import CallAnswer, CallState

from unison_server.kernel.access import requires
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.machines.call_tables import MachineCall
from unison_server.machines.calls import (
    answer,
    answers_of,
    calls_between,
    calls_from,
    load_call,
    move,
    open_calls_at,
)
from unison_server.stations.api import ActingAgent

READ = [requires("machines.call.read")]
ANSWER = [requires("machines.call.answer")]
_NEWEST = Order({"called_at": MachineCall.called_at}, "-called_at")

router = APIRouter(prefix="/machine-calls", tags=["machines"], route_class=OperationsRoute)
own_router = APIRouter(prefix="/stations/me/machine-calls", tags=["station protocol"], route_class=OperationsRoute)


class CallList(ListRequest):
    """Which calls: those somebody still waits for or works on, or all there ever were."""

    state: Literal["open", "all"] = "open"
    machine_id: UUID | None = None


@router.get("", dependencies=READ)
def list_machine_calls(session: SessionDep, given: Annotated[CallList, Query()]) -> Page[CallAnswer]:
    """Calls for help, newest first."""
    statement = calls_between(given.state == "open", given.machine_id)
    rows, cursor = _NEWEST.page(session, statement, given, MachineCall.id)
    return Page(items=answers_of(session, rows), next_cursor=cursor)


@own_router.get("", dependencies=[requires(DeviceRight.READ_CALLS)])
def list_own_machine_calls(
    session: SessionDep,
    agent_id: ActingAgent,
    ids: Annotated[list[UUID] | None, Query(min_length=1, max_length=100)] = None,
) -> Page[CallAnswer]:
    """Of the agent's machines the calls that are open, and how far the calls with these `ids` are.

    So its operator page shows what the desktop said, and what the PC before it told.
    """
    asked = [] if ids is None else calls_from(session, agent_id, ids)
    calls = {call.id: call for call in (*open_calls_at(session, agent_id), *asked)}
    return Page(items=answers_of(session, list(calls.values())))


@router.get("/{id}", dependencies=READ)
def get_machine_call(session: SessionDep, id: UUID) -> CallAnswer:  # noqa: A002 - the name in the path
    """One call."""
    call, _ = load_call(session, id)
    return answers_of(session, [call])[0]


@router.post("/{id}/answer", dependencies=ANSWER)
def answer_machine_call(session: SessionDep, id: UUID) -> CallAnswer:  # noqa: A002
    """I am coming. Said twice, the first counts."""
    return answer(session, id)


@router.post("/{id}/arrive", dependencies=ANSWER)
def arrive_at_machine_call(session: SessionDep, id: UUID) -> CallAnswer:  # noqa: A002
    """Who was called is there."""
    return move(session, id, CallState.ARRIVED)


@router.post("/{id}/withdraw", dependencies=ANSWER)
def withdraw_machine_call(session: SessionDep, id: UUID) -> CallAnswer:  # noqa: A002
    """It was a mistake: nobody needs to come. 409 once somebody is there, who can say that it is done."""
    return move(session, id, CallState.WITHDRAWN)


@router.post("/{id}/done", dependencies=ANSWER)
def end_machine_call(session: SessionDep, id: UUID) -> CallAnswer:  # noqa: A002
    """The call is over."""
    return move(session, id, CallState.DONE)

"""Which reason the event has that two neighbours become: a person's before an alarm's, and of two nobody's is put away.

Only who merges can say which of two holds; so they are asked.
"""

from __future__ import annotations

from uuid import UUID

from unison_domain.machines.contracts import CauseSource
from unison_domain.machines.downtime_contracts import ReasonOfOne

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash
from unison_server.machines.downtime.meanings import meanings
from unison_server.machines.downtime.reading import Found
from unison_server.machines.downtime.reasons import demand_reason_for


def reason_of_both(session: TenantSession, found: Found, other: Found, given: UUID | None) -> UUID | None:
    """The reason of both; None where nobody and no alarm says one.

    Args:
        given: what who merges says; a reason that one of them has already may be given whatever became of it since.

    Raises:
        Clash: they have two causes and none is given; its parameters name the reasons, as far as there are any.
        NotFound, Invalid: the reason given may not be given to a stop of the machine.
    """
    if given is not None:
        if given not in (_reason_of(found), _reason_of(other)):
            demand_reason_for(session, given, found.machine)
        return given
    told = {id_: one for one in (found, other) if (id_ := _reason_of(one)) is not None}
    persons = {id_: one for id_, one in told.items() if _is_persons(one)}
    first_rank = persons or told
    if len(first_rank) > 1:
        raise _two_reasons(session, first_rank)
    first, last = sorted((found, other), key=lambda one: one.event.started_at)
    if not told and first.event.cause not in (None, last.event.cause):
        raise Clash("The machine tells two causes; say which reason both have", code="two_causes", reasons=[])
    return next(iter(first_rank), None)


def _two_reasons(session: TenantSession, told: dict[UUID, Found]) -> Clash:
    known = meanings(session).reasons
    reasons = [
        ReasonOfOne(
            id=known[id_].id,
            code=str(known[id_].number),
            name=known[id_].name,
            by=one.said_by if _is_persons(one) else None,
        )
        for id_, one in told.items()
    ]
    first, last = (f"{one.code} {one.name}" + (f" ({one.by})" if one.by else "") for one in reasons)
    return Clash(
        f"The two have different reasons, {first} and {last}; say which reason both have",
        code="two_causes",
        reasons=[one.model_dump(mode="json") for one in reasons],
    )


def _reason_of(found: Found) -> UUID | None:
    return found.event.cause.reason_id if found.event.cause else None


def _is_persons(found: Found) -> bool:
    return found.event.cause is not None and found.event.cause.source is CauseSource.PERSON

"""The tree of reasons, and alarms that mean one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import Select, String, cast, inspect, null, or_, select
from unison_domain.identity.languages import Written
from unison_domain.kernel.contracts import Page
from unison_domain.machines.downtime_contracts import (
    AlarmReasonAnswer,
    AlarmReasonCreate,
    AlarmReasonUpdate,
    DowntimeReasonAnswer,
    DowntimeReasonCreate,
    DowntimeReasonUpdate,
)
from unison_domain.machines.reasons import (
    DEFAULT_REASONS,
    ReasonClass,
    category_of,
    is_for,
    is_of_type,
    is_rooted,
    way_of,
)
from unison_domain.sentences import made_name
from unison_domain.stations.configuration import ReasonConfiguration

from unison_server.kernel.access import requires
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid, NotFound
from unison_server.kernel.paging import Equals, Order, Search
from unison_server.kernel.resource import Resource
from unison_server.kernel.route import OperationsRoute, SessionDep
from unison_server.machines.downtime.rule_times import hold_from_now
from unison_server.machines.downtime_tables import AlarmReason, DowntimeReason
from unison_server.machines.tables import Machine
from unison_server.sites.queries import demand_all_plants, demand_deletable, demand_in_use_above, demand_writable

_NUMBER = re.compile("[1-9][0-9]{2}")


def configured_reasons(session: TenantSession) -> list[ReasonConfiguration]:
    """The reasons a station offers, in order of their numbers; none under one that is put away."""
    offered = _used(session)
    return [
        ReasonConfiguration(
            id=row.id,
            parent_id=row.parent_id,
            number=row.number,
            name=row.name,
            machine_types=tuple(row.machine_types),
        )
        for row in offered.values()
        if is_rooted(row, offered)
    ]


def demand_reason_for(session: TenantSession, reason_id: UUID | None, machine: Machine) -> None:
    """Whether a reason may be given to a stop of the machine; None always may.

    Raises:
        NotFound: there is none. Invalid: it or one above it is no longer offered, or is for machines of other types.
    """
    if reason_id is None:
        return
    reason, used = demand_reason(session, reason_id), _used(session)
    if not is_for(reason, used, machine.machine_type):
        types = next(step.machine_types for step in way_of(reason, used) if step.machine_types)
        raise Invalid(
            f"The reason {reason.number} {reason.name} is for machines of the type {', '.join(types)}; "
            f"{machine.machine_code} is {machine.machine_type or 'of no type'}. Choose another",
            code="other_machine_type",
        )


def reason_of_code(session: TenantSession, code: str | None) -> UUID | None:
    """The reason with this number; None for none.

    Raises:
        NotFound: there is none.
    """
    if code is None:
        return None
    found = session.scalar(select(DowntimeReason.id).where(DowntimeReason.number == int(code)))
    if found is None:
        raise NotFound(f"There is no downtime reason {code}", code="downtime_reason_not_found")
    return found


def demand_reason(session: TenantSession, reason_id: UUID) -> DowntimeReason:
    """The reason, if it is still offered.

    Raises:
        NotFound: there is none. Invalid: it or one above it is no longer offered.
    """
    reason = session.need(DowntimeReason, reason_id, "downtime reason")
    if not reason.is_active:
        raise Invalid(f"The reason {reason.number} {reason.name} is no longer used; choose another", code="inactive")
    gone = _gone_above(session, reason)
    if gone is not None:
        raise Invalid(
            f"The reason {reason.number} {reason.name} is under {gone.number} {gone.name}, which is no longer used; "
            "choose another",
            code="inactive",
        )
    return reason


def _gone_above(session: TenantSession, reason: DowntimeReason) -> DowntimeReason | None:
    """The nearest above a reason that is put away; with it nothing below is offered."""
    used = _used(session)
    if is_rooted(reason, used):
        return None
    *_, top = way_of(reason, used)
    return session.scalars(select(DowntimeReason).where(DowntimeReason.id == top.parent_id)).one()


def _used(session: TenantSession) -> dict[UUID, DowntimeReason]:
    rows = session.scalars(select(DowntimeReason).where(DowntimeReason.is_active).order_by(DowntimeReason.number))
    return {row.id: row for row in rows}


def load_defaults(session: TenantSession, language: Written) -> list[DowntimeReasonAnswer]:
    """Add those of the first reasons whose numbers are free, called so in this language; changes none that is there.

    One whose place is under a reason that is put away is left out: nobody could choose it.
    """
    taken = {reason.number: reason for reason in session.scalars(select(DowntimeReason))}
    used = _used(session)
    resting = {one.id for one in taken.values() if one.id not in used or not is_rooted(one, used)}
    added = []
    for number, name, parent_number in DEFAULT_REASONS:
        if number in taken:
            continue
        parent = taken.get(parent_number) if parent_number else None
        if parent is not None and parent.id in resting:
            continue
        row = DowntimeReason(
            number=number,
            name=made_name(name, language),
            parent_id=parent and parent.id,
            machine_types=[],
            parent_number=None,
        )
        taken[number] = row
        session.add(row)
        reasons.write(session, row, "created")
        added.append(row)
    return _answers(session, added)


def _answers(_session: TenantSession, rows: Iterable[DowntimeReason]) -> list[DowntimeReasonAnswer]:
    return [
        DowntimeReasonAnswer(
            id=row.id,
            version=row.version,
            number=row.number,
            name=row.name,
            parent_id=row.parent_id,
            category=category_of(ReasonClass.of(row.number)),
            is_failure=ReasonClass.of(row.number) is ReasonClass.FAILURE,
            machine_types=row.machine_types,
            is_active=row.is_active,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in rows
    ]


def _check_reason(session: TenantSession, row: DowntimeReason) -> None:
    """Its number and name are free, its place in the tree is one, and no rule gives it when it is put away."""
    demand_all_plants(session, "A downtime reason is")
    row.machine_types = list(row.machine_types)
    _check_place(session, row)
    with session.no_autoflush:
        if row.is_active is False:
            _demand_no_rule(session, row)
        else:
            _check_name(session, row)


def _demand_reason_endable(session: TenantSession, _row: DowntimeReason) -> None:
    demand_all_plants(session, "A downtime reason is", ends=True)


def _demand_reason_back(session: TenantSession, row: DowntimeReason) -> None:
    """Whether a reason may come back: all above it are offered. Raises Clash, naming the nearest that is not."""
    with session.no_autoflush:
        gone = _gone_above(session, row)
    if gone is not None:
        demand_in_use_above(gone, "downtime reason", f"{gone.number} {gone.name}", f"{row.number} {row.name}")


def _demand_rule_endable(session: TenantSession, row: AlarmReason) -> None:
    if row.machine_id is None:
        demand_all_plants(session, "A rule that names no machine is", ends=True)
    else:
        demand_deletable(session, session.need(Machine, row.machine_id, "machine").plant_id)


def _check_place(session: TenantSession, row: DowntimeReason) -> None:
    """Keeps `parent_number` right."""
    with session.no_autoflush:
        same = session.scalar(
            select(DowntimeReason).where(DowntimeReason.number == row.number, DowntimeReason.id != row.id)
        )
        if same is not None:
            raise Clash(f"The number {row.number} belongs to the reason {same.name}; choose another", code="not_unique")
        if row.parent_id is None:
            row.parent_number = None
            return
        parent = session.need(DowntimeReason, row.parent_id, "downtime reason")
    if not parent.number < row.number < ReasonClass.of(parent.number) + 100:
        raise Invalid(
            f"A reason under {parent.number} {parent.name} has a number from {parent.number + 1} to "
            f"{ReasonClass.of(parent.number) + 99}, not {row.number}",
            code="wrong_place",
        )
    row.parent_number = parent.number
    if inspect(row).attrs.parent_id.history.has_changes():
        _demand_reason_back(session, row)


def _check_name(session: TenantSession, row: DowntimeReason) -> None:
    same = session.scalar(
        select(DowntimeReason)
        .where(
            DowntimeReason.name == row.name,
            DowntimeReason.parent_id.is_not_distinct_from(row.parent_id),
            DowntimeReason.is_active,
            DowntimeReason.id != row.id,
        )
        .limit(1)
    )
    if same is not None:
        raise Clash(f"The reason {same.number} there is called {row.name} already; choose another", code="not_unique")


def _demand_no_rule(session: TenantSession, row: DowntimeReason) -> None:
    """What a rule in use gives is offered, which takes all above it; so a reason goes after the rules of it and those
    below.
    """
    rules = select(AlarmReason.alarm, DowntimeReason).join(
        DowntimeReason,
        (DowntimeReason.organization_id == AlarmReason.organization_id)
        & (DowntimeReason.id == AlarmReason.downtime_reason_id),
    )
    all_ = {reason.id: reason for reason in session.scalars(select(DowntimeReason))}
    given = session.execute(rules.where(AlarmReason.is_active).order_by(AlarmReason.alarm)).all()
    alarms = [alarm for alarm, reason in given if any(step.id == row.id for step in way_of(reason, all_))]
    if alarms:
        raise Invalid(
            f"The reason {row.number} {row.name}, or one below it, is given by {len(alarms)} rules of alarms; switch "
            f"those off first: {', '.join(alarms[:10])}",
            code="in_use",
        )


def _check_rule(session: TenantSession, row: AlarmReason) -> None:
    """Its reason and machine are there, and no other rule says the same; one switched off may keep any reason."""
    if row.machine_id is not None and row.machine_type is not None:
        raise Invalid("Name a machine, or a type of machines, or neither; not both", code="two_scopes")
    with session.no_autoflush:
        if row.is_active is not False:
            demand_reason(session, row.downtime_reason_id)
        if row.machine_id is None:
            demand_all_plants(session, "A rule that names no machine is")
        else:
            demand_writable(session, session.need(Machine, row.machine_id, "machine").plant_id)
        others = session.scalars(
            select(AlarmReason).where(
                AlarmReason.alarm == row.alarm,
                AlarmReason.machine_id.is_not_distinct_from(row.machine_id),
                AlarmReason.id != row.id,
            )
        )
        same = any(
            other.machine_type == row.machine_type
            or (other.machine_type is not None and is_of_type(row.machine_type, other.machine_type))
            for other in others
        )
    if same:
        raise Clash(f"What the alarm {row.alarm} means there is said already; change that rule", code="not_unique")
    hold_from_now(session, row)


reasons = Resource(
    table=DowntimeReason,
    name="downtime_reason",
    plural="downtime_reasons",
    permission="machines.downtime_reason",
    answer=DowntimeReasonAnswer,
    create=DowntimeReasonCreate,
    update=DowntimeReasonUpdate,
    order=Order({"number": DowntimeReason.number, "name": DowntimeReason.name}, "number"),
    columns=("number", "name", "category", "is_failure", "is_active"),
    filters=(Equals(DowntimeReason.parent_id), Equals(DowntimeReason.is_active)),
    search=Search("downtime_reason", words=(DowntimeReason.name,)),
    present=_answers,
    demand_returnable=_demand_reason_back,
    demand_endable=_demand_reason_endable,
    before_write=_check_reason,
)
rules = Resource(
    table=AlarmReason,
    name="alarm_reason",
    plural="alarm_reasons",
    permission="machines.alarm_reason",
    answer=AlarmReasonAnswer,
    create=AlarmReasonCreate,
    update=AlarmReasonUpdate,
    order=Order({"alarm": AlarmReason.alarm, "updated_at": AlarmReason.updated_at}, "alarm"),
    columns=("alarm", "machine_type", "machine_id", "downtime_reason_id", "is_active", "holds_since"),
    filters=(
        Equals(AlarmReason.alarm),
        Equals(AlarmReason.downtime_reason_id),
        Equals(AlarmReason.machine_id),
        Equals(AlarmReason.is_active),
    ),
    search=Search("alarm_reason", words=(AlarmReason.alarm,)),
    demand_endable=_demand_rule_endable,
    before_write=_check_rule,
    visible=lambda _session: or_(AlarmReason.machine_id.is_(None), AlarmReason.machine_id.in_(select(Machine.id))),
)

router = APIRouter()
_actions = APIRouter(prefix="/downtime-reasons", tags=["downtime"], route_class=OperationsRoute)


@_actions.post("/defaults", status_code=201, dependencies=[requires("machines.downtime_reason.create")])
def load_default_reasons(session: SessionDep, language: Written = Written.ENGLISH) -> Page[DowntimeReasonAnswer]:
    """Add the first set of reasons in a language, where their numbers are free; answers those that were added."""
    return Page(items=load_defaults(session, language))


router.include_router(_actions)
router.include_router(reasons.router("/downtime-reasons", tag="downtime"))
router.include_router(rules.router("/alarm-reasons", tag="downtime"))


def reasons_named(key: str) -> Select[UUID, str, str, None]:
    """Reasons of this number, also those no longer in use, or else of this name that are; they are of no one plant."""
    named = select(DowntimeReason.id, cast(DowntimeReason.number, String), DowntimeReason.name, null())
    if _NUMBER.fullmatch(key):
        return named.where(DowntimeReason.number == int(key))
    return named.where(DowntimeReason.name == key, DowntimeReason.is_active)

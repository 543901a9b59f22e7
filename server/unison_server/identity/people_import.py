"""People from a CSV file: all of it or nothing.

A preview is the import itself, taken back: what it says is what will happen. What is there already as the file says
is left alone, so the same file again changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from unison_domain.identity.badge_contracts import BadgeCreate, BadgeState
from unison_domain.identity.contracts import RoleAssignment, UserCreate, UserUpdate
from unison_domain.identity.people_csv import (
    ACCESS_ENDS,
    ACTIVE,
    BADGE_ENDS,
    BADGES,
    NOTHING,
    ROLES,
    BadgeCell,
    CsvPerson,
    PeopleImport,
    PeoplePreview,
    PersonChange,
    RoleCell,
    end_in,
    read,
)
from unison_domain.identity.person_names import folded
from unison_domain.kernel.csv_file import CsvError, as_written
from unison_domain.sites.local_days import last_day, zone_of_somebody

from unison_server.identity.badge_tables import Badge
from unison_server.identity.badges import Badges, names_somebody, take_back
from unison_server.identity.file_imports import agreed, in_order, previewed, read_file, seen_of, take_turns
from unison_server.identity.giving_rights import demand_rights
from unison_server.identity.known_places import KnownPlaces
from unison_server.identity.people_import_places import give_plants, give_warehouses
from unison_server.identity.people_import_work import TakeOver
from unison_server.identity.queries import Held, place_of
from unison_server.identity.roles import ROLES as ROLES_OF_SYSTEM
from unison_server.identity.sign_in_names import names_of
from unison_server.identity.tables import User
from unison_server.identity.usecases import set_role
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.keys import new_id
from unison_server.kernel.progress import Progress, tell_progress
from unison_server.kernel.route import demand_waited_for
from unison_server.kernel.scope import RolePlace

AT_ONCE = 500
"""Rows that are looked up, and written, together."""


class _NotOnePerson(LookupError):
    """A row that is not about one person, or not the only one about them; `person` is who it names first."""

    def __init__(self, message: str, person: User) -> None:
        super().__init__(message)
        self.person = person


@dataclass(frozen=True, slots=True)
class _Begun:
    """A row whose person is known: found, new, or somebody who stands for them where that is refused."""

    wanted: CsvPerson
    person: User
    zone: ZoneInfo
    is_new: bool
    is_refused: bool


@dataclass(frozen=True, slots=True)
class PeopleImports:
    """Takes files over."""

    badges: Badges

    def preview(self, session: TenantSession, wanted: PeopleImport, places: KnownPlaces) -> PeoplePreview:
        """What `apply` would do, and everything that is wrong."""
        return previewed(session, lambda: self._imported(session, wanted, places, locks=False))

    def apply(self, session: TenantSession, wanted: PeopleImport, places: KnownPlaces) -> PeoplePreview:
        """Make and change people as the file says, all of them; raises as `file_imports.agreed`.

        Raises:
            ClientDisconnect: who asked has left; nothing of it is kept.
        """
        done = self._imported(session, wanted, places, locks=True)
        return agreed(done, wanted.seen, "People", "csv_invalid", _cell_of)

    def _imported(
        self, session: TenantSession, wanted: PeopleImport, places: KnownPlaces, *, locks: bool
    ) -> PeoplePreview:
        take_turns(session, "people import")
        people, errors = read_file(wanted.file, read, list[CsvPerson]())
        key = self.badges.key(session) if any(person.badges for person in people) else b""
        work = TakeOver.beginning(session, places, key, errors, locks=locks)
        for first in range(0, len(people), AT_ONCE):
            tell_progress(session, wanted.progress_id, Progress(first, len(people)))
            some = people[first : first + AT_ONCE]
            work.look_up(some)
            while some:
                demand_waited_for(session)
                some = some[_take_some(work, some) :]
        tell_progress(session, wanted.progress_id, Progress(len(people), len(people)))
        errors = in_order(work.errors)
        return PeoplePreview(rows=len(people), errors=errors, changes=work.changes, seen=seen_of(work.changes))


def _take_some(work: TakeOver, people: Sequence[CsvPerson]) -> int:
    """Take rows over that were looked up, in few statements; how many those were, the first at least.

    One that names somebody by what an earlier one let go of, or took, waits until that is written.
    """
    begun: list[_Begun] = []
    for wanted in people:
        if work.moved.intersection(names_of(**{name: wanted.values[name] for name in wanted.names})):
            break
        begun.append(_begin(work, wanted))
    work.flush()  # who is new, before what they are given
    for one in begun:
        _go_on(work, one)
    work.write()
    return len(begun)


def _begin(work: TakeOver, read_: CsvPerson) -> _Begun:
    found, is_refused = None, False
    try:
        found = _found(work, read_)
    except _NotOnePerson as error:
        work.note(read_.row, read_.names[0], read_.cells[read_.names[0]], str(error))
        found, is_refused = error.person, True
    wanted, zone = _in_zone(work, read_, found)
    person = found or _made(work, wanted)
    if person is None:  # what else the row says is looked at all the same, so that all mistakes are told at once
        person, is_refused = _stand_in(work, wanted), True
    work.rows.setdefault(person.id, wanted.row)
    if found is not None and not is_refused:
        work.note_moved(person, wanted)
    return _Begun(wanted, person, zone, found is None, is_refused)


def _go_on(work: TakeOver, one: _Begun) -> None:
    wanted, person, is_refused = one.wanted, one.person, one.is_refused
    if is_refused:
        work.flush()  # an earlier row about the same person gave what this one may take
    if one.is_new and not is_refused:
        work.follows.note_made(person)
    if not one.is_new and (why := _why_out(wanted, person)):
        work.note(wanted.row, wanted.names[0], wanted.cells[wanted.names[0]], why)
        is_refused = True
    named = []
    if not is_refused:
        named = _of_new(wanted, person, one.zone) if one.is_new else _updated(work, wanted, person, one.zone)
    rights = [
        *_roles(work, wanted, person),
        *give_plants(work, wanted, person),
        *give_warehouses(work, wanted, person),
    ]
    if rights and not one.is_new:
        work.follows.note_rights(person)
    changes = [*named, *rights, *_badges(work, wanted, person, one.zone)]
    if (changes or one.is_new) and not is_refused:
        action = "create" if one.is_new else "update"
        change = PersonChange(row=wanted.row, name=person.full_name, action=action, changes=changes)
        work.changes.append(change)


def _made(work: TakeOver, wanted: CsvPerson) -> User | None:
    values = {"username": wanted.values.get("employee_code"), **wanted.values}
    if values.pop(ACTIVE, True) is not True:
        work.note(wanted.row, ACTIVE, wanted.cells[ACTIVE], f"nobody is called {_names(wanted)}; who is new is active")
    missing = [name for name in ("username", "full_name") if not values.get(name)]
    if not wanted.names:
        return None  # told when it was read
    for name in missing:
        stands_for = "employee_code" if name == "username" and name not in wanted.cells else name
        if not wanted.is_refused(stands_for):
            work.note(
                wanted.row, name, None, f"nobody is called {_names(wanted)}; a new person needs {as_written([name])}"
            )
    if missing:
        return None
    made: list[User] = []
    wants = UserCreate(**values)
    if not work.is_done(wanted, "username", _names(wanted), lambda: made.append(work.make(wants))):
        return None
    return made[0]


def _of_new(wanted: CsvPerson, person: User, zone: ZoneInfo) -> list[str]:
    """What doesn't stand in the row as it will be: by which name they sign in, and the moment their access ends."""
    named = [] if "username" in wanted.cells else [f"username={person.username}"]
    return named + [_change(ACCESS_ENDS, end, zone) for end in [person.access_ends_at] if end is not None]


def _updated(work: TakeOver, wanted: CsvPerson, person: User, zone: ZoneInfo) -> list[str]:
    differing = {name: value for name, value in wanted.values.items() if getattr(person, name) != value}
    if not differing:
        return []
    column, change = next(iter(differing)), UserUpdate(**differing)
    act = partial(work.change, person, change)
    changes = [_change(name, value, zone) for name, value in sorted(differing.items())]
    return changes if work.is_done(wanted, column, wanted.cells[column], act) else []


def _change(column: str, value: object, zone: ZoneInfo) -> str:
    """Of who is let in or out it is told which, and until when."""
    if column == ACCESS_ENDS:
        return f"{column}={_until(value, zone) if isinstance(value, datetime) else NOTHING}"
    return f"{column}={'yes' if value else 'no'}" if column == ACTIVE else column


def _badges(work: TakeOver, wanted: CsvPerson, person: User, zone: ZoneInfo) -> list[str]:
    now = datetime.now(UTC)
    handed: Counter[datetime | None] = Counter()
    for badge in wanted.badges:
        end = None if badge.end is None else badge.end.moment(now, zone)
        held = _held(work, badge, person)
        if held is not None and (badge.end is None or held.expires_at == end):
            continue
        if end is not None and end <= now:
            message = f"{_until(end, zone)} is past: a badge is handed out for later"
            work.note(wanted.row, BADGE_ENDS, wanted.cells[BADGE_ENDS], message)
            continue
        act = partial(_issue, work, person, badge, end)
        ending = f"…{badge.text.get_secret_value()[-2:]}"
        if work.is_done(wanted, BADGES, ending, act):
            handed[end] += 1
    return [
        f"+{count} badge{'s' if count > 1 else ''}{f' until {_until(end, zone)}' if end else ''}"
        for end, count in handed.items()
    ]


def _issue(work: TakeOver, person: User, badge: BadgeCell, end: datetime | None) -> None:
    try:
        wanted = BadgeCreate(user_id=person.id, kind=badge.kind, text=badge.text, expires_at=end)
    except ValidationError as error:
        raise Invalid(str(error.errors()[0]["msg"]).removeprefix("Value error, ")) from None
    held = _held(work, badge, person)
    if held is not None:
        demand_rights(work.session, work.held[person.id].roles, work.own_roles)
        take_back(held, BadgeState.REVOKED, work.follows)
    work.hand_out(person, wanted)


def _held(work: TakeOver, badge: BadgeCell, person: User) -> Badge | None:
    """The badge, where it is the person's and neither lost nor revoked; its day may be over."""
    found = work.badge(badge.text.get_secret_value())
    if found is None or found.user_id != person.id or found.state != BadgeState.ACTIVE:
        return None
    # One whose day is over is as the file says where that says so; else it is handed out anew.
    return found if badge.end is not None or names_somebody(found) else None


def _in_zone(work: TakeOver, wanted: CsvPerson, found: User | None) -> tuple[CsvPerson, ZoneInfo]:
    """The row with moments for its days, and by whose clocks these are: of the plants it gives, or that are held."""
    plants: set[UUID] = set()
    if wanted.plants is not None:
        plants = {work.places.plants[cell.place] for cell in wanted.plants if cell.place in work.places.plants}
    elif found is not None:
        plants = {one.plant_id for one in work.held[found.id].plants}
    of_plants = (work.places.zones[id_] for id_ in plants if id_ in work.places.zones)
    zone = zone_of_somebody(of_plants, work.zone)
    if ACCESS_ENDS not in wanted.values:
        return wanted, zone
    values = {**wanted.values, ACCESS_ENDS: end_in(wanted.values[ACCESS_ENDS], zone)}
    return replace(wanted, values=values), zone


def _found(work: TakeOver, wanted: CsvPerson) -> User | None:
    """The person a row is about; None where nobody is called so.

    Raises:
        _NotOnePerson: its names are of several people, or an earlier row is about the same person.
    """
    names = {folded(str(wanted.values[name])): name for name in wanted.names}
    found = {name: work.by_name[name] for name in names if name in work.by_name}
    people = list(dict.fromkeys(found.values()))
    if len(people) > 1:
        told = " and ".join(f"{names[name]} is {person.full_name}'s" for name, person in found.items())
        raise _NotOnePerson(f"{told}: a row is about one person", people[0])
    if people and (row := work.rows.get(people[0].id)):
        message = f"row {row} is about the same person, {people[0].full_name}: leave one of them"
        raise _NotOnePerson(message, people[0])
    return people[0] if people else None


def _why_out(wanted: CsvPerson, person: User) -> str:
    """Why whom the row is about would stay out without its saying so, and the way out of that; else nothing."""
    is_active = wanted.values.get(ACTIVE, person.is_active)
    if not is_active and ACTIVE not in wanted.values:
        return f"{person.full_name} is deactivated: yes in {ACTIVE} lets them in again; or leave the row out"
    has_ended = person.access_ends_at is not None and person.access_ends_at <= datetime.now(UTC)
    if is_active and has_ended and ACCESS_ENDS not in wanted.values:
        return f"the access of {person.full_name} has ended: say another end in {ACCESS_ENDS}, or {NOTHING} for none"
    return ""


def _stand_in(work: TakeOver, wanted: CsvPerson) -> User:
    """Somebody to try the rest of a row with that makes nobody: like all of a file with a mistake, taken back."""
    somebody = User(id=new_id(), username=new_id().hex, full_name=_names(wanted) or "-")
    work.session.add(somebody)
    work.held[somebody.id] = Held()
    return somebody


def _roles(work: TakeOver, wanted: CsvPerson, person: User) -> list[str]:
    if wanted.roles is None:
        return []
    rows = work.held[person.id].roles
    held = {(one.role, place_of(one)) for one in rows}
    asked: dict[tuple[str, RolePlace | None], str] = {}
    before = len(work.errors)
    for cell in wanted.roles:
        try:
            one = _role(work, cell, held)
            asked[one] = _role_text(work, one)
        except LookupError as error:
            work.note(wanted.row, ROLES, str(cell), str(error))
    given = [(one, True, f"+{text}") for one, text in asked.items() if one not in held]
    gone = held.difference(asked) if len(work.errors) == before else ()
    taken = [(one, False, f"-{_role_text(work, one)}") for one in gone]
    return [
        told
        for one, is_given, told in [*given, *sorted(taken, key=lambda step: step[2])]
        if work.is_done(wanted, ROLES, told[1:], partial(_set_role, work, person, one, is_given))
    ]


def _role(
    work: TakeOver, cell: RoleCell, held: Collection[tuple[str, RolePlace | None]]
) -> tuple[str, RolePlace | None]:
    """Raises LookupError where there is no such role or place."""
    known = {*ROLES_OF_SYSTEM, *work.own_roles}
    if cell.role not in known and all(cell.role != role for role, _ in held):
        raise LookupError(f"there is no role {cell.role}; there are {', '.join(sorted(known))}")
    if cell.place is None:
        return cell.role, None
    return cell.role, work.places.role_place(cell.place, [place for _, place in held if place])


def _role_text(work: TakeOver, one: tuple[str, RolePlace | None]) -> str:
    role, place = one
    return str(RoleCell(role, None if place is None else work.places.role_place_text(place)))


def _set_role(work: TakeOver, person: User, one: tuple[str, RolePlace | None], is_given: bool) -> None:
    role, place = one
    plant_id, department_id = place or (None, None)
    wanted = RoleAssignment(role=role, assigned=is_given, plant_id=plant_id, department_id=department_id)
    set_role(work.session, person, wanted, work.held[person.id].roles, work.own_roles)


def _until(end: datetime, zone: ZoneInfo) -> str:
    day = last_day(end, zone)
    return f"the end of {day}" if day else f"{end.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def _names(wanted: CsvPerson) -> str:
    return ", ".join(wanted.cells[name] for name in wanted.names)


def _cell_of(error: CsvError) -> tuple[str, str]:
    return f"{error.row}.{error.column or ''}", f"row {error.row}, {error.column or 'whole row'}"

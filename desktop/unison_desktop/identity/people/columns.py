"""Columns of people, their rights, their sessions and their attempts to sign in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from PySide6.QtGui import QIcon
from unison_domain.identity.contracts import RoleHeld, UserAnswer
from unison_domain.identity.role_contracts import EffectivePermission
from unison_domain.identity.sign_in_contracts import LoginAttemptAnswer, SignInOutcome, SignInSessionAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.people.ends import end_and_left, end_hint, left_text
from unison_desktop.identity.people.held_roles import (
    Where,
    everywhere,
    held_by,
    lacks_access,
    role_text,
    roles_text,
    where,
    where_text,
)
from unison_desktop.identity.people.places import Places, verbs_text
from unison_desktop.identity.people.roles import RoleBook
from unison_desktop.identity.people.why_not import against_text
from unison_desktop.identity.people.words import OUTCOMES, ending_text, program_text
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.rights import in_words
from unison_desktop.kernel.texts import _
from unison_desktop.tables.columns import Column


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person, what their places and roles are called, by whose clocks their days are over, and when that was told."""

    person: UserAnswer
    places: Places
    roles: RoleBook
    zone: ZoneInfo
    now: datetime


@dataclass(frozen=True, slots=True)
class RightRow:
    """Something a person may do: in every place that is theirs, or in one."""

    kind: str
    name: str
    gives: str


@dataclass(frozen=True, slots=True)
class MayRow:
    """A permission, whether and where it is held, the names of the roles that give it, and what stands against it."""

    permission: str
    has_it: str
    given_by: str
    against: str = ""


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt, and whose it was; empty where nobody has that name."""

    attempt: LoginAttemptAnswer
    person: str


def person_columns() -> tuple[Column[PersonRow], ...]:
    """The table of people."""
    return (
        Column("name", _("Name"), lambda row: row.person.full_name, width=20, always_visible=True),
        Column("username", _("User name"), lambda row: row.person.username, width=10),
        Column("number", _("Number"), lambda row: row.person.employee_code, width=8, explain=_("Employee number")),
        Column("email", _("E-mail"), lambda row: row.person.email, width=20),
        Column("roles", _("Roles"), _roles, width=22, stretch=True),
        Column("plants", _("Plants"), _plants, width=16, stretch=True, least=12),
        Column(
            "default", _("Default warehouse"), lambda row: row.places.default_of(row.person), width=14, visible=False
        ),
        Column("in_use", _("Active"), _in_use, width=8, explain=_("Who is not, can't sign in")),
        Column("ends", _("Access ends"), _access_ends, text=_ends_text, hint=_ends_hint, width=18, visible=False),
        Column("phone", _("Phone"), lambda row: row.person.phone, width=14, visible=False),
        Column("created", _("Made"), lambda row: _local(row.person.created_at), width=18, visible=False),
        Column("changed", _("Changed"), lambda row: _local(row.person.updated_at), width=18, visible=False),
    )


def right_columns() -> tuple[Column[RightRow], ...]:
    """The table of one person's rights."""
    return (
        Column("kind", _("Right"), lambda row: row.kind, width=12),
        Column("name", _("Name"), lambda row: row.name, width=26, always_visible=True),
        Column("gives", _("What it gives"), lambda row: row.gives, width=40, stretch=True),
    )


def may_columns() -> tuple[Column[MayRow], ...]:
    """The table of what one person may do in all."""
    return (
        Column("words", _("Right"), lambda row: in_words(row.permission), width=30, always_visible=True),
        Column("permission", _("Code"), lambda row: row.permission, width=28),
        Column(
            "may",
            _("Has it"),
            lambda row: row.has_it,
            width=20,
            explain=_("And where, if not in the whole organization"),
        ),
        Column("by", _("Given by"), lambda row: row.given_by, width=24),
        Column("against", _("Why not"), lambda row: row.against, width=40, stretch=True),
    )


def right_rows(row: PersonRow) -> list[RightRow]:
    """Roles, plants and warehouses of one person."""
    person, places, roles = row.person, row.places, row.roles
    default = {True: _("{verbs}; works here by default"), False: "{verbs}"}
    return [
        *_until(row),
        *(RightRow(_("Role"), role_text(one, roles, places), _role_gives(one, row)) for one in held_by(person)),
        *(RightRow(_("Plant"), places.plant_name(one.plant_id), verbs_text(one)) for one in person.plants),
        *(
            RightRow(
                _("Warehouse"),
                places.warehouse_name(one.warehouse_id),
                default[one.is_default].format(verbs=verbs_text(one)),
            )
            for one in person.warehouses
        ),
    ]


def _until(row: PersonRow) -> list[RightRow]:
    """Until when all of it holds, of agency staff and guests."""
    if (end := row.person.access_ends_at) is None:
        return []
    return [RightRow(_("Access ends"), end_hint(end, row.zone), left_text(end, row.now))]


def session_columns(now: Callable[[], datetime], *, of_everybody: bool) -> tuple[Column[SignInSessionAnswer], ...]:
    """The table of sessions."""
    own: tuple[Column[SignInSessionAnswer], ...] = (
        Column("program", _("Program"), lambda one: _program(one), width=26, always_visible=True),
        Column("address", _("Address"), lambda one: one.address, width=14, explain=_("Where it signed in from")),
        Column("began", _("Signed in"), lambda one: _local(one.created_at), width=18),
        Column("used", _("Last used"), lambda one: _local(one.last_used_at), width=18),
        Column("state", _("State"), _State(now), width=30, stretch=True),
        Column("ends", _("Ends unused"), lambda one: _local(one.expires_at), width=18, visible=False),
    )
    return (Column("person", _("Person"), lambda one: one.user_name, width=18), *own) if of_everybody else own


def attempt_columns(theme: Theme, *, of_everybody: bool) -> tuple[Column[AttemptRow], ...]:
    """The table of attempts to sign in."""
    person = Column[AttemptRow]("person", _("Person"), _who, width=18)
    own: tuple[Column[AttemptRow], ...] = (
        Column("when", _("When"), lambda row: _local(row.attempt.at), width=18, always_visible=True),
        Column(
            "outcome",
            _("Outcome"),
            lambda row: OUTCOMES[row.attempt.outcome],
            icon=_OutcomeMark(theme).icon,
            width=38,
        ),
        Column("name", _("Name typed"), lambda row: row.attempt.name, width=16),
        Column("address", _("Address"), lambda row: row.attempt.address, width=14),
        Column("program", _("Program or reason"), lambda row: program_text(row.attempt), width=22, stretch=True),
    )
    return (own[0], person, *own[1:]) if of_everybody else own


def person_id(row: PersonRow) -> UUID:
    """What a person is known by."""
    return row.person.id


def session_id(one: SignInSessionAnswer) -> UUID:
    """What a session is known by."""
    return one.id


def attempt_id(row: AttemptRow) -> UUID:
    """What an attempt is known by."""
    return row.attempt.id


def may_id(row: MayRow) -> str:
    """What a permission is known by."""
    return row.permission


def right_id(row: RightRow) -> tuple[str, str]:
    """What a right of one person is known by."""
    return row.kind, row.name


class _State:
    """Says whether a session can still be used, and why not."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def __call__(self, one: SignInSessionAnswer) -> str:
        if one.ended_at is not None:
            ended = _("ended {time}: {reason}")
            return ended.format(time=f"{_local(one.ended_at):%Y-%m-%d %H:%M}", reason=ending_text(one))
        if one.expires_at <= self._now():
            return _("ran out unused")
        if not one.is_let_in:
            return _("the person's access has ended")
        return _("signed in, this one") if one.is_current else _("signed in")


class _OutcomeMark:
    """Marks what was refused; to ask for a link is neither good nor bad."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, row: AttemptRow) -> QIcon:
        if row.attempt.outcome in (SignInOutcome.RESET_ASKED, SignInOutcome.UNKNOWN):
            return QIcon()
        if row.attempt.outcome in (SignInOutcome.SIGNED_IN, SignInOutcome.PASSWORD_RESET):
            return self._theme.icon("good", self._theme.tone(Tone.GOOD).fill)
        return self._theme.icon("warning", self._theme.tone(Tone.WARNING).fill)


def _program(one: SignInSessionAnswer) -> str:
    return one.client or _("a program without a name")


def _plants(row: PersonRow) -> str:
    roles, given = everywhere(row.person), row.places.plants_text(row.person)
    if row.roles.reigning(roles):
        return _("all")
    return ", ".join(filter(None, (_("sees every plant"), given))) if row.roles.sees_everywhere(roles) else given


def _roles(row: PersonRow) -> str:
    return roles_text(held_by(row.person), row.roles, row.places)


def _role_gives(held: RoleHeld, row: PersonRow) -> str:
    gives = row.roles.gives(held.role)
    if lacks_access(held, row.person, row.roles):
        return _("Nothing yet: the person has no access to this plant. {gives}").format(gives=gives)
    return gives


def may_row(one: EffectivePermission, row: PersonRow) -> MayRow:
    """What a person may, where, and by which roles."""
    roles, places = row.roles, row.places
    given = roles_text(one.held, roles, places) or roles.names(one.given_by)
    against = against_text(one.against, roles, places, row.zone)
    if one.counts and given:
        own = list(dict.fromkeys(where(held) for held in one.held))
        if one.reached is not None:
            own = [Where(place.plant_id, place.department_id) for place in one.reached]
        elif not own or Where() in own:
            return MayRow(one.permission, _("yes"), given, against)
        in_places = _("in {places}").format(places="; ".join(where_text(place, places) for place in own))
        return MayRow(one.permission, in_places, given, against)
    return MayRow(one.permission, _("no"), given, against)


def _access_ends(row: PersonRow) -> datetime | None:
    return row.person.access_ends_at and row.person.access_ends_at.astimezone(row.zone)


def _ends_text(row: PersonRow) -> str:
    end = row.person.access_ends_at
    return end_and_left(end, row.zone, row.now) if end else ""


def _ends_hint(row: PersonRow) -> str:
    return end_hint(row.person.access_ends_at, row.zone) if row.person.access_ends_at else ""


def may_sign_in(person: UserAnswer, now: datetime) -> bool:
    """Whether somebody is let in, as far as their row says: active, and their access has not ended."""
    return person.is_active and (person.access_ends_at is None or person.access_ends_at > now)


def _in_use(row: PersonRow) -> str:
    if may_sign_in(row.person, row.now):
        return _("yes")
    return _("ended") if row.person.is_active else _("no")


def _who(row: AttemptRow) -> str:
    return row.person


def _local(moment: datetime) -> datetime:
    return own_time(moment)

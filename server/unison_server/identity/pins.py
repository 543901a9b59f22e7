"""PINs, and signing on at stations while the server is asked: by badge, or by name and PIN.

As with passwords not one transaction but several: attempts are counted before and told after, whatever follows, and no
connection is held while a PIN is hashed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from unison_domain.identity.badge_contracts import SignedOn, SignOn
from unison_domain.identity.setting_contracts import PIN_TRIES
from unison_domain.identity.sign_in_contracts import SignInOutcome
from unison_domain.kernel.contracts import FieldError
from unison_domain.stations.sign_on_events import kept_id

from unison_server.identity import attempts, queries
from unison_server.identity.attempts import LONGEST_WINDOW, WINDOW
from unison_server.identity.badge_tables import Badge, PersonPin
from unison_server.identity.badges import has_expired, names_somebody
from unison_server.identity.brief_waits import waiting_briefly
from unison_server.identity.only_real import let_in_for_real
from unison_server.identity.passwords import Passwords
from unison_server.identity.settings import setting_of
from unison_server.identity.sign_in import AT_A_TIME, is_let_in
from unison_server.identity.tables import LoginHistory, User
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Invalid, NotAllowed, Refusal, TooMany, Unavailable
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import Scope

MOST_AT_STATION = 20
"""Tries of one person's PIN at one station in an hour: of four digits 1 in 500 is found there."""
MOST_ANYWHERE = 200
"""The same at all stations together: whoever is to lock a person out of the plant has to stand at ten stations."""
_HASH_WAIT_SECONDS = 10.0
WRONG_PIN = "Name or PIN is wrong"
UNKNOWN_PERSON = "unknown badge or person"
"""What stands for a name in the login history."""


def set_pin(session: TenantSession, user_id: UUID, pin: str, passwords: Passwords) -> None:
    """The person's PIN from now on.

    Raises:
        Invalid: it is their employee number.
    """
    if pin == session.need(User, user_id, "user").employee_code:
        message = "is their employee number, which others know: take another"
        known = FieldError(field="pin", code="known", message=message)
        raise Invalid("PIN is their employee number, which others know: take another", code="known", errors=[known])
    hashed = passwords.hash(pin)
    row = {"organization_id": session.organization_id, "id": new_id(), "user_id": user_id, "pin_hash": hashed}
    statement = insert(PersonPin).values(row)
    changed = {"pin_hash": hashed, "set_at": statement.excluded.set_at}
    session.execute(statement.on_conflict_do_update(index_elements=["organization_id", "user_id"], set_=changed))
    record(session, "identity.user.pin_set", user_id)


def remove_pin(session: TenantSession, user_id: UUID) -> None:
    """The person signs on by badge only."""
    if session.scalar(delete(PersonPin).where(PersonPin.user_id == user_id).returning(PersonPin.id)) is not None:
        record(session, "identity.user.pin_removed", user_id)


class Station(NamedTuple):
    """Where somebody signs on."""

    id: UUID
    code: str
    plant_id: UUID


class Act(NamedTuple):
    """What somebody is to stand behind there: the right it takes, what it is done to, and its own id."""

    purpose: str
    subject_id: UUID
    act_id: UUID


class Tap(NamedTuple):
    """The tap of a badge that a station asks about, and tells of by itself too."""

    agent_id: UUID
    id: UUID
    badge: str


class ChangedMeanwhile(NotAllowed):
    """Somebody, or their PIN, is another than when it was checked."""


class CheckedPin(NamedTuple):
    """Whose PIN it is, as it is kept, and as it is to be kept."""

    user_id: UUID
    hash: str
    fresh: str
    user: User


@dataclass(frozen=True, slots=True)
class StationDoor:
    """Where people sign on at stations; `scope` is that of the agent that asks for them."""

    databases: Databases
    passwords: Passwords
    _few: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_A_TIME))

    def sign_on(self, scope: Scope, station: Station, wanted: SignOn, tap: UUID | None = None) -> SignedOn:
        """Who it is. Every attempt is in the login history with its station, and once with its tap, if that is told.

        Raises:
            NotAllowed: the badge names nobody, the PIN is wrong, or they have no access to the station's plant.
            TooMany: too many tries of this PIN. Unavailable: too many PINs are being checked.
        """
        if wanted.badge is not None:
            return self._by_badge(scope, station, wanted.badge, tap)
        if wanted.user_id is None or wanted.pin is None:
            raise ValueError("a sign-on without badge has a person and a PIN")
        return self._by_pin(scope, station, wanted.user_id, wanted.pin.get_secret_value())

    def holder(self, scope: Scope, station: Station, hashed: str, of: Act | Tap | None = None) -> tuple[Badge, User]:
        """The badge, and whose it is. Raises as `sign_on` does."""
        with self.databases.session(Database.IDENTITY, scope) as session:
            found = select(Badge, User).join(User, User.id == Badge.user_id).where(Badge.text_hash == hashed)
            row = session.execute(found.order_by(Badge.state != "active", Badge.created_at.desc()).limit(1)).first()
        if row is None:
            unknown = NotAllowed("Nobody was given this badge", code="badge_unknown")
            raise self._told(scope, station, None, SignInOutcome.WRONG, unknown, of)
        badge, user = row
        if not self._is_let_in(scope, user):
            raise self._told(scope, station, user, SignInOutcome.INACTIVE, _inactive(user), of)
        if not names_somebody(badge):
            raise self._told(scope, station, user, SignInOutcome.WRONG, _names_nobody(badge), of)
        self._demand_here(scope, station, user, of)
        return badge, user

    def checked(self, scope: Scope, station: Station, user_id: UUID, pin: str, act: Act | None = None) -> CheckedPin:
        """The person's PIN, which it is; no connection is held while it is hashed. Raises as `sign_on` does."""
        with self.databases.session(Database.IDENTITY, scope) as session:
            user = session.find(User, user_id)
            hashed = session.scalar(select(PersonPin.pin_hash).where(PersonPin.user_id == user_id))
            most = setting_of(session, PIN_TRIES)
        of_each = ((most, WINDOW), (MOST_AT_STATION, LONGEST_WINDOW), (MOST_ANYWHERE, LONGEST_WINDOW))
        limits = [(counted, *limit) for counted, limit in zip(_counted(user_id, station), of_each, strict=True)]
        try:
            for limit in limits:  # what the one before refuses is no try: else who goes on typing locks other stations
                attempts.count(self.databases, scope, [limit])
        except TooMany as refusal:
            raise self._told(scope, station, user, SignInOutcome.TOO_MANY, refusal, act) from None
        if not self._matches(hashed, pin) or user is None or hashed is None:
            raise self._told(scope, station, user, SignInOutcome.WRONG, _wrong(), act)
        if not self._is_let_in(scope, user):
            raise self._told(scope, station, user, SignInOutcome.INACTIVE, _inactive(user), act)
        self._demand_here(scope, station, user, act)
        fresh = self.passwords.hash(pin) if self.passwords.is_outdated(hashed, pin) else hashed
        return CheckedPin(user_id, hashed, fresh, user)

    def proven(self, session: TenantSession, station: Station, checked: CheckedPin) -> User:
        """The person, whose tries are forgotten; within `telling_changes`.

        Raises:
            ChangedMeanwhile: they or the PIN were changed while it was checked. Unavailable: somebody changes them.
        """
        with waiting_briefly(session):
            user = session.scalars(select(User).where(User.id == checked.user_id).with_for_update()).one()
        kept = update(PersonPin).where(PersonPin.user_id == user.id, PersonPin.pin_hash == checked.hash)
        if session.scalar(kept.values(pin_hash=checked.fresh).returning(PersonPin.id)) is None or not is_let_in(user):
            raise ChangedMeanwhile(WRONG_PIN, code="pin_wrong")
        here, *wider = _counted(user.id, station)
        queries.forget_attempts(session, here)
        for counted in wider:
            queries.take_back_attempt(session, counted)
        return user

    @contextmanager
    def telling_changes(
        self, scope: Scope, station: Station, checked: CheckedPin, act: Act | None = None
    ) -> Iterator[None]:
        """Around the transaction that lets somebody in: that they were changed meanwhile is in the history too."""
        try:
            yield
        except ChangedMeanwhile as refusal:
            raise self._told(scope, station, checked.user, SignInOutcome.WRONG, refusal, act) from None
        except Unavailable:  # the PIN was right
            with self.databases.session(Database.IDENTITY, scope) as session:
                for counted in _counted(checked.user_id, station):
                    queries.take_back_attempt(session, counted)
            raise

    def _by_badge(self, scope: Scope, station: Station, hashed: str, tap: UUID | None) -> SignedOn:
        shown = Tap(scope.actor_id, tap, hashed) if tap and scope.actor_id else None
        badge, user = self.holder(scope, station, hashed, shown)
        with self.databases.session(Database.IDENTITY, scope) as session:
            _keep(session, history_at(scope, station, user, SignInOutcome.SIGNED_IN), shown)
        ends = [end for end in (badge.expires_at, user.access_ends_at) if end is not None]
        return SignedOn(user_id=user.id, name=user.full_name, ends_at=min(ends, default=None))

    def _by_pin(self, scope: Scope, station: Station, user_id: UUID, pin: str) -> SignedOn:
        checked = self.checked(scope, station, user_id, pin)
        with (
            self.telling_changes(scope, station, checked),
            self.databases.session(Database.IDENTITY, scope) as session,
        ):
            user = self.proven(session, station, checked)
            session.add(history_at(scope, station, user, SignInOutcome.SIGNED_IN))
            return SignedOn(user_id=user.id, name=user.full_name, ends_at=user.access_ends_at)

    def _matches(self, hashed: str | None, pin: str) -> bool:
        if not self._few.acquire(timeout=_HASH_WAIT_SECONDS):
            raise Unavailable("Too many sign on at this moment; try again", headers={"Retry-After": "2"})
        try:
            return self.passwords.matches(hashed, pin)
        finally:
            self._few.release()

    def _is_let_in(self, scope: Scope, user: User) -> bool:
        with self.databases.session(Database.IDENTITY, scope) as session:
            return is_let_in(user) and user.id in let_in_for_real(session, [user.id])

    def _demand_here(self, scope: Scope, station: Station, user: User, of: Act | Tap | None) -> None:
        with self.databases.session(Database.IDENTITY, scope) as session:
            reach = queries.plants_read_by(session, [user.id], [station.plant_id])
        if user.id not in reach:
            words = f"{user.full_name} has no access to the plant of station {station.code}; an administrator gives it"
            raise self._told(scope, station, user, SignInOutcome.ELSEWHERE, NotAllowed(words, code="elsewhere"), of)

    def _told(
        self,
        scope: Scope,
        station: Station,
        user: User | None,
        outcome: SignInOutcome,
        refusal: Refusal,
        of: Act | Tap | None,
    ) -> Refusal:
        with self.databases.session(Database.IDENTITY, scope) as session:
            told = history_at(scope, station, user, outcome, of if isinstance(of, Act) else None)
            told.reason = refusal.problem_code
            _keep(session, told, of if isinstance(of, Tap) else None)
        return refusal


def history_at(
    scope: Scope, station: Station, user: User | None, outcome: SignInOutcome, act: Act | None = None
) -> LoginHistory:
    """What the login history has of an attempt at a station, to sign on or to stand behind an act."""
    return LoginHistory(
        name=user.full_name if user else UNKNOWN_PERSON,
        outcome=outcome,
        user_id=user.id if user else None,
        session_id=None,
        address=scope.address,
        station_id=station.id,
        station_code=station.code,
        **(act._asdict() if act else {}),
    )


def _keep(session: TenantSession, told: LoginHistory, tap: Tap | None) -> None:
    """Once, however often its station asks about the same tap or tells of it."""
    if tap is None:
        session.add(told)
        return
    told.organization_id = session.organization_id
    let_in = told.user_id if told.outcome == SignInOutcome.SIGNED_IN else None
    told.id = kept_id(tap.agent_id, tap.id, tap.badge, let_in)
    columns = (column.name for column in LoginHistory.__table__.columns)
    row = {name: value for name in columns if (value := getattr(told, name)) is not None}
    session.execute(insert(LoginHistory).values(row).on_conflict_do_nothing())


def _inactive(user: User) -> NotAllowed:
    return NotAllowed(f"{user.full_name} is not active, or their access has ended", code="inactive")


def _names_nobody(badge: Badge) -> NotAllowed:
    if badge.state == "lost":
        return NotAllowed("This badge was reported lost; hand it in", code="badge_lost")
    if badge.state == "active" and has_expired(badge):
        return NotAllowed(f"This badge was good until {badge.expires_at:%Y-%m-%d %H:%M} UTC", code="badge_expired")
    return NotAllowed("This badge is not valid any more; hand it in", code="badge_revoked")


def _at_station(user_id: UUID, station: Station) -> str:
    return f"pin {user_id} at station {station.id}"


def _hourly(user_id: UUID, station: Station) -> str:
    return f"hourly {_at_station(user_id, station)}"


def _anywhere(user_id: UUID) -> str:
    return f"pin {user_id}"


def _counted(user_id: UUID, station: Station) -> tuple[str, str, str]:
    """All that a try is counted of."""
    return _at_station(user_id, station), _hourly(user_id, station), _anywhere(user_id)


def _wrong() -> NotAllowed:
    return NotAllowed(WRONG_PIN, code="pin_wrong")

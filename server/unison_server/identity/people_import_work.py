"""One file of people on its way: what it did so far, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from unison_domain.identity.badge_contracts import BadgeCreate, BadgeState
from unison_domain.identity.badge_text import badge_hash
from unison_domain.identity.contracts import UserCreate, UserUpdate
from unison_domain.identity.people_csv import CsvPerson, PersonChange
from unison_domain.identity.person_names import folded
from unison_domain.identity.setting_contracts import TIME_ZONE
from unison_domain.kernel.csv_file import CsvError

from unison_server.identity.badge_tables import Badge
from unison_server.identity.badges import demand_may_hand_out, hand_out
from unison_server.identity.consequences import Consequences, follow
from unison_server.identity.known_places import KnownPlaces
from unison_server.identity.only_real import demand_real
from unison_server.identity.queries import Held, OwnRoles, held_by, is_practice, own_roles
from unison_server.identity.settings import setting_of
from unison_server.identity.sign_in_names import NAMES, demand_none_of, names_of
from unison_server.identity.tables import IdleWarehouse, SignInName, User
from unison_server.identity.usecases import change_user, make_user
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Refusal

_BY_INDEX = text(
    "select set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)"
)
"""Nobody counts the rows of a transaction that is under way: PostgreSQL takes the tables it fills for as small as they
were, and reads them whole for each reference to a person; also by plans it made before.
"""


@dataclass
class TakeOver:
    """One file on its way.

    Attributes:
        badge_key: what badges are hashed with. own_roles: of the organization, in use. zone: of the organization.
        idle: warehouses that are out of use. locks: whom it is about; a preview holds nobody up.
        rows: the row that is about a person, by the person. new: people the file made, whom no process knows.
        by_name: who signs in with the names of the rows that are looked at; follows, as all below.
        held: what these people hold. hashes: of texts of badges. badges: by the hash the active one, else the newest.
        moved: names that rows let go of or take, of which nothing is written yet. follows: what is still to be written.
    """

    session: TenantSession
    places: KnownPlaces
    badge_key: bytes
    own_roles: OwnRoles
    zone: str
    idle: frozenset[UUID]
    is_practice: bool
    locks: bool
    errors: list[CsvError]
    changes: list[PersonChange] = field(default_factory=list)
    rows: dict[UUID, int] = field(default_factory=dict)
    new: set[UUID] = field(default_factory=set)
    by_name: dict[str, User] = field(default_factory=dict)
    held: dict[UUID, Held] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    badges: dict[str, Badge] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    follows: Consequences = field(default_factory=Consequences)

    @classmethod
    def beginning(
        cls, session: TenantSession, places: KnownPlaces, badge_key: bytes, errors: list[CsvError], *, locks: bool
    ) -> TakeOver:
        """With what holds for all rows."""
        session.execute(_BY_INDEX)
        zone, idle = setting_of(session, TIME_ZONE), frozenset(session.scalars(select(IdleWarehouse.id)))
        common = (own_roles(session), zone, idle, is_practice(session))
        return cls(session, places, badge_key, *common, locks, errors)

    def look_up(self, people: Sequence[CsvPerson]) -> None:
        """Learn whom these rows name; where it locks, nobody else changes them until the file is taken over."""
        names = {folded(str(person.values[name])) for person in people for name in person.names}
        held = select(SignInName.name, User).join(User, User.id == SignInName.user_id).where(SignInName.name.in_(names))
        found = held.order_by(User.id).execution_options(populate_existing=True)
        if self.locks:  # not their keys: what refers to them, as a notification, waits for no file
            found = found.with_for_update(of=User, key_share=True)
        self.by_name = {row.name: row.User for row in self.session.execute(found)}
        self.held = dict(held_by(self.session, *{person.id for person in self.by_name.values()}))
        texts = {badge.text.get_secret_value() for person in people for badge in person.badges}
        self.hashes = {text: badge_hash(self.badge_key, text) for text in texts}
        newest = (Badge.state == "active", Badge.created_at, Badge.id)
        there = select(Badge).where(Badge.text_hash.in_(self.hashes.values())).order_by(*newest)
        there = there.execution_options(populate_existing=True)
        there = there.with_for_update() if self.locks else there
        self.badges = {badge.text_hash: badge for badge in (self.session.scalars(there) if texts else ())}

    def flush(self) -> None:
        """Write what the rows changed, of which nothing follows yet. Raises Clash."""
        with _unchanged_meanwhile():
            self.session.flush()

    def write(self) -> None:
        """Write what the rows did, and let the rest follow. Raises Clash."""
        with _unchanged_meanwhile():
            follow(self.session, self.follows)
        self.follows, self.moved = Consequences(), set()

    def make(self, wanted: UserCreate) -> User:
        """Somebody new. Raises Clash."""
        if self.is_practice:
            demand_real(self.session, "make people")
        user = make_user(self.session, wanted, None, self._demand_free)
        self.new.add(user.id)
        self.held[user.id] = Held()
        self._follow_names(user, set())
        return user

    def change(self, person: User, wanted: UserUpdate) -> None:
        """Change what is given. Raises as `update_user`."""
        given, held, before = wanted.model_dump(exclude_unset=True), self.held[person.id], _names_of(person)
        change_user(self.session, person, given, held, self.follows, self._demand_free, self.own_roles)
        self._follow_names(person, before)

    def note_moved(self, person: User, wanted: CsvPerson) -> None:
        """The names that a row takes from the person it is about, or gives them."""
        after = {name: wanted.values.get(name, getattr(person, name)) for name in NAMES}
        self.moved |= _names_of(person).symmetric_difference(names_of(**after))

    def badge(self, text: str) -> Badge | None:
        """The badge of a text: the active one, else the newest."""
        return self.badges.get(self.hashes[text])

    def hand_out(self, person: User, wanted: BadgeCreate) -> None:
        """Give somebody a badge. Raises as `Badges.issue`."""
        demand_may_hand_out(self.session, person.id, self.held[person.id], self.own_roles)
        hashed = self.hashes[wanted.text.get_secret_value()]
        there = self.badges.get(hashed)
        active = there if there is not None and there.state == BadgeState.ACTIVE else None
        self.badges[hashed] = hand_out(self.session, person, wanted, hashed, active, self.follows)

    def _demand_free(self, *, but_of: UUID | None = None, **names: str | None) -> None:
        wanted = (folded(name) for name in names.values() if name)
        demand_none_of({name for name in wanted if name in self.by_name and self.by_name[name].id != but_of}, names)

    def _follow_names(self, person: User, before: set[str]) -> None:
        for name in before:
            self.by_name.pop(name, None)
        self.by_name |= dict.fromkeys(_names_of(person), person)

    def is_done(self, wanted: CsvPerson, column: str, value: str, act: Callable[[], object]) -> bool:
        """Do it, or note by the cell why it is refused. What was begun then needs no undoing: all of it is."""
        try:
            act()
        except Refusal as refusal:
            told = [one for one in refusal.errors if one.field in wanted.cells]
            for one in told:
                self.note(wanted.row, one.field, wanted.cells[one.field], one.message)
            if not told:  # a field of a request is no column of the file
                fields = [f"{one.field}: " for one in refusal.errors]
                self.note(wanted.row, column, value, refusal.detail.removeprefix(fields[0] if fields else ""))
            return False
        return True

    def note(self, row: int, column: str, value: str | None, message: str) -> None:
        """Something that is wrong."""
        self.errors.append(CsvError(row=row, column=column, value=value, message=message))


@contextmanager
def _unchanged_meanwhile() -> Iterator[None]:
    """Raises Clash where others wrote, since these rows were looked up, what these write."""
    try:
        yield
    except (IntegrityError, StaleDataError):
        words = "People changed while the file was taken over; look at a new preview"
        raise Clash(words, code="changed_since_preview") from None


def _names_of(person: User) -> set[str]:
    return set(names_of(**{name: getattr(person, name) for name in NAMES}))

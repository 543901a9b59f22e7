"""Badges, the rules of signing on with them, and the list by which stations name people while the server is away.

The text of a badge is hashed with a key of its organization, made at the first need and kept encrypted: rows and lists
can be matched with a badge that is at hand, and not be read.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from cryptography.fernet import MultiFernet
from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from unison_domain.identity.badge_contracts import (
    BadgeAnswer,
    BadgeCreate,
    BadgeState,
    Roster,
    RosterBadge,
    RosterPerson,
    SignOnRules,
    SignOnRulesAnswer,
)
from unison_domain.identity.badge_text import badge_hash
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.badge_tables import Badge, PersonPin, SignOnSettings
from unison_server.identity.consequences import Consequences, follow
from unison_server.identity.giving_rights import demand_no_more_than
from unison_server.identity.only_real import let_in_for_real
from unison_server.identity.own_sign_in import FIELD, demand_proven
from unison_server.identity.queries import Held, OwnRoles, full_names, has_access, held_by, is_practice, plants_read_by
from unison_server.identity.settings import countersigned_kinds
from unison_server.identity.sign_in import is_let_in
from unison_server.identity.tables import User
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid, NotFound
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.kernel.sealed import unsealed

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Badges:
    """Hands out, finds and lists; `encryption` keeps the keys of the hashes."""

    encryption: MultiFernet

    def issue(self, session: TenantSession, wanted: BadgeCreate, *, is_proven: bool = False) -> Badge:
        """A badge for somebody; one with the same text whose day is over gives way.

        Raises:
            NotFound: no such person. NotAllowed: one who may do more than the actor, or oneself unproven. Clash:
            somebody has the badge. Invalid: a past end, or a person who is let in no more.
        """
        user = session.need(User, wanted.user_id, "user")
        demand_may_hand_out(session, user.id, held_by(session, user.id)[user.id], is_proven=is_proven)
        hashed, changes = badge_hash(self.key(session), wanted.text.get_secret_value()), Consequences()
        active = select(Badge).where(Badge.text_hash == hashed, Badge.state == "active").with_for_update()
        badge = hand_out(session, user, wanted, hashed, session.scalar(active), changes)
        follow(session, changes)
        return badge

    def find(self, session: TenantSession, text: str) -> Badge:
        """The badge of a scanned text: the active one, else the newest.

        Raises:
            NotFound: nobody was ever given it.
        """
        hashed = badge_hash(self.key(session), text)
        order = (case((Badge.state == "active", 0), else_=1), Badge.created_at.desc())
        badge = session.scalar(select(Badge).where(Badge.text_hash == hashed).order_by(*order).limit(1))
        if badge is None:
            raise NotFound("Nobody was given this badge", code="badge_unknown", thing="badge")
        return badge

    def roster(self, session: TenantSession, stations: Mapping[UUID, UUID]) -> Roster:
        """Whom stations may name, in a stable order; of one text only the active badge, else the newest.

        All badges are listed, so that the text of none becomes a scan; people, where they may read the plant.

        Args:
            stations: plants of those that the agent serves.
        """
        settings = self._settings(session)
        order = (Badge.text_hash, case((Badge.state == "active", 0), else_=1), Badge.created_at.desc(), Badge.id)
        badges = session.scalars(select(Badge).ext(distinct_on(Badge.text_hash)).order_by(*order)).all()
        pins = set(session.scalars(select(PersonPin.user_id)))
        named = pins | {badge.user_id for badge in badges if names_somebody(badge)}
        let_in = select(User).where(User.id.in_(named), has_access()).order_by(User.full_name, User.id)
        for_real = let_in_for_real(session, named)
        people = [person for person in session.scalars(let_in) if person.id in for_real]
        reach = plants_read_by(session, [person.id for person in people], set(stations.values()))
        here = [person for person in people if reach.get(person.id)]
        times = Counter(_folded(person.full_name) for person in here)
        listed = {
            person.id: RosterPerson(
                id=person.id,
                name=person.full_name,
                has_pin=person.id in pins,
                ends_at=person.access_ends_at,
                stations=_stations_in(stations, reach[person.id]),
                told_apart_by=(person.employee_code or person.username)
                if times[_folded(person.full_name)] > 1
                else None,
            )
            for person in here
        }
        elsewhere = {person.id for person in people} - listed.keys()
        return Roster(
            key=unsealed(self.encryption, settings.badge_key).hex(),
            roster_seconds=settings.roster_hours * 3600,
            idle_seconds=settings.idle_minutes * 60,
            people=tuple(listed.values()),
            badges=tuple(_listed(badge, listed, elsewhere) for badge in badges),
            is_practice=is_practice(session),
            countersigned=tuple(sorted(countersigned_kinds(session))),
        )

    def rules(self, session: TenantSession) -> SignOnRulesAnswer:
        """How the organization signs on."""
        return _rules(self._settings(session))

    def set_rules(self, session: TenantSession, wanted: SignOnRules, seen: int) -> SignOnRulesAnswer:
        """Sign on by other rules; stations hear of them with their next list.

        Raises:
            Clash: they were changed since version `seen`; carries them as they are now.
        """
        settings = self._settings(session)
        session.refresh(settings, with_for_update=True)
        if settings.version != seen:
            words = f"The rules were changed meanwhile: you saw version {seen}, now it is {settings.version}"
            raise Clash(words, code="version_clash", current=_rules(settings).model_dump(mode="json"))
        settings.roster_hours, settings.idle_minutes = wanted.roster_hours, wanted.idle_minutes
        session.flush()
        record(session, "identity.sign_on_rules.updated", settings.id, version=settings.version)
        return _rules(settings)

    def key(self, session: TenantSession) -> bytes:
        """What the organization's badges are hashed with."""
        return unsealed(self.encryption, self._settings(session).badge_key)

    def _settings(self, session: TenantSession) -> SignOnSettings:
        """The organization's row, made where it is missing; of two who make it one wins."""
        found: SignOnSettings | None = session.scalar(select(SignOnSettings))
        if found is not None:
            return found
        key = self.encryption.encrypt(secrets.token_bytes(_KEY_BYTES)).decode()
        row = {"organization_id": session.organization_id, "id": new_id(), "badge_key": key}
        session.execute(insert(SignOnSettings).values(row).on_conflict_do_nothing())
        made: SignOnSettings = session.scalars(select(SignOnSettings)).one()
        return made


def demand_may_hand_out(
    session: TenantSession, user_id: UUID, held: Held, own: OwnRoles | None = None, *, is_proven: bool = False
) -> None:
    """Raises NotAllowed where the actor may hand out no badge to somebody who holds that; `own` as in `demand_role`."""
    demand_proven(session, user_id, is_proven=is_proven)
    demand_no_more_than(session, held, "hand out a badge", own)


def hand_out(
    session: TenantSession, user: User, wanted: BadgeCreate, hashed: str, active: Badge | None, changes: Consequences
) -> Badge:
    """A badge for somebody who may have one, and note what follows; in the database with the next flush.

    Args:
        hashed: its text. active: the badge that names somebody by it now, locked.

    Raises:
        Clash: somebody has the badge. Invalid: a past end, or a person who is let in no more.
    """
    if not is_let_in(user):
        raise _bad("user_id", "inactive", f"{user.full_name} is not active, or their access has ended")
    if wanted.expires_at is not None and wanted.expires_at <= datetime.now(UTC):
        raise _bad("expires_at", "past", f"{wanted.expires_at:%Y-%m-%d %H:%M} UTC is past")
    if active is not None and not has_expired(active):
        name = full_names(session, [active.user_id])[active.user_id]
        message = f"this badge is {name}'s; say that it is lost or revoke it first"
        raise Clash(message, code="taken", errors=[FieldError(field="text", code="taken", message=message)])
    if active is not None:
        take_back(active, BadgeState.REVOKED, changes)
    described = wanted.model_dump(exclude={"text", FIELD})
    badge = Badge(id=new_id(), **described, text_hash=hashed, created_by=session.scope.user_id, state="active")
    session.add(badge)
    changes.happened.append(("identity.badge.issued", badge))
    return badge


def take_back(badge: Badge, state: Literal[BadgeState.LOST, BadgeState.REVOKED], changes: Consequences) -> None:
    """An active badge names nobody any more, with the next flush; note what follows."""
    badge.state, badge.state_changed_at = str(state), datetime.now(UTC)
    changes.happened.append((f"identity.badge.{state}", badge))


def end_badge(session: TenantSession, badge: Badge, state: Literal[BadgeState.LOST, BadgeState.REVOKED]) -> None:
    """The badge names nobody any more; one that is lost or revoked stays as it is."""
    session.refresh(badge, with_for_update=True)
    if badge.state != BadgeState.ACTIVE:
        return
    changes = Consequences()
    take_back(badge, state, changes)
    follow(session, changes)


def names_somebody(badge: Badge) -> bool:
    """Whether it is active and has not expired."""
    return badge.state == BadgeState.ACTIVE and not has_expired(badge)


def has_expired(badge: Badge) -> bool:
    """Whether its day is over."""
    return badge.expires_at is not None and badge.expires_at <= datetime.now(UTC)


def is_valid() -> ColumnElement[bool]:
    """As `names_somebody`, of rows that are looked for."""
    return (Badge.state == "active") & or_(Badge.expires_at.is_(None), Badge.expires_at > func.now())


def answers_of(session: TenantSession, badges: Sequence[Badge]) -> list[BadgeAnswer]:
    """Badges as people see them."""
    names = full_names(session, (badge.user_id for badge in badges))
    columns = [name for name in BadgeAnswer.model_fields if name not in ("user_name", "has_expired")]
    return [
        BadgeAnswer(
            **{name: getattr(badge, name) for name in columns},
            user_name=names[badge.user_id],
            has_expired=has_expired(badge),
        )
        for badge in badges
    ]


def _folded(name: str) -> str:
    """As people read it."""
    return " ".join(name.split()).casefold()


def _stations_in(stations: Mapping[UUID, UUID], plants: Collection[UUID]) -> tuple[UUID, ...] | None:
    """Those in these plants; None for all of them."""
    within = tuple(sorted(station_id for station_id, plant_id in stations.items() if plant_id in plants))
    return None if len(within) == len(stations) else within


def _listed(badge: Badge, here: Collection[UUID], elsewhere: Collection[UUID]) -> RosterBadge:
    return RosterBadge(
        hash=badge.text_hash,
        user_id=badge.user_id if badge.user_id in here and names_somebody(badge) else None,
        state=BadgeState(badge.state),
        ends_at=badge.expires_at,
        is_elsewhere=badge.user_id in elsewhere and names_somebody(badge),
    )


def _rules(settings: SignOnSettings) -> SignOnRulesAnswer:
    return SignOnRulesAnswer(
        version=settings.version, roster_hours=settings.roster_hours, idle_minutes=settings.idle_minutes
    )


def _bad(field: str, code: str, message: str) -> Invalid:
    return Invalid(f"{field}: {message}", code=code, errors=[FieldError(field=field, code=code, message=message)])

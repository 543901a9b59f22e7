"""Releases and overrides at stations: badge and PIN, checked at that moment, give a proof that is good for one act.

The room that does the act spends the proof. What it does is in another database, so a proof is spent on an act by the
act's id: the same act again, as after an answer that was lost, finds it spent on itself and goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, or_, update
from unison_domain.identity.contracts import SignInOutcome
from unison_domain.identity.countersign_contracts import Countersign, Countersigned

from unison_server.identity import queries
from unison_server.identity.badge_tables import Countersignature
from unison_server.identity.opaque_tokens import hash_of, new_token
from unison_server.identity.pins import Station, StationDoor, history_at
from unison_server.identity.sign_in import acting
from unison_server.identity.tables import User
from unison_server.kernel.access import known_permissions
from unison_server.kernel.database import Database, TenantSession
from unison_server.kernel.errors import Invalid, NotAllowed
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import Scope

KIND = "proof"
GOOD_FOR = timedelta(minutes=2)
"""From the PIN to the act: it is on the page already."""


class Act(NamedTuple):
    """What a proof is spent on.

    Attributes:
        purpose, subject_id: as they were countersigned. id: the act's own, the same however often it comes.
    """

    purpose: str
    subject_id: UUID
    id: UUID


@dataclass(frozen=True, slots=True)
class Countersigning:
    """Gives proofs and takes them; `scope` is that of the agent."""

    door: StationDoor

    def sign(self, scope: Scope, station: Station, wanted: Countersign) -> Countersigned:
        """The proof that somebody who may stands behind it. Every attempt is in the login history.

        Raises:
            Invalid: no such right. NotAllowed: the badge names nobody, the PIN is wrong, or they may not do that in
            the station's plant. TooMany: too many tries of this PIN. Unavailable: too many PINs are being checked.
        """
        if wanted.purpose not in known_permissions():
            raise Invalid(f"There is no right {wanted.purpose} that could be asked for", code="purpose_unknown")
        _, holder = self.door.holder(scope, station, wanted.badge)
        checked = self.door.checked(scope, station, holder.id, wanted.pin.get_secret_value())
        with self.door.databases.session(Database.IDENTITY, scope) as session:
            user = self.door.proven(session, station, checked)
            rights = queries.granted(session, user.id, user.rights_version)
            may = rights.of(acting(scope, user.id)).may_act_in(station.plant_id, wanted.purpose)
            outcome = SignInOutcome.COUNTERSIGNED if may else SignInOutcome.NOT_ALLOWED
            session.add(history_at(scope, station, user, outcome))
            signed = _given(session, station, wanted, user) if may else None
        if signed is None:
            words = f"{holder.full_name} lacks the right {wanted.purpose} in the plant of station {station.code}"
            raise NotAllowed(f"{words}; somebody who has it may do it", code="may_not_sign", permission=wanted.purpose)
        return signed

    def spend(self, scope: Scope, proof: str, act: Act) -> UUID:
        """Who stands behind the act; of two acts at once with one proof one is let through.

        Raises:
            NotAllowed: it is no proof for this, was spent on something else, or is too old.
        """
        is_fresh = and_(Countersignature.spent_on.is_(None), Countersignature.expires_at > func.now())
        spent = (
            update(Countersignature)
            .where(
                Countersignature.token_hash == hash_of(proof),
                Countersignature.agent_id == scope.actor_id,
                Countersignature.purpose == act.purpose,
                Countersignature.subject_id == act.subject_id,
                or_(is_fresh, Countersignature.spent_on == act.id),
            )
            .values(spent_on=act.id, spent_at=func.coalesce(Countersignature.spent_at, func.now()))
        )
        with self.door.databases.session(Database.IDENTITY, scope) as session:
            user_id: UUID | None = session.scalar(spent.returning(Countersignature.user_id))
        if user_id is None:
            words = "Badge and PIN were not given for this, or too long ago: give them again"
            raise NotAllowed(words, code="proof_not_good", permission=act.purpose)
        return user_id


def _given(session: TenantSession, station: Station, wanted: Countersign, user: User) -> Countersigned:
    token, ends = new_token(KIND, session.organization_id), datetime.now(UTC) + GOOD_FOR
    row = Countersignature(
        user_id=user.id,
        agent_id=session.scope.actor_id,
        station_id=wanted.station_id,
        purpose=wanted.purpose,
        subject_id=wanted.subject_id,
        token_hash=hash_of(token),
        expires_at=ends,
    )
    session.add(row)
    session.flush()
    record(session, "identity.countersignature.given", row.id)
    return Countersigned(user_id=user.id, name=user.full_name, proof=token, expires_at=ends)

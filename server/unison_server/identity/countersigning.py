"""Releases and overrides at stations: badge and PIN, checked at that moment, give a countersignature of one act.

The act is done in the other database, perhaps much later, when the station reaches the server again. Its id is made
before, so the countersignature is of that act alone from the beginning: nothing is spent in two databases at once, and
the same act again finds what the first one found. The station is given the server's word for it too, and brings that
along: where the row is gone because the server was restored since, it is written once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from unison_domain.identity.countersign_contracts import Countersign, Countersigned
from unison_domain.identity.overrides import Override, OverrideKind
from unison_domain.identity.right_words import right_named
from unison_domain.identity.sign_in_contracts import SignInOutcome
from unison_domain.stations.fact import Backing

from unison_server.identity import queries
from unison_server.identity.badge_tables import Countersignature
from unison_server.identity.pins import Act, Station, StationDoor, history_at
from unison_server.identity.settings import countersigned_kinds
from unison_server.identity.sign_in import acting
from unison_server.identity.tables import User
from unison_server.kernel.database import Database, TenantSession
from unison_server.kernel.errors import Invalid, NotAllowed
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.kernel.own_word import OwnWord
from unison_server.kernel.permissions import asked_for, known_permissions
from unison_server.kernel.scope import Scope

MAY_NOT_SIGN = "may_not_sign"

for _kind in OverrideKind:
    asked_for(_kind.right)


@dataclass(frozen=True, slots=True)
class Countersigning:
    """Gives countersignatures and knows them again; `scope` is that of the agent."""

    door: StationDoor
    word: OwnWord

    @classmethod
    def of(cls, door: StationDoor, secrets: Sequence[bytes]) -> Self:
        """By the server's secrets, which a restore leaves as they are."""
        return cls(door, OwnWord.of("countersignature", secrets))

    def sign(self, scope: Scope, station: Station, wanted: Countersign) -> Countersigned:
        """That somebody who may stands behind it. Every attempt is in the login history.

        Raises:
            Invalid: no such right. NotAllowed: the badge names nobody, the PIN is wrong, or they may not do that in
            the station's plant. TooMany: too many tries of this PIN. Unavailable: too many PINs are being checked.
        """
        if wanted.purpose not in known_permissions():
            raise Invalid(f"There is no right {wanted.purpose} that could be asked for", code="purpose_unknown")
        act = Act(wanted.purpose, wanted.subject_id, wanted.act_id)
        _, holder = self.door.holder(scope, station, wanted.badge, act)
        checked = self.door.checked(scope, station, holder.id, wanted.pin.get_secret_value(), act)
        with (
            self.door.telling_changes(scope, station, checked, act),
            self.door.databases.session(Database.IDENTITY, scope) as session,
        ):
            user = self.door.proven(session, station, checked)
            rights = queries.granted(session, user.id, user.rights_version)
            may = rights.of(acting(scope, user.id)).may_act_in(station.plant_id, wanted.purpose)
            outcome = SignInOutcome.COUNTERSIGNED if may else SignInOutcome.NOT_ALLOWED
            told = history_at(scope, station, user, outcome, act)
            told.reason = None if may else MAY_NOT_SIGN
            session.add(told)
            signed = self._given(session, wanted, user) if may else None
        if signed is None:
            right, where = right_named(wanted.purpose), f"in the plant of station {station.code}"
            words = f"{holder.full_name} lacks the right {right} {where}"
            raise NotAllowed(f"{words}; somebody who has it may do it", code=MAY_NOT_SIGN, permission=wanted.purpose)
        return signed

    def demanded(self, scope: Scope) -> frozenset[OverrideKind]:
        """The kinds of overrides that are to be confirmed in the organization."""
        with self.door.databases.session(Database.IDENTITY, scope) as session:
            return countersigned_kinds(session)

    def who_confirmed(self, scope: Scope, backing: Backing, override: Override) -> UUID | None:
        """Whose countersignature it is; None where it was given for something else, to another agent, or never."""
        given = select(Countersignature.user_id).where(
            Countersignature.id == backing.id,
            Countersignature.agent_id == scope.actor_id,
            Countersignature.purpose == override.kind.right,
            Countersignature.subject_id == override.subject_id,
            Countersignature.act_id == override.act_id,
        )
        with self.door.databases.session(Database.IDENTITY, scope) as session:
            by = session.scalar(given)
            return by if by is not None or backing.proof is None else self._proven(session, backing, override)

    def _given(self, session: TenantSession, wanted: Countersign, user: User) -> Countersigned:
        row = Countersignature(
            id=new_id(),
            user_id=user.id,
            agent_id=session.scope.actor_id,
            station_id=wanted.station_id,
            purpose=wanted.purpose,
            subject_id=wanted.subject_id,
            act_id=wanted.act_id,
        )
        session.add(row)
        session.flush()
        record(session, "identity.countersignature.given", row.id)
        bound = _bound(session, row.id, wanted.purpose, wanted.subject_id, wanted.act_id)
        about = {"user": str(user.id), "station": str(row.station_id), "at": row.created_at.isoformat()}
        return Countersigned(
            id=row.id, user_id=user.id, name=user.full_name, proof=self.word.signed({**bound, **about})
        )

    def _proven(self, session: TenantSession, backing: Backing, override: Override) -> UUID | None:
        """Whose it is by this server's own word, where a restore took the row away: it is written again."""
        purpose, subject_id, act_id = override.kind.right, override.subject_id, override.act_id
        said = self.word.read(backing.proof or "")
        if said is None or _bound(session, backing.id, purpose, subject_id, act_id).items() - said.items():
            return None
        by = UUID(said["user"])
        row = {
            "organization_id": session.organization_id,
            "id": backing.id,
            "user_id": by,
            "agent_id": session.scope.actor_id,
            "station_id": UUID(said["station"]),
            "purpose": purpose,
            "subject_id": subject_id,
            "act_id": act_id,
            "created_at": datetime.fromisoformat(said["at"]),
        }
        if session.find(User, by) is not None:  # who was made after the backup is gone as well
            session.execute(insert(Countersignature).values(row).on_conflict_do_nothing())
        return by


def _bound(session: TenantSession, id_: UUID, purpose: str, subject_id: UUID, act_id: UUID) -> dict[str, str]:
    """What a countersignature is good for alone, in the server's word for it."""
    ids = {
        "id": id_,
        "organization": session.organization_id,
        "agent": session.scope.actor_id,
        "subject": subject_id,
        "act": act_id,
    }
    return {"right": purpose, **{name: str(value) for name, value in ids.items()}}

"""Releases and overrides at stations: badge and PIN, checked at that moment, give a countersignature of one act.

The act is done in the other database, perhaps much later, when the station reaches the server again. Its id is made
before, so the countersignature is of that act alone from the beginning: nothing is spent in two databases at once, and
the same act again finds what the first one found.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from unison_domain.identity.countersign_contracts import Countersign, Countersigned
from unison_domain.identity.overrides import Override, OverrideKind
from unison_domain.identity.right_words import right_named
from unison_domain.identity.sign_in_contracts import SignInOutcome

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
from unison_server.kernel.permissions import asked_for, known_permissions
from unison_server.kernel.scope import Scope

MAY_NOT_SIGN = "may_not_sign"

for _kind in OverrideKind:
    asked_for(_kind.right)


@dataclass(frozen=True, slots=True)
class Countersigning:
    """Gives countersignatures and knows them again; `scope` is that of the agent."""

    door: StationDoor

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
            signed = _given(session, wanted, user) if may else None
        if signed is None:
            right, where = right_named(wanted.purpose), f"in the plant of station {station.code}"
            words = f"{holder.full_name} lacks the right {right} {where}"
            raise NotAllowed(f"{words}; somebody who has it may do it", code=MAY_NOT_SIGN, permission=wanted.purpose)
        return signed

    def demanded(self, scope: Scope) -> frozenset[OverrideKind]:
        """The kinds of overrides that are to be confirmed in the organization."""
        with self.door.databases.session(Database.IDENTITY, scope) as session:
            return countersigned_kinds(session)

    def who_confirmed(self, scope: Scope, countersignature_id: UUID, override: Override) -> UUID | None:
        """Whose countersignature it is; None where it was given for something else, to another agent, or never."""
        given = select(Countersignature.user_id).where(
            Countersignature.id == countersignature_id,
            Countersignature.agent_id == scope.actor_id,
            Countersignature.purpose == override.kind.right,
            Countersignature.subject_id == override.subject_id,
            Countersignature.act_id == override.act_id,
        )
        with self.door.databases.session(Database.IDENTITY, scope) as session:
            return session.scalar(given)


def _given(session: TenantSession, wanted: Countersign, user: User) -> Countersigned:
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
    return Countersigned(id=row.id, user_id=user.id, name=user.full_name)

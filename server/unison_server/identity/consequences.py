"""What follows from changing people, beside what is changed: of many at once, in few statements."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select, update
from unison_domain.identity.sign_in_contracts import SessionEnd

from unison_server.identity.access_changes import tell_access
from unison_server.identity.badge_tables import Badge
from unison_server.identity.invitation_tables import PasswordReset
from unison_server.identity.messages import withdraw_from
from unison_server.identity.sign_in import end_session
from unison_server.identity.sign_in_names import follow_names
from unison_server.identity.tables import SignInSession, User
from unison_server.kernel.database import TenantSession
from unison_server.kernel.outbox import Recorded, record_all
from unison_server.kernel.paging import Search

user_search = Search("user", codes=(User.username, User.employee_code), words=(User.full_name, User.email))


@dataclass
class Consequences:
    """What follows from changes that are not told of yet.

    Attributes:
        happened: topics, and what it happened to, in order.
        renamed: who is found, or signs in, by something else now; also who is new.
        may_else: whose rights changed, by id. shut_out: whose sessions end.
        unlinked: links to a new password that were sent to them open nothing any more. former_emails: of people.
    """

    happened: list[tuple[str, User | Badge]] = field(default_factory=list)
    renamed: list[User] = field(default_factory=list)
    may_else: dict[UUID, User] = field(default_factory=dict)
    shut_out: list[User] = field(default_factory=list)
    unlinked: list[User] = field(default_factory=list)
    former_emails: list[str] = field(default_factory=list)

    def note_made(self, user: User) -> None:
        """The person is new."""
        self.renamed.append(user)
        self.happened.append(("identity.user.created", user))

    def note_rights(self, user: User) -> None:
        """The person may do something else now; noted once, every process hears of it."""
        if user.id not in self.may_else:
            user.rights_version += 1
            self.may_else[user.id] = user
            self.happened.append(("identity.user.updated", user))


def follow(session: TenantSession, changes: Consequences) -> None:
    """Write what was changed, let the rest follow and tell of it."""
    session.flush()
    if changes.renamed:
        follow_names(session, *changes.renamed)
    if changes.unlinked:
        end_resets(session, *(user.id for user in changes.unlinked))
    if changes.former_emails:
        withdraw_from(session, *changes.former_emails)
    if changes.may_else:
        tell_access(session, *changes.may_else)
    versions = ((topic, row, row.version if isinstance(row, User) else None) for topic, row in changes.happened)
    record_all(session, [Recorded(topic, row.id, version=version) for topic, row, version in versions])
    if changes.shut_out:
        end_sessions(session, {user.id for user in changes.shut_out}, SessionEnd.ACCOUNT_CHANGED)
    if changes.renamed:
        user_search.index(session, *changes.renamed)


def end_resets(session: TenantSession, *user_ids: UUID) -> None:
    """Links to a new password that were sent to the people open nothing any more."""
    theirs = (PasswordReset.user_id.in_(user_ids), PasswordReset.used_at.is_(None))
    live = update(PasswordReset).where(*theirs, PasswordReset.expires_at > func.now())
    session.execute(live.values(expires_at=func.now(), sealed=None))


def end_sessions(
    session: TenantSession, user_ids: Collection[UUID], reason: SessionEnd, *, but: UUID | None = None
) -> int:
    """Sign the people out of all programs, `but` of that session; how many those were."""
    live = select(SignInSession).where(SignInSession.user_id.in_(user_ids), SignInSession.ended_at.is_(None))
    # In one order: two wait, none is lost.
    families = session.scalars(live.order_by(SignInSession.id).with_for_update())
    ended = [family for family in families if family.id != but]
    for family in ended:
        end_session(session, family, reason)
    return len(ended)

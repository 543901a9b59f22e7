"""Organizations that were deactivated since a backup, and links to an account or a password that ended since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import func, select, update

from unison_server.cli.former_access import Former, Kind
from unison_server.identity.invitation_tables import Invitation, PasswordReset
from unison_server.identity.invitations import end_invitation
from unison_server.identity.organizations import let_nobody_in, practice_of
from unison_server.identity.practice import retire
from unison_server.identity.tables import Organization, User
from unison_server.kernel.crossing import held_to
from unison_server.kernel.database import TenantSession


def _organizations(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    for row in rows:
        organization = session.scalars(select(Organization).where(Organization.id == row.id)).one()
        if not organization.is_active:
            continue
        let_nobody_in(session, organization)
        for practice in session.scalars(practice_of(organization.id)).all():
            with held_to(session, replace(session.scope, organization_id=practice.id)):
                retire(session, practice)
        yield "the organization is deactivated"


def _invitations(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    """Also one that was sent anew: the link of before would open it again, and the newer one nothing."""
    for row in rows:
        invitation = session.find(Invitation, row.id)
        if invitation is None or not _is_open(invitation):
            continue
        if row.revoked_at is None and row.accepted_at is None and row.token_hash == invitation.token_hash:
            continue
        end_invitation(session, invitation)
        happened = "accepted" if row.accepted_at is not None else "sent anew"
        why = "" if row.revoked_at is not None else f", for it was {happened} since: invite them again"
        yield f"the invitation of {invitation.email} is revoked{why}"


def _is_open(invitation: Invitation) -> bool:
    has_ended = invitation.accepted_at is not None or invitation.revoked_at is not None
    return not has_ended and invitation.expires_at > datetime.now(UTC)


def _links(session: TenantSession, rows: Sequence[Former]) -> Iterator[str]:
    ended = [row.id for row in rows]
    live = (PasswordReset.id.in_(ended), PasswordReset.used_at.is_(None), PasswordReset.expires_at > func.now())
    over = update(PasswordReset).where(*live).values(expires_at=func.now(), sealed=None)
    whose = session.scalars(over.returning(PasswordReset.user_id)).all()
    names = session.scalars(select(User.full_name).where(User.id.in_(whose)).order_by(User.full_name)).all()
    if whose:
        yield f"links to a new password ended: {len(whose)}, of {', '.join(names)}"


DOORS = (
    Kind(
        "organizations",
        "select id as organization_id, id from organizations where not is_active and practice_of is null order by 1",
        _organizations,
    ),
    Kind(
        "invitations",
        "select organization_id, id, accepted_at, revoked_at, token_hash from invitations order by 1",
        _invitations,
    ),
    Kind(
        "links to a new password",
        "select organization_id, id from password_resets"
        " where user_id is not null and (used_at is not null or expires_at <= now()) order by 1",
        _links,
    ),
)

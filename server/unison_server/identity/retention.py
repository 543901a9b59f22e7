"""How long it is kept who signed in: the login history, and sessions and invitations that ended.

Each organization sets for how long. Who changed what stays in the audit log. All of it is of the database of people:
what stations told is carried there from the other one, which keeps none of it (`stations/told_sign_ons.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Engine, delete, func, select, tuple_
from unison_domain.identity.setting_contracts import ENDED_DAYS, LOGIN_HISTORY_DAYS

from unison_server.identity.attempts import LONGEST_WINDOW
from unison_server.identity.invitation_tables import Invitation
from unison_server.identity.settings import setting_in
from unison_server.identity.tables import LoginAttempts, LoginHistory, Organization, RefreshToken, SignInSession
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings

PIECE = 5_000
"""Rows of one transaction: a flood that is forgotten holds nobody up."""


def forget_sign_ins(_settings: Settings, system: Databases, now: datetime) -> None:
    """Forget what each organization keeps no longer, in pieces; cut off, it goes on next time."""
    identity = system.identity
    with identity.connect() as connection:
        kept = {
            id_: (setting_in(connection, id_, LOGIN_HISTORY_DAYS), setting_in(connection, id_, ENDED_DAYS))
            for id_ in connection.scalars(select(Organization.id)).all()
        }
    for organization_id, (history_days, ended_days) in kept.items():
        _forget(identity, LoginHistory, organization_id, LoginHistory.at < now - timedelta(days=history_days))
        _forget_ended(identity, organization_id, now - timedelta(days=ended_days))


def forget_attempts(_settings: Settings, system: Databases, now: datetime) -> None:
    """Forget what was counted in windows that are over, of whomever; what is counted in at this moment stays."""
    key = (LoginAttempts.organization_id, LoginAttempts.counted)
    over = select(*key).where(LoginAttempts.began_at < now - LONGEST_WINDOW).limit(PIECE)
    statement = delete(LoginAttempts).where(tuple_(*key).in_(over.with_for_update(skip_locked=True)))
    _in_pieces(system.identity, statement)


def _forget_ended(identity: Engine, organization_id: UUID, before: datetime) -> None:
    """Sessions that ended before that moment, with their tokens, and invitations."""
    ended = func.coalesce(SignInSession.ended_at, SignInSession.expires_at) < before
    sessions = select(SignInSession.id).where(
        SignInSession.organization_id == organization_id, SignInSession.created_at < before
    )
    # Tokens first: one session may have many, which would go with it in one transaction.
    of_ended = RefreshToken.session_id.in_(sessions.where(ended))
    _forget(identity, RefreshToken, organization_id, of_ended)
    _forget(identity, SignInSession, organization_id, ended)
    over = func.coalesce(Invitation.accepted_at, Invitation.revoked_at, Invitation.expires_at) < before
    _forget(identity, Invitation, organization_id, over)


def _forget(
    identity: Engine,
    table: type[LoginHistory | RefreshToken | SignInSession | Invitation],
    organization_id: UUID,
    over: ColumnElement[bool],
) -> None:
    some = select(table.id).where(table.organization_id == organization_id, over).limit(PIECE)
    _in_pieces(identity, delete(table).where(table.organization_id == organization_id, table.id.in_(some)))


def _in_pieces(identity: Engine, statement: Delete) -> None:
    while True:
        with identity.begin() as connection:
            done = connection.execute(statement).rowcount
        if done < PIECE:
            return

"""Signing in, staying signed in, signing out.

Not one transaction but several: attempts are counted before and told after, whatever follows, and no connection is
held while a password is hashed. Of a refresh token only its SHA-256 is kept; each is made of the one before by a key of
the server, so that two requests with one token, or one repeated after a lost answer, are given the same next one: a
session never forks into two that both go on.
"""

from __future__ import annotations

import os
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import delete, func, select, update
from unison_domain.identity.contracts import Login, Tokens
from unison_domain.identity.setting_contracts import SESSION_IDLE_DAYS
from unison_domain.identity.sign_in_contracts import SessionEnd, SignInOutcome
from unison_domain.kernel.contracts import FieldError

from unison_server.identity import queries
from unison_server.identity.access_changes import tell_access
from unison_server.identity.brief_waits import waiting_briefly
from unison_server.identity.opaque_tokens import hash_of, new_token, organization_of
from unison_server.identity.passwords import Passwords
from unison_server.identity.refusals import Refusals, Shown
from unison_server.identity.second_factor import FactorRefusal, FactorUsed, SecondFactors, refused_words
from unison_server.identity.settings import setting_of
from unison_server.identity.sign_in_tries import SignInTries, count_nowhere
from unison_server.identity.tables import LoginHistory, Organization, RefreshToken, SignInSession, User
from unison_server.kernel.access import ACCESS_SECONDS, Access
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Invalid, NotSignedIn, Refusal, TooMany, Unavailable
from unison_server.kernel.logs import name_caller
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import ActorKind, Scope

KIND = "refresh"
AT_A_TIME = max(2, (os.cpu_count() or 2) // 2)
"""Sign-ins: a hash keeps a processor busy."""
MOST_WAITING = 100
"""Sign-ins that wait for those; a whole shift comes at once."""
LONGEST = timedelta(days=90)
"""A session that was begun so long ago is over, however it was used."""
GRACE = timedelta(seconds=30)
"""A refresh token may be used again for so long, for the same next one: two requests of one program refresh at once, or
an answer is lost."""
REMEMBERED = timedelta(days=1)
"""A replaced token that comes back within this time ends its session; afterwards it is only unknown."""


class _FactorRefused(NotSignedIn):
    """The password is right, and the second factor is missing or wrong; `why` is for the login history."""

    def __init__(self, why: FactorRefusal) -> None:
        self.why = why
        if why is FactorRefusal.MISSING:
            words = "Type the code your authenticator shows, or a recovery code"
            super().__init__(words, code="second_factor_needed")
        else:
            super().__init__(refused_words(why), code="second_factor_wrong")


@dataclass(frozen=True, slots=True)
class Door:
    """Where people come in."""

    databases: Databases
    access: Access
    passwords: Passwords
    factors: SecondFactors
    refusals: Refusals

    def sign_in(self, login: Login, address: str, request_id: str) -> Tokens:
        """Check the password and open a session.

        Raises:
            Invalid: it must be said which organization. NotSignedIn: wrong. TooMany: try later. Unavailable: somebody
                changes the person.
        """
        named = partial(organization_named, self.databases, login.organization)
        self.refusals.count_address(named, address, request_id)
        organization = named()
        if organization is None:
            try:
                count_nowhere(self.databases, login.organization or "", login.user, address)
            except TooMany:
                self.refusals.tell_nobody(SignInOutcome.TOO_MANY, address)
                raise
            self.passwords.matches(None, login.password.get_secret_value())
            self.refusals.tell_nobody(SignInOutcome.WRONG, address)
            raise _wrong()
        scope = Scope(organization, request_id=request_id, address=address)
        name_caller(scope)
        with self.databases.session(Database.IDENTITY, scope) as session:
            user = queries.user_by_name(session, login.user)
            tries = SignInTries.of(session, login.user, user.id if user else None, address)
        try:
            has_tries_left = tries.count(self.databases, scope)
        except TooMany as refusal:
            raise self._told(scope, login, user, SignInOutcome.TOO_MANY, refusal) from None
        hashed = user.hashed_password if user and has_tries_left else None
        if not self.passwords.matches(hashed, login.password.get_secret_value()) or user is None or hashed is None:
            outcome = SignInOutcome.WRONG if has_tries_left else SignInOutcome.TOO_MANY
            raise self._told(scope, login, user, outcome, _wrong())
        if not is_let_in(user):
            inactive = NotSignedIn("This account is not active, or has ended; ask an administrator", code="inactive")
            raise self._told(scope, login, user, SignInOutcome.INACTIVE, inactive)
        try:
            return self._open(scope, login, user.id, hashed, tries)
        except _FactorRefused as refusal:
            if login.second_factor is None:
                tries.take_back(self.databases, scope)
            raise self._told(scope, login, user, SignInOutcome.SECOND_FACTOR, refusal, refusal.why) from None
        except NotSignedIn as refusal:  # they were changed while the password was checked
            raise self._told(scope, login, user, SignInOutcome.WRONG, refusal) from None
        except Unavailable:
            tries.take_back(self.databases, scope)
            raise

    def refresh(self, token: str, address: str, request_id: str) -> Tokens:
        """Trade a refresh token for a new pair; a token used twice ends its session, for one of the two is a thief.

        Raises:
            NotSignedIn: it is not, or no longer, good.
        """
        organization = organization_of(KIND, token)
        if organization is None:
            self.refusals.tell_nobody(SignInOutcome.TOKEN_REFUSED, address)
            raise _no_token()
        scope = Scope(organization, request_id=request_id, address=address)
        with self.databases.session(Database.IDENTITY, scope) as session:
            tokens = self._trade(session, token)
        if tokens is None:
            self.refusals.tell(scope, SignInOutcome.TOKEN_REFUSED, partial(self._refused, scope, token))
            raise NotSignedIn("This session has ended; sign in again", code="session_ended")
        return tokens

    def sign_out(self, token: str) -> None:
        """End the session of a refresh token; one that is over already stays so."""
        organization = organization_of(KIND, token)
        if organization is None:
            raise _no_token()
        with self.databases.session(Database.IDENTITY, Scope(organization)) as session:
            found = queries.lock_refresh_token(session, hash_of(token))
            if found:
                name_caller(acting(session.scope, found[1].user_id))
            if found and found[1].ended_at is None:
                end_session(session, found[1], SessionEnd.SIGNED_OUT)

    def _told(
        self,
        scope: Scope,
        login: Login,
        user: User | None,
        outcome: SignInOutcome,
        refusal: Refusal,
        reason: str | None = None,
    ) -> Refusal:
        with self.databases.session(Database.IDENTITY, scope) as session:
            session.add(_history(scope, login, outcome, user.id if user else None, reason))
        return refusal

    def _open(self, scope: Scope, login: Login, user_id: UUID, checked: str, tries: SignInTries) -> Tokens:
        """Open the session, unless the person was changed while the password was checked.

        The code of a second factor is used up with it: who has to come again comes with the same one.
        """
        fresh = None
        if self.passwords.is_outdated(checked, login.password.get_secret_value()):
            fresh = self.passwords.hash(login.password.get_secret_value())
        theirs = acting(scope, user_id)
        name_caller(theirs)
        with self.databases.session(Database.IDENTITY, theirs) as session:
            with waiting_briefly(session):
                user = session.scalars(select(User).where(User.id == user_id).with_for_update()).one()
                if user.hashed_password != checked or not is_let_in(user) or not queries.stays_active(session):
                    raise _wrong()
                used = self._second_factor(session, login, user)
            user.hashed_password = fresh or checked
            tokens = self.open_for(session, user, login.user, login.client, used=used)
            tries.forget(session)
        tries.take_back(self.databases, scope)
        return tokens

    def _second_factor(self, session: TenantSession, login: Login, user: User) -> FactorUsed | None:
        if not self.factors.is_asked_for(session, user.id):
            return None
        if login.second_factor is None:
            raise _FactorRefused(FactorRefusal.MISSING)
        given = login.second_factor.get_secret_value()
        used = self.factors.check(session, user.id, given)
        if used is None:
            raise _FactorRefused(self.factors.why_not(session, user.id, given))
        return used

    def open_for(
        self,
        session: TenantSession,
        user: User,
        name: str,
        client: str | None,
        real_session: UUID | None = None,
        used: FactorUsed | None = None,
    ) -> Tokens:
        """Open a session for somebody who showed who they are.

        Args:
            name: what they said they are called. real_session: that of the real organization, of who practises.
            used: the second factor they showed; that it was a recovery code is in the history.
        """
        address, end = session.scope.address, datetime.now(UTC) + _idle(session)
        family = SignInSession(user_id=user.id, client=client, address=address, expires_at=end)
        family.real_session_id = real_session
        session.add(family)
        session.flush()
        told = {"name": name, "user_id": user.id, "session_id": family.id, "address": address, "client": client}
        reason = used if used is FactorUsed.RECOVERY_CODE else None
        session.add(LoginHistory(outcome=SignInOutcome.SIGNED_IN, reason=reason, **told))
        record(session, "identity.session.started", family.id)
        refresh = new_token(KIND, session.organization_id)
        session.add(RefreshToken(session_id=family.id, token_hash=hash_of(refresh)))
        return self._tokens(session, user, family, refresh)

    def _trade(self, session: TenantSession, token: str) -> Tokens | None:
        # Asked first: who deactivates an organization locks it before its sessions.
        found = queries.lock_refresh_token(session, hash_of(token)) if queries.stays_active(session) else None
        if found is None:
            return None
        shown, family = found
        name_caller(acting(session.scope, family.user_id))
        user = session.scalars(select(User).where(User.id == family.user_id)).one()
        now = session.scalars(select(func.clock_timestamp())).one()
        if is_over(family, now) or not is_let_in(user):
            return None
        if not self._is_let_in_for_real(session, family):
            end_session(session, family, SessionEnd.REAL_SESSION_OVER)
            return None
        if shown.replaced_at is not None and shown.replaced_at < now - GRACE:
            end_session(session, family, SessionEnd.USED_TWICE)
            return None
        following = self._following(session, token)
        if shown.replaced_at is None:
            shown.replaced_at = now
            session.add(RefreshToken(session_id=family.id, token_hash=hash_of(following)))
        elif queries.lock_refresh_token(session, hash_of(following)) is None:
            return None  # the server's key was changed in between
        idle = now + _idle(session)
        family.last_used_at, family.expires_at = now, min(idle, family.created_at + LONGEST)
        long_replaced = (RefreshToken.session_id == family.id, RefreshToken.replaced_at < now - REMEMBERED)
        session.execute(delete(RefreshToken).where(*long_replaced))
        return self._tokens(session, user, family, following)

    def _refused(self, scope: Scope, token: str) -> Shown:
        """What is known of a refresh token that was not traded."""
        with self.databases.session(Database.IDENTITY, scope) as session:
            found = session.execute(
                select(SignInSession, User.username)
                .join(RefreshToken, RefreshToken.session_id == SignInSession.id)
                .join(User, User.id == SignInSession.user_id)
                .where(RefreshToken.token_hash == hash_of(token))
            ).one_or_none()
        if found is None:
            return Shown("token_unknown")
        family, name = found
        why = "token_used_twice" if family.end_reason == SessionEnd.USED_TWICE else "session_ended"
        return Shown(why, name, family.user_id, family.id)

    def _is_let_in_for_real(self, session: TenantSession, family: SignInSession) -> bool:
        """Whether the real session of who practises still lets them in; true of everybody else."""
        real = queries.real_one(session)
        if real is None:
            return True
        rights = queries.real_rights(session, real, family.user_id, family.real_session_id)
        return rights is not None and not rights.lacks_second_factor

    def _following(self, session: TenantSession, token: str) -> str:
        """The token that replaces this one, which nobody can tell who has not the server's key."""
        made = b64encode(self.access.digest(f"the refresh token after {token}".encode()), b"-_").decode().rstrip("=")
        return f"{KIND}_{session.organization_id.hex}_{made}"

    def _tokens(self, session: TenantSession, user: User, family: SignInSession, refresh: str) -> Tokens:
        signed = self.access.sign(session.organization_id, user.id, family.id, user.rights_version)
        return Tokens(access_token=signed, refresh_token=refresh, expires_in=ACCESS_SECONDS)


def is_over(family: SignInSession, now: datetime) -> bool:
    """Whether a session was ended, or its time is over, by that moment."""
    return family.ended_at is not None or now >= min(family.expires_at, family.created_at + LONGEST)


def end_session(session: TenantSession, family: SignInSession, reason: SessionEnd) -> None:
    """Nobody gets in with its tokens any more; every process is told with the commit."""
    family.ended_at, family.end_reason = datetime.now(UTC), reason
    record(session, "identity.session.ended", family.id)
    tell_access(session, family.id)


def end_everybodys_session(session: TenantSession, organization_id: UUID, reason: SessionEnd) -> None:
    """Sign everybody of the session's organization out; processes are told by who says why."""
    live = (SignInSession.organization_id == organization_id, SignInSession.ended_at.is_(None))
    session.execute(update(SignInSession).where(*live).values(ended_at=func.now(), end_reason=reason))


def is_let_in(user: User) -> bool:
    """As `queries.has_access`, of a row that is at hand."""
    return user.is_active and (user.access_ends_at is None or user.access_ends_at > datetime.now(UTC))


def organization_named(databases: Databases, code: str | None) -> UUID | None:
    """The organization somebody signs in to, or None where there is none of that code; nobody does to one for practice.

    Raises:
        Invalid: no code was given, and there are several.
    """
    organization, unclear = queries.organization_id(databases.identity, code, Organization.practice_of.is_(None))
    if unclear:
        message = "say which organization: this server has several"
        raise Invalid(message, errors=[FieldError(field="organization", code="missing", message=message)])
    return organization


def acting(scope: Scope, user_id: UUID) -> Scope:
    """The person who turned out to be behind it."""
    return replace(scope, actor_kind=ActorKind.USER, actor_id=user_id)


def _idle(session: TenantSession) -> timedelta:
    return timedelta(days=setting_of(session, SESSION_IDLE_DAYS))


def _history(
    scope: Scope, login: Login, outcome: SignInOutcome, user_id: UUID | None, reason: str | None = None
) -> LoginHistory:
    return LoginHistory(
        name=login.user,
        outcome=outcome,
        user_id=user_id,
        address=scope.address,
        client=login.client,
        reason=reason,
    )


def _no_token() -> NotSignedIn:
    return NotSignedIn("This is no refresh token of this server; sign in again", code="token_invalid")


def _wrong() -> NotSignedIn:
    return NotSignedIn("Organization, user or password is wrong", code="login_failed")

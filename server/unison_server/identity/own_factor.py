"""Asks somebody who is signed in for their second factor again, and counts the tries."""

from __future__ import annotations

from functools import partial

from unison_domain.identity.setting_contracts import SIGN_IN_TRIES
from unison_domain.identity.sign_in_contracts import SignInOutcome

from unison_server.identity import queries
from unison_server.identity.attempts import WINDOW, too_many
from unison_server.identity.own_password import REASON
from unison_server.identity.second_factor import SecondFactors, refused_words
from unison_server.identity.settings import setting_of
from unison_server.identity.tables import LoginHistory, User
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.route import after_refusal


def demand_own_factor(session: TenantSession, factors: SecondFactors, user: User, given: str) -> None:
    """Let nobody pass who only knows the password. Tries at once wait for one another.

    Raises:
        NotAllowed: it is not theirs. TooMany: too many tries.
    """
    counted = f"own factor {user.id}"
    tries, left = queries.count_attempt(session, counted, WINDOW)
    told = LoginHistory(
        name=user.username,
        outcome=SignInOutcome.SECOND_FACTOR,
        user_id=user.id,
        session_id=session.scope.session_id,
        address=session.scope.address,
        reason=REASON,
    )
    if tries > setting_of(session, SIGN_IN_TRIES):
        told.outcome = SignInOutcome.TOO_MANY
        after_refusal(session, partial(_note, counted, told))
        raise too_many(left)
    if not factors.check(session, user.id, given):
        after_refusal(session, partial(_note, counted, told))
        raise NotAllowed(refused_words(factors.why_not(session, user.id, given)), code="mfa_wrong")
    queries.forget_attempts(session, counted)


def _note(counted: str, told: LoginHistory, session: TenantSession) -> None:
    """What the refusal rolled back counts all the same."""
    queries.count_attempt(session, counted, WINDOW)
    session.add(told)

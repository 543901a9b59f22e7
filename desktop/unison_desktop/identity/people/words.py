"""How sign-ins and sessions ended."""

from __future__ import annotations

from collections.abc import Mapping

from unison_domain.identity.sign_in_contracts import LoginAttemptAnswer, SessionEnd, SignInOutcome, SignInSessionAnswer

from unison_desktop.identity.station_refusals import STATION_REFUSALS
from unison_desktop.identity.volume_words import more_refused
from unison_desktop.kernel.texts import _

OUTCOMES: Mapping[SignInOutcome, str] = {
    SignInOutcome.SIGNED_IN: _("Signed in"),
    SignInOutcome.WRONG: _("Refused: wrong name or password"),
    SignInOutcome.INACTIVE: _("Refused: deactivated, or the access has ended"),
    SignInOutcome.ELSEWHERE: _("Refused: no access to the plant of the station"),
    SignInOutcome.TOO_MANY: _("Refused: too many tries"),
    SignInOutcome.COUNTERSIGNED: _("Stood behind a release with badge and PIN"),
    SignInOutcome.NOT_ALLOWED: _("Refused: no right to stand behind that"),
    SignInOutcome.SECOND_FACTOR: _("Refused: second factor missing or wrong"),
    SignInOutcome.RESET_ASKED: _("Asked for a link to a new password"),
    SignInOutcome.PASSWORD_RESET: _("Chose a new password by such a link"),
    SignInOutcome.LINK_REFUSED: _("Refused: link of an invitation or a new password"),
    SignInOutcome.KEY_REFUSED: _("Refused: key of a program"),
    SignInOutcome.DEVICE_REFUSED: _("Refused: token of a station's PC"),
    SignInOutcome.CODE_REFUSED: _("Refused: code to enrol a PC"),
    SignInOutcome.TOKEN_REFUSED: _("Refused: token of a session"),
    SignInOutcome.ADDRESS_LIMITED: _("Refused: too many tries from this address"),
    SignInOutcome.UNKNOWN: _("Something this version does not know"),
}

_REASONS: Mapping[str, str] = {
    "invitation_unknown": _("no such invitation, or it was sent anew"),
    "invitation_accepted": _("the invitation was accepted already"),
    "invitation_revoked": _("the invitation was revoked"),
    "invitation_expired": _("the invitation has expired"),
    "invitation_void": _("who invited can't give that any more"),
    "reset_unknown": _("no such link"),
    "reset_used": _("the link was used already"),
    "reset_expired": _("the link has expired"),
    "inactive": _("the account is not active, or its access has ended"),
    "organization_inactive": _("the organization is not active"),
    "key_unknown": _("no such key"),
    "key_revoked": _("the key was revoked"),
    "key_expired": _("the key has expired"),
    "key_owner_lacks_second_factor": _("whose key it is must set up a second factor"),
    "key_owner_inactive": _("whose key it is has no access"),
    "too_many": _("asked too often"),
    "device_unknown": _("unknown, revoked or replaced"),
    "enrolment_code_wrong": _("no such code"),
    "enrolment_code_used": _("the code was used already"),
    "enrolment_code_expired": _("the code has expired"),
    "token_unknown": _("no such token"),
    "token_used_twice": _("the token was used twice, perhaps by a thief"),
    "no_organization": _("of no organization that there is"),
    "session_ended": _("the session has ended"),
    "recovery_code": _("with a recovery code"),
    "password_again": _("asked for the password again"),
    "second_factor_missing": _("no code given yet, as when anybody begins to sign in"),
    "second_factor_wrong": _("a wrong code"),
    "second_factor_used": _("a code that opened once already"),
}
"""Why a link, key, token or code was refused, or what asked for a password."""

ENDINGS: Mapping[str, str] = {
    SessionEnd.SIGNED_OUT: _("signed out"),
    SessionEnd.BY_ADMINISTRATOR: _("by an administrator"),
    SessionEnd.ACCOUNT_CHANGED: _("password or account changed"),
    SessionEnd.USED_TWICE: _("its token was used twice, perhaps by a thief"),
    SessionEnd.ORGANIZATION_DEACTIVATED: _("the organization was deactivated"),
    SessionEnd.PRACTICE_MADE_ANEW: _("the practice organization was made anew"),
    SessionEnd.REAL_SESSION_OVER: _("the session it was opened from to practise is over"),
    SessionEnd.AFTER_RESTORE: _("ended again after a backup was restored"),
}
"""Why a session ended."""


def ending_text(one: SignInSessionAnswer) -> str:
    """Why a session ended."""
    return ENDINGS.get(one.end_reason or "", one.end_reason or "")


def program_text(one: LoginAttemptAnswer) -> str | None:
    """The program or station of an attempt, and why it was refused where more is known than the outcome says."""
    if one.reason == "more_refused":
        return more_refused(one.times, one.seconds)
    where = one.client if one.station_code is None else _("Station {code}").format(code=one.station_code)
    why = STATION_REFUSALS if one.station_code is not None else _REASONS
    return ": ".join(filter(None, (where, one.reason and why.get(one.reason, one.reason)))) or None

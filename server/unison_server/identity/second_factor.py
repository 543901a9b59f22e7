"""Second factors: time-based one-time passwords (RFC 6238: SHA-1, six digits, 30 s) and recovery codes."""

from __future__ import annotations

import secrets
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from time import time
from uuid import UUID

from cryptography.fernet import MultiFernet
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import delete, func, select, update
from unison_domain.identity.mfa_contracts import MfaAnswer, TotpBegun

from unison_server.identity.access_changes import tell_access
from unison_server.identity.opaque_tokens import hash_of
from unison_server.identity.tables import MfaMethod, Organization, RecoveryCode, User
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid
from unison_server.kernel.outbox import record
from unison_server.kernel.sealed import unsealed

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""Codes of so many steps before and after are taken too: clocks of telephones are not ours."""
CODES = 10
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH = 24
"""120 random bits: with 112 and more a plain hash can't be turned back (ASVS 6.5.2)."""


class FactorUsed(StrEnum):
    """By what a second factor was shown."""

    AUTHENTICATOR = "authenticator"
    RECOVERY_CODE = "recovery_code"


class FactorRefusal(StrEnum):
    """Why none was: what the login history says of it."""

    MISSING = "second_factor_missing"
    WRONG = "second_factor_wrong"
    USED = "second_factor_used"


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """Sets up, checks and takes away; secrets are kept encrypted."""

    encryption: MultiFernet

    def begin(self, session: TenantSession, user: User) -> TotpBegun:
        """A new secret for the person's authenticator, which counts once a code of it was confirmed.

        Raises:
            Clash: one is set up already.
        """
        method = self._method(session, user.id)
        if method is not None and method.confirmed_at is not None:
            raise Clash("An authenticator is set up already; remove it first", code="mfa_set_up")
        if method is not None:
            session.delete(method)
            session.flush()
        secret = secrets.token_bytes(20)
        session.add(MfaMethod(user_id=user.id, secret=self.encryption.encrypt(secret).decode()))
        organization = session.scalars(select(Organization).where(Organization.id == session.organization_id)).one()
        uri = _totp(secret).get_provisioning_uri(user.username, f"Unison {organization.name}")
        return TotpBegun(secret=b32encode(secret).decode(), uri=uri)

    def confirm(self, session: TenantSession, user: User, code: str) -> list[str]:
        """From now on signing in asks for a code; gives the recovery codes.

        Raises:
            Clash: nothing was begun. Invalid: it is not the code of this moment.
        """
        method = self._method(session, user.id)
        if method is None or method.confirmed_at is not None:
            raise Clash("Begin with POST /mfa/totp", code="mfa_not_begun")
        if not self._takes(method, code):
            raise Invalid("This is not the code your authenticator shows now; is its clock right?", code="mfa_wrong")
        method.confirmed_at = datetime.now(UTC)
        record(session, "identity.user.second_factor_added", user.id)
        tell_access(session, user.id)
        return self.new_recovery_codes(session, user)

    def new_recovery_codes(self, session: TenantSession, user: User) -> list[str]:
        """Codes that take the place of those before."""
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
        codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(CODES)]
        session.add_all(RecoveryCode(user_id=user.id, code_hash=hash_of(code)) for code in codes)
        session.flush()
        record(session, "identity.user.recovery_codes_made", user.id)
        return ["-".join(code[start : start + 4] for start in range(0, _LENGTH, 4)) for code in codes]

    def remove(self, session: TenantSession, user_id: UUID) -> None:
        """Let the person in by password alone."""
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        method = self._method(session, user_id)
        if method is not None:
            session.delete(method)
            record(session, "identity.user.second_factor_removed", user_id)
            tell_access(session, user_id)

    def standing(self, session: TenantSession, user_id: UUID) -> MfaAnswer:
        """What is set up."""
        method = self._method(session, user_id)
        left = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
        return MfaAnswer(
            confirmed_at=method and method.confirmed_at,
            recovery_codes_left=session.scalars(left).one() if method else 0,
        )

    def is_asked_for(self, session: TenantSession, user_id: UUID) -> bool:
        """Whether the person has one set up."""
        method = self._method(session, user_id)
        return method is not None and method.confirmed_at is not None

    def check(self, session: TenantSession, user_id: UUID, given: str) -> FactorUsed | None:
        """What opens of what was typed, which it does once: the rows are locked and used up in this transaction."""
        statement = select(MfaMethod).where(MfaMethod.user_id == user_id).with_for_update()
        method = session.scalar(statement.execution_options(populate_existing=True))
        if method is None or method.confirmed_at is None:
            return None
        plain = _plain(given)
        if self._takes(method, plain):
            return FactorUsed.AUTHENTICATOR
        if not _uses_up(session, user_id, plain):
            return None
        record(session, "identity.user.recovery_code_used", user_id)
        return FactorUsed.RECOVERY_CODE

    def why_not(self, session: TenantSession, user_id: UUID, given: str) -> FactorRefusal:
        """Why what was typed does not open: who types what they see twice is told that it opened already."""
        method, plain = self._method(session, user_id), _plain(given)
        spent = (RecoveryCode.user_id == user_id, RecoveryCode.code_hash == hash_of(plain))
        is_used = method is not None and any(step <= method.last_step for step in self._fitting(method, plain))
        is_used = is_used or session.scalar(select(RecoveryCode.id).where(*spent)) is not None
        return FactorRefusal.USED if is_used else FactorRefusal.WRONG

    def _takes(self, method: MfaMethod, code: str) -> bool:
        fitting = [step for step in self._fitting(method, code) if step > method.last_step]
        if fitting:
            method.last_step = fitting[0]
        return bool(fitting)

    def _fitting(self, method: MfaMethod, code: str) -> list[int]:
        """The steps about now that a code is of."""
        if not (len(code) == 6 and code.isascii() and code.isdecimal()):
            return []
        totp = _totp(unsealed(self.encryption, method.secret))
        return [step for step in _steps(int(time()) // STEP_SECONDS) if _is_code(totp, code, step)]

    def _method(self, session: TenantSession, user_id: UUID) -> MfaMethod | None:
        return session.scalar(select(MfaMethod).where(MfaMethod.user_id == user_id))


def refused_words(why: FactorRefusal) -> str:
    """What is said to who typed it."""
    if why is FactorRefusal.USED:
        return "This code opened once already: type the next one your authenticator shows, or another recovery code"
    return "This is neither the code your authenticator shows now nor an unused recovery code"


def _plain(given: str) -> str:
    return given.strip().replace(" ", "").replace("-", "").upper()


def _uses_up(session: TenantSession, user_id: UUID, code: str) -> bool:
    used = (
        update(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == hash_of(code), RecoveryCode.used_at.is_(None))
        .values(used_at=func.now())
        .returning(RecoveryCode.id)
    )
    return session.scalar(used) is not None


def _steps(now: int) -> Sequence[int]:
    return range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, 6, SHA1(), STEP_SECONDS)  # noqa: S303 - what RFC 6238 and every authenticator have


def _is_code(totp: TOTP, code: str, step: int) -> bool:
    try:
        totp.verify(code.encode(), step * STEP_SECONDS)
    except InvalidToken:
        return False
    return True

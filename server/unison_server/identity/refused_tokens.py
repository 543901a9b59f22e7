"""Machines and programs whose token let nobody in: told to the organization the token says it is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

import jwt
from sqlalchemy import select
from unison_domain.identity.sign_in_contracts import SessionEnd, SignInOutcome

from unison_server.identity.opaque_tokens import organization_of
from unison_server.identity.refusals import Refusals, Shown
from unison_server.identity.tables import SignInSession, User
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import Refusal
from unison_server.kernel.scope import Scope

ShowToken = Callable[[str, Scope, str], Shown]
"""Token, organization and the code of its refusal → what is known of it."""


@dataclass(frozen=True, slots=True)
class RefusedTokens:
    """Told of every bearer token that is refused.

    An access token of a person whose minutes are over is no refusal worth telling: what prolongs the session is told
    where that is refused. One of a session that was ended is, unless its own person signed it out.

    Attributes:
        kinds: of opaque tokens.
    """

    refusals: Refusals
    kinds: Mapping[str, tuple[SignInOutcome, ShowToken]]
    databases: Databases

    def tell(self, token: str, address: str, request_id: str, refusal: Refusal) -> None:
        """Tell the organization; of a token of none there is only a line in the log."""
        kind, _, _ = token.partition("_")
        if kind not in self.kinds:
            if refusal.problem_code == "token_invalid":
                self.refusals.tell_nobody(SignInOutcome.TOKEN_REFUSED, address)
            elif refusal.problem_code == "session_ended":
                self._tell_of_session(token, address, request_id)
            return
        outcome, show = self.kinds[kind]
        organization = organization_of(kind, token)
        if organization is None:
            self.refusals.tell_nobody(outcome, address)
            return
        scope = Scope(organization, request_id=request_id, address=address)
        self.refusals.tell(scope, outcome, lambda: show(token, scope, refusal.problem_code))

    def _tell_of_session(self, token: str, address: str, request_id: str) -> None:
        """Of an access token whose signature was found to be good."""
        claims = jwt.decode(token, options={"verify_signature": False})
        scope = Scope(UUID(claims["org"]), request_id=request_id, address=address)
        with self.databases.session(Database.IDENTITY, scope) as session:
            family = session.find(SignInSession, UUID(claims["sid"]))
            name = session.scalar(select(User.username).where(User.id == UUID(claims["sub"])))
        if family is None or family.end_reason == SessionEnd.SIGNED_OUT:
            return
        shown = Shown("session_ended" if family.ended_at else "inactive", name or "", family.user_id, family.id)
        self.refusals.tell(scope, SignInOutcome.TOKEN_REFUSED, lambda: shown)


def show_device(_token: str, _scope: Scope, code: str) -> Shown:
    """Of a device token that ended nothing is kept, so that nobody can tell whose it was."""
    return Shown("device_unknown" if code == "token_invalid" else code)

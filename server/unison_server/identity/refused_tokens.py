"""Machines and programs whose token let nobody in: told to the organization the token says it is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from unison_domain.identity.sign_in_contracts import SignInOutcome

from unison_server.identity.opaque_tokens import organization_of
from unison_server.identity.refusals import Refusals, Shown
from unison_server.kernel.errors import Refusal
from unison_server.kernel.scope import Scope

ShowToken = Callable[[str, Scope, str], Shown]
"""Token, organization and the code of its refusal → what is known of it."""


@dataclass(frozen=True, slots=True)
class RefusedTokens:
    """Told of every bearer token that is refused.

    An access token of a person that ended is no refusal worth telling: each does, every few minutes, and what
    prolongs the session is told where that is refused.

    Attributes:
        kinds: of opaque tokens.
    """

    refusals: Refusals
    kinds: Mapping[str, tuple[SignInOutcome, ShowToken]]

    def tell(self, token: str, address: str, request_id: str, refusal: Refusal) -> None:
        """Tell the organization; of a token of none there is only a line in the log."""
        kind, _, _ = token.partition("_")
        if kind not in self.kinds:
            if refusal.problem_code == "token_invalid":
                self.refusals.tell_nobody(SignInOutcome.TOKEN_REFUSED, address)
            return
        outcome, show = self.kinds[kind]
        organization = organization_of(kind, token)
        if organization is None:
            self.refusals.tell_nobody(outcome, address)
            return
        scope = Scope(organization, request_id=request_id, address=address)
        self.refusals.tell(scope, outcome, lambda: show(token, scope, refusal.problem_code))


def show_device(_token: str, _scope: Scope, code: str) -> Shown:
    """Of a device token that ended nothing is kept, so that nobody can tell whose it was."""
    return Shown("device_unknown" if code == "token_invalid" else code)

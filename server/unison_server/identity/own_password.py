"""One's own password again, where what is asked for must not be had by who only found an open screen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request
from unison_domain.identity.mfa_contracts import PasswordAgain
from unison_domain.identity.setting_contracts import SIGN_IN_TRIES
from unison_domain.identity.sign_in_contracts import SignInOutcome

from unison_server.identity import attempts, queries
from unison_server.identity.few_at_a_time import FewAtATime
from unison_server.identity.passwords import Passwords
from unison_server.identity.settings import setting_of
from unison_server.identity.tables import LoginHistory, User
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import NotAllowed, NotSignedIn, Refusal, TooMany
from unison_server.kernel.route import IdentityRoute
from unison_server.kernel.scope import Scope

REASON = "password_again"
"""What stands in the login history in place of a program."""


@dataclass(frozen=True, slots=True)
class OwnPassword:
    """Checks it as a sign-in is checked: counted before, hashed in the line of all hashes, told after.

    It may be tried as often as a name at one address.
    """

    databases: Databases
    passwords: Passwords
    few: FewAtATime

    async def demand(self, scope: Scope, given: str) -> None:
        """Let nobody pass but the person. Where people practise they have no password: their real session lets them in.

        Raises:
            NotSignedIn: no person asks. NotAllowed: it is not theirs. TooMany: too many tries. Unavailable: too many
                passwords are being checked.
        """
        if scope.user_id is None:
            raise NotSignedIn("Only a person has a password; this token is a machine's")
        await self.few.run(self._check, scope, scope.user_id, given)

    def _check(self, scope: Scope, user_id: UUID, given: str) -> None:
        counted = f"own password {user_id}"
        with self.databases.session(Database.IDENTITY, scope) as session:
            if queries.is_practice(session):
                return
            most = setting_of(session, SIGN_IN_TRIES)
        try:
            attempts.count(self.databases, scope, [(counted, most, attempts.WINDOW)])
        except TooMany as refusal:
            raise self._told(scope, user_id, SignInOutcome.TOO_MANY, refusal) from None
        with self.databases.session(Database.IDENTITY, scope) as session:
            hashed = session.need(User, user_id, "user").hashed_password
        if not self.passwords.matches(hashed, given):
            wrong = NotAllowed("This is not your password", code="password_wrong")
            raise self._told(scope, user_id, SignInOutcome.WRONG, wrong)
        with self.databases.session(Database.IDENTITY, scope) as session:
            queries.forget_attempts(session, counted)

    def _told(self, scope: Scope, user_id: UUID, outcome: SignInOutcome, refusal: Refusal) -> Refusal:
        with self.databases.session(Database.IDENTITY, scope) as session:
            name = session.need(User, user_id, "user").username
            session.add(
                LoginHistory(
                    name=name,
                    outcome=outcome,
                    user_id=user_id,
                    session_id=scope.session_id,
                    address=scope.address,
                    reason=REASON,
                )
            )
        return refusal


class ProvenRoute(IdentityRoute):
    """A transaction of the database of people that begins once the `password` of the body was found to be one's own.

    `app.state.own_password` is who finds it. A body without one is left to the endpoint's contract to refuse.
    """

    async def before(self, request: Request) -> None:
        """Raises what `OwnPassword.demand` does."""
        try:
            body = json.loads(await request.body())
            again = PasswordAgain.model_validate({"password": body["password"]})
        except (ValueError, RecursionError, KeyError, TypeError):
            return
        own: OwnPassword = request.app.state.own_password
        await own.demand(request.state.scope, again.password.get_secret_value())

"""How often somebody tries to sign in, by the name that was typed and by the person who is called so.

Who tries one name too often is told to wait, whoever has it. A person has several names, which must not give who
guesses as many tries: beyond those of the person no password is right any more. Nobody is told that, for it would tell
which names are one's: it is answered as a wrong password is, and costs what that does. Of a name nobody has the same is
counted once more by the name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from unison_domain.identity.person_names import folded
from unison_domain.identity.setting_contracts import SIGN_IN_TRIES

from unison_server.identity import attempts, queries
from unison_server.identity.attempts import EVERYWHERE, LONGEST_WINDOW, WINDOW
from unison_server.identity.settings import setting_of
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import TooMany
from unison_server.kernel.scope import Scope

MOST_PER_ACCOUNT = 50
"""Tries in an hour from one address, and from all together where nobody signed in before."""


class _Whom(NamedTuple):
    """Whose tries are counted."""

    called: str
    address: str

    @property
    def here(self) -> str:
        return f"{self.called} {attempts.at(self.address)}"

    @property
    def hourly(self) -> str:
        return f"account {self.here}"

    @property
    def everywhere(self) -> str:
        return f"account {self.called}"


@dataclass(frozen=True, slots=True)
class SignInTries:
    """Of one name at one address.

    Attributes:
        name, person: what is counted of it, and of who is called so.
        most: of each in five minutes. is_known: whether people of the organization sign in at the address.
    """

    name: _Whom
    person: _Whom
    most: int
    is_known: bool

    @classmethod
    def of(cls, session: TenantSession, typed: str, user_id: UUID | None, address: str) -> SignInTries:
        """As the organization has it; `user_id` is whose name it is."""
        name = folded(typed)
        return cls(
            _Whom(f"name {name}", address),
            _Whom(f"person {user_id or name}", address),
            setting_of(session, SIGN_IN_TRIES),
            queries.is_known_address(session, address),
        )

    def count(self, databases: Databases, scope: Scope) -> bool:
        """Count one; whether the person has tries left.

        Raises:
            TooMany: of the name.
        """
        attempts.count(databases, scope, self._limits(self.name))
        try:
            attempts.count(databases, scope, self._limits(self.person))
        except TooMany:
            return False
        return True

    def take_back(self, databases: Databases, scope: Scope) -> None:
        """Count one less: the password was right."""
        with databases.session(Database.IDENTITY, scope) as session:
            for whom in (self.name, self.person):
                for counted in (whom.here, whom.hourly, whom.everywhere):
                    queries.take_back_attempt(session, counted)
        with databases.session(Database.IDENTITY, Scope(EVERYWHERE)) as session:
            queries.take_back_attempt(session, attempts.at(self.name.address))

    def forget(self, session: TenantSession) -> None:
        """Begin the five minutes anew: somebody signed in."""
        for whom in (self.name, self.person):
            queries.forget_attempts(session, whom.here)

    def _limits(self, whom: _Whom) -> list[tuple[str, int, timedelta]]:
        limits = [(whom.here, self.most, WINDOW), (whom.hourly, MOST_PER_ACCOUNT, LONGEST_WINDOW)]
        if not self.is_known:
            limits.append((whom.everywhere, MOST_PER_ACCOUNT, LONGEST_WINDOW))
        return limits


def count_nowhere(databases: Databases, organization: str, typed: str, address: str) -> None:
    """Count one in an organization that there is not, as often as a name is tried in one that there is.

    Raises:
        TooMany: of the name.
    """
    scope = Scope(EVERYWHERE)
    with databases.session(Database.IDENTITY, scope) as session:
        most = setting_of(session, SIGN_IN_TRIES)
    whom = _Whom(f"{folded(organization)} {folded(typed)}", address)
    attempts.count(databases, scope, [(whom.here, most, WINDOW)])

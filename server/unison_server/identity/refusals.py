"""Tells an organization whom the server did not let in, in its login history: few of many, and never what was shown.

A flood of dead links and keys must neither fill the history nor keep the database busy. So each server process writes
the first refusals of a window, and counts the others, of which one row says at its end how many there were. What is of
no organization that there is, is told those of the superadministrators. Written in a transaction of its own, after that
of the request; where it can't be, the refusal stands all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.sign_in_contracts import SignInOutcome

from unison_server.identity import attempts
from unison_server.identity.tables import LoginHistory, Organization, UserRole
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import Refusal, TooMany
from unison_server.kernel.scope import Scope
from unison_server.kernel.untold_refusals import Allowance, UntoldRefusals, Volume

MOST = 10
"""Of one outcome at one address that one organization is told in a window."""
MOST_OF_ADDRESS = 50
"""Of an address, whatever it shows: made-up organizations make no room for more."""
MOST_OF_ORGANIZATION = 500
MOST_IN_ALL = 5_000
MOST_TOLD = 20
"""Organizations of superadministrators."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown and refused, as far as it is known; never a secret or part of one.

    Attributes:
        why: a code. name: what it, or its person, is called.
    """

    why: str
    name: str = ""
    user_id: UUID | None = None
    session_id: UUID | None = None


NOBODYS = Shown("no_organization")
"""Of no organization that there is."""
MORE = "more_refused"
"""Why a row is there that stands for many."""
MANY = "many addresses"


class Untold(NamedTuple):
    """What is counted together. No organization: of none there is."""

    organization: UUID | None
    outcome: SignInOutcome
    address: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """Writes them.

    Attributes:
        count: told of each, written or not, with its outcome.
        system: engines of the system role, to find who is told what is of no organization; None: the log alone is.
    """

    databases: Databases
    count: Callable[[str], None]
    allowance: Allowance = field(default_factory=Allowance)
    untold: UntoldRefusals[Untold] = field(default_factory=UntoldRefusals)
    system: Databases | None = None

    def tell(self, scope: Scope, outcome: SignInOutcome, shown: Callable[[], Shown]) -> None:
        """Tell the organization of the scope; outside of any session.

        Args:
            shown: asked only where something is written, for it may ask the database.
        """
        self.count(outcome)
        if not self._takes(scope.organization_id, outcome, scope.address):
            return
        try:
            is_told = self._write(scope, outcome, shown())
        except SQLAlchemyError as error:
            _log_unwritten(outcome, scope.address, error)
            return
        if not is_told:
            self._tell_server(outcome, scope.address)

    def tell_volumes(self, *, at_once: bool = False) -> None:
        """Write how many were not told one by one, if it is time, or at once."""
        for (organization, outcome, address), volume in self.untold.take(at_once=at_once).items():
            try:
                shown = Shown(MORE)
                scope = Scope(organization, address=address) if organization else None
                if scope is None or not self._write(scope, outcome, shown, volume):
                    self._tell_server(outcome, address, shown, volume)
            except SQLAlchemyError as error:
                _log_unwritten(outcome, address, error)

    @contextmanager
    def telling(
        self, scope: Scope, outcome: SignInOutcome, codes: Collection[str], shown: Callable[[Scope, str], Shown]
    ) -> Iterator[None]:
        """Around what opens sessions of its own: tells of a refusal with one of the codes."""
        try:
            yield
        except Refusal as refusal:
            why = refusal.problem_code
            if why in codes:
                self.tell(scope, outcome, lambda: shown(scope, why))
            raise

    def count_address(self, organization: Callable[[], UUID | None], address: str, request_id: str) -> None:
        """Count an attempt of a stranger, who says they are of an organization, which is asked for if it is refused.

        Raises:
            TooMany: there were too many from that address.
        """
        try:
            attempts.count_address(self.databases, address)
        except TooMany:
            self.tell_of_address(organization, address, request_id)
            raise

    def tell_nobody(self, outcome: SignInOutcome, address: str) -> None:
        """Tell who looks after the server what can't be told any organization: nobody knows whose it is."""
        self.count(outcome)
        if self._takes(None, outcome, address):
            self._tell_server(outcome, address)

    def tell_of_address(self, organization: Callable[[], UUID | None], address: str, request_id: str) -> None:
        """Tell that an address has to wait; the organization it names is only asked for where something is written."""
        self.count(SignInOutcome.ADDRESS_LIMITED)
        if not self._takes(None, SignInOutcome.ADDRESS_LIMITED, address):
            return
        outcome = SignInOutcome.ADDRESS_LIMITED
        try:
            named = organization()
            scope = Scope(named, request_id=request_id, address=address) if named else None
            is_told = scope is not None and self._write(scope, outcome, Shown("too_many"))
        except Refusal:  # it does not say which
            is_told = False
        except SQLAlchemyError as error:
            _log_unwritten(outcome, address, error)
            return
        if not is_told:
            self._tell_server(outcome, address)

    def _tell_server(
        self, outcome: SignInOutcome, address: str, shown: Shown = NOBODYS, volume: Volume | None = None
    ) -> None:
        """Tell the organizations of superadministrators, and the log."""
        times = 1 if volume is None else volume.times
        log.warning("refused, of no known organization", outcome=outcome, address=address, times=times)
        if self.system is None:
            return
        try:
            with self.system.identity.connect() as connection:
                theirs = select(UserRole.organization_id).where(
                    UserRole.role == RoleCode.SUPERADMIN, UserRole.plant_id.is_(None)
                )
                told = connection.scalars(theirs.distinct().order_by(UserRole.organization_id).limit(MOST_TOLD)).all()
            for organization in told:
                self._write(Scope(organization, address=address), outcome, shown, volume)
        except SQLAlchemyError as error:
            _log_unwritten(outcome, address, error)

    def _takes(self, organization: UUID | None, outcome: SignInOutcome, address: str) -> bool:
        takes = self.allowance.takes(
            ((organization, outcome, address), MOST),
            (("address", address), MOST_OF_ADDRESS),
            (("organization", organization), MOST_OF_ORGANIZATION),
            ("all", MOST_IN_ALL),
        )
        if not takes:
            many = Untold(organization, outcome, MANY)
            self.untold.note(Untold(organization, outcome, address), many, Untold(None, outcome, MANY))
        return takes

    def _write(self, scope: Scope, outcome: SignInOutcome, shown: Shown, volume: Volume | None = None) -> bool:
        """Whether there is such an organization: a made-up token names one that there is not."""
        with self.databases.session(Database.IDENTITY, scope) as session:
            if session.scalar(select(Organization.id).where(Organization.id == scope.organization_id)) is None:
                return False
            session.add(
                LoginHistory(
                    outcome=outcome,
                    name=shown.name,
                    user_id=shown.user_id,
                    session_id=shown.session_id,
                    address=scope.address,
                    reason=shown.why,
                    times=1 if volume is None else volume.times,
                    seconds=None if volume is None else volume.seconds,
                )
            )
        return True


def _log_unwritten(outcome: SignInOutcome, address: str, error: SQLAlchemyError) -> None:
    log.warning("a refusal can't be told", outcome=outcome, address=address, error=type(error).__name__)

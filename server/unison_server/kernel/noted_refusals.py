"""What somebody who is signed in tried and may not is in the audit log: few of many, and how many the others were.

A program that asks without end what it may not must not fill the log. Whatever floods it, each kind of refusal has a
row: its first one at once, and of those that are not told one by one how many there were, at the end of their window.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request

from unison_server.kernel.audit import record_refusal, record_untold
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.request_context import told_path
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.kernel.untold_refusals import Allowance, UntoldRefusals

MOST = 10
"""Of one code at one endpoint that one actor is told of in a window."""
MOST_OF_ACTOR = 50
"""Beside the first of each kind."""
MOST_OF_ORGANIZATION = 500
MOST_IN_ALL = 5_000

log = structlog.get_logger(__name__)


class Tried(NamedTuple):
    """What is counted together; what is empty stands for many.

    Attributes:
        endpoint: its path as it is declared, so that a thousand ids are one.
    """

    database: Database
    organization: UUID
    code: str
    actor_kind: ActorKind = ActorKind.SYSTEM
    actor_id: UUID | None = None
    method: str = ""
    endpoint: str = ""
    address: str = ""

    @property
    def kinds(self) -> tuple[Tried, ...]:
        """It, and coarser ones: from wherever it came, whatever was asked, whoever asked."""
        return self, self._replace(address=""), Tried(*self[:5]), Tried(*self[:3])


@dataclass(frozen=True, slots=True)
class NotedRefusals:
    """Notes them."""

    databases: Databases
    allowance: Allowance = field(default_factory=Allowance)
    untold: UntoldRefusals[Tried] = field(default_factory=UntoldRefusals)

    def takes(self, database: Database, scope: Scope, request: Request, refusal: NotAllowed) -> bool:
        """Whether this one is told; else it is counted."""
        actor = (scope.actor_kind, scope.actor_id)
        tried = Tried(
            *(database, scope.organization_id, refusal.problem_code, *actor),
            *(request.method, _endpoint(request), scope.address),
        )
        kind = tried._replace(address="")
        takes = self.allowance.takes((("first", kind), 1), ("all", MOST_IN_ALL)) or self.allowance.takes(
            (kind, MOST - 1),
            ((scope.organization_id, *actor), MOST_OF_ACTOR),
            (scope.organization_id, MOST_OF_ORGANIZATION),
            ("all", MOST_IN_ALL),
        )
        if not takes:
            self.untold.note(*tried.kinds)
        return takes

    def tell_volumes(self, *, at_once: bool = False) -> None:
        """Write how many were not told one by one, if it is time, or at once."""
        for tried, volume in self.untold.take(at_once=at_once).items():
            scope = Scope(tried.organization, tried.actor_kind, tried.actor_id, address=tried.address)
            try:
                with self.databases.session(tried.database, scope) as session:
                    record_untold(session, tried.method, tried.endpoint, tried.code, *volume)
            except SQLAlchemyError as error:
                log.warning("refusals can't be told", code=tried.code, times=volume.times, error=type(error).__name__)


def _endpoint(request: Request) -> str:
    """Its path as it is declared, behind what it is mounted at."""
    declared: str = getattr(request.scope.get("route"), "path", request.url.path)
    mounted, _, _ = request.url.path.partition(declared.partition("{")[0])
    return mounted + declared


def noting(session: TenantSession, request: Request, refusal: NotAllowed) -> None:
    """Note one; in a transaction of its own, for that of the request is rolled back."""
    record_refusal(session, request.method, told_path(request.scope), refusal)

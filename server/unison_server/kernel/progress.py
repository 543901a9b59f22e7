"""How far a long request is, told while its transaction goes on: in the name of its connection, which PostgreSQL shows
to others at once, whichever server process they ask, and which ends with the transaction however that ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from sqlalchemy import func, select, text

from unison_server.kernel.database import TenantSession

_NAMED = text(
    "select application_name from pg_stat_activity"
    " where datname = current_database() and usename = current_user and application_name like :ending"
)
_FORM = re.compile(r"unison (\d+)/(\d+) of \w+")
_BYTES = 12
"""Of what stands for a request: a name of a connection has at most 63 characters."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many are done of how many."""

    done: int
    total: int


def tell_progress(session: TenantSession, request: UUID | None, progress: Progress) -> None:
    """Let who asks for this request know; nobody does where it has no name."""
    if request is not None:
        name = f"unison {progress.done}/{progress.total} of {_mark(session, request)}"
        session.execute(select(func.set_config("application_name", name, True)))


def progress_of(session: TenantSession, request: UUID) -> Progress | None:
    """How far a request of the same person is; None: it is not under way (any more)."""
    names = session.scalars(_NAMED, {"ending": f"% of {_mark(session, request)}"})
    found = [form for name in names if (form := _FORM.fullmatch(name))]
    return Progress(int(found[0][1]), int(found[0][2])) if found else None


def _mark(session: TenantSession, request: UUID) -> str:
    """Stands for the request of this person alone."""
    said = f"{session.organization_id} {session.scope.actor_id} {request}"
    return blake2b(said.encode(), digest_size=_BYTES).hexdigest()

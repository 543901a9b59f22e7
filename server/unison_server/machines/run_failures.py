"""Why a run over a tag failed, in words a person can act on."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError, OperationalError

_NO_ROOM = "the disk of the database is full: make room there"
_BUSY = "the database was too busy: wait until less is asked of the server"
_UNREACHED = "the database was not reached: look whether it runs"
_SAID = {
    **dict.fromkeys(("53100", "58030"), _NO_ROOM),
    **dict.fromkeys(("53200", "53300", "53400", "40001", "40P01", "55P03", "57014", "25P03", "25P04"), _BUSY),
    **dict.fromkeys(("57P01", "57P02", "57P03", "57P05", "08000", "08001", "08003", "08004", "08006"), _UNREACHED),
}
"""By what PostgreSQL says (its manual, appendix A)."""


def why(error: Exception) -> str:
    """What was wrong in an attempt, and what to do about it."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        is_gone = state is None and (error.connection_invalidated or isinstance(error, OperationalError))
        if (said := _UNREACHED if is_gone else _SAID.get(state or "")) is not None:
            return said
    fault = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    name, at = type(fault).__name__, f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    return f"the server has a fault there ({name}, {at} UTC): tell who looks after it, its log says more"


def given_up(tag: str, attempts: int, problem: str | None) -> str:
    """Why a run failed that nobody tries any more.

    Args:
        tag: its name. attempts: how often it was tried. problem: what was wrong at last, as far as that was noted.
    """
    if problem is None:
        return (
            f"All {attempts} attempts on tag {tag} were cut off before they could say why: look into the server's log, "
            "then ask for it again"
        )
    return f"All {attempts} attempts on tag {tag} failed, at last because {problem}; then ask for it again"

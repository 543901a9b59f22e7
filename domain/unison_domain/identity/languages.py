"""The languages people are written to in by the server."""

from __future__ import annotations

from enum import StrEnum


class Written(StrEnum):
    """A language that letters and notifications are written in."""

    ENGLISH = "en"
    GERMAN = "de"


def written_for(preferred: str | None, otherwise: Written) -> Written:
    """The language for somebody who prefers this one, e.g. German for `de-AT`.

    Args:
        preferred: as in BCP 47; None where nothing was chosen.
        otherwise: where nothing was chosen, or one that nobody writes in.
    """
    primary = (preferred or "").partition("-")[0]
    return Written(primary) if primary in set(Written) else otherwise

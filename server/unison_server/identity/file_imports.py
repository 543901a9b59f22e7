"""Taking whole files over: all of one or nothing, and a preview that is the import itself, taken back.

What it says is what will happen: `seen` stands for all of it, and who agreed to a preview is refused where it would be
something else by now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Protocol, TypeVar

from pydantic import BaseModel
from sqlalchemy import func, select
from unison_domain.kernel.contracts import FieldError
from unison_domain.kernel.csv_file import CsvError, text_of

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid


class Done(Protocol):
    """What an import did, or would do."""

    @property
    def errors(self) -> list[CsvError]:
        """All that is wrong."""

    @property
    def seen(self) -> str:
        """What stands for all of it."""


D = TypeVar("D", bound=Done)
T = TypeVar("T")


def previewed(session: TenantSession, imported: Callable[[], D]) -> D:
    """What an import would do, and everything that is wrong."""
    taken_back = session.begin_nested()
    try:
        return imported()
    finally:
        taken_back.rollback()


def agreed(done: D, seen: str | None, what: str, code: str, place: Callable[[CsvError], tuple[str, str]]) -> D:
    """What was done, where all of it is right and is what was agreed to.

    Args:
        what: that may have changed since, e.g. `People`. code: of a refused file; its field errors have it up to `_`.
        place: where a mistake is, as the field of its error and in words.

    Raises:
        Invalid: something is wrong with it; says everything that is.
        Clash: it did something else than the preview that was agreed to.
    """
    if done.errors:
        kind = code.partition("_")[0]
        errors = [FieldError(field=place(one)[0], code=kind, message=_told(one)) for one in done.errors]
        first = done.errors[0]
        words = f"{len(errors)} mistakes, the first in {place(first)[1]}: {_told(first)}"
        raise Invalid(words, code=code, errors=errors)
    if seen is not None and seen != done.seen:
        raise Clash(f"{what} changed since the preview; look at a new one", code="changed_since_preview")
    return done


def take_turns(session: TenantSession, what: str) -> None:
    """Who takes the same over into the same organization waits here."""
    lock = func.hashtextextended(f"{what} of {session.organization_id}", 0)
    session.execute(select(func.pg_advisory_xact_lock(lock)))


def read_file(file: bytes, read: Callable[[str], tuple[T, list[CsvError]]], nothing: T) -> tuple[T, list[CsvError]]:
    """What is in a file, and what is wrong with it; `nothing` of one that is no text."""
    try:
        return read(text_of(file))
    except ValueError as error:
        return nothing, [CsvError(row=1, message=f"the file {error}")]


def seen_of(changes: Iterable[BaseModel]) -> str:
    """What stands for all of them."""
    said = "\n".join(one.model_dump_json() for one in changes)
    return blake2b(said.encode(), digest_size=8).hexdigest()


def in_order(errors: Sequence[CsvError]) -> list[CsvError]:
    """By row and column."""
    return sorted(errors, key=lambda error: (error.row, error.column or ""))


def _told(error: CsvError) -> str:
    return error.message if error.value is None else f"{error.value}: {error.message}"

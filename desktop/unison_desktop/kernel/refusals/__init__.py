"""What server and station agents refuse or find wrong, in the person's language, with numbers and times as they are
written there.

Their sentences come in English; German ones are in `unison_domain.sentences`, which the operator page reads too.
"""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache

from PySide6.QtCore import QLocale
from unison_domain.kernel.contracts import FieldError, Problem
from unison_domain.sentences import field_name, in_language

from unison_desktop.kernel.refusals.values import shown_value, with_own_clock
from unison_desktop.kernel.texts import spoken

_OF_PYDANTIC = "Value error, "
_TOLD = 5
"""So many fields a server tells in one sentence, which says nothing beyond them."""


def worded(sentence: str, clock: tzinfo | None = None) -> str:
    """A sentence of server, agent or contract as its person reads it; in English where nobody wrote it otherwise.

    Its moments are by the `clock` of the row it stands in; None is this person's.
    """
    return with_own_clock(_worded(sentence.removeprefix(_OF_PYDANTIC), spoken(), QLocale().name()), clock)


@lru_cache(4096)
def _worded(sentence: str, language: str, _locale: str) -> str:
    """Tables ask for the same sentences with every row they draw, and a look goes through a thousand forms."""
    return in_language(sentence, language, shown_value)


def in_own_language(problem: Problem) -> Problem:
    """The problem as its person reads it."""
    wrong = [error.model_copy(update={"message": worded(error.message)}) for error in problem.errors]
    told = "; ".join(f"{error.field}: {error.message}" for error in problem.errors[:_TOLD])
    detail = "" if told and problem.detail == told else worded(problem.detail)
    return problem.model_copy(update={"detail": detail, "errors": wrong, "title": worded(problem.title)})


def with_fields(problem: Problem) -> str:
    """All of a problem in lines: what it is, then each field by the name people know it by."""
    lines = [problem.detail or (problem.title if not problem.errors else "")]
    lines += [_line(error) for error in problem.errors]
    return "\n".join(line for line in lines if line)


def _line(error: FieldError) -> str:
    return f"{field_label(error.field)}: {error.message}"


def field_label(field: str) -> str:
    """A field's path in words, e.g. “Geräte 1, Name” for `devices.0.name`."""
    return ", ".join(_pieces(field)) or field


def _pieces(field: str) -> list[str]:
    said: list[str] = []
    for piece in filter(None, field.split(".")):
        if piece.isdigit() and said:
            said[-1] = f"{said[-1]} {int(piece) + 1}"
        else:
            said.append(field_name(piece, spoken()))
    return said

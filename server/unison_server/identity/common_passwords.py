"""Passwords that are guessed first, and therefore nobody gets.

Those are the most frequent ones, whose source is said in the list itself, and what only says who and where one is: the
product, the organization, and the person's own names, with digits and signs around them or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from itertools import chain

from pydantic import SecretStr
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.passwords import composed
from unison_server.kernel.errors import Invalid

PRODUCT = "unison"
FEW = 3
"""A password of known words and less than so many letters more is guessed as the words are."""
_LETTERS = re.compile(r"[^\W\d_]+")


def demand_uncommon(password: SecretStr, words: Iterable[str] = (), *, field: str = "password") -> None:
    """Refuse what is guessed first.

    Args:
        words: what is known of who is to have it: names of the person and of the organization.
        field: the password's in the request.

    Raises:
        Invalid: it is one of the most frequent passwords, in whatever case, or made of known words alone.
    """
    given = composed(password.get_secret_value()).strip().casefold()
    if given in _listed():
        message = "is among the first that are guessed; three or four words that nobody puts together are a good one"
    elif known := _known(given, words):
        message = f"says little more than {known}, which is guessed first; three or four other words are a good one"
    else:
        return
    errors = [FieldError(field=field, code="common", message=message)]
    raise Invalid(f"{field} {message}", code="common", errors=errors)


def _known(given: str, words: Iterable[str]) -> str:
    """The known words it is made of; empty where there is more to it."""
    rest, found = "".join(_LETTERS.findall(given)), []
    for word in sorted({*_parts(words), PRODUCT}, key=len, reverse=True):
        if word in rest:
            found.append(word)
            rest = rest.replace(word, "")
    return " and ".join(found) if len(rest) < FEW else ""


def _parts(words: Iterable[str]) -> Iterable[str]:
    """Their parts of three letters and more: of an e-mail, of a full name."""
    for word in words:
        yield from (part for part in _LETTERS.findall(word.casefold()) if len(part) >= FEW)


@cache
def _listed() -> frozenset[str]:
    text = (resources.files("unison_server.identity") / "common_passwords.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(chain.from_iterable(line.split() for line in lines))

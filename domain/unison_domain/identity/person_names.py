"""Names of people that look like what they are: nobody passes for somebody else by letters that look alike.

After Unicode Technical Standard 39 (Unicode Security Mechanisms), 5.2, "Highly Restrictive", by names of characters.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated
from unicodedata import name as name_of_sign

from pydantic import AfterValidator

from unison_domain.kernel.contracts import Code, Email, Name

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""What shows nothing, beside what Unicode calls formats and controls."""
_INVISIBLE_KINDS = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_WORD = re.compile(r"[^\W\d_]+")
_ALONE_OR_WITH = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "LATIN"}),
    frozenset({"CJK", "BOPOMOFO", "LATIN"}),
    frozenset({"CJK", "HANGUL", "LATIN"}),
)
"""Scripts that are written within one word: Japanese, Chinese, Korean."""
_LETTERLIKE = frozenset({"MODIFIER", "FEMININE", "MASCULINE", "COMBINING", "MIDDLE"})


def composed(name: str) -> str:
    """The name in the form NFC of Unicode: what is written in two ways is one name."""
    return unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """A name as it is compared: without case, surrounding blanks and ways to write it (Unicode, 3.13, D145)."""
    return composed(unicodedata.normalize("NFD", name.strip()).casefold())


def demand_visible(name: str) -> str:
    """The name, composed.

    Raises:
        ValueError: it has signs that nobody sees, that turn others around, or of scripts that look alike in one word.
    """
    name = composed(name)
    for sign in name:
        is_selector = "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"
        is_odd_blank = unicodedata.category(sign) == "Zs" and sign != " "
        if is_selector or is_odd_blank or sign in _INVISIBLE or unicodedata.category(sign) in _INVISIBLE_KINDS:
            called = name_of_sign(sign, "a sign without a name")
            raise ValueError(f"must not contain signs that nobody sees: U+{ord(sign):04X} {called}")
    for word in _WORD.findall(name):
        scripts = {_script(sign) for sign in word} - _LETTERLIKE
        if len(scripts) > 1 and not any(scripts <= together for together in _ALONE_OR_WITH):
            mixed = " and ".join(sorted(script.capitalize() for script in scripts))
            raise ValueError(f"mixes letters that look alike, of {mixed}, in {word!r}; write it with one keyboard")
    return name


def demand_plain(name: str) -> str:
    """The same of a name to sign in with, which has no letters of special shapes either, such as `ﬁ`."""
    name = demand_visible(name)
    if (plain := unicodedata.normalize("NFKC", name)) != name:
        raise ValueError(f"has letters of a special shape; write {plain!r}")
    return name


def _script(sign: str) -> str:
    return name_of_sign(sign, "UNKNOWN").partition(" ")[0]


PersonName = Annotated[Name, AfterValidator(demand_visible)]
"""What somebody is called."""
SignInCode = Annotated[Code, AfterValidator(demand_plain)]
"""A user name or employee number."""
SignInEmail = Annotated[Email, AfterValidator(demand_plain)]
"""An address of mail somebody signs in with."""

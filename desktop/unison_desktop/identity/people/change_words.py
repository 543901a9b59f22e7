"""What a file of people would change, as people read it: the server says it in signs and names of columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from unison_desktop.identity.role_words import ROLES
from unison_desktop.kernel.texts import _

_COLUMNS: Mapping[str, str] = {
    "username": _("User name"),
    "full_name": _("Name"),
    "email": _("E-mail"),
    "employee_code": _("Employee number"),
    "phone": _("Phone"),
    "access_ends_at": _("Access ends"),
    "access_ends_at=-": _("access without end"),
    "is_active": _("Active"),
    "is_active=yes": _("let in again"),
    "is_active=no": _("deactivated"),
}
_RIGHTS: Mapping[str, str] = {"r": _("see"), "w": _("change"), "d": _("take out of use"), "*": _("default")}
_BADGES = re.compile(r"\+(?P<n>\d+) badges?(?: until (?:(?P<day>the end of )?(?P<end>.*)))?")
_SIGNS_IN = re.compile(r"username=(?P<name>.*)", re.DOTALL)
_ENDS = re.compile(r"access_ends_at=(?:(?P<day>the end of )?(?P<end>.*))")
_PLACE = re.compile(r"\+(?P<place>.*):(?P<rights>r[wd*]*)", re.DOTALL)
_ROLE = re.compile(r"(?P<sign>[+-])(?P<role>[^@]+)(?:@(?P<place>.*))?", re.DOTALL)


def change_text(change: str) -> str:
    """One change; what is said otherwise by a newer server stays as it is."""
    if change in _COLUMNS:
        return _COLUMNS[change]
    for form, words in _FORMS:
        if (found := form.fullmatch(change)) is not None:
            return words(found)
    return change


def _badges(found: re.Match[str]) -> str:
    count = int(found["n"])
    text = _("1 badge") if count == 1 else _("{n} badges").format(n=count)
    return f"+ {text}" if found["end"] is None else f"+ {text} {_until(found)}"


def _ends(found: re.Match[str]) -> str:
    return _("Access {until}").format(until=_until(found))


def _until(found: re.Match[str]) -> str:
    until = _("until the end of {day}") if found["day"] else _("until {day}")
    return until.format(day=found["end"])


def _signs_in(found: re.Match[str]) -> str:
    return _("signs in as {name}").format(name=found["name"])


def _place(found: re.Match[str]) -> str:
    return f"+ {found['place']}: {', '.join(_RIGHTS[one] for one in found['rights'])}"


def _role(found: re.Match[str]) -> str:
    role = ROLES[found["role"]][0] if found["role"] in ROLES else found["role"]
    sign = "+" if found["sign"] == "+" else "\N{MINUS SIGN}"
    return f"{sign} {role}" if found["place"] is None else f"{sign} {role} ({found['place']})"


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_BADGES, _badges),
    (_ENDS, _ends),
    (_SIGNS_IN, _signs_in),
    (_PLACE, _place),
    (_ROLE, _role),
)

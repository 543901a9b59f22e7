"""The roles that can be given, by what people call them, with what each gives and why it can't be given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import NamedTuple

from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.role_contracts import RoleAnswer

from unison_desktop.identity.role_words import ROLES
from unison_desktop.kernel.rights import in_words, named
from unison_desktop.kernel.texts import _

_MOST_NAMED = 20
"""More permissions than these fill no tool tip that anybody reads."""


class RoleChoice(NamedTuple):
    """A role to be ticked; `barred` is why who edits can't give it, empty where they can."""

    code: str
    name: str
    gives: str
    hint: str
    barred: str


class RoleBook:
    """System roles and the organization's own; before they are read, and for who may not read them, the system's."""

    def __init__(self, known: Iterable[RoleAnswer] = ()) -> None:
        self._known: Mapping[str, RoleAnswer] = {role.code: role for role in known}

    def name(self, code: str) -> str:
        """What people call a role; one that is not known keeps its code."""
        if code in ROLES:
            return ROLES[code][0]
        return self._known[code].name if code in self._known else code

    def gives(self, code: str) -> str:
        """What it gives, in short."""
        if code in ROLES:
            return ROLES[code][1]
        role = self._known.get(code)
        if role is None:
            return ""
        count = len(role.permissions)
        return role.description or (_("1 right") if count == 1 else _("{n} rights").format(n=count))

    def names(self, codes: Iterable[str]) -> str:
        """Several in a line."""
        return ", ".join(self.name(code) for code in codes)

    def reigning(self, codes: Iterable[str]) -> str:
        """One of the roles that hold in every plant and warehouse; empty where none does."""
        return next((code for code in codes if code in self._known and self._known[code].all_places), "")

    def sees_everywhere(self, codes: Iterable[str]) -> bool:
        """Whether one of the roles lets every plant and warehouse be seen."""
        return any(code in self._known and self._known[code].reads_all_places for code in codes)

    def choices(self, may: Set[str]) -> list[RoleChoice]:
        """All roles in use that people are given; `may` are the permissions of who gives, where they give it."""
        codes = [code for code, role in self._known.items() if role.is_active] or list(ROLES)
        codes = [code for code in codes if code != RoleCode.STATION]
        return [RoleChoice(code, self.name(code), self.gives(code), *self._rights(code, may)) for code in codes]

    def _rights(self, code: str, may: Set[str]) -> tuple[str, str]:
        role = self._known.get(code)
        if role is None:
            return self.gives(code), ""
        lines = [in_words(one) for one in role.permissions[:_MOST_NAMED]]
        if more := len(role.permissions) - len(lines):
            lines.append(_("and {n} more").format(n=more))
        beyond = sorted(set(role.permissions) - may)
        barred = (
            _("You can't give or take this role: you lack {right}.").format(right=named(beyond[0])) if beyond else ""
        )
        return "\n".join(lines), barred

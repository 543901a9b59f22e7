"""How a field of a form is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from unison_desktop.frame.form.editors import Editor

Values = Mapping[str, Any]
"""What a form holds: values as JSON has them, by field."""


def _always(_values: Values) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a contract.

    Attributes:
        name: as the contract has it.
        make: what makes its editor, for a parent.
        help: stands beside it: what it means, an example, where to find it.
        more: shown with the further settings, which are folded away at first.
        fits: whether it means anything with these values; one that doesn't is hidden, and left to its default.
        heading: begins a group with this heading.
        wide: its editor takes the room of the help too, which stands below it.
    """

    name: str
    label: str
    make: Callable[[QWidget], Editor]
    help: str = ""
    more: bool = False
    fits: Callable[[Values], bool] = _always
    heading: str = ""
    wide: bool = False

    @property
    def choices(self) -> Mapping[str, str]:
        """The words of what can be chosen, where that is known before any form is opened."""
        found = self.make.keywords.get("choices") if isinstance(self.make, partial) else None
        return found if isinstance(found, Mapping) else {}

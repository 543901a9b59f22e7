"""How many of something, in words: one thing is said otherwise than several."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QLocale


class Counted(NamedTuple):
    """What is said of one thing, and of any other number `{n}` of them; both are texts of the catalogue."""

    one: str
    many: str

    def said(self, n: int, written: str = "") -> str:
        """The text for so many; `written` stands for the number, e.g. `99+`, where it isn't the number itself."""
        return (self.one if n == 1 else self.many).format(n=written or QLocale().toString(n))


def counted(n: int, one: str, many: str) -> str:
    """The same at once."""
    return Counted(one, many).said(n)

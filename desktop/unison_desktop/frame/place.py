"""Where in the program somebody is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A page and what it shows, e.g. `Place("machine", "0193…")`; written `machine/0193…`."""

    page: str
    argument: str = ""

    def __str__(self) -> str:
        return f"{self.page}/{self.argument}" if self.argument else self.page

    @classmethod
    def parse(cls, text: str) -> Place:
        """The place that was written as `text`."""
        page, _, argument = text.partition("/")
        return cls(page, argument)


@dataclass(frozen=True, slots=True)
class Record:
    """Something Ctrl+K can jump to.

    Attributes:
        title: what people call it.
        detail: what tells it from its namesakes, e.g. its code and plant.
        icon: name of the icon.
    """

    title: str
    detail: str
    place: Place
    icon: str

"""The way somebody took through the program."""

from __future__ import annotations

from unison_desktop.frame.place import Place

LONGEST = 100


class Travel:
    """Places visited, with a way back and forward, as in a browser."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._at = -1

    @property
    def here(self) -> Place | None:
        """Where the person is."""
        return self._places[self._at] if self._places else None

    @property
    def can_go_back(self) -> bool:
        """Whether there is a place before."""
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether the person came back from somewhere."""
        return self._at < len(self._places) - 1

    def go(self, place: Place) -> None:
        """Go on to a place; what lay ahead is forgotten."""
        if place == self.here:
            return
        self._places = [*self._places[: self._at + 1], place][-LONGEST:]
        self._at = len(self._places) - 1

    def back(self) -> Place:
        """Step back; only where `can_go_back`."""
        self._at -= 1
        return self._places[self._at]

    def forward(self) -> Place:
        """Step forward; only where `can_go_forward`."""
        self._at += 1
        return self._places[self._at]

"""Which pictures of a folder were looked at, as the buffer keeps it: in pieces, so that one more is a small write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

PIECE = 512
"""Pictures of one piece; 8 bytes each."""

_BYTES = 8


class SeenPictures:
    """Fingerprints in the order their pictures were done with. For one thread.

    Pieces go to disk with what counted in them, so a camera that is killed neither looks at a picture again nor misses
    one. Numbers of pieces that were dropped are used again.
    """

    def __init__(self, pieces: Mapping[int, Sequence[str]] | None = None) -> None:
        self._pieces = {number: list(piece) for number, piece in (pieces or {}).items()}
        self._unsaved = set[int]()

    @classmethod
    def load(cls, key: str, numbers: Iterable[int], remembered: Callable[[str], bytes | None]) -> SeenPictures:
        """What `unsaved` gave, of the pieces that still hold."""
        return cls({number: _read(remembered(_key(key, number)) or b"") for number in numbers})

    @property
    def numbers(self) -> tuple[int, ...]:
        """Which pieces hold, oldest first."""
        return tuple(self._pieces)

    @property
    def all(self) -> list[str]:
        """Oldest first."""
        return [one for piece in self._pieces.values() for one in piece]

    def add(self, fingerprints: Iterable[str]) -> None:
        """These were looked at too."""
        for one in fingerprints:
            last = next(reversed(self._pieces), None)
            if last is None or len(self._pieces[last]) >= PIECE:
                last = next(number for number in range(len(self._pieces) + 1) if number not in self._pieces)
                self._pieces[last] = []
            self._pieces[last].append(one)
            self._unsaved.add(last)

    def replace(self, fingerprints: Sequence[str]) -> None:
        """Nothing else is worth remembering any more."""
        self._pieces, self._unsaved = {}, set()
        self.add(fingerprints)

    def unsaved(self, key: str) -> dict[str, bytes]:
        """What changed since `saved`, for the buffer."""
        return {_key(key, number): bytes.fromhex("".join(self._pieces[number])) for number in self._unsaved}

    def saved(self) -> None:
        """What `unsaved` gave is on disk."""
        self._unsaved.clear()


def _key(key: str, number: int) -> str:
    return f"{key}:seen:{number}"


def _read(piece: bytes) -> list[str]:
    return [piece[at : at + _BYTES].hex() for at in range(0, len(piece), _BYTES)]

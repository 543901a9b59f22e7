"""What a camera remembers from one start to the next."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from unison_station.cameras.code import fingerprint
from unison_station.cameras.source import Mark


@dataclass(frozen=True, slots=True)
class LastSight:
    """What had counted and was in sight, and what was looked at of a folder.

    Attributes:
        source: where it was seen; elsewhere it tells nothing.
        counted: fingerprints of codes.
        last: the name of the last picture of a folder.
        pieces: where `SeenPictures` lies.
        before: what was looked at of a folder, as it was noted before; gone when the camera's process told otherwise.
    """

    source: str
    counted: frozenset[str] = frozenset()
    last: str | None = None
    pieces: tuple[int, ...] = ()
    before: Mark | None = None

    @classmethod
    def load(cls, stored: bytes | None, source: str) -> LastSight:
        """What `dump` gave, where it is of this source; else nothing."""
        said = {} if stored is None else orjson.loads(stored)
        if said.get("source") != source:
            return cls(source)
        known = said.get("fingerprints")
        if known is None:  # as it was written before: a symbol and a text each
            parts = (text.partition(" ") for text in said["counted"])
            known = [fingerprint((symbol, text)) for symbol, _, text in parts]
        before = Mark(*said["shown"]) if said["shown"] else None
        return cls(source, frozenset(known), said.get("last"), tuple(said.get("pieces", ())), before)

    def dump(self) -> bytes:
        """As the buffer keeps it."""
        said = {"source": self.source, "fingerprints": sorted(self.counted), "last": self.last, "pieces": self.pieces}
        return orjson.dumps(said | {"shown": self.before and list(self.before)})

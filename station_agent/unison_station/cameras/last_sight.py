"""What a camera remembers from one start to the next."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from unison_station.cameras.code import fingerprint
from unison_station.cameras.source import Mark


@dataclass(frozen=True, slots=True)
class LastSight:
    """What had counted and was in sight, and which picture of a folder was looked at last.

    Attributes:
        source: where it was seen; elsewhere it tells nothing.
        counted: fingerprints of codes.
    """

    source: str
    counted: frozenset[str] = frozenset()
    shown: Mark | None = None

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
        return cls(source, frozenset(known), Mark(*said["shown"]) if said["shown"] else None)

    def dump(self) -> bytes:
        """As the buffer keeps it."""
        shown = self.shown and list(self.shown)
        return orjson.dumps({"source": self.source, "fingerprints": sorted(self.counted), "shown": shown})

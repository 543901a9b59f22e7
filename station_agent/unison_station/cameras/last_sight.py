"""What a camera remembers from one start to the next."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from unison_domain.codes.aim import Symbol

from unison_station.cameras.code import Code, Key
from unison_station.cameras.source import Mark


@dataclass(frozen=True, slots=True)
class LastSight:
    """What had counted and was in sight, and which picture of a folder was looked at last.

    Attributes:
        source: where it was seen; elsewhere it tells nothing.
    """

    source: str
    counted: frozenset[Key] = frozenset()
    shown: Mark | None = None

    @classmethod
    def load(cls, stored: bytes | None, source: str) -> LastSight:
        """What `dump` gave, where it is of this source; else nothing."""
        said = {} if stored is None else orjson.loads(stored)
        if said.get("source") != source:
            return cls(source)
        keys = (text.partition(" ") for text in said["counted"])
        return cls(
            source,
            frozenset((symbol, text) for symbol, _, text in keys),
            Mark(*said["shown"]) if said["shown"] else None,
        )

    def dump(self) -> bytes:
        """As the buffer keeps it. A code is one string with its symbol, so that none is taken for a moment."""
        counted = sorted(f"{symbol} {text}" for symbol, text in self.counted)
        return orjson.dumps({"source": self.source, "counted": counted, "shown": self.shown and list(self.shown)})

    @property
    def codes(self) -> list[Code]:
        """What had counted; nobody remembers where."""
        return [Code(text, Symbol(symbol), ()) for symbol, text in self.counted]

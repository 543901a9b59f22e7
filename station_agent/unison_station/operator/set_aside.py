"""Entries made here that the server set aside: what the page tells of them until somebody has seen it.

set_aside = SetAside.load(stored)
set_aside = set_aside.told(words)      # as the server has them now; what was decided or taken meanwhile is gone
state = set_aside.dump()               # to be committed
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter
from unison_domain.stations.set_aside_words import SetAsideWord

SEEN_KEPT = 400
"""Far more than the server tells of at a time, so that what was seen once never comes back."""

_WORDS = TypeAdapter(tuple[SetAsideWord, ...])
_SEEN = TypeAdapter(tuple[str, ...])
_KEY, _SEEN_KEY = "set_aside", "set_aside:seen"


@dataclass(frozen=True, slots=True)
class SetAside:
    """All stations of an agent.

    Attributes:
        words: what the server told last, newest first; moments by this PC's clock.
        seen: what somebody at a page has done with, by `sight_of`.
    """

    words: tuple[SetAsideWord, ...] = ()
    seen: tuple[str, ...] = ()

    @classmethod
    def load(cls, stored: Mapping[str, bytes]) -> SetAside:
        """What `dump` gave. Raises ValueError when it is no such thing."""
        words = _WORDS.validate_json(stored.get(_KEY, b"[]"))
        return cls(words, _SEEN.validate_json(stored.get(_SEEN_KEY, b"[]")))

    def dump(self) -> dict[str, bytes]:
        """A part of the agent's state."""
        return {_KEY: _WORDS.dump_json(self.words), _SEEN_KEY: _SEEN.dump_json(self.seen)}

    def told(self, words: Iterable[SetAsideWord]) -> SetAside:
        """When the server has these and no others; one that is known keeps the moments it was heard with first."""
        known = {word.id: word for word in self.words}
        return replace(self, words=tuple(_as_heard(word, known.get(word.id, word)) for word in words))

    def after_seeing(self, sight: str) -> SetAside:
        """When somebody has seen it; what is decided about it later is told anew."""
        return self if sight in self.seen else replace(self, seen=(*self.seen, sight)[-SEEN_KEPT:])

    @property
    def unseen(self) -> tuple[SetAsideWord, ...]:
        """What a page tells, newest first."""
        return tuple(word for word in self.words if sight_of(word) not in self.seen)


def sight_of(word: SetAsideWord) -> str:
    """What is seen at once: the entry as it stands."""
    return f"{word.id} {word.decision or 'waits'}"


def _as_heard(word: SetAsideWord, first: SetAsideWord) -> SetAsideWord:
    return word.model_copy(update={"said_at": first.said_at, "started_at": first.started_at})


def is_moment_of(said: datetime | None, begun: datetime) -> bool:
    """Whether that is what began then: the clock may be known better now than when it was said."""
    return said is not None and abs((said - begun).total_seconds()) < 2

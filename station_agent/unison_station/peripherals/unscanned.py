"""What came before a scanner or a camera and is no scan, as it may leave this PC: the text of a badge does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unison_domain.stations.hidden import hidden

Hides = Callable[[str, bool], bool]
"""Whether a text may be a badge's; the second says whether it was read whole."""

_HIDDEN = " (letters and digits are hidden, for it may be a badge)"


@dataclass(frozen=True, slots=True)
class Unscanned:
    """Something that became no scan.

    Attributes:
        words: why, for whoever stands there; the texts may be in it.
        texts: what came.
        reason: why, for those who see the texts beside it; empty: the words say it.
        is_whole: each text was read from its begin to its end; a piece may be one of a badge, and nobody can tell.
        remedy: what to do about it, in words.
    """

    words: str
    texts: tuple[str, ...] = ()
    reason: str = ""
    is_whole: bool = True
    remedy: str | None = None

    def told(self, hides: Hides) -> tuple[str, str]:
        """What came and why it is no scan, without what may be of a badge."""
        seen = {text: hidden(text) if hides(text, self.is_whole) else text for text in self.texts}
        reason = self.reason or self.words
        for text, shown in sorted(seen.items(), key=lambda pair: -len(pair[0])):
            for written in (repr(text)[1:-1], text):
                reason = reason.replace(written, shown)
        if any(text != shown for text, shown in seen.items()):
            reason += _HIDDEN
        return ", ".join(seen.values()), reason

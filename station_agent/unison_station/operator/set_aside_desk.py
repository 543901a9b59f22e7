"""Where heartbeats and pages meet about entries that were set aside: a part of the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from unison_domain.stations.set_aside_words import SetAsideWord

from unison_station.engine.engine import Decide, Deed, Engine
from unison_station.operator.set_aside import SetAside


class SetAsideDesk:
    """What was set aside, kept by the engine's loop and read by any thread.

    Attributes:
        known: replaced as a whole.
    """

    def __init__(
        self, stored: Mapping[str, bytes], keep: Callable[[Decide, Engine], None], tell: Callable[[], None]
    ) -> None:
        """Go on with what was committed.

        Args:
            stored: the agent's state.
            keep: commits what was decided, or raises Refused.
            tell: wakes the pages.

        Raises:
            ValueError: it can't be read.
        """
        self.known = SetAside.load(stored)
        self._keep = keep
        self._tell = tell

    def learn(self, words: Sequence[SetAsideWord], engine: Engine) -> None:
        """Take which entries the server has set aside, and no others."""
        engine.order(lambda _now: self._deed(self.known.told(words)))

    def see(self, sight: str, engine: Engine) -> None:
        """Tell of an entry no more, for somebody has seen it; on return that is on disk. Not on the engine's loop.

        Raises:
            Refused: it is not kept.
        """
        self._keep(lambda _now: self._deed(self.known.after_seeing(sight))._replace(at_once=True), engine)

    def _deed(self, known: SetAside) -> Deed:
        def done() -> None:
            self.known = known
            self._tell()

        return Deed((), {} if known == self.known else known.dump(), done)

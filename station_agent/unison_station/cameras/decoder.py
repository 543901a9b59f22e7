"""From a picture of a stream to its codes: zxing-cpp first, and more where there may be more than it found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from unison_domain.stations.camera_settings import CodeFormat

from unison_station.cameras.code import Code, Grey, Key, reading_order
from unison_station.cameras.fresh_looks import FreshLooks
from unison_station.cameras.second_pass import ATTEMPTS, PATCHES_ALONE, Attempt, Scene, without
from unison_station.cameras.zxing import Zxing

Opinion: TypeAlias = Callable[[Grey], list[Code]]
"""Another decoder, asked after the cheap ways."""

_Way: TypeAlias = Callable[[Scene, int], Iterator[list[Code]]]
"""What one way gives, patch by patch, from the patch of a number on."""

CONFIRMING = 2
"""So many looks in a row that find a code without a checksum are told at once; one like stripes, one more."""

PASSED_OVER = 4
"""So many pictures in a row get a first look only where the next one is there already."""

REPEATS_ASKED = 2
"""So often the other decoder, which is slow, is asked again for what it said: as often as any code wants to be read."""


class Decoder:
    """Reads pictures as they come. For one thread.

    Attributes:
        looks_once: the next picture may show something else, so that all of each is looked at.
        try_seconds: how long one try of the second pass may take, as the last ones tell.
    """

    def __init__(
        self,
        formats: Iterable[CodeFormat] | None = None,
        *,
        second_pass: bool = True,
        opinion: Opinion | None = None,
        confirmations: int = CONFIRMING,
    ) -> None:
        """None as formats looks for everything there is; `confirmations` as in `Code.reads_wanted`."""
        self._zxing = Zxing(formats)
        self._fresh = FreshLooks(confirmations)
        self._whole: list[Code] | None = None
        self._second_pass = second_pass
        asked = [] if opinion is None else [self._asking(opinion)]
        ways = [self._trying(attempt) for attempt in ATTEMPTS]
        self._ways: list[_Way] = [*ways[:PATCHES_ALONE], *asked, *ways[PATCHES_ALONE:]]
        self._asks = PATCHES_ALONE if asked else None
        self._turn = 0, 0
        self._again: tuple[int, int] | None = None
        self._repeats = 0
        self._again_was_all = False
        self._looks: dict[Key, int] = {}
        self._awaited: set[Key] = set()
        self._passed_over = 0
        self.try_seconds = 0.0
        self.looks_once = False

    def read(self, picture: Grey, seconds: float, is_overtaken: Callable[[], bool] = lambda: False) -> list[Code]:
        """Codes of one picture, in reading order; doubtful ones are for the caller to confirm.

        What the first look finds anew is told at once, and so is what it finds again that wants to be confirmed by
        that. Where it finds what it found in the pictures before, or nothing, the rest of the picture is tried in the
        next ways that fit into `seconds`, so that a code that stays in sight is tried in all of them. The first look
        at a newer picture comes before that; but after `PASSED_OVER` pictures one try is made in any case. Where the
        picture is the last one again, only what else says the same of a code confirms it.
        """
        self._fresh.begin(picture)
        found = self._first_look(picture)
        return reading_order(self._fresh.judged(self._with_more(picture, found, seconds, is_overtaken)))

    def _with_more(
        self, picture: Grey, found: list[Code], seconds: float, is_overtaken: Callable[[], bool]
    ) -> list[Code]:
        self._looks = {code.key: self._looks.get(code.key, 0) + 1 for code in found}
        is_all_unsure = all(self._looks[code.key] < code.reads_wanted(CONFIRMING) for code in found)
        self._awaited = set(self._looks) if is_all_unsure else set()
        if not self._second_pass or any(self._is_awaited(code) for code in found):
            return found
        if is_overtaken() and self._passed_over < PASSED_OVER:
            self._passed_over += 1
            return found
        self._passed_over = 0
        ends = time.perf_counter() + seconds
        scene = Scene(without(picture, found))
        more = self._search(scene, lambda: time.perf_counter() > ends or is_overtaken())
        return list({code.key: code for code in (*more, *found)}.values())

    def _is_awaited(self, code: Code) -> bool:
        """Somebody waits for this look at a code: it is the first, or the one that confirms."""
        return self._looks[code.key] <= code.reads_wanted(CONFIRMING)

    def _first_look(self, picture: Grey) -> list[Code]:
        """Where all that was in sight wants to be confirmed, for that alone; for everything where it is not."""
        if self._fresh.is_same and self._whole is not None:
            return self._whole
        self._whole = None
        if self._awaited and not self.looks_once and not self._fresh.is_same:
            found = self._zxing.read_again(picture)
            if self._awaited <= {code.key for code in found}:
                return self._noted(found, picture)
        self._whole = self._noted(self._zxing.read(picture), picture)
        return self._whole

    def _noted(self, found: list[Code], picture: Grey) -> list[Code]:
        for code in found:
            self._fresh.note(code, code, picture, self._zxing.reader_of(code))
        return found

    def _search(self, scene: Scene, is_over: Callable[[], bool]) -> list[Code]:
        """What gave a code last is tried again, and others as time allows; where it does not, by turns."""
        found: list[Code] = []
        if self._again is not None and not self._again_was_all and not self._fresh.is_same:
            found = self._repeat(scene, *self._again)
            self._again_was_all = is_over()
            if self._again_was_all:
                return found
        self._again_was_all = False
        return found + self._explore(scene, {code.key for code in found}, is_over)

    def _repeat(self, scene: Scene, way: int, patch: int) -> list[Code]:
        found = next(self._ways[way](scene, patch), [])
        self._repeats += 1
        if not found or (way == self._asks and self._repeats == REPEATS_ASKED):
            self._again = None
        return found

    def _explore(self, scene: Scene, known: set[tuple[str, str]], is_over: Callable[[], bool]) -> list[Code]:
        """What the next ways give, until one gives a code that is not known."""
        while True:
            way, first = self._turn
            for patch, codes in enumerate(self._ways[way](scene, first), first):
                self._turn = way, patch + 1
                if any(code.key not in known for code in codes):
                    self._again, self._repeats = (way, patch), 0
                    return codes
                if is_over():
                    return []
            self._turn = (way + 1) % len(self._ways), 0
            if self._turn == (0, 0) or is_over():
                return []

    def _trying(self, attempt: Attempt) -> _Way:
        def way(scene: Scene, first: int) -> Iterator[list[Code]]:
            began = time.perf_counter()
            for changed in attempt(scene, first):
                inside = self._zxing.read(changed.picture)
                codes = [changed.place(code) for code in inside]
                for code, read in zip(codes, inside, strict=True):
                    self._fresh.note(code, read, changed.picture, self._zxing.reader_of(read))
                self.try_seconds = max(time.perf_counter() - began, 0.9 * self.try_seconds)
                yield codes
                began = time.perf_counter()

        return way

    def _asking(self, opinion: Opinion) -> _Way:
        def way(scene: Scene, first: int) -> Iterator[list[Code]]:
            if first == 0:
                codes = opinion(scene.picture)
                for code in codes:
                    if not code.is_again:
                        self._fresh.note(code, code, scene.picture, opinion)
                yield codes

        return way

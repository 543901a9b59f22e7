"""From a picture to its codes: zxing-cpp first, and more only where it found nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable

from unison_domain.stations.camera_settings import CodeFormat

from unison_station.cameras.code import Code, Grey, reading_order
from unison_station.cameras.second_pass import ATTEMPTS, MOST_PIXELS_OF_STREAM, Scene
from unison_station.cameras.zxing import Zxing

Opinion = Callable[[Grey], list[Code]]
"""Another decoder, asked last."""

PASSED_OVER = 4
"""So many pictures in a row get a first look only where the next one is there already."""


class Decoder:
    """Reads pictures. For one thread.

    Attributes:
        try_seconds: how long one try of the second pass may take, as the last ones tell.
    """

    def __init__(
        self, formats: Iterable[CodeFormat] | None = None, *, second_pass: bool = True, opinion: Opinion | None = None
    ) -> None:
        """None as formats looks for everything there is."""
        self._zxing = Zxing(formats)
        self._second_pass = second_pass
        self._opinion = opinion
        self._turn = 0, 0
        self._passed_over = 0
        self.try_seconds = 0.0

    def read(self, picture: Grey, seconds: float = 5.0) -> list[Code]:
        """Codes of a picture that stands alone, in reading order.

        A reading of a changed picture whose check says little (`Code.is_doubtful`) is believed when two changes gave
        it and none gave another one like it.

        Args:
            seconds: how long may be tried after the first look found nothing; what was begun is ended.
        """
        found = self._zxing.read(picture)
        if found or not self._second_pass:
            return reading_order(found)
        ends = time.perf_counter() + seconds
        votes: Counter[tuple[str, str]] = Counter()
        seen: dict[tuple[str, str], Code] = {}
        scene = Scene(picture)
        for number in range(len(ATTEMPTS)):
            for code in self._attempt(scene, number):
                votes[code.key] += 1
                seen.setdefault(code.key, code)
            if believed := _believed(seen, votes):
                return reading_order(believed)
            if time.perf_counter() > ends:
                break
        return self._asked(picture, seen, votes)

    def read_of_many(
        self, picture: Grey, seconds: float, is_overtaken: Callable[[], bool] = lambda: False
    ) -> list[Code]:
        """Codes of one picture of a stream, in reading order; doubtful ones are for the caller to confirm.

        Where nothing is found, each picture is tried in the next ways that fit into `seconds`, so that a code that
        stays in sight is tried in all of them. The first look at a newer picture comes before that; but after
        `PASSED_OVER` pictures one try is made in any case.
        """
        found = self._zxing.read(picture)
        if found or not self._second_pass:
            return reading_order(found)
        if is_overtaken() and self._passed_over < PASSED_OVER:
            self._passed_over += 1
            return []
        self._passed_over = 0
        ends = time.perf_counter() + seconds
        scene = Scene(picture, MOST_PIXELS_OF_STREAM)
        while True:
            found = self._attempt_on(scene, lambda: time.perf_counter() > ends or is_overtaken())
            if not found and self._turn == (0, 0) and self._opinion is not None:
                return self._opinion(picture)
            if found or self._turn == (0, 0) or time.perf_counter() > ends or is_overtaken():
                return reading_order(found)

    def _attempt(self, scene: Scene, number: int) -> list[Code]:
        """What one way gives; the same code in overlapping patches once."""
        found: dict[tuple[str, str], Code] = {}
        for changed in ATTEMPTS[number](scene, 0):
            for code in self._zxing.read(changed.picture):
                found.setdefault(code.key, changed.place(code))
        return list(found.values())

    def _attempt_on(self, scene: Scene, is_over: Callable[[], bool]) -> list[Code]:
        """What the way whose turn it is gives, from the patch whose turn it is. What gave a code keeps its turn."""
        way, first = self._turn
        found: dict[tuple[str, str], Code] = {}
        began = time.perf_counter()
        for number, changed in enumerate(ATTEMPTS[way](scene, first), first + 1):
            for code in self._zxing.read(changed.picture):
                found.setdefault(code.key, changed.place(code))
            self._turn = way, number
            ended = time.perf_counter()
            self.try_seconds, began = max(ended - began, 0.9 * self.try_seconds), ended
            if is_over():
                break
        else:
            self._turn = (way + 1) % len(ATTEMPTS), 0
        if found:
            self._turn = way, first
        return list(found.values())

    def _asked(self, picture: Grey, seen: dict[tuple[str, str], Code], votes: Counter[tuple[str, str]]) -> list[Code]:
        if self._opinion is None:
            return []
        for code in self._opinion(picture):
            votes[code.key] += 1
            seen.setdefault(code.key, code)
        return reading_order(_believed(seen, votes))


def _believed(seen: dict[tuple[str, str], Code], votes: Counter[tuple[str, str]]) -> list[Code]:
    """Those beyond doubt. Two doubtful ones of one symbology at one place doubt each other."""
    certain = [code for code in seen.values() if not code.is_doubtful]
    doubtful = [code for code in seen.values() if code.is_doubtful]
    for code in doubtful:
        rivals = [other for other in doubtful if other is not code and _overlap(code, other)]
        if votes[code.key] >= 2 and not rivals and not any(_overlap(code, other) for other in certain):
            certain.append(code)
    return certain


def _overlap(one: Code, other: Code) -> bool:
    """Whether the middle of one lies in the box around the other."""
    return any(
        min(x for x, _ in box.corners) <= point[0] <= max(x for x, _ in box.corners)
        and box.top <= point[1] <= box.bottom
        for point, box in ((one.middle, other), (other.middle, one))
    )

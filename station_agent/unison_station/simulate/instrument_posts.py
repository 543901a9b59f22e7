"""Scanners, gauges and cameras of a simulated shop at their places: plugged in, and used again and again."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from itertools import count, cycle
from pathlib import Path
from random import Random
from typing import Protocol

from unison_station.simulate.instrument_plans import (
    CameraPlan,
    CodePlan,
    GaugePlan,
    InstrumentPlan,
    MeasuredPlan,
    ScannerPlan,
)
from unison_station.simulate.instruments import Caliper, Scale, Scanner, Slip
from unison_station.simulate.ledger import Ledger
from unison_station.simulate.operator_page import ask

_SPREAD = 0.3
"""Times vary by up to this share."""
_SHOWN_SECONDS = 8.0
"""So long a part stays before the camera."""
_SETTLED_SECONDS = 1.0
"""So long a weight swings, and a picture takes to be the camera's newest."""


class InstrumentPost(Protocol):
    """One of them in use."""

    def plug(self) -> None:
        """Make it appear. Raises OSError."""

    def unplug(self) -> None:
        """Make it vanish."""

    @abstractmethod
    async def use(self, slip: Slip | None = None) -> None:
        """Use it once; `slip` is what goes wrong with its message."""


async def play(post: InstrumentPost, plan: InstrumentPlan, random: Random, speed: float) -> None:
    """Use it as often as it is planned, or for ever."""
    for _ in count() if plan.uses is None else range(plan.uses):
        await asyncio.sleep(plan.every_seconds * random.uniform(1 - _SPREAD, 1 + _SPREAD) / speed)
        await post.use()


def post_of(
    plan: InstrumentPlan, folder: Path, ledger: Ledger, random: Random, pages: Mapping[str, str]
) -> InstrumentPost:
    """The instrument of a plan; its port, or its folder of pictures, is in `folder` under its code.

    Args:
        pages: where the agents' operator pages are, by station.
    """
    if isinstance(plan, ScannerPlan):
        return _ScannerPost(plan, folder / plan.code, ledger)
    if isinstance(plan, CameraPlan):
        return _CameraPost(plan, folder / plan.code, ledger, random, pages)
    return _GaugePost(plan, folder / plan.code, ledger, random)


class _Codes:
    """The codes of a plan, one after the other, with numbers that grow."""

    def __init__(self, codes: list[CodePlan]) -> None:
        self._codes, self._numbers = cycle(codes), count(1)

    def next(self) -> CodePlan:
        code = next(self._codes)
        return code.model_copy(update={"text": code.text.replace("{n}", f"{next(self._numbers):06}")})


def _made(measures: MeasuredPlan, random: Random) -> Decimal:
    """What a part measures."""
    return Decimal(random.gauss(float(measures.target), float(measures.sigma))).quantize(measures.resolution)


class _ScannerPost:
    def __init__(self, plan: ScannerPlan, link: Path, ledger: Ledger) -> None:
        self._plan, self._ledger, self._codes = plan, ledger, _Codes(plan.codes)
        self._scanner = Scanner(link)
        self.plug, self.unplug = self._scanner.cable.plug, self._scanner.cable.unplug

    async def use(self, slip: Slip | None = None) -> None:
        code = self._codes.next()
        self._ledger.note("scanned", instrument=self._plan.code, text=code.text, slip=slip)
        self._scanner.scan(code.text, code.symbology, slip)


class _GaugePost:
    def __init__(self, plan: GaugePlan, link: Path, ledger: Ledger, random: Random) -> None:
        self._plan, self._ledger, self._random = plan, ledger, random
        self._gauge = Caliper(link) if plan.kind == "caliper" else Scale(link)
        self.plug, self.unplug = self._gauge.cable.plug, self._gauge.cable.unplug

    async def use(self, slip: Slip | None = None) -> None:
        value = _made(self._plan.measures, self._random)
        if isinstance(self._gauge, Scale):
            self._gauge.load(value)
            await asyncio.sleep(_SETTLED_SECONDS)
        self._ledger.note("measured", instrument=self._plan.code, value=str(value), slip=slip)
        self._press(value, slip)

    def _press(self, value: Decimal, slip: Slip | None) -> None:
        if isinstance(self._gauge, Scale):
            self._gauge.print_value(slip)
        else:
            self._gauge.press(value, slip)


class _CameraPost:
    def __init__(
        self, plan: CameraPlan, folder: Path, ledger: Ledger, random: Random, pages: Mapping[str, str]
    ) -> None:
        self._plan, self._folder, self._ledger, self._random, self._pages = plan, folder, ledger, random, pages
        self._codes = _Codes(plan.codes)
        self._turn = 0

    def plug(self) -> None:
        from unison_station.simulate.camera_pictures import show_board

        self._folder.mkdir(parents=True, exist_ok=True)
        show_board(self._folder, self._turn)

    def unplug(self) -> None:
        """What was shown last stays in the folder, as the last picture of a camera does."""

    async def use(self, slip: Slip | None = None) -> None:
        """A picture has no slips. Between two parts a board lies there, so that anybody can calibrate the camera."""
        del slip
        from unison_station.simulate.camera_pictures import show_board, show_code

        code, bore = self._codes.next(), _made(self._plan.measures, self._random)
        self._ledger.note("shown", instrument=self._plan.code, text=code.text, bore=str(bore))
        await asyncio.to_thread(show_code, self._folder, code.text, float(bore))
        await asyncio.sleep(_SETTLED_SECONDS)
        await asyncio.to_thread(self._measure)
        await asyncio.sleep(_SHOWN_SECONDS - _SETTLED_SECONDS)
        self._turn += 1
        await asyncio.to_thread(show_board, self._folder, self._turn)

    def _measure(self) -> None:
        """Somebody asks for it, where there is a page to do so; without an agent the part is only shown."""
        page = self._pages.get(self._plan.station)
        if page is None:
            return
        with suppress(OSError):
            ask(page, self._plan.station, self._plan.name)

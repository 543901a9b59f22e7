"""A gauge or scale at work: what it sends, or answers when it is asked, becomes readings on disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from threading import Event as Flag
from typing import Protocol
from uuid import uuid4

from pydantic import ValidationError
from unison_domain.quality.events import ReadingSource, ReadingTaken
from unison_domain.stations.framing import Frame
from unison_domain.stations.gauge_formats import poll_command
from unison_domain.stations.gauge_settings import FootSwitch
from unison_domain.stations.peripherals import GaugeConfiguration, PeripheralState

from unison_station.peripherals.byte_source import ByteSource, FrameReader
from unison_station.peripherals.gauge_reading import read_for
from unison_station.peripherals.outlet import NotKept
from unison_station.peripherals.peripheral import CanNotBe, Standing, Surroundings
from unison_station.peripherals.worker import Tell
from unison_station.wording import problems_in

WAKE_SECONDS = 0.2
PEDAL_SECONDS = 0.02
"""How often a quiet gauge is asked whether something else is to be done; with a foot switch, its line is looked at."""


class GaugePort(ByteSource, Protocol):
    """A byte source that can be written to and has control lines."""

    def write(self, data: bytes) -> None:
        """Send. Raises ConnectionError."""

    def is_on(self, line: FootSwitch) -> bool:
        """Whether a control line is on. Raises ConnectionError."""


class Gauge:
    """The work with one gauge: it is asked one thing at a time, and heard at any time."""

    def __init__(
        self, configuration: GaugeConfiguration, surroundings: Surroundings, opening: Callable[[Flag], GaugePort]
    ) -> None:
        """Raises CanNotBe: it shall be asked, but nobody knows how."""
        self._configuration = configuration
        self._surroundings = surroundings
        self._opening = opening
        self._command = poll_command(configuration)
        self._asked = Flag()
        is_asked = configuration.poll_seconds is not None or configuration.foot_switch is not None
        if is_asked and self._command is None:
            raise CanNotBe(
                f"the format {configuration.format} has no command that asks for a value: give it in `poll`, "
                "or have the gauge send by itself"
            )

    def run(self, ending: Flag, tell: Tell) -> None:
        """See `Work`."""
        with closing(self._opening(ending)) as port:
            tell(Standing(PeripheralState.ONLINE))
            reader, asking = FrameReader(port, self._configuration.framing), _Asking(self._configuration, port)
            self._asked.clear()
            while not ending.is_set():
                if self._command is not None and asking.is_due(self._is_asked()):
                    port.write(self._command)
                    asking.begins()
                frames = reader.next(PEDAL_SECONDS if self._configuration.foot_switch else asking.wait_seconds)
                for frame in frames:
                    self._take(frame)
                if frames:
                    asking.is_answered()
                    tell(Standing(PeripheralState.ONLINE))
                elif asking.is_overdue:
                    asking.is_answered()
                    tell(
                        Standing(PeripheralState.OFFLINE, f"no answer within {self._configuration.timeout_seconds:g} s")
                    )

    def ask(self) -> bool:
        """See `Peripheral`."""
        self._asked.set()
        return self._command is not None

    def _is_asked(self) -> bool:
        was = self._asked.is_set()
        self._asked.clear()
        return was

    def _take(self, frame: Frame) -> None:
        """What is refused is shown with its reason: nothing is dropped silently."""
        gauge, outlet = self._configuration, self._surroundings.outlet
        at = outlet.now()
        try:
            read = read_for(frame, gauge, self._surroundings.configuration().characteristics)
            outlet.keep(
                ReadingTaken(
                    at=at,
                    id=uuid4(),
                    station_id=gauge.station_id,
                    characteristic_id=read.characteristic.id,
                    peripheral_id=gauge.id,
                    source=ReadingSource.GAUGE,
                    value=read.value,
                    unit=read.characteristic.unit,
                    raw=read.raw,
                )
            )
        except NotKept as error:
            outlet.refuse(gauge, f"{read.value} is not kept: {error}")
        except ValidationError as error:
            outlet.refuse(gauge, f"{gauge.name} sent what is no value: {'; '.join(problems_in(error))}")
        except ValueError as error:
            outlet.refuse(gauge, str(error))


class _Asking:
    """When a gauge is asked next, and whether an answer is overdue; the pedal counts when it goes down."""

    def __init__(self, configuration: GaugeConfiguration, port: GaugePort) -> None:
        self._configuration = configuration
        self._port = port
        self._due = time.monotonic()
        self._asked_at: float | None = None
        self._was_down = True  # a pedal that is held while the gauge is opened asks for nothing
        self._is_wanted = False

    def is_due(self, is_asked: bool) -> bool:
        """Whether to ask now: on the beat, for the pedal, or because a person wants it; after the answer that waits."""
        self._is_wanted = self._is_wanted or is_asked or self._is_pressed() or self._is_on_beat()
        if self._asked_at is not None or not self._is_wanted:
            return False
        self._is_wanted = False
        return True

    def begins(self) -> None:
        """It was asked."""
        self._asked_at = time.monotonic()

    def is_answered(self) -> None:
        """Nothing is waited for any more."""
        self._asked_at = None

    @property
    def is_overdue(self) -> bool:
        """It was asked and said nothing for too long."""
        return self._asked_at is not None and time.monotonic() - self._asked_at > self._configuration.timeout_seconds

    @property
    def wait_seconds(self) -> float:
        """How long to listen before the next look."""
        if self._configuration.poll_seconds is None:
            return WAKE_SECONDS
        return min(WAKE_SECONDS, max(0.005, self._due - time.monotonic()))

    def _is_on_beat(self) -> bool:
        every, now = self._configuration.poll_seconds, time.monotonic()
        if every is None or now < self._due:
            return False
        self._due = max(self._due + every, now)
        return True

    def _is_pressed(self) -> bool:
        if self._configuration.foot_switch is None:
            return False
        is_down = self._port.is_on(self._configuration.foot_switch)
        pressed, self._was_down = is_down and not self._was_down, is_down
        return pressed

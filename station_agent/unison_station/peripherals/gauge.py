"""A gauge or scale at work: what it sends, or answers when it is asked, becomes readings on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from threading import Event as Flag
from typing import Protocol
from uuid import uuid4

from pydantic import ValidationError
from unison_domain.quality.events import ReadingSource, ReadingTaken
from unison_domain.stations.framing import Frame
from unison_domain.stations.gauge_formats import GaugeValue, NotAtRest, poll_command, tells_rest
from unison_domain.stations.gauge_reading import GaugeReading, message_of, read_for
from unison_domain.stations.gauge_settings import FootSwitch
from unison_domain.stations.peripherals import GaugeConfiguration, PeripheralState
from unison_domain.stations.scale_load import EMPTY_STEPS, Load, Weighed

from unison_station.operator.doer import Doer
from unison_station.peripherals.asking import BY_HAND, Asking, Occasion
from unison_station.peripherals.byte_source import ByteSource, FrameReader
from unison_station.peripherals.held_values import HeldValue, HeldValues
from unison_station.peripherals.loads import Loads
from unison_station.peripherals.outlet import NotKept
from unison_station.peripherals.peripheral import CanNotBe, Standing, Surroundings
from unison_station.peripherals.streams import Streams
from unison_station.peripherals.worker import Tell
from unison_station.wording import problems_in

PEDAL_SECONDS = 0.02
"""How often the line of a foot switch is looked at."""

STREAM_TOLD_SECONDS = 600.0
"""How often at most it is told that a gauge streams what can't be taken."""

BEAT_SECONDS = 0.75
"""A stream sends again within it, with half its time to spare; a hand presses no key twice in it."""

_NOTHING_LIES = b"[]"


class _Passed(ValueError):
    """Why a value is not kept was told before."""


class _Unsure(ValueError):
    """Of a hand, where nothing follows on the beat of a stream."""


class GaugePort(ByteSource, Protocol):
    """A byte source that can be written to and has control lines."""

    def write(self, data: bytes) -> None:
        """Send. Raises ConnectionError."""

    def is_on(self, line: FootSwitch) -> bool:
        """Whether a control line is on. Raises ConnectionError, and CanNotBe where there is none."""


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
        self._is_open = False
        self._kept = surroundings.remembered(self._key) or _NOTHING_LIES
        self._kept_streams = surroundings.remembered(self._streams_key) or _NOTHING_LIES
        self._settings = hashlib.sha256(configuration.model_dump_json().encode()).hexdigest()
        self._streams = Streams.load(self._kept_streams, self._settings)
        self._told_at: dict[str | None, float] = {}
        self._kept_held = surroundings.remembered(self._held_key) or _NOTHING_LIES
        self._held = HeldValues(self._kept_held)
        self._loads = Loads.load(self._kept, configuration.channels) if self._keeps_loads else Loads()
        is_asked = configuration.poll_seconds is not None or configuration.foot_switch is not None
        if is_asked and self._command is None:
            raise CanNotBe(
                f"the format {configuration.format} has no command that asks for a value: give it in `poll`, "
                "or have the gauge send by itself"
            )

    def run(self, ending: Flag, tell: Tell) -> None:
        """See `Work`."""
        self._tell_held()
        with closing(self._opening(ending)) as port:
            self._asked.clear()
            self._is_open = True
            self._remember()
            tell(Standing(PeripheralState.ONLINE))
            try:
                self._listen(port, ending, tell)
            finally:
                self._is_open = False
                self._tell_held(is_ending=True)

    def _listen(self, port: GaugePort, ending: Flag, tell: Tell) -> None:
        gauge, pedal = self._configuration, self._configuration.foot_switch
        asking = Asking(gauge, lambda: pedal is not None and port.is_on(pedal))
        reader = FrameReader(port, gauge.framing)
        while not ending.is_set():
            if self._command is not None and asking.is_due(is_wanted=self._is_asked()):
                port.write(self._command)
                asking.begins()
            for frame in reader.next(PEDAL_SECONDS if pedal else asking.wait_seconds):
                self._take(frame, asking.is_answered())
                tell(Standing(PeripheralState.ONLINE))
            self._tell_held()
            if asking.gives_up():
                tell(Standing(PeripheralState.OFFLINE, f"no answer within {gauge.timeout_seconds:g} s"))

    def ask(self) -> bool:
        """See `Peripheral`; one that is silent may be asked, one whose port is gone may not."""
        if self._command is None or not self._is_open:
            return False
        self._asked.set()
        return True

    def _is_asked(self) -> bool:
        was = self._asked.is_set()
        self._asked.clear()
        return was

    def _take(self, frame: Frame, occasion: Occasion) -> None:
        """What is refused is shown with its reason: nothing is dropped silently."""
        gauge, outlet = self._configuration, self._surroundings.outlet
        at, raw = outlet.now(), message_of(frame)
        try:
            found = read_for(frame, gauge, self._surroundings.configuration().characteristics)
        except ValueError as error:
            found = [error]
        for one in found:
            why = self._why(one, occasion)
            try:
                self._keep(one, why, at)
            except ValidationError as error:
                outlet.refuse(gauge, f"{gauge.name} sent what is no value: {'; '.join(problems_in(error))}", raw)
            except NotAtRest as error:
                self._move(error.value)
                if error.value is not None and why is Occasion.UNSURE:
                    self._hold(error.value.channel, str(error), raw)
                elif why is Occasion.HAND or not self._weighs(error.value.channel if error.value else None):
                    outlet.refuse(gauge, str(error), raw)
            except _Unsure as error:
                channel = None if isinstance(one, ValueError) else one.channel
                self._hold(channel, str(error), raw)
            except _Passed:
                pass
            except ValueError as error:
                outlet.refuse(gauge, str(error), raw)
        self._remember()

    def _hold(self, channel: str | None, words: str, raw: str) -> None:
        """Tell it once the beat of the stream has passed: one that only stuttered is still nobody's hand."""
        self._held.hold(channel, HeldValue(words, raw, self._surroundings.outlet.monotonic() + BEAT_SECONDS))

    def _tell_held(self, *, is_ending: bool = False) -> None:
        """What nothing followed; all of it where nobody will hear what follows."""
        due = self._held.take_due(float("inf") if is_ending else self._surroundings.outlet.monotonic())
        for held in due:
            self._surroundings.outlet.refuse(self._configuration, held.words, held.raw)
        if due:
            self._remember()

    def _why(self, read: GaugeReading | ValueError, occasion: Occasion) -> Occasion:
        """Why this value came: one that nobody asked for may be of a stream."""
        value = read.value if isinstance(read, NotAtRest) else read
        if occasion is not Occasion.ITSELF or value is None or isinstance(value, ValueError):
            return occasion
        channel, was_sure = value.channel, self._streams.is_sure(value.channel)
        self._tell_held()
        self._held.drop(channel)
        self._streams = self._streams.after(channel, self._surroundings.outlet.monotonic())
        if not self._streams.is_sure(channel):
            return Occasion.UNSURE if channel in self._streams.on else occasion
        if not was_sure:
            self._told_at.pop(channel, None)
        return Occasion.UNSURE if self._streams.is_off_beat(channel) else Occasion.STREAM

    def _keep(self, read: GaugeReading | ValueError, occasion: Occasion, at: datetime) -> None:
        """Raises ValueError: why it is not kept."""
        if isinstance(read, ValueError):
            raise read
        gauge = self._configuration
        load, is_new = self._load_after(read, occasion)
        loads = self._loads.having(read.channel, load)
        if is_new:
            taken = ReadingTaken(
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
            try:
                self._commit(loads, taken, doer=Doer.PERSON if occasion in BY_HAND else Doer.DEVICE)
            except NotKept as error:
                raise ValueError(f"{read.value:f} is not kept: {error}") from None
        self._loads = loads

    @property
    def _key(self) -> str:
        return f"gauge:{self._configuration.id}"

    @property
    def _streams_key(self) -> str:
        return f"{self._key}:streams"

    @property
    def _held_key(self) -> str:
        return f"{self._key}:held"

    def _commit(self, loads: Loads, *events: ReadingTaken, doer: Doer) -> None:
        """What was weighed goes to disk with what it was weighed from: another start weighs no load again."""
        state = loads.dump(self._configuration.channels) if self._keeps_loads else _NOTHING_LIES
        streams = self._streams.dump(self._settings)
        told = {} if state == self._kept else {self._key: state}
        told |= {} if streams == self._kept_streams else {self._streams_key: streams}
        held = self._held.dump()
        told |= {} if held == self._kept_held else {self._held_key: held}
        if events or told:
            self._surroundings.outlet.keep(*events, state=told, doer=doer)
            self._kept, self._kept_streams, self._kept_held = state, streams, held

    def _remember(self) -> None:
        """What was taken off, and what was told once; where the buffer takes nothing, with the next value."""
        with suppress(NotKept):
            self._commit(self._loads, doer=Doer.DEVICE)

    def _move(self, moving: GaugeValue | None) -> None:
        """What a value that does not rest tells of the load of its channel."""
        if moving is not None:
            load = self._loads.on(moving.channel).moves(moving.value)
            self._loads = self._loads.having(moving.channel, load)

    def _load_after(self, read: GaugeReading, occasion: Occasion) -> tuple[Load, bool]:
        """What lies there then, and whether the value is to be kept. Raises ValueError: why it is not."""
        before, weighs = self._loads.on(read.channel), self._weighs(read.channel)
        if occasion is Occasion.HAND or (occasion is Occasion.ITSELF and not weighs):
            return Load(read.value, told_below=before.told_below) if self._tells_loads else before, True
        if weighs:
            load, weighed = before.rests(read.value)
            if weighed in (Weighed.LIGHT, Weighed.BELOW):
                self._loads = self._loads.having(read.channel, load)  # told once
                raise ValueError(self._too_light(read) if weighed is Weighed.LIGHT else self._below_zero(read))
            if weighed is Weighed.KNOWN and occasion is Occasion.UNSURE:
                self._loads = self._loads.having(read.channel, load)
                raise self._unsure(read)
            return load, weighed is Weighed.NEW
        if occasion is Occasion.UNSURE:
            raise self._unsure(read)
        if occasion is Occasion.STREAM:
            raise self._streaming(read.channel)
        if occasion is Occasion.AGAIN:
            raise ValueError(
                f"{self._configuration.name} sent {read.value:f} as a second answer, because it was asked again before "
                "its first: it counts once"
            )
        return before, True

    def _too_light(self, read: GaugeReading) -> str:
        return (
            f"{self._configuration.name} shows {read.value:f} {read.characteristic.unit}, and less than {EMPTY_STEPS} "
            "steps of its last digit is no load that is taken by itself: set it to zero where nothing lies there, or "
            "have it read by hand"
        )

    def _below_zero(self, read: GaugeReading) -> str:
        return (
            f"{self._configuration.name} rests at {read.value:f} {read.characteristic.unit}, which is below zero, and "
            "weighs everything too light by that: set it to zero where nothing lies there, or put back the container "
            "it was tared with"
        )

    def _unsure(self, read: GaugeReading) -> _Unsure:
        """Why the first values are none that follow a silence of what streams."""
        return _Unsure(
            f"{self._configuration.name} sent {read.value:f}, and because it sent by itself before, nothing tells yet "
            "whether its key was pressed: it is not taken; press the key once more after a moment"
        )

    def _streaming(self, channel: str | None) -> ValueError:
        """Why a value of a stream is none; told once in a while."""
        now = self._surroundings.outlet.monotonic()
        if now - self._told_at.get(channel, float("-inf")) < STREAM_TOLD_SECONDS:
            return _Passed()
        self._told_at[channel] = now
        return ValueError(
            f"{self._configuration.name} sends by itself faster than anybody presses its key, and nothing tells which "
            "of its values are meant: none is taken until it is set to send on its key, or only when it is asked"
        )

    @property
    def _keeps_loads(self) -> bool:
        """Whether what lies on any of its channels matters to what it sends next."""
        return self._tells_loads and (self._configuration.poll_seconds is not None or bool(self._streams.on))

    def _weighs(self, channel: str | None) -> bool:
        """Whether each load on a channel counts once: the gauge is asked on a beat, or that channel streams."""
        return self._tells_loads and (self._configuration.poll_seconds is not None or channel in self._streams.on)

    @property
    def _tells_loads(self) -> bool:
        """Whether its values tell one load from the next: only those at rest count, and it says which are."""
        return self._configuration.stable_only and tells_rest(self._configuration)

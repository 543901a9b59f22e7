"""What was seen of a device, raw: the input of everything after the drivers, and what a recording holds.

Interpreting an observation is pure, so recorded ones give the same readings again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from unison_domain.stations.configuration import DeviceConfiguration
from unison_domain.stations.events import Quality
from unison_domain.stations.read_plan import Block, Refusal, Span
from unison_domain.stations.readings import Moment, Reading, suspect, unread
from unison_domain.stations.registers import Decoder, decoder

AFTER_SILENCE = "first answer after silence"


class BlockRead(NamedTuple):
    """What came of one request.

    Attributes:
        values: registers or bits, exactly as many as asked; None when there were none.
        problem: why not, in words.
        exception: the Modbus exception where the device gave one.
        doubtful: the first good answer after silence: a device may be answering an older question.
        moment: when the reply, or the end of waiting, came.
        seconds: how long that took.
    """

    block: Block
    values: Sequence[int] | None
    problem: str | None
    exception: int | None
    doubtful: bool
    moment: Moment
    seconds: float


class Observation(NamedTuple):
    """One look at a device: a rate group, or a probe of a device that is off line.

    Attributes:
        silence: why nothing at all was answered; None when something was.
        is_offline: silent for so long that it is only probed: none of its values is current.
        refusals: tags not asked for any more since the device refused them, of the same rate group.
        moment: when the look ended.
    """

    device_id: UUID
    reads: tuple[BlockRead, ...]
    refusals: tuple[Refusal, ...]
    silence: str | None
    is_offline: bool
    moment: Moment


class Problem(NamedTuple):
    """Why a tag gives no good value."""

    message: str
    exception: int | None


class Interpreter:
    """Turns the observations of one device into readings. Holds nothing but what it worked out of the configuration."""

    def __init__(self, device: DeviceConfiguration) -> None:
        self._decoders: dict[UUID, Decoder] = {tag.id: decoder(tag) for tag in device.tags}
        self._cuts: dict[tuple[str, int, int, float], tuple[tuple[Span, ...], list[tuple[int, int, Decoder]]]] = {}

    def readings(self, observation: Observation) -> list[Reading]:
        """One reading for every tag the look concerned; never raises for what a device sent.

        Tags of a configuration that was just replaced are passed over.
        """
        if observation.is_offline:
            reason = observation.silence or "off line"
            return [unread(tag, Quality.STALE, reason, observation.moment) for tag in self._decoders]
        readings: list[Reading] = []
        for read in observation.reads:
            if read.values is None:
                readings.extend(self._missing(read))
            elif read.doubtful:
                readings.extend(suspect(reading, AFTER_SILENCE) for reading in self._decoded(read, read.values))
            else:
                readings.extend(self._decoded(read, read.values))
        for refusal in observation.refusals:
            if refusal.tag_id in self._decoders:
                readings.append(unread(refusal.tag_id, Quality.BAD, refusal.message, observation.moment))
        return readings

    def _decoded(self, read: BlockRead, values: Sequence[int]) -> list[Reading]:
        moment = read.moment
        return [decode(values[start:end], moment) for start, end, decode in self._cuts_of(read.block)]

    def _missing(self, read: BlockRead) -> Iterator[Reading]:
        quality = Quality.STALE if read.exception is None else Quality.BAD
        for span in read.block.spans:
            if span.tag_id in self._decoders:
                yield unread(span.tag_id, quality, read.problem or "no value", read.moment)

    def _cuts_of(self, block: Block) -> list[tuple[int, int, Decoder]]:
        """Where each tag lies in the block; worked out once per block, as it is needed many times a second."""
        key = (block.table.value, block.address, block.count, block.poll_seconds)
        known = self._cuts.get(key)
        if known is not None and known[0] is block.spans:
            return known[1]
        cuts = [
            (span.address - block.address, span.end - block.address, self._decoders[span.tag_id])
            for span in block.spans
            if span.tag_id in self._decoders
        ]
        self._cuts[key] = (block.spans, cuts)
        return cuts


def problems_of(observation: Observation, readings: Sequence[Reading]) -> dict[UUID, Problem | None]:
    """For every tag of these readings why it is not good; None where it is. `uncertain` is told, but is no problem."""
    exceptions = {refusal.tag_id: refusal.exception for refusal in observation.refusals}
    for read in observation.reads:
        if read.exception is not None:
            exceptions.update((span.tag_id, read.exception) for span in read.block.spans)
    return {
        reading.tag_id: Problem(reading.reason or reading.quality, exceptions.get(reading.tag_id))
        if reading.quality in (Quality.BAD, Quality.STALE)
        else None
        for reading in readings
    }

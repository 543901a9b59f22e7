"""Which readings of a tag are worth sending: the ones that tell something new, and a sign of life."""

from __future__ import annotations

from unison_domain.machines.sources import raw_source_of
from unison_domain.stations.configuration import DeviceConfiguration, TagConfiguration
from unison_domain.stations.events import Quality, Sample
from unison_domain.stations.readings import Reading, Value, within_rate


class Sampler:
    """One tag, reading after reading: a sample when it moved, its quality changed, or `heartbeat_seconds` passed."""

    def __init__(self, device: DeviceConfiguration, tag: TagConfiguration) -> None:
        self._tag = tag
        self._source = raw_source_of(device, tag)
        self._sent: Reading | None = None
        self._good: Reading | None = None

    def take(self, reading: Reading) -> Sample | None:
        """The sample to send for this reading, if any."""
        reading = within_rate(reading, self._good, self._tag.max_rate)
        if reading.quality is Quality.GOOD:
            self._good = reading
        if self._sent is not None and not self._is_news(reading, self._sent):
            return None
        self._sent = reading
        raw = None if reading.raw == reading.value else reading.raw
        return Sample(
            at=reading.at,
            tag_id=reading.tag_id,
            lease=self._tag.lease,
            source=self._source,
            value=reading.value,
            quality=reading.quality,
            raw=raw,
        )

    def _is_news(self, reading: Reading, sent: Reading) -> bool:
        if reading.quality is not sent.quality:
            return True
        if reading.monotonic - sent.monotonic >= self._tag.heartbeat_seconds:
            return True
        return _moved(sent.value, reading.value, self._tag.deadband)


def _moved(before: Value | None, after: Value | None, deadband: float) -> bool:
    if isinstance(before, str | bool | None) or isinstance(after, str | bool | None):
        return before != after
    return abs(after - before) > deadband

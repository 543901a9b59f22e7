"""Alarms of a machine in the order they rose, and which of them came first at a stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from unison_domain.stations.configuration import TagConfiguration
from unison_domain.stations.readings import Moment, Reading

BEFORE_STOP_SECONDS = 2.0
AFTER_STOP_SECONDS = 5.0
"""An alarm that rose from 2 s before to 5 s after the stop may be its cause; the first of them is the reason."""

MOST_ALARMS = 50
"""Alarms kept of one stop: a device sending noise as alarm codes must not fill the buffer."""

_REMEMBERED_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm that rose; `active` until its bit or code went away, `lost` while nobody knows whether it did."""

    tag_id: UUID
    text: str
    rose: Moment
    active: bool = True
    lost: bool = False


def alarms_after(alarms: Sequence[Alarm], tag: TagConfiguration, reading: Reading) -> tuple[Alarm, ...]:
    """The alarms after a good reading of an alarm tag; those that rise in one sample are in order of bit number.

    One that was there when the tag was lost, and is there again, rose when it did.
    """
    texts = alarm_texts(tag, reading)
    stood = {alarm.text for alarm in alarms if alarm.tag_id == tag.id and (alarm.active or alarm.lost)}
    kept = [
        _read_again(alarm, texts) if alarm.tag_id == tag.id else alarm
        for alarm in alarms
        if alarm.active or alarm.lost or reading.moment.seconds_since(alarm.rose) <= _REMEMBERED_SECONDS
    ]
    risen = [Alarm(tag.id, text, reading.moment) for text in texts if text not in stood]
    return tuple((kept + risen)[-2 * MOST_ALARMS :])


def _read_again(alarm: Alarm, texts: Sequence[str]) -> Alarm:
    stands = (alarm.active or alarm.lost) and alarm.text in texts
    return alarm if (stands, False) == (alarm.active, alarm.lost) else replace(alarm, active=stands, lost=False)


def alarms_lost(alarms: Sequence[Alarm], tag_id: UUID) -> tuple[Alarm, ...]:
    """The alarms when the tag is lost: none of its alarms is known to be active, until it is read again."""
    return tuple(
        replace(alarm, active=False, lost=True) if alarm.tag_id == tag_id and alarm.active else alarm
        for alarm in alarms
    )


def alarms_without(alarms: Sequence[Alarm], tag_id: UUID) -> tuple[Alarm, ...]:
    """The alarms when the tag reads something else from now on: none of its alarms stands any more."""
    return tuple(replace(alarm, active=False, lost=False) if alarm.tag_id == tag_id else alarm for alarm in alarms)


def first_out(alarms: Sequence[Alarm], stopped: Moment, before: str | None = None) -> str | None:
    """The reason of a stop: the first alarm that rose around it.

    Args:
        before: the reason of the stop that a silence broke off; it is that of this one while its alarm still stands.
    """
    if any(alarm.text == before and alarm.active and _after(alarm, stopped) < 0 for alarm in alarms):
        return before
    around = (alarm for alarm in alarms if -BEFORE_STOP_SECONDS <= _after(alarm, stopped) <= AFTER_STOP_SECONDS)
    first = min(around, key=lambda alarm: alarm.rose.monotonic, default=None)
    return first.text if first else None


def alarms_of_stop(alarms: Iterable[Alarm], stopped: Moment, already: Sequence[str] = ()) -> tuple[str, ...]:
    """All alarms of a stop in the order they rose, after those already told: standing ones and later ones too."""
    told = list(already)
    for alarm in sorted(alarms, key=lambda alarm: alarm.rose.monotonic):
        concerns = alarm.active or _after(alarm, stopped) >= -BEFORE_STOP_SECONDS
        if concerns and alarm.text not in told and len(told) < MOST_ALARMS:
            told.append(alarm.text)
    return tuple(told)


def _after(alarm: Alarm, stopped: Moment) -> float:
    return alarm.rose.monotonic - stopped.monotonic


def alarm_texts(tag: TagConfiguration, reading: Reading) -> list[str]:
    """What is alarming in a reading; a bit or code without a text is told by its number."""
    if isinstance(reading.value, bool):
        return [_of_bool(tag.name, tag.bit, tag.alarms)] if reading.value else []
    if not isinstance(reading.raw, int | float):
        return []
    number = int(reading.raw)
    if not tag.alarm_bits:
        return [tag.alarms.get(number) or f"{tag.name} {number}"] if number else []
    bits = (bit for bit in range(16 * tag.registers) if number >> bit & 1)
    return [tag.alarms.get(bit) or f"{tag.name} bit {bit}" for bit in bits]


def configured_texts(
    name: str, *, is_bool: bool, bit: int, alarm_bits: bool, alarms: Mapping[int, str]
) -> tuple[str, ...]:
    """The texts by which an alarm tag tells its alarms, as far as they are configured; the arguments are the tag's."""
    if is_bool:
        return (_of_bool(name, bit, alarms),)
    return tuple(text for number, text in alarms.items() if alarm_bits or number)


def _of_bool(name: str, bit: int, alarms: Mapping[int, str]) -> str:
    return alarms.get(bit) or alarms.get(0) or name

"""What is told to people, in the same words on the local page and on the command line."""

from __future__ import annotations

from pydantic import ValidationError
from unison_domain.kernel.refusals import refusals_of
from unison_domain.machines.alarms import alarm_texts
from unison_domain.stations.configuration import SignalRole, TagConfiguration
from unison_domain.stations.readings import Reading, Value


def reading_words(tag: TagConfiguration, reading: Reading) -> str:
    """The value and what it stands for, e.g. `45.6 °C`, `on`, `1 (setup)`, `4 (door open)`; nothing without a value."""
    if reading.value is None:
        return ""
    meaning = _meaning(tag, reading)
    return f"{_value(reading.value, tag.unit)} ({meaning})" if meaning else _value(reading.value, tag.unit)


def _meaning(tag: TagConfiguration, reading: Reading) -> str:
    if tag.role is SignalRole.ALARM:
        return ", ".join(alarm_texts(tag, reading))
    if tag.role is SignalRole.MODE and isinstance(reading.value, int | float):
        return tag.states.get(int(reading.value), "").replace("_", " ")
    return ""


def _value(value: Value, unit: str | None) -> str:
    """Seven digits are what a float32 holds."""
    if isinstance(value, bool):
        return "on" if value else "off"
    number = f"{value:.7g}" if isinstance(value, float) else str(value)
    return f"{number} {unit}" if unit else number


def problems_in(error: ValidationError) -> list[str]:
    """What is wrong with a document, each with its place in it, e.g. `devices.0.port: must be 65535 or less …`."""
    return [f"{place or 'document'}: {words}" for place, words in refusals_of(error)]


def count_words(count: int, one: str, more: str | None = None) -> str:
    """E.g. `1 event`, `2 events`; `more` where the plural is not `one` with an s."""
    return f"{count} {one if count == 1 else more or one + 's'}"


_CONTROLS = (
    *("NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR", "SO", "SI", "DLE"),
    *("DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US"),
)
_SHOWN = {code: f"<{name}>" for code, name in enumerate(_CONTROLS)} | {0x7F: "<DEL>"}


def visible(text: str) -> str:
    """A text with its control characters by their names, e.g. 10ABC<GS>17251231."""
    return text.translate(_SHOWN)

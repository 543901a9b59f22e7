"""What a gauge or scale says, read by its declared format: value with its digits, unit, whether it was settled.

Sources: Mitutoyo, QM-Height user's manual 99MAF600B 6.2.2 and Digimatic interfaces (`01A+0000.123`, where the second
digit is the channel; errors `91x`);
Mettler-Toledo, MT-SICS Reference Manual (S, SI, SIR and their responses); Mark-10, Series TT01 manual, section
"Commands" (`?` answers `-18.78 lbFin`, `*10` is an illegal command).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from unison_domain.kernel.written_pattern import written_pattern
from unison_domain.stations.gauge_settings import LONGEST_MESSAGE, LONGEST_OF_PATTERN, GaugeFormat, GaugeSettings

_DIGITS = r"\d+(?:[.,]\d+)?|[.,]\d+"
_FORMS = {
    GaugeFormat.MITUTOYO: re.compile(rf"0(?P<channel>\d)A(?P<sign>[+-])\s*(?P<value>{_DIGITS})"),
    GaugeFormat.MT_SICS: re.compile(rf"S (?P<status>[SD])\s+(?P<sign>[+-])?\s*(?P<value>{_DIGITS})(?: (?P<unit>\S+))?"),
    GaugeFormat.MARK_10: re.compile(rf"(?P<sign>[+-])?\s*(?P<value>{_DIGITS})(?: (?P<unit>[A-Za-z]\S*))?"),
}
_NUMBER = re.compile(r"(?P<sign>[+-]?)\s*(?P<digits>\d+(\.\d*)?|\.\d+)", re.ASCII)
_OWN = "value_"
"""What the name of a group begins with that holds the value of one channel of several in a message."""
_SETTLED = {GaugeFormat.MT_SICS: ("S",)}
_POLLS = {GaugeFormat.MT_SICS: b"S\r\n", GaugeFormat.MARK_10: b"?\r"}
_POLLS_ON_BEAT = {**_POLLS, GaugeFormat.MT_SICS: b"SI\r\n"}
"""A scale that is asked on a beat answers at once, so that a load that moves is seen."""
_MOVES = {GaugeFormat.MT_SICS: "S I"}
_BUSY = "the scale is busy or did not settle in time"
_FAULTS: dict[GaugeFormat, dict[str, str]] = {
    GaugeFormat.MITUTOYO: {
        "911": "the gauge is not connected or sends nothing",
        "912": "the gauge's data can't be read",
    },
    GaugeFormat.MT_SICS: {
        "S +": "the scale is overloaded",
        "S -": "the scale is below its range",
        "ES": "the scale does not know the command",
        "ET": "the scale did not receive the command whole",
        "EL": "the scale can't carry out the command",
    },
    GaugeFormat.MARK_10: {"*10": "the gauge does not know the command", "*21": "the gauge has no such unit"},
}


class GaugeFault(ValueError):
    """A message that is no measurement; the words say what the gauge meant."""


class NotAtRest(GaugeFault):
    """A value that still moves, where only settled values count; `value` is None where the gauge says none."""

    def __init__(self, words: str, value: GaugeValue | None = None) -> None:
        super().__init__(words)
        self.value = value


@dataclass(frozen=True, slots=True)
class GaugeValue:
    """A measurement as the gauge said it.

    Attributes:
        value: with the digits that were sent: 0.120 is not 0.12.
        unit: as sent, or the configured one; empty where neither says.
        names_unit: the gauge said the unit itself.
        channel: where the format names one.
        settled: False: the value was still moving.
    """

    value: Decimal
    unit: str
    names_unit: bool
    channel: str | None
    settled: bool


def may_name_unit(settings: GaugeSettings) -> bool:
    """Whether the form of its messages has a place for the unit."""
    return "unit" in (
        written_pattern(settings.pattern).groups if settings.pattern else _FORMS[settings.format].groupindex
    )


def poll_command(settings: GaugeSettings) -> bytes | None:
    """What asks the gauge for a value; None: it sends by itself."""
    if settings.poll:
        return bytes.fromhex(settings.poll)
    return (_POLLS if settings.poll_seconds is None else _POLLS_ON_BEAT).get(settings.format)


def tells_rest(settings: GaugeSettings) -> bool:
    """Whether its messages say which values are at rest."""
    return bool(_settled_statuses(settings))


def read_gauge(message: str, settings: GaugeSettings) -> GaugeValue:
    """Read one message.

    Raises:
        NotAtRest: it is not settled, where only settled values count.
        GaugeFault: it is an error of the gauge, or of another form, or it has several values.
    """
    parts = _parts_of(message, settings)
    channels = channels_of(parts)
    if len(channels) > 1:
        raise GaugeFault(f"{settings.name} sent {message!r}, which has several values")
    return _value(message, parts, channels[0], settings)


def read_values(message: str, settings: GaugeSettings) -> Iterator[GaugeValue | NotAtRest]:
    """All values of one message, in the order of their groups; in place of one that does not rest, why.

    Raises:
        GaugeFault: as `read_gauge`.
    """
    parts = _parts_of(message, settings)
    for channel in channels_of(parts):
        try:
            yield _value(message, parts, channel, settings)
        except NotAtRest as moving:
            yield moving


def told_fault(message: str, format_: GaugeFormat) -> str | None:
    """What a gauge of this format means by a message that is none of its values but a fault; None by any other."""
    shown = message.strip()
    if shown == _MOVES.get(format_):
        return _BUSY
    return next((words for sign, words in _FAULTS.get(format_, {}).items() if _says(shown, sign)), None)


def channels_of(groups: Iterable[str]) -> list[str]:
    """Which of the groups of a pattern hold a value: `value`, or `value_X` of the channel X."""
    return [name for name in groups if name == "value" or name.startswith(_OWN)]


def _parts_of(message: str, settings: GaugeSettings) -> dict[str, str | None]:
    shown = message.strip()
    if len(shown) > (LONGEST_OF_PATTERN if settings.pattern else LONGEST_MESSAGE):
        raise GaugeFault(f"{settings.name} sent {len(shown)} characters at once, which is no measurement")
    if shown == _MOVES.get(settings.format):
        raise NotAtRest(f"{settings.name} sent {message!r}: {_BUSY}")
    if fault := told_fault(message, settings.format):
        raise GaugeFault(f"{settings.name} sent {message!r}: {fault}")
    parts = _parts(shown, settings)
    if parts is None:
        raise GaugeFault(f"{settings.name} sent {message!r}, which is not of the format {settings.format}")
    return parts


def _value(message: str, parts: Mapping[str, str | None], group: str, settings: GaugeSettings) -> GaugeValue:
    """The value of one group; what stands beside it is of the group of the same ending, else of all."""
    ending = group.removeprefix("value")

    def beside(name: str) -> str | None:
        return parts.get(f"{name}{ending}") or parts.get(name)

    value = GaugeValue(
        _number(parts[group] or "", beside("sign"), settings),
        beside("unit") or settings.unit or "",
        bool(beside("unit")),
        ending.removeprefix("_") or parts.get("channel"),
        _settled(beside("status"), settings),
    )
    if settings.stable_only and not value.settled:
        raise NotAtRest(f"{settings.name} sent {message!r}: the value is still moving; wait until it rests", value)
    return value


def _parts(shown: str, settings: GaugeSettings) -> dict[str, str | None] | None:
    if settings.pattern:
        return written_pattern(settings.pattern).read(shown)
    matched = _FORMS[settings.format].fullmatch(shown)
    return None if matched is None else matched.groupdict()


def _says(shown: str, sign: str) -> bool:
    return shown == sign or (sign[0] in "9*" and shown.startswith(sign))


def _number(text: str, sign: str | None, settings: GaugeSettings) -> Decimal:
    wrong, right = (".", ",") if settings.decimal_comma else (",", ".")
    if wrong in text:
        said = "a comma" if settings.decimal_comma else "a point"
        raise GaugeFault(f"{settings.name} sent {text!r}, but {said} is configured as its decimal sign")
    written = text.replace(right, ".").strip()
    matched, apart = _NUMBER.fullmatch(written), (sign or "").strip()
    if matched is None or (apart and matched["sign"]):
        raise GaugeFault(f"{settings.name} sent {text!r}, which is no number")
    number = Decimal(matched["digits"])
    return number.copy_negate() if "-" in (apart, matched["sign"]) else number


def _settled(status: str | None, settings: GaugeSettings) -> bool:
    wanted = _settled_statuses(settings)
    return not wanted or (status or "").strip() in wanted


def _settled_statuses(settings: GaugeSettings) -> tuple[str, ...]:
    return settings.stable_statuses or _SETTLED.get(settings.format, ())

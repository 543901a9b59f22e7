"""Gauges and scales: what they say, when they are asked, and which characteristic each channel measures."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator, model_validator

from unison_domain.kernel.contracts import Name, Request, Text
from unison_domain.kernel.written_pattern import STORED, written_pattern
from unison_domain.stations.serial_settings import Framing, SerialSettings

LONGEST_MESSAGE = 64
"""Characters of a message with one value; what is longer is no measurement."""

LONGEST_OF_PATTERN = 1024
"""The same of a message by an own pattern, which may have a value of each of many probes."""


class GaugeFormat(StrEnum):
    """What a gauge's message looks like."""

    MITUTOYO = "mitutoyo"
    """Digimatic interfaces: `01A+0000.123`."""
    MT_SICS = "mt_sics"
    """Mettler-Toledo Standard Interface Command Set: `S S     100.00 g`."""
    MARK_10 = "mark_10"
    """Mark-10 force and torque: `-18.78 lbFin`."""
    PATTERN = "pattern"
    """An own regular expression with the groups `value`, and where it has them `sign`, `unit`, `status`, `channel`.

    A message with several values has a group for each: `value_X` is of channel X, and what stands beside it may have
    groups of its own (`sign_X`, `unit_X`, `status_X`).
    """


_TIMEOUTS = {GaugeFormat.MT_SICS: 10.0}
_USUAL_TIMEOUT = 2.0


def _timeout_of(settings: Mapping[str, Any]) -> float:
    return _TIMEOUTS.get(settings.get("format", GaugeFormat.PATTERN), _USUAL_TIMEOUT)


class FootSwitch(StrEnum):
    """A pedal on a control line of the gauge's serial port: pressed is the line going on."""

    CTS = "cts"
    DSR = "dsr"
    RI = "ri"
    CD = "cd"


class GaugeChannel(Request):
    """What one channel of a gauge measures; `channel` None is a gauge that names none."""

    channel: Annotated[Text, Field(max_length=20)] | None = None
    characteristic_id: UUID


class GaugeSettings(Request):
    """A gauge or scale at a station.

    Attributes:
        pattern: with format `pattern`, see `GaugeFormat.PATTERN`.
        stable_statuses: with format `pattern`, what the group `status` says of a settled value; empty: anything.
        unit: unit of what a gauge sends that names none; a unit it names must agree with its characteristic's.
        decimal_comma: `12,5` is twelve and a half.
        stable_only: a value that was not settled is refused, not taken.
        poll: what asks the gauge, in hexadecimal (`530d0a` is `S` CR LF); None: it is asked by its default command, or
            it sends by itself where its format has none.
        poll_seconds: it is asked so often; None: when its data button or the foot switch is pressed, or a person asks.
            With `stable_only`, a gauge that says whether its value rests gives one value for each load then.
        timeout_seconds: how long an answer may take; by default 2 s, for scales that settle first (MT-SICS) 10 s.
    """

    is_written: ClassVar[bool] = True
    """A person writes it now: what was stored before stays readable, and says why it does nothing."""

    kind: Literal["gauge"] = "gauge"
    name: Name
    serial: SerialSettings
    framing: Framing = Framing()
    format: GaugeFormat
    pattern: Annotated[Text, Field(max_length=500)] | None = None
    stable_statuses: tuple[Annotated[Text, Field(max_length=20)], ...] = ()
    unit: Annotated[Text, Field(max_length=20)] | None = None
    decimal_comma: bool = False
    stable_only: bool = True
    poll: Annotated[Text, Field(max_length=64, pattern=r"^([0-9a-fA-F]{2})+$")] | None = None
    poll_seconds: Annotated[float, Field(ge=0.05, le=3600)] | None = None
    timeout_seconds: Annotated[float, Field(ge=0.05, le=60)] = Field(default_factory=_timeout_of)
    foot_switch: FootSwitch | None = None
    channels: tuple[GaugeChannel, ...] = ()

    @model_validator(mode="after")
    def _pattern_fits(self) -> Self:
        if (self.format is GaugeFormat.PATTERN) != (self.pattern is not None):
            raise ValueError(f"gauge {self.name}: a pattern is given with format pattern, and with that alone")
        return self

    @field_validator("pattern")
    @classmethod
    def _pattern_is_one(cls, pattern: str | None, info: ValidationInfo) -> str | None:
        if pattern is not None and cls.is_written and info.context is not STORED:
            _demand_pattern(pattern)
        return pattern

    def demand_pattern(self) -> None:
        """Whether its pattern can be read by. Raises ValueError, with a way out."""
        if self.pattern is None:
            return
        try:
            _demand_pattern(self.pattern)
        except ValueError as error:
            raise ValueError(f"gauge {self.name}: the pattern {error}") from None

    @model_validator(mode="after")
    def _channels_are_told_apart(self) -> Self:
        names = [channel.channel for channel in self.channels]
        if len(set(names)) != len(names):
            raise ValueError(f"gauge {self.name}: the same channel measures two characteristics")
        return self


def _demand_pattern(pattern: str) -> None:
    groups = written_pattern(pattern).groups
    if not any(name == "value" or name.startswith("value_") for name in groups):
        raise ValueError(f"“{pattern}” names no group (?P<value>…)")

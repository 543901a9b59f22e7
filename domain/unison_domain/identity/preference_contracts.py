"""What crosses the network about how somebody likes the program."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from unison_domain.identity.notification_contracts import (
    Channel,
    KnownChannel,
    KnownKind,
    KnownPriority,
    NotificationKind,
    Priority,
)
from unison_domain.kernel.contracts import Answer, OpenEnum, Request, TimeZone


class Theme(OpenEnum):
    """Which colours."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    UNKNOWN = "unknown"


class Units(OpenEnum):
    """In which units measures are shown where a program offers a choice."""

    METRIC = "metric"
    US = "us"
    UNKNOWN = "unknown"


def _known_theme(theme: Theme) -> Theme:
    if theme is Theme.UNKNOWN:
        raise ValueError("must be system, light or dark")
    return theme


def _known_units(units: Units) -> Units:
    if units is Units.UNKNOWN:
        raise ValueError("must be metric or us")
    return units


Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]
"""A language as in BCP 47, e.g. `de` or `pt-BR`."""


class PreferencesReplace(Request):
    """All preferences; what is left out is as nobody chose it.

    Attributes:
        language, time_zone: None: those of the device.
        by_priority, by_kind: how notifications reach one; of a kind goes before that of its priority.
    """

    language: Language | None = None
    time_zone: TimeZone | None = None
    units: Annotated[Units, AfterValidator(_known_units)] = Units.METRIC
    theme: Annotated[Theme, AfterValidator(_known_theme)] = Theme.SYSTEM
    by_priority: dict[KnownPriority, KnownChannel] = Field(default_factory=dict)
    by_kind: dict[KnownKind, KnownChannel] = Field(default_factory=dict)


class PreferencesUpdate(PreferencesReplace):
    """PATCH: an absent field stays as it is; a map that is given is all of it."""


class PreferencesAnswer(Answer):
    """One's preferences; version 0 while nothing was ever chosen."""

    version: int
    language: str | None = None
    time_zone: str | None = None
    units: Units = Units.METRIC
    theme: Theme = Theme.SYSTEM
    by_priority: dict[Priority, Channel] = Field(default_factory=dict)
    by_kind: dict[NotificationKind, Channel] = Field(default_factory=dict)

"""What crosses the network about how somebody likes the program."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from unison_domain.identity.notification_contracts import (
    Channel,
    KnownChannel,
    KnownKind,
    KnownPriority,
    NotificationKind,
    Priority,
)
from unison_domain.kernel.contracts import Answer, Known, OpenEnum, Request, TimeZone
from unison_domain.kernel.units import UnitSystem


class Theme(OpenEnum):
    """Which colours."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    UNKNOWN = "unknown"


def _known_theme(theme: Theme) -> Theme:
    if theme is Theme.UNKNOWN:
        raise ValueError("must be system, light or dark")
    return theme


Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]
"""A language as in BCP 47, e.g. `de` or `pt-BR`."""

_FORMER_UNITS = ("metric", "us", "unknown")


class PreferencesReplace(Request):
    """All preferences that the program knows; one it does not know, so leaves out, stays as it is.

    Attributes:
        language, time_zone: None: those of the device.
        units: what stands beside measured values. The record stays in the unit it was measured in.
        by_priority, by_kind: how notifications reach one; of a kind goes before that of its priority. A map that is
            given is all of it, but kinds of calls, which programs of before don't know, stay where they are left out;
            None of a kind: as its priority, or as any call.
    """

    language: Language | None = None
    time_zone: TimeZone | None = None
    units: Known[UnitSystem] = UnitSystem.AS_MEASURED
    theme: Annotated[Theme, AfterValidator(_known_theme)] = Theme.SYSTEM
    by_priority: dict[KnownPriority, KnownChannel] = Field(default_factory=dict)
    by_kind: dict[KnownKind, KnownChannel | None] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _without_former_units(cls, told: Any) -> Any:
        """Programs of before told units by other words, which nobody chose and nothing followed; those they do not know
        they read as unknown and send back.
        """
        if isinstance(told, dict) and told.get("units") in _FORMER_UNITS:
            return {name: value for name, value in told.items() if name != "units"}
        return told


class PreferencesUpdate(PreferencesReplace):
    """PATCH: an absent field stays as it is; a map that is given is all of it, kinds of calls too."""


class PreferencesAnswer(Answer):
    """One's preferences; version 0 while nothing was ever chosen."""

    version: int
    language: str | None = None
    time_zone: str | None = None
    units: UnitSystem = UnitSystem.AS_MEASURED
    theme: Theme = Theme.SYSTEM
    by_priority: dict[Priority, Channel] = Field(default_factory=dict)
    by_kind: dict[NotificationKind, Channel] = Field(default_factory=dict)

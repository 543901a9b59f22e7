"""Barcode scanners: on a serial port, or as a keyboard that nobody else may read."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from unison_domain.kernel.contracts import Name, Request, Text
from unison_domain.stations.serial_settings import Framing, SerialSettings

TYPING_IDLE_MILLISECONDS = 200
"""Silence that ends what a scanner types, by default: keys come one by one, each with its pause."""


class ScannerSettings(Request):
    """A scanner at a station; exactly one of `serial` and `keyboard` says where it is.

    Attributes:
        keyboard: name of the input device under /dev/input/by-id (or a path); it is taken for the agent alone, so that
            what it types reaches no window. The scanner is set to the US layout.
        identifies: the scanner sends AIM symbology identifiers (`]C1` …) before each text.
    """

    kind: Literal["scanner"] = "scanner"
    name: Name
    serial: SerialSettings | None = None
    framing: Framing = Framing()
    keyboard: Annotated[Text, Field(min_length=1, max_length=255, pattern=r"\S")] | None = None
    identifies: bool = True

    @model_validator(mode="before")
    @classmethod
    def _typing_takes_longer(cls, told: Any) -> Any:
        framing = told.get("framing", {}) if isinstance(told, dict) and told.get("keyboard") else None
        if not isinstance(framing, dict):
            return told
        return {**told, "framing": {"idle_milliseconds": TYPING_IDLE_MILLISECONDS, **framing}}

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if (self.serial is None) == (self.keyboard is None):
            raise ValueError(f"scanner {self.name}: give its serial port or its keyboard device, one of the two")
        return self

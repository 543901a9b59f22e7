"""Events of scanning at a station."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import Name
from unison_domain.stations.fact import SaidByPerson
from unison_domain.stations.picture_tools import Sha256

LONGEST_SCAN = 4096
"""Characters of a scanned text; no code in use has more."""


class ScanSource(StrEnum):
    """How a text came in."""

    SCANNER = "scanner"
    CAMERA = "camera"
    TYPED = "typed"
    """By a person, because the code could not be read."""


class ScanTaken(SaidByPerson):
    """A code was scanned.

    Attributes:
        id: of this scan, so that it counts once however it comes.
        peripheral_id: the scanner or camera; None where it was typed.
        text: what was read, control characters as they came (GS is U+001D), NUL written as U+2400; without prefix,
            suffix and AIM identifier.
        symbology: AIM symbology identifier without the bracket, e.g. `C1`, or the empty string where none was sent.
        picture: SHA-256 of the picture it was read in, where one is kept.
        group_id: the same for codes that counted together (`CameraSettings.expected`); `part` is the name of this one.
    """

    kind: Literal["scan_taken"] = "scan_taken"
    id: UUID
    station_id: UUID
    peripheral_id: UUID | None = None
    source: ScanSource
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_SCAN)]
    symbology: Annotated[str, Field(max_length=3)] = ""
    picture: Sha256 | None = None
    group_id: UUID | None = None
    part: Name | None = None


class ScanUndone(SaidByPerson):
    """A person at the station takes a scan back."""

    kind: Literal["scan_undone"] = "scan_undone"
    scan_id: UUID

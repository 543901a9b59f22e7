"""Scans and what was read in them, as they cross the network."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field

from unison_domain.codes.events import LONGEST_SCAN, ScanSource
from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.kernel.contracts import Answer, Instant, Name, OpenEnum, Request, Storable, Text

ScannedText = Annotated[Storable, Field(min_length=1, max_length=LONGEST_SCAN)]
"""What a scanner gives: 1 to 4,096 characters, control characters among them, without NUL."""


class ScanKind(OpenEnum):
    """How a text was understood."""

    GS1 = "gs1"
    DIGITAL_LINK = "digital_link"
    GTIN = "gtin"
    OWN = "own"
    ITEM = "item"
    """By a pattern of the organization."""
    AMBIGUOUS = "ambiguous"
    """It can be read in several ways, and none is certain: a person decides."""
    UNKNOWN = "unknown"
    """Nobody knows, or it is not what it claims to be; the warnings say which."""


class ScanPart(Answer):
    """One thing a text says.

    Attributes:
        name: of what it is, e.g. `BATCH/LOT`, `machine`, `serial`.
        identifier: GS1 application identifier or kind of own code; empty for others.
        value: as it stands in the text.
        shown: as people read it, e.g. 2025-12-31.
    """

    name: str
    identifier: str = ""
    value: str
    shown: str


class ScanMeaning(Answer):
    """One way to read a text.

    Attributes:
        certain: the text or its symbol leaves no doubt that it is meant so.
        pattern: name of the organization's pattern, with `item`.
        words: all of it in one line.
    """

    kind: ScanKind
    certain: bool
    pattern: str | None = None
    words: str
    parts: list[ScanPart]


class ScanReading(Answer):
    """What was understood of a text.

    Attributes:
        symbology_name: as people call it, e.g. `GS1-128`; empty where the scanner did not say.
        meanings: one, or several of an ambiguous text, or none.
        warnings: what is odd about it, or why it is not what it claims to be.
        words: all of it in one line.
    """

    text: str
    symbology: str
    symbology_name: str
    kind: ScanKind
    meanings: list[ScanMeaning]
    warnings: list[str]
    words: str

    @property
    def is_certain(self) -> bool:
        """Nothing of what was understood is a guess."""
        return all(meaning.certain for meaning in self.meanings)


class ScanReference(Answer):
    """The thing a code names.

    Attributes:
        type: e.g. `machine`.
        plant_id: where it belongs to, where it belongs to one plant.
    """

    type: str
    id: UUID
    code: str
    name: str
    plant_id: UUID | None = None


class ScanLookupAsk(Request):
    """A text as a scanner sends it, whose meaning is asked for."""

    code: ScannedText


class ScanLookup(Answer):
    """What a code is."""

    reading: ScanReading
    reference: ScanReference


class ScanCreate(Request):
    """A scan that a person typed, or took with a phone or with a scanner at the desktop.

    Attributes:
        qr_code_data: the text as it came, with or without AIM identifier, of whatever kind of symbol; `text` is its
            former name.
        plant_id: where it was taken; may be left out where `station_id` says it.
        scanned_at: None: now.
    """

    qr_code_data: Annotated[ScannedText, Field(validation_alias=AliasChoices("qr_code_data", "text"))]
    symbology: Annotated[str, Field(pattern=r"^([A-Za-z][0-9A-Za-z])?$")] = ""
    source: ScanSource = ScanSource.TYPED
    plant_id: UUID | None = None
    station_id: UUID | None = None
    scanned_at: Instant | None = None
    notes: Text | None = None


class ScanUndo(Request):
    """Why a scan does not count, nor what counted together with it."""

    reason: Name


class ScanAnswer(Answer):
    """A scan.

    Attributes:
        peripheral_id: the scanner or camera, where a station took it.
        qr_code_data: what was scanned, the text of `reading`.
        picture: SHA-256 of the picture it was read in.
        group_id: the same for codes that counted together; `part` is the name of this one.
        person: who scanned, as typed at the station; `scanned_by` is the account of who did so elsewhere.
        received_at: when the server had it.
        reference_type, reference_id: the thing the code named when it came, where there was one.
        undone_at: it does not count since then; `undone_person` said so at the station, or `undone_by` elsewhere.
    """

    id: UUID
    plant_id: UUID
    station_id: UUID | None = None
    station_code: str | None = None
    station_name: str | None = None
    peripheral_id: UUID | None = None
    peripheral_name: str | None = None
    source: ScanSource
    qr_code_data: str = ""
    reading: ScanReading
    picture: str | None = None
    group_id: UUID | None = None
    part: str | None = None
    person: str | None = None
    person_id: UUID | None = None
    """The account of who was signed on at the station."""
    person_is_verified: bool | None = None
    """Whether the server was asked who signed on, or only the list at the station."""
    scanned_by: UUID | None = None
    scanned_by_name: str | None = None
    scanned_at: Instant
    received_at: Instant
    notes: str | None = None
    reference_type: str | None = None
    reference_id: UUID | None = None
    undone_at: Instant | None = None
    undone_person: str | None = None
    undone_person_id: UUID | None = None
    """The account of who was signed on at the station."""
    undone_person_is_verified: bool | None = None
    """Whether the server was asked who signed on, or only the list at the station."""
    undone_by: UUID | None = None
    undone_by_name: str | None = None
    undo_reason: str | None = None
    undo_confirmed_by_name: str | None = None
    """Who confirmed with badge and PIN that another person's scan is taken back."""


class ItemPatternReplace(ItemPattern):
    """A pattern as it is to be."""

    is_active: bool = True


class ItemPatternAnswer(Answer):
    """A pattern of the organization (`ItemPattern`)."""

    id: UUID
    version: int
    name: str
    pattern: str
    symbologies: list[str]
    is_active: bool
    created_at: Instant
    updated_at: Instant

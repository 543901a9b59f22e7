"""Scans in words."""

from __future__ import annotations

from collections.abc import Sequence

from unison_domain.codes.aim import Symbol
from unison_domain.codes.contracts import ScanAnswer, ScanKind, ScanPart, ScanReading
from unison_domain.codes.events import ScanSource
from unison_domain.codes.reading import words_of
from unison_domain.sentences import code_part

from unison_desktop.kernel.persons import person_text, with_confirmer
from unison_desktop.kernel.texts import _, spoken
from unison_desktop.kernel.visible_text import visible

KINDS = {
    ScanKind.GS1: _("GS1"),
    ScanKind.DIGITAL_LINK: _("GS1 Digital Link"),
    ScanKind.GTIN: _("GTIN alone"),
    ScanKind.OWN: _("Own code"),
    ScanKind.ITEM: _("Item pattern"),
    ScanKind.AMBIGUOUS: _("Several readings"),
    ScanKind.UNKNOWN: _("Not understood"),
}
SOURCES = {
    ScanSource.SCANNER: _("Scanner"),
    ScanSource.CAMERA: _("Camera"),
    ScanSource.TYPED: _("Typed"),
}
_APART = ("00", "21", "8003", "8004", "10", "414", "254")
"""GS1 identifiers of one thing or one lot, before those of its kind: SSCC, serial, asset, batch, place.

GS1 General Specifications 3.2
"""


def said(reading: ScanReading) -> str:
    """What was understood, a guess as one, or else the text itself; several readings introduce themselves."""
    words = words_of(reading.meanings, spoken())
    if len(reading.meanings) == 1 and not reading.is_certain:
        return _("perhaps {words}").format(words=words)
    return words or visible(reading.text)


def part_name(part: ScanPart) -> str:
    """What a part of a code is called; data titles of GS1 are as the standard has them."""
    return code_part(part.name, spoken())


def said_apart(reading: ScanReading) -> str:
    """The same with what tells one thing from the next in front: all rows of a table may be of one article."""
    parts = reading.meanings[0].parts if len(reading.meanings) == 1 else []
    ordered = sorted(
        parts, key=lambda part: _APART.index(part.identifier) if part.identifier in _APART else len(_APART)
    )
    written, telling = (", ".join(f"{part_name(part)} {part.shown}" for part in some) for some in (parts, ordered))
    return said(reading).replace(written, telling) if written else said(reading)


def scanned_by(scan: ScanAnswer) -> str:
    """Who scanned; empty where nobody said so."""
    return scan.scanned_by_name or person_text(scan.person, scan.person_is_verified)


def undone_by(scan: ScanAnswer) -> str:
    """Who took it back, and why; empty where it counts."""
    if scan.undone_at is None:
        return ""
    at_station = person_text(scan.undone_person, scan.undone_person_is_verified)
    who = scan.undone_by_name or at_station or _("somebody at the station")
    who = with_confirmer(who, scan.undo_confirmed_by_name)
    return f"{who}: {scan.undo_reason}" if scan.undo_reason else who


def symbologies_text(identifiers: Sequence[str]) -> str:
    """AIM identifiers with the names people know, e.g. `Code 39 (A)`; any where there is none."""
    return ", ".join(f"{Symbol(one).name} ({one})" for one in identifiers) or _("any")

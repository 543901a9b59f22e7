"""Scans in words."""

from __future__ import annotations

from collections.abc import Sequence

from unison_domain.codes.aim import Symbol
from unison_domain.codes.contracts import ScanAnswer, ScanKind, ScanReading
from unison_domain.codes.events import ScanSource

from unison_desktop.kernel.persons import person_text
from unison_desktop.kernel.texts import _
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


def said(reading: ScanReading) -> str:
    """What was understood, a guess as one, or else the text itself; several readings introduce themselves."""
    if len(reading.meanings) == 1 and not reading.is_certain:
        return _("perhaps {words}").format(words=reading.words)
    return reading.words or visible(reading.text)


def scanned_by(scan: ScanAnswer) -> str:
    """Who scanned; empty where nobody said so."""
    return scan.scanned_by_name or person_text(scan.person, scan.person_is_verified)


def undone_by(scan: ScanAnswer) -> str:
    """Who took it back, and why; empty where it counts."""
    if scan.undone_at is None:
        return ""
    at_station = person_text(scan.undone_person, scan.undone_person_is_verified)
    who = scan.undone_by_name or at_station or _("somebody at the station")
    return f"{who}: {scan.undo_reason}" if scan.undo_reason else who


def symbologies_text(identifiers: Sequence[str]) -> str:
    """AIM identifiers with the names people know, e.g. `Code 39 (A)`; any where there is none."""
    return ", ".join(f"{Symbol(one).name} ({one})" for one in identifiers) or _("any")

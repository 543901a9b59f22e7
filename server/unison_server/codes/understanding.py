"""What a scanned text means here: read by the rules of the domain and the organization's patterns, then looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute
from unison_domain.codes.contracts import ScanKind, ScanReading, ScanReference
from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.codes.own_code import OwnCode, OwnKind
from unison_domain.codes.reading import reading_of
from unison_domain.codes.scanned_text import Scanned

from unison_server.codes.tables import ItemCodePattern
from unison_server.kernel.database import TenantSession

Resolver = Callable[[TenantSession, str], Sequence[ScanReference]]
"""Everything that the key of an own code names and that may be seen."""
Resolvers = Mapping[OwnKind, Resolver]
"""Of the kinds of own codes that rooms know; filled in `app.py`."""


class Understood(NamedTuple):
    """What a text says, and the thing it names where there is one here."""

    reading: ScanReading
    reference: ScanReference | None

    def columns(self) -> dict[str, Any]:
        """As a scan keeps it."""
        return {
            "kind": self.reading.kind,
            "meanings": [meaning.model_dump(mode="json") for meaning in self.reading.meanings],
            "warnings": self.reading.warnings,
            "reference_type": self.reference and self.reference.type,
            "reference_id": self.reference and self.reference.id,
        }


def by_code(
    type_: str,
    code: InstrumentedAttribute[str],
    name: InstrumentedAttribute[str],
    plant_id: InstrumentedAttribute[UUID],
) -> Resolver:
    """A resolver of masters that own codes name by their code, also those no longer in use: old labels stay up."""
    return by_query(type_, lambda key: select(code.class_.id, code, name, plant_id).where(code == key))


def by_query(type_: str, named: Callable[[str], Select[*tuple[Any, ...]]]) -> Resolver:
    """A resolver of what a query gives for a key: id, code, name, and plant or None."""

    def resolve(session: TenantSession, key: str) -> list[ScanReference]:
        return [
            ScanReference(type=type_, **dict(zip(_FIELDS, row, strict=True))) for row in session.execute(named(key))
        ]

    return resolve


_FIELDS = ("id", "code", "name", "plant_id")


def patterns_of(session: TenantSession) -> list[ItemPattern]:
    """The organization's patterns that are in use, by name."""
    rows = session.scalars(select(ItemCodePattern).where(ItemCodePattern.is_active).order_by(ItemCodePattern.name))
    return [known for row in rows if (known := ItemPattern.kept(row.name, row.pattern, row.symbologies)) is not None]


def understand(session: TenantSession, scanned: Scanned, today: date, resolvers: Resolvers) -> Understood:
    """A text that was read, with what it names here; an own code of nothing, or of several, is told as a warning."""
    reading = reading_of(scanned, today)
    own = scanned.meaning.own if scanned.meaning else None
    if own is None or own.kind not in resolvers:
        return Understood(reading, None)
    found = resolvers[own.kind](session, own.key)
    if len(found) == 1:
        return Understood(reading, found[0])
    odd = _several(own, len(found)) if found else _nothing(own)
    return Understood(reading.model_copy(update={"warnings": [*reading.warnings, odd]}), None)


def unknown_words(reading: ScanReading) -> str:
    """Why a text leads nowhere, and what was understood of it."""
    if reading.warnings and not reading.words:
        return f"This code can't be read: {'; '.join(reading.warnings)}"
    if not reading.words:
        return (
            f"Nobody knows what {reading.text!r} is: it is no code of Unison, no GS1 code, "
            "and fits no pattern of your organization"
        )
    if len(reading.meanings) > 1:
        return f"{reading.text!r} can be read in several ways, and none is certain: {reading.words}"
    understood = "Understood as" if reading.is_certain else "Perhaps"
    return ". ".join([f"{understood} {reading.words}", *_leads_nowhere(reading), *reading.warnings])


def _leads_nowhere(reading: ScanReading) -> list[str]:
    """Own codes that were looked up have a warning where they name nothing."""
    if reading.kind is not ScanKind.OWN:
        return ["Nothing here is known by it"]
    return [] if reading.warnings else ["Unison does not look these up yet"]


def _nothing(own: OwnCode) -> str:
    return f"There is no {_name(own)} {own.key} that you may see"


def _several(own: OwnCode, count: int) -> str:
    return f"{count} things here are called {_name(own)} {own.key}: the code does not say which it means"


def _name(own: OwnCode) -> str:
    return own.kind.name.replace("_", " ").lower()

"""What codes are said to name and to hold, and how they can be read, in German by the English word."""

from __future__ import annotations

from collections.abc import Mapping

CODE_PARTS: Mapping[str, str] = {
    "machine": "Maschine",
    "station": "Station",
    "plant": "Werk",
    "material": "Material",
    "lot": "Charge",
    "serial": "Seriennummer",
    "handling unit": "Ladeeinheit",
    "location": "Lagerplatz",
    "work order": "Fertigungsauftrag",
    "operation": "Arbeitsgang",
    "person": "Person",
    "reason": "Grund",
    "characteristic": "Merkmal",
    "part": "Teil",
    "quantity": "Menge",
    "order": "Auftrag",
    "supplier": "Lieferant",
    "date": "Datum",
    "gs1": "GS1",
    "digital link": "GS1 Digital Link",
    "gtin": "GTIN",
    "own": "eigener Code",
    "item": "Artikelmuster",
}

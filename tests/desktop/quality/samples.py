"""Characteristics and measurements a server would answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from unison_domain.quality.contracts import CharacteristicAnswer, IndividualsAnswer, MeasurementAnswer
from unison_domain.quality.events import ReadingSource

from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.samples import plant

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
PLANT = UUID(int=900)
BORE_ID, MASS_ID = UUID(int=7001), UUID(int=7002)
FLOW = (49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1)
"""Of NIST/SEMATECH e-Handbook 6.3.2.2."""
RIGHTS = (
    "machines.machine.read",
    "quality.measurement.read",
    "quality.measurement.create",
    "quality.measurement.undo",
    "quality.characteristic.read",
    "quality.characteristic.create",
    "quality.characteristic.update",
    "stations.picture.read",
)


def characteristic(id_: UUID = BORE_ID, **changes: Any) -> CharacteristicAnswer:
    """A bore, 12 mm wide."""
    known: dict[str, Any] = {
        "id": id_,
        "version": 1,
        "plant_id": PLANT,
        "characteristic_name": "Bore Ø 12 H7",
        "measurement_unit": "mm",
        "target": "12.000",
        "lsl": "12.000",
        "usl": "12.018",
        "resolution": "0.001",
        "is_active": True,
        "created_at": START,
        "updated_at": START,
    }
    return CharacteristicAnswer(**{**known, **changes})


BORE = characteristic()
MASS = characteristic(
    MASS_ID, characteristic_name="Mass", measurement_unit="g", target=None, lsl=None, usl=None, resolution=None
)


def measurement(
    number: int, value: str, of: CharacteristicAnswer = BORE, *, at: datetime | None = None, **changes: Any
) -> MeasurementAnswer:
    """The n-th value, a minute after the one before."""
    measured, lsl, usl = Decimal(value), of.lsl, of.usl
    within = None if lsl is None or usl is None else lsl <= measured <= usl
    moment = at or START + timedelta(minutes=number)
    known: dict[str, Any] = {
        "id": UUID(int=of.id.int * 100_000 + number),
        "characteristic_id": of.id,
        "characteristic_name": of.characteristic_name,
        "plant_id": of.plant_id,
        "measured_value": value,
        "measurement_unit": of.measurement_unit,
        "within_tolerance": within,
        "uncertainty": "0.002" if of is BORE else None,
        "source": ReadingSource.GAUGE,
        "peripheral_id": UUID(int=55),
        "peripheral_name": "Bore gauge 2",
        "station_id": UUID(int=56),
        "station_name": "Line 1",
        "person": "Ida Insp",
        "measured_at": moment,
        "recorded_at": moment,
    }
    return MeasurementAnswer(**{**known, **changes})


def some(count: int, of: CharacteristicAnswer = BORE) -> list[MeasurementAnswer]:
    """Values that wander within their tolerance; one leaps, one is out of tolerance, one is both."""
    wander = [(n * 7919 % 13 - 6) / 10_000 * 4 for n in range(count)]
    values = [12.009 + step for step in wander]
    for place, value in ((count // 3, 12.017), (count // 2, 12.0195), (3 * count // 4, 11.994)):
        if count > 8:
            values[place] = value
    return [measurement(n, f"{value:.3f}", of) for n, value in enumerate(values)]


def individuals(
    of: CharacteristicAnswer, items: Sequence[MeasurementAnswer], undone: Sequence[MeasurementAnswer] = ()
) -> IndividualsAnswer:
    """The answer; the desktop computes the chart itself, by the same rule."""
    return IndividualsAnswer(
        characteristic=of,
        items=list(items),
        ranges=[],
        is_preliminary=len(items) < 20,
        outside=[],
        ranges_outside=[],
        undone=list(undone),
        is_cut=False,
    )


def serve_quality(server: FakeServer, items: Sequence[MeasurementAnswer], **more: Any) -> None:
    """Answer with two characteristics, and these values of the bore."""
    server.answer("GET /inspection-characteristics", [BORE, MASS])
    server.answer("GET /inspection-measurements", list(items))
    server.answer(f"GET /inspection-characteristics/{BORE_ID}/individuals", individuals(BORE, items, **more))
    server.answer(f"GET /inspection-characteristics/{MASS_ID}/individuals", individuals(MASS, []))
    server.answer("GET /plants", [plant(PLANT, "Europe/Berlin")])

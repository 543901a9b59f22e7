"""What tables of characteristics and measurements show, and how a measurement is told in a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from decimal import Decimal

from unison_domain.quality.contracts import CharacteristicAnswer, MeasurementAnswer
from unison_domain.quality.events import ReadingSource

from unison_desktop.kernel.moments import page_text, zoned_text
from unison_desktop.kernel.numbers import number_text
from unison_desktop.kernel.own_units import are_units_chosen, beside, measured_text
from unison_desktop.kernel.persons import MARK_EXPLAINED, person_cell, person_text, with_confirmer
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.quality.judging import judged_text, tolerance_text
from unison_desktop.tables.columns import Align, Column

SOURCES = {
    ReadingSource.GAUGE: _("gauge"),
    ReadingSource.CAMERA: _("camera"),
    ReadingSource.TYPED: _("typed"),
    ReadingSource.UNKNOWN: _("not known"),
}


_ROOM_BESIDE = 13


def value_text(one: MeasurementAnswer) -> str:
    """A value as `measured_text` tells it."""
    return measured_text(one.measured_value, one.measurement_unit, one.resolution, uncertainty=one.uncertainty)


def source_text(one: MeasurementAnswer) -> str:
    """How a value came in: the gauge's name, or in a word."""
    return one.peripheral_name or SOURCES[one.source]


def measurement_text(one: MeasurementAnswer, zone: tzinfo | None) -> str:
    """All of a measurement in a line."""
    parts = [
        value_text(one),
        judged_text(one),
        zoned_text(one.measured_at.astimezone(zone)),
        source_text(one),
        one.station_name or "",
        with_confirmer(person_text(one.person, one.person_is_verified), one.confirmed_by_name),
    ]
    if one.undone_at is not None:
        parts.append(_("taken back by {person}").format(person=_undoer(one) or _("somebody")))
    return "  ·  ".join(part for part in parts if part)


def _beside(one: MeasurementAnswer) -> str:
    return beside(one.measured_value, one.measurement_unit, one.resolution)


def _room_beside() -> int:
    return _ROOM_BESIDE if are_units_chosen() else 0


def _person(one: MeasurementAnswer) -> str:
    return with_confirmer(person_cell(one.person, one.person_is_verified), one.confirmed_by_name)


def _taken_back_by(one: MeasurementAnswer) -> str:
    return with_confirmer(person_cell(one.undone_by, one.undone_by_is_verified), one.undo_confirmed_by_name)


def _undoer(one: MeasurementAnswer) -> str:
    return with_confirmer(person_text(one.undone_by, one.undone_by_is_verified), one.undo_confirmed_by_name)


Clock = Callable[[MeasurementAnswer], tzinfo | None]
"""Of the plant it was measured in; None is this PC's."""


def values_columns(zone: Clock, clock: Callable[[], tzinfo | None]) -> tuple[Column[MeasurementAnswer], ...]:
    """Columns of measurements of several characteristics; who looks for one of many rows needs no uncertainty."""
    at, *others = (
        replace(one, visible=False) if one.key == "uncertainty" else one for one in measurement_columns(zone, clock)
    )
    name = Column[MeasurementAnswer](
        "characteristic", _("Characteristic"), lambda one: one.characteristic_name, width=20, always_visible=True
    )
    return (at, name, *others)


def measurement_columns(zone: Clock, clock: Callable[[], tzinfo | None]) -> tuple[Column[MeasurementAnswer], ...]:
    """Columns of measurements, by the clocks of their plants; `clock` is the page's, another names its UTC offset."""

    def at(one: MeasurementAnswer) -> datetime:
        return one.measured_at.astimezone(zone(one))

    def recorded(one: MeasurementAnswer) -> datetime:
        return one.recorded_at.astimezone(zone(one))

    return (
        Column("at", _("Measured"), at, text=lambda one: page_text(at(one), clock()), width=20, always_visible=True),
        Column(
            "value",
            _("Value"),
            lambda one: one.measured_value,
            text=lambda one: number_text(one.measured_value),
            align=Align.RIGHT,
            width=12,
            always_visible=True,
            keeps_digits=True,
        ),
        Column("unit", _("Unit"), lambda one: one.measurement_unit, width=6, beside=_beside, room=_room_beside),
        Column(
            "tolerance",
            _("Tolerance"),
            tolerance_text,
            width=15,
            explain=_("By the limits the characteristic had when it was measured"),
        ),
        Column(
            "uncertainty",
            _("Uncertainty"),
            lambda one: one.uncertainty,
            text=lambda one: "" if one.uncertainty is None else number_text(one.uncertainty),
            align=Align.RIGHT,
            width=11,
            keeps_digits=True,
            explain=_("Expanded, at 95 % (k = 2), in the unit of the value"),
        ),
        Column("source", _("Measured by"), source_text, width=14, stretch=True),
        Column("station", _("Station"), lambda one: one.station_name, width=12, stretch=True),
        Column("person", _("Person"), _person, width=12, stretch=True, explain=MARK_EXPLAINED),
        Column("raw", _("As sent"), lambda one: one.raw, width=16, visible=False),
        Column("picture", _("Picture"), lambda one: one.picture, width=16, visible=False),
        Column("undone_by", _("Taken back by"), _taken_back_by, width=12, visible=False, explain=MARK_EXPLAINED),
        Column(
            "recorded",
            _("At the server"),
            recorded,
            text=lambda one: page_text(recorded(one), clock()),
            width=20,
            visible=False,
            explain=_("When the server heard of it"),
        ),
    )


def characteristic_columns(
    plant_name: Callable[[CharacteristicAnswer], str],
) -> tuple[Column[CharacteristicAnswer], ...]:
    """Columns of characteristics."""
    return (
        Column(
            "name",
            _("Characteristic"),
            lambda one: one.characteristic_name,
            width=24,
            always_visible=True,
            stretch=True,
        ),
        Column("unit", _("Unit"), lambda one: one.measurement_unit, width=6),
        _limit("target", _("Target"), lambda one: one.target),
        _limit("lsl", _("Lower limit"), lambda one: one.lsl),
        _limit("usl", _("Upper limit"), lambda one: one.usl),
        _limit("resolution", pgettext("of a gauge", "Resolution"), lambda one: one.resolution),
        Column("plant", _("Plant"), plant_name, width=14, stretch=True),
        Column("in_use", _("In use"), lambda one: _("yes") if one.is_active else _("no"), width=9),
    )


def _limit(
    key: str, title: str, value: Callable[[CharacteristicAnswer], Decimal | None]
) -> Column[CharacteristicAnswer]:
    def text(one: CharacteristicAnswer) -> str:
        given = value(one)
        return "" if given is None else number_text(given)

    return Column(key, title, value, text=text, align=Align.RIGHT, width=11, keeps_digits=True)

"""The fields of a tag, with what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from unison_domain.stations.configuration import BIT_TABLES, SignalRole, ValueType

from unison_desktop.frame.form.editors import (
    ChoiceEditor,
    NumberEditor,
    NumbersEditor,
    PairsEditor,
    SwitchEditor,
    TextEditor,
)
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration.words import ORDERS, ROLES, STATES, STRING_BYTES, TABLES, TYPES, choices

_COUNTS = (SignalRole.COUNT_GOOD, SignalRole.COUNT_SCRAP, SignalRole.COUNT_TOTAL)
_ONE_BYTE_ORDER = (ValueType.BOOL, ValueType.BITS)


def tag_fields(machines: Mapping[str, str]) -> tuple[Field, ...]:
    """A tag; `machines` are names by id."""
    machine = Field(
        "machine_id",
        _("Machine"),
        partial(ChoiceEditor, choices=machines, nothing=_("none, only recorded")),
        _("The machine the value belongs to."),
    )
    return (_NAME, machine, _ROLE, *_PLACE, *_READING, *_VALUE, *_MEANING, *_PACE, *_DOUBT)


def _is_number(values: Values) -> bool:
    return values.get("type") not in (ValueType.BOOL, ValueType.STRING)


def _is_bool(values: Values) -> bool:
    return values.get("type") == ValueType.BOOL


def _in_registers(values: Values) -> bool:
    return values.get("table") not in BIT_TABLES


def _has_bits(values: Values) -> bool:
    return _in_registers(values) and values.get("type") in (ValueType.BOOL, ValueType.BITS)


def _is_bits(values: Values) -> bool:
    return values.get("type") == ValueType.BITS


def _is_text(values: Values) -> bool:
    return values.get("type") == ValueType.STRING


def _has_order(values: Values) -> bool:
    return _in_registers(values) and values.get("type") not in _ONE_BYTE_ORDER


def _counts(values: Values) -> bool:
    return values.get("role") in _COUNTS


def _is_alarm(values: Values) -> bool:
    return values.get("role") == SignalRole.ALARM


def _is_mode(values: Values) -> bool:
    return values.get("role") == SignalRole.MODE


_NAME = Field("name", _("Name"), partial(TextEditor, hint=_("Good parts")), _("What people call the value."))
_ROLE = Field(
    "role",
    _("Meaning"),
    partial(ChoiceEditor, choices=choices(ROLES)),
    _("What it says about the machine. Run, counters and alarms make its state; what is only recorded takes no part."),
)
_PLACE = (
    Field(
        "table",
        _("Register table"),
        partial(ChoiceEditor, choices=choices(TABLES)),
        _("Manuals name it by the first digit: 4x holding, 3x input registers, 1x inputs, 0x coils."),
        heading=_("Where it is"),
    ),
    Field(
        "address",
        _("Address"),
        partial(NumberEditor, hint="0"),
        _("Counted from 0: what manuals print as 40001 is address 0 of the holding registers, 30013 is input 12."),
    ),
)
_READING = (
    Field(
        "type",
        _("Type"),
        partial(ChoiceEditor, choices=choices(TYPES)),
        _("How the registers make the value. Not sure? Read it now and let the known value decide."),
    ),
    Field(
        "byte_order",
        _("Byte order"),
        partial(ChoiceEditor, choices=choices(ORDERS)),
        _("ABCD unless the manual says otherwise. A wrong one gives huge or tiny numbers."),
        fits=_has_order,
    ),
    Field("bit", _("Bit"), NumberEditor, _("Counted from 0, the lowest, to 15."), fits=_has_bits),
    Field("bit_count", _("How many bits"), NumberEditor, _("From that bit upwards."), fits=_is_bits),
    Field("length", _("Length"), NumberEditor, _("In registers, of two characters each."), fits=_is_text),
    Field(
        "string_bytes",
        _("Characters"),
        partial(ChoiceEditor, choices=choices(STRING_BYTES)),
        _("Which bytes of a register hold them."),
        fits=_is_text,
    ),
    Field(
        "invert",
        _("Inverted"),
        partial(SwitchEditor, text=_("0 means on")),
        _("For contacts that open."),
        fits=_is_bool,
    ),
)
_VALUE = (
    Field(
        "scale",
        _("Scale"),
        NumberEditor,
        _("Value = register * scale + offset. 0.1 where the device sends 215 for 21.5."),
        fits=_is_number,
        heading=_("What it means"),
    ),
    Field("offset", _("Offset"), NumberEditor, _("Mostly 0."), fits=_is_number, more=True),
    Field("unit", _("Unit"), partial(TextEditor, hint="°C", longest=20), _("As it is shown."), False, _is_number),
)
_MEANING = (
    Field(
        "alarm_bits",
        _("Each bit an alarm"),
        partial(SwitchEditor, text=_("each bit is an alarm of its own")),
        _("Otherwise the value is the number of one alarm, 0 for none."),
        fits=_is_alarm,
    ),
    Field(
        "alarms",
        _("Alarm texts"),
        partial(PairsEditor, hint=_("0 = Guard open")),
        _("A line for each bit or number: 3 = Guard open."),
        fits=_is_alarm,
    ),
    Field(
        "states",
        _("States"),
        partial(PairsEditor, hint="1 = running"),
        _("A line for each value of the mode: 2 = setup. There are {states}.").format(states=STATES),
        fits=_is_mode,
    ),
)
_PACE = (
    Field(
        "poll_seconds",
        _("Read every (s)"),
        NumberEditor,
        _("1 for most; 0.1 for beats; 10 for energy meters. 0.05 to 3600."),
        heading=_("How often"),
    ),
    Field(
        "deadband",
        _("Deadband"),
        NumberEditor,
        _("A change up to this much, in the unit, is not recorded. 0 records every change."),
        fits=_is_number,
    ),
    Field(
        "heartbeat_seconds",
        _("At least every (s)"),
        NumberEditor,
        _("Recorded after this time, changed or not."),
        more=True,
    ),
)
_DOUBT = (
    Field("minimum", _("Least"), NumberEditor, _("Below it the value is bad. Empty: no limit."), True, _is_number),
    Field("maximum", _("Most"), NumberEditor, _("Above it the value is bad. Empty: no limit."), True, _is_number),
    Field(
        "max_rate",
        _("Fastest change"),
        NumberEditor,
        _("Per second, in the unit; what leaps farther is not believed. For a counter: parts per second."),
        True,
        _is_number,
    ),
    Field(
        "sentinels",
        _("“No value”"),
        partial(NumbersEditor, hint="32767 65535"),
        _("Register values by which the maker says that there is none."),
        True,
        _is_number,
    ),
    Field(
        "rollover",
        _("Rolls over at"),
        partial(NumberEditor, hint=_("by its type")),
        _("The counter begins at 0 again after this many, e.g. 10000 for four digits."),
        True,
        _counts,
    ),
)

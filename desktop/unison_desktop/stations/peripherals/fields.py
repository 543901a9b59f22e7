"""The fields of scanners and gauges, with what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from unison_domain.stations.gauge_settings import GaugeFormat
from unison_domain.stations.serial_settings import FrameEnd

from unison_desktop.frame.form.editors import ChoiceEditor, NumberEditor, SwitchEditor, TextEditor
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.frame.form.offering import OfferingEditor
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration.words import PARITIES, choices
from unison_desktop.stations.peripherals.editors import ChannelsEditor, ListEditor
from unison_desktop.stations.peripherals.shape import CONNECTION, KEYBOARD, SERIAL, STATION
from unison_desktop.stations.peripherals.words import ENDS, FOOT_SWITCHES, GAUGE_FORMATS


def station_field(stations: Mapping[str, str]) -> Field:
    """Where a new one stands; `stations` are names by id. It stays there."""
    return Field(STATION, _("Station"), partial(ChoiceEditor, choices=stations), _("The workplace it is used at."))


def name_field(hint: str) -> Field:
    """What people call it."""
    return Field("name", _("Name"), partial(TextEditor, hint=hint), _("What people call it at the station."))


def scanner_fields() -> tuple[Field, ...]:
    """A barcode scanner."""
    return (
        name_field(_("Hand scanner")),
        Field(
            CONNECTION,
            _("Connection"),
            partial(ChoiceEditor, choices={SERIAL: _("Serial port, or USB serial"), KEYBOARD: _("Keyboard (USB HID)")}),
            _(
                "A serial connection is the safest: most scanners switch to it by a code in their manual (USB CDC). "
                "As a keyboard it is taken for Unison alone, so that no scan lands in a window."
            ),
        ),
        Field(
            "keyboard",
            _("Keyboard device"),
            partial(OfferingEditor, hint="usb-Zebra_Scanner-event-kbd", longest=255),
            _(
                "The list has those at the PC, by names that stay the same wherever they are plugged in. The scanner "
                "must be set to the US keyboard layout."
            ),
            fits=_is_keyboard,
        ),
        *_serial_fields(_is_serial),
        Field(
            "identifies",
            _("AIM identifiers"),
            partial(SwitchEditor, text=_("It sends ]C1, ]d2 … first")),
            _(
                "Switch this on in the scanner (“transmit AIM code ID”): GS1 codes can then be told from others for "
                "sure."
            ),
        ),
        *_FRAMING,
    )


def gauge_fields(characteristics: Mapping[str, str]) -> tuple[Field, ...]:
    """A gauge or scale; `characteristics` are names by id."""
    return (
        name_field(_("Caliper 1")),
        *_serial_fields(_always),
        *_SAYS,
        Field(
            "channels",
            _("Measures"),
            partial(ChannelsEditor, choices=characteristics),
            _(
                "The characteristic its values are measurements of. A gauge with several probes names a channel with "
                "each value: give each its own line."
            ),
        ),
        *_ASKING,
        *_FRAMING,
    )


def _always(_values: Values) -> bool:
    return True


def _is_serial(values: Values) -> bool:
    return values.get(CONNECTION) != KEYBOARD


def _is_keyboard(values: Values) -> bool:
    return values.get(CONNECTION) == KEYBOARD


def _has_pattern(values: Values) -> bool:
    return values.get("format") == GaugeFormat.PATTERN


_number = NumberEditor
Fits = Callable[[Values], bool]


def _serial_fields(fits: Fits) -> tuple[Field, ...]:
    return (
        Field(
            "serial_port",
            _("Serial port"),
            partial(OfferingEditor, hint="usb-FTDI_FT232R_USB_UART_…", longest=255),
            _(
                "The list has what is plugged in at the PC; “unison-station ports” there tells the same. The adapter's "
                "name stays the same wherever it is plugged in; a path as /dev/ttyS0 or COM3 will do too."
            ),
            fits=fits,
        ),
        Field(
            "serial_baud_rate",
            _("Speed (baud)"),
            _number,
            _("As set in the device. Any will do for USB adapters that are the device themselves."),
            fits=fits,
        ),
        Field(
            "serial_parity",
            _("Parity"),
            partial(ChoiceEditor, choices=choices(PARITIES)),
            _("None, unless the manual says otherwise."),
            more=True,
            fits=fits,
        ),
        Field(
            "serial_data_bits",
            _("Data bits"),
            _number,
            _("8, or 7 with a parity on older gauges."),
            more=True,
            fits=fits,
        ),
        Field("serial_stop_bits", _("Stop bits"), _number, _("1, unless the manual says 2."), more=True, fits=fits),
    )


def _has_suffix(values: Values) -> bool:
    return values.get("framing_end") == FrameEnd.SUFFIX


def _ends_by_pause(values: Values) -> bool:
    return values.get("framing_end") == FrameEnd.IDLE


_FRAMING = (
    Field(
        "framing_end",
        _("A message ends with"),
        partial(ChoiceEditor, choices=choices(ENDS)),
        _(
            "Most devices end each message with a line end (a scanner that types: Enter); STX and ETX are safer where "
            "the device has them."
        ),
        more=True,
        heading=_("How its bytes become messages"),
    ),
    Field(
        "framing_suffix",
        _("Last bytes"),
        partial(TextEditor, hint="0d0a", longest=32),
        _("In hexadecimal: 03 is ETX, 0d is CR, 09 is a tabulator."),
        more=True,
        fits=_has_suffix,
    ),
    Field(
        "framing_prefix",
        _("First bytes"),
        partial(TextEditor, hint=_("none"), longest=32),
        _("In hexadecimal. They are no part of the message; one without them is refused as noise."),
        more=True,
    ),
    Field(
        "framing_idle_milliseconds",
        _("Pause (ms)"),
        partial(NumberEditor, hint=_("that of its connection")),
        _(
            "Silence that ends a message. A pause inside one cuts it in two, so an end sign is safer. Left empty: "
            "40 ms on a serial port, 200 ms for a scanner that types."
        ),
        more=True,
        fits=_ends_by_pause,
    ),
)
_SAYS = (
    Field(
        "format",
        _("Format"),
        partial(ChoiceEditor, choices=choices(GAUGE_FORMATS)),
        _("The form of its messages. Try one below: what “unison-station check” shows can be pasted there."),
        heading=_("What it says"),
    ),
    Field(
        "pattern",
        _("Pattern"),
        partial(TextEditor, hint=r"(?P<status>\w+),(?P<sign>[+-])\s*(?P<value>[\d.]+)\s*(?P<unit>\w+)", longest=500),
        _(
            "A regular expression for the whole message with the group (?P<value>…), and where the gauge says them "
            "sign, unit, status and channel."
        ),
        fits=_has_pattern,
    ),
    Field(
        "stable_statuses",
        _("Settled is"),
        partial(ListEditor, hint="ST"),
        _("What the group status says of a value that rests; left empty, any value does."),
        fits=_has_pattern,
    ),
    Field(
        "unit",
        _("Unit"),
        partial(TextEditor, hint="mm", longest=20),
        _(
            "What it is set to, where it sends values without a unit, as calipers do. A unit the gauge names must be "
            "that of its characteristic."
        ),
    ),
    Field(
        "decimal_comma",
        _("Decimal sign"),
        partial(SwitchEditor, text=_("It writes 12,5 for twelve and a half")),
        _("Guessing would make 12,500 twelve thousand."),
    ),
    Field(
        "stable_only",
        _("Settled values"),
        partial(SwitchEditor, text=_("Refuse values that still move")),
        _("Where the gauge says whether a value rests. Only a value at rest is a measurement."),
    ),
)
_ASKING = (
    Field(
        "poll_seconds",
        _("Ask every (s)"),
        partial(NumberEditor, hint=_("only when a button is pressed")),
        _(
            "Left empty, it is asked when the foot switch is pressed or a person asks; or it sends by itself. A scale "
            "that is asked takes each load once: ask at least twice a second, so that no change of load is missed. "
            "Of less than 20 steps of its last digit it takes none."
        ),
        more=True,
        heading=_("How it is asked"),
    ),
    Field(
        "poll",
        _("Question"),
        partial(TextEditor, hint=_("that of its format"), longest=64),
        _("The bytes that ask for a value, in hexadecimal: 530d0a is S CR LF."),
        more=True,
    ),
    Field(
        "timeout_seconds",
        _("Time-out (s)"),
        partial(NumberEditor, hint=_("that of its format")),
        _("How long it may take to answer. Left empty: 10 s for MT-SICS, as scales need to settle, else 2 s."),
        more=True,
    ),
    Field(
        "foot_switch",
        _("Foot switch"),
        partial(ChoiceEditor, choices=choices(FOOT_SWITCHES), nothing=_("none")),
        _("The control line of its serial port that a pedal closes: pressed, a value is taken."),
        more=True,
    ),
)

"""The fields of a station and of a device, with what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from unison_domain.stations.device_settings import Driver

from unison_desktop.frame.form.editors import ChoiceEditor, NumberEditor, TextEditor
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.frame.form.offering import OfferingEditor
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration.words import DRIVERS, PARITIES, choices

_number = NumberEditor


def station_fields(plants: Mapping[str, str], agents: Mapping[str, str], *, is_new: bool) -> tuple[Field, ...]:
    """A workplace; `plants` and `agents` are names by id. It stays in its plant."""
    code = Field(
        "code",
        _("Code"),
        partial(TextEditor, hint=_("L4"), longest=50),
        _("The short name on labels and in lists; nothing else may have it."),
    )
    name = Field("name", _("Name"), partial(TextEditor, hint=_("Line 4")), _("What people call the workplace."))
    plant_choice = partial(ChoiceEditor, choices=plants, nothing=_("Choose a plant"))
    plant = Field("plant_id", _("Plant"), plant_choice, _("Where it stands."))
    agent = Field(
        "agent_id",
        _("Served by PC"),
        partial(ChoiceEditor, choices=agents, nothing=_("no PC yet")),
        _("The PC that reads its devices. Another one may take over at any time; nothing is counted twice."),
    )
    return (code, name, *((plant,) if is_new else ()), agent)


def device_fields(stations: Mapping[str, str] | None = None) -> tuple[Field, ...]:
    """A device; `stations` are names by id where it is still to be chosen."""
    station_choice = partial(ChoiceEditor, choices=stations or {}, nothing=_("Choose a station"))
    station = Field("station_id", _("Station"), station_choice, _("The workplace whose PC reads it."))
    return (
        *((station,) if stations is not None else ()),
        Field("name", _("Name"), partial(TextEditor, hint=_("Press controller")), _("What people call the device.")),
        Field(
            "driver",
            _("Connection"),
            partial(ChoiceEditor, choices=choices(DRIVERS)),
            _(
                "Modbus TCP for devices with a network socket. A serial port of the PC for RS-485 adapters. A serial "
                "server passes the bytes of an RS-485 line through the network."
            ),
        ),
        *_NETWORK,
        *_SERIAL,
        Field(
            "unit_id",
            _("Unit number"),
            _number,
            _("The slave address, 1 to 247. Devices with a socket of their own mostly take 1 or 255."),
        ),
        *_GENTLE,
    )


def _on_network(values: Values) -> bool:
    return values.get("driver") != Driver.MODBUS_RTU


def _on_port(values: Values) -> bool:
    return values.get("driver") == Driver.MODBUS_RTU


def _on_line(values: Values) -> bool:
    return values.get("driver") != Driver.MODBUS_TCP


_NETWORK = (
    Field(
        "host",
        _("Address"),
        partial(TextEditor, hint="192.168.1.20", longest=253),
        _("IP address or host name, as the PC of the station sees it."),
        fits=_on_network,
    ),
    Field("port", _("Port"), _number, _("502 unless the device says otherwise."), fits=_on_network),
)
_SERIAL = (
    Field(
        "serial_port",
        _("Serial port"),
        partial(OfferingEditor, hint="usb-FTDI_USB-RS485_…", longest=255),
        _(
            "The list has what is plugged in at the PC. The adapter's name under /dev/serial/by-id stays the same "
            "wherever it is plugged in; a path as /dev/ttyS0 or COM3 will do too."
        ),
        fits=_on_port,
    ),
    Field(
        "baud_rate",
        _("Speed (baud)"),
        _number,
        _("All devices of one line have the same; often 9600 or 19200."),
        fits=_on_port,
    ),
    Field(
        "parity",
        _("Parity"),
        partial(ChoiceEditor, choices=choices(PARITIES)),
        _("Even, as the standard asks for, unless the manual says otherwise."),
        fits=_on_port,
    ),
    Field("stop_bits", _("Stop bits"), _number, _("1 with a parity; often 2 without one."), fits=_on_port),
)
_GENTLE = (
    Field(
        "timeout_seconds",
        _("Time-out (s)"),
        _number,
        _("How long a reply may take. Raise it for slow gateways."),
        more=True,
        heading=_("How gently it is asked"),
    ),
    Field("retries", _("Retries"), _number, _("Further tries of a request within one cycle, 0 to 3."), more=True),
    Field("probe_seconds", _("Probe every (s)"), _number, _("How often a dead device is tried again."), more=True),
    Field(
        "max_registers",
        _("Registers at once"),
        _number,
        _("The most one request may ask for: 125 by the protocol; some devices allow fewer."),
        more=True,
    ),
    Field("max_bits", _("Bits at once"), _number, _("Of coils and inputs: 2,000 by the protocol."), more=True),
    Field(
        "max_gap",
        _("Gap read along"),
        _number,
        _("So many unused registers are read along to save a request; 0 where the device refuses gaps."),
        more=True,
    ),
    Field(
        "request_gap_seconds",
        _("Pause (s)"),
        _number,
        _("Before each request to this device, for those that can't keep up."),
        more=True,
    ),
    Field(
        "turnaround_seconds",
        _("Turn-around (s)"),
        _number,
        _("Pause of the line between a reply and the next request: for transceivers that let go slowly."),
        more=True,
        fits=_on_line,
    ),
)
FORCED_REASON = Field(
    "forced_reason",
    _("At once because"),
    partial(TextEditor, hint=_("left empty: from the next run on"), longest=2000),
    _(
        "A counter that changes what it reads goes on the old way until its machine's run ends, so that no run is "
        "counted half one way and half the other. A reason given here makes the change hold now."
    ),
    more=True,
)

"""Templates in the person's language: what their values are called, and what to know about a kind of device."""

from __future__ import annotations

import re
from collections.abc import Mapping

from unison_domain.stations.templates import DeviceTemplate

from unison_desktop.kernel.texts import _

_VALUES: Mapping[str, str] = {
    "Active energy": _("Active energy"),
    "Active energy export": _("Active energy export"),
    "Active energy import": _("Active energy import"),
    "Active power": _("Active power"),
    "All inputs": _("All inputs"),
    "Apparent energy": _("Apparent energy"),
    "Apparent power": _("Apparent power"),
    "Current": _("Current"),
    "Frequency": _("Frequency"),
    "Phase angle": _("Phase angle"),
    "Power factor": _("Power factor"),
    "Reactive energy export": _("Reactive energy export"),
    "Reactive energy import": _("Reactive energy import"),
    "Reactive power": _("Reactive power"),
    "THD current": _("THD current"),
    "THD voltage": _("THD voltage"),
    "Voltage": _("Voltage"),
}
"""By their English names, without the phase."""
_PHASE = re.compile(r" (L[123](?:-(?:L[123]|N))?)$")
_COUNT = re.compile(r"^(DI\d+) count$")
_NOTES: Mapping[str, str] = {
    "advantech-adam-6050": _(
        "12 digital inputs and 6 digital outputs. Set role and machine of the inputs that are used, e.g. run or cycle."
    ),
    "carlo-gavazzi-em24-ethernet": _(
        "Three-phase meter, Modbus TCP, port 502, unit 1. Energy export only where the meter is set to application H."
    ),
    "carlo-gavazzi-em340": _(
        "Three-phase meter, RTU; from the factory 9600 baud, no parity. Values hold the set transformer ratios."
    ),
    "eastron-sdm120": _(
        "Single-phase meter, RTU; from the factory 2400 baud. One request may ask for at most 30 values."
    ),
    "eastron-sdm630": _(
        "Three-phase meter, RTU; from the factory 9600 baud. One request may ask for at most 30 values. Energy counts "
        "in kWh."
    ),
    "janitza-umg96rm": _(
        "Values hold the set transformer ratios. Energy counts in Wh and is kept every five minutes, so a power cut "
        "may take it back a little. Also for UMG 96-S2 and 96-PA, whose list of frequently required readings is the "
        "same up to 19050."
    ),
    "moxa-iologik-e1210": _("16 digital inputs. Set role and machine of the inputs that are used, e.g. run or cycle."),
    "moxa-iologik-e1212": _(
        "8 digital inputs and 8 channels that are set as inputs or outputs; read here as outputs. Set role and machine "
        "of the inputs that are used, e.g. run or cycle."
    ),
    "schneider-iem3155": _(
        "Three-phase meter, RTU; from the factory 19,200 baud, even parity. Power in kW, energy counts in Wh."
    ),
    "siemens-pac3200": _(
        "A request that begins or ends in the middle of a value is refused, so nothing is read along. Energy counts in "
        "Wh. Modbus TCP, port 502."
    ),
    "wago-750-352": _(
        "The first 16 digital inputs and 8 digital outputs, counted from the coupler on; which there are depends on "
        "the plugged modules: channels that are not there are refused by the coupler, so leave them out."
    ),
}
"""By code, as the template says it."""
_TIPS: Mapping[str, str] = {
    "Only while the channel is set to counter mode and its counter is started.": _(
        "Only while the channel is set to counter mode and its counter is started."
    ),
    "Bit n is DI n.": _("Bit n is DI n."),
    "Tariff 1, which counts where no tariffs are set.": _("Tariff 1, which counts where no tariffs are set."),
}


def value_name(name: str) -> str:
    """What a value is called here; a name of a newer server stays as it is."""
    if counted := _COUNT.match(name):
        return _("{input} count").format(input=counted[1])
    phase = _PHASE.search(name)
    plain = name[: phase.start()] if phase else name
    said = _VALUES.get(plain, plain)
    return f"{said} {phase[1]}" if phase else said


def note_of(template: DeviceTemplate) -> str:
    """What to know about a kind of device."""
    return _NOTES.get(template.code, template.note or "")


def tip_of(note: str | None) -> str:
    """What to know about a value."""
    return _TIPS.get(note or "", note or "")

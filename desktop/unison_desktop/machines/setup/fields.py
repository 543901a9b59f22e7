"""The fields of a plant, a work center and a machine, with what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from unison_domain.machines.contracts import LifeCycle

from unison_desktop.frame.form.editors import ChoiceEditor, NumberEditor, TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.time_zones import zone_names

LIFE_CYCLES = {
    LifeCycle.PLANNED: _("planned"),
    LifeCycle.IN_SERVICE: _("in service"),
    LifeCycle.OUT_OF_SERVICE: _("out of service"),
    LifeCycle.RETIRED: _("retired"),
}
_amount = partial(NumberEditor, as_text=True)


def plant_fields() -> tuple[Field, ...]:
    """A plant."""
    zones = {name: name for name in zone_names()}
    return (
        Field("code", _("Code"), partial(TextEditor, hint="KIEL", longest=50), _("Short and unique, as on labels.")),
        Field("name", _("Name"), partial(TextEditor, hint=_("Plant Kiel")), _("What people call it.")),
        Field("time_zone", _("Time zone"), partial(ChoiceEditor, choices=zones), _("By it its days and shifts begin.")),
        Field("address", _("Address"), partial(TextEditor, longest=2000), _("Where it is."), more=True),
    )


def work_center_fields(plants: Mapping[str, str], *, is_new: bool) -> tuple[Field, ...]:
    """A line or cell; `plants` are names by id. It stays in its plant."""
    plant = Field("plant_id", _("Plant"), partial(ChoiceEditor, choices=plants), _("Where it is."))
    return (
        Field("code", _("Code"), partial(TextEditor, hint="L4", longest=50), _("Short and unique, as on labels.")),
        Field("name", _("Name"), partial(TextEditor, hint=_("Line 4")), _("A line or cell: machines side by side.")),
        *((plant,) if is_new else ()),
    )


def machine_fields(plants: Mapping[str, str], *, is_new: bool) -> tuple[Field, ...]:
    """A machine; `plants` are names by id. It stays in its plant, whose lines and stations are offered later."""
    plant = Field("plant_id", _("Plant"), partial(ChoiceEditor, choices=plants), _("Where it stands."))
    return (
        Field(
            "machine_code",
            _("Code"),
            partial(TextEditor, hint="PRESS-4", longest=50),
            _("The number on the machine; nothing else may have it."),
        ),
        Field("name", _("Name"), partial(TextEditor, hint=_("Press 4")), _("What people call it.")),
        *((plant,) if is_new else ()),
        Field(
            "work_center_id",
            _("Work center"),
            partial(ChoiceEditor, nothing=_("none")),
            _("The line or cell; the board groups by it."),
        ),
        Field(
            "station_id",
            _("Station"),
            partial(ChoiceEditor, nothing=_("none")),
            _(
                "The workplace it stands at: people there say on their page why it stands. A machine without signals "
                "needs one. For signals choose the machine in their tags, under Configuration."
            ),
        ),
        Field(
            "machine_type",
            _("Kind"),
            partial(TextEditor, hint=_("Press")),
            _("What sort of machine it is. A stop reason can be for one kind only: write it alike on all of them."),
        ),
        Field(
            "ideal_cycle_seconds",
            _("Ideal cycle (s)"),
            NumberEditor,
            _("Seconds for one part at full speed. Running for two cycles with no part is shown as “No output”."),
        ),
        Field(
            "life_cycle",
            _("Life"),
            partial(ChoiceEditor, choices=_words(LIFE_CYCLES)),
            _("Planned, in use, or no longer. What is not in service shows as out of service, whatever it does."),
        ),
        *_SIGNALS,
        *_ASSET,
    )


def _words(words: Mapping[LifeCycle, str]) -> dict[str, str]:
    return {str(key): text for key, text in words.items()}


_SIGNALS = (
    Field(
        "micro_stop_seconds",
        _("Micro-stop up to (s)"),
        NumberEditor,
        _("Stops up to this long need no reason. Only reports depend on it, and it may change later."),
        more=True,
        heading=_("How signals become its state"),
    ),
    Field("on_delay_seconds", _("On after (s)"), NumberEditor, _("A signal counts once it held so long."), more=True),
    Field("off_delay_seconds", _("Off after (s)"), NumberEditor, _("The same when it goes off."), more=True),
    Field(
        "stale_seconds",
        _("Silent after (s)"),
        NumberEditor,
        _("Without signals for so long the state is unknown. Never before two reads. Empty: three, at least 3 s."),
        more=True,
    ),
    Field(
        "idle_after_seconds",
        _("No output after (s)"),
        NumberEditor,
        _("Running but counting nothing, never before two reads. Empty: two ideal cycles, three reads, at least 10 s."),
        more=True,
    ),
)
_ASSET = (
    Field(
        "capacity_units_per_hour",
        _("Parts per hour"),
        _amount,
        _("For planning."),
        more=True,
        heading=_("The asset"),
    ),
    Field("manufacturer", _("Maker"), TextEditor, more=True),
    Field("model_number", _("Model"), TextEditor, more=True),
    Field("serial_number", _("Serial number"), TextEditor, more=True),
    Field("location", _("Location"), partial(TextEditor, longest=2000), _("Hall, bay, column."), more=True),
    Field("installation_date", _("Installed"), partial(TextEditor, hint="2026-11-30"), _("Year-month-day."), more=True),
    Field("description", _("Remarks"), partial(TextEditor, longest=2000), more=True),
)

"""The history of a PC speaks of things, fields, values and people as their forms do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from unison_desktop.identity.audit.words import who
from unison_desktop.stations.configuration.history_words import after, before, label, summary, taken_up, what
from unison_domain.machines.contracts import MachineCreate
from unison_domain.stations.configuration import TagSettings
from unison_domain.stations.configuration_changes import ConfigurationChange, ConfiguredThing, FieldChange
from unison_domain.stations.device_settings import DeviceSettings

NOW = "2026-11-22T09:00:00Z"
OTHER = UUID(int=0xABCDEF)


def change(thing: str = "machine", **of: Any) -> ConfigurationChange:
    given = {"id": UUID(int=1), "at": NOW, "thing": thing, "entity_id": UUID(int=2), "name": "M", "action": "updated"}
    return ConfigurationChange.model_validate({**given, "fields": [], **of})


def told(thing: str, field: str, new: Any, **of: Any) -> tuple[str, str]:
    """The field and its new value as they are shown."""
    of_field = FieldChange(field=field, new=new, **of)
    return label(ConfiguredThing(thing), field), after(ConfiguredThing(thing), of_field, {str(UUID(int=3)): "Press"})


@pytest.mark.parametrize(
    ("thing", "field", "value", "said"),
    [
        ("machine", "life_cycle", "in_service", ("Life", "in service")),
        ("machine", "ideal_cycle_seconds", 2.5, ("Ideal cycle (s)", "2.5")),
        ("machine", "work_center_id", str(OTHER), ("Work center", "…00abcdef")),
        ("machine", "station_id", str(UUID(int=3)), ("Station", "Press")),
        ("tag", "role", "count_good", ("Meaning", "Counts good parts")),
        ("tag", "table", "holding_register", ("Register table", "Holding registers (4x)")),
        ("tag", "alarms", {"0": "Guard open"}, ("Alarm texts", "0 = Guard open")),
        ("tag", "sentinels", [], ("“No value”", "-")),
        ("tag", "invert", True, ("Inverted", "yes")),
        ("tag", "address", 5, ("Address", "5")),
        ("plant", "address", "Main Street 5", ("Address", "Main Street 5")),
        ("device", "parity", "even", ("Parity", "even")),
        ("peripheral", "serial.port", "COM3", ("Serial port", "COM3")),
        ("agent", "state", "revoked", ("State", "Revoked")),
        ("reason", "machine_types", ["Press", "Mill"], ("Machine types", "Press, Mill")),
        ("characteristic", "measurement_unit", "mm", ("Unit", "mm")),
        ("station", "is_active", False, ("In use", "no")),
    ],
)
def test_fields_and_values_are_words(thing: str, field: str, value: Any, said: tuple[str, str]) -> None:
    assert told(thing, field, value) == said


def test_the_server_names_what_this_page_does_not_know() -> None:
    moved = FieldChange(field="agent_id", old=str(OTHER), new=None, old_name="Hall 1")
    assert (before(ConfiguredThing.STATION, moved, {}), after(ConfiguredThing.STATION, moved, {})) == ("Hall 1", "-")


@pytest.mark.parametrize(
    ("thing", "contract"), [("machine", MachineCreate), ("tag", TagSettings), ("device", DeviceSettings)]
)
def test_no_field_of_a_form_is_called_by_its_code(thing: str, contract: type[Any]) -> None:
    assert [name for name in contract.model_fields if label(ConfiguredThing(thing), name) == name] == []


def test_who_it_was_is_said_of_programs_and_superadministrators_too() -> None:
    by_key = change(actor_kind="key", actor_id=OTHER, actor_name="Planner", actor_owner="Anna")
    visitor = change(actor_kind="superadmin", actor_id=OTHER, actor_name="Vera", actor_owner="Unison Care")
    assert (who(by_key), who(visitor)) == ("program Planner of Anna", "superadministrator Vera of Unison Care")
    assert (who(change(actor_kind="user", actor_name="Anna")), who(change())) == ("Anna", "server")


def test_what_was_only_forced_says_so() -> None:
    assert summary(change("tag", reason="the line is empty")) == "what had changed before holds at once"
    assert (summary(change("tag")), what(change("reason", action="reactivated"))) == ("", "Stop reason back in use")


@pytest.mark.parametrize(
    ("version", "running", "said"), [(None, 5, ""), (5, None, "not yet"), (6, 5, "not yet"), (5, 5, "yes")]
)
def test_it_is_told_whether_the_pc_took_it_up(version: int | None, running: int | None, said: str) -> None:
    assert taken_up(change(version=version), running) == said

"""A name is what is seen of it: blanks around it are taken off in every contract, and blanks alone are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from unison_domain.kernel.contracts import Name
from unison_domain.machines.contracts import MachineCreate
from unison_domain.machines.downtime_contracts import DowntimeReasonCreate
from unison_domain.stations.device_settings import DeviceSettings, Driver

NAME = TypeAdapter(Name)
BLANKS = st.text(" \t\r\n\u00a0\u2003", max_size=5)


@given(BLANKS, st.text("ab ", max_size=198).map(lambda text: f"x{text}x"), BLANKS)
def test_blanks_around_a_name_are_taken_off_and_those_in_it_stay(before: str, name: str, after: str) -> None:
    assert NAME.validate_python(f"{before}{name}{after}") == name


@given(BLANKS)
def test_blanks_alone_are_no_name(blanks: str) -> None:
    with pytest.raises(ValidationError, match="at least 1 character"):
        NAME.validate_python(blanks)


def test_a_name_is_as_long_as_what_is_left_of_it() -> None:
    assert len(NAME.validate_python("x" * 200 + " ")) == 200
    with pytest.raises(ValidationError, match="at most 200 characters"):
        NAME.validate_python("x" * 201)


def test_every_contract_with_a_name_takes_them_off() -> None:
    plant = "00000000-0000-7000-8000-000000000000"
    assert (
        MachineCreate.model_validate({"plant_id": plant, "machine_code": "P1", "name": " Press 1 "}).name == "Press 1"
    )
    assert DowntimeReasonCreate(number=330, name="Jam\t").name == "Jam"
    assert DeviceSettings(name="\u00a0PLC", driver=Driver.MODBUS_TCP, host="10.0.0.1").name == "PLC"

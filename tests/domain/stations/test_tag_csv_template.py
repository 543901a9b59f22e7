"""What a file of tags may hold is written down for people, and there is one to begin with."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest
from unison_domain.kernel.csv_dialect import CsvDialect
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.configuration import ByteOrder, RegisterTable, SignalRole, StringBytes, ValueType
from unison_domain.stations.device_settings import Driver, Parity
from unison_domain.stations.tag_csv import COLUMNS, UNCHANGED, read
from unison_domain.stations.tag_csv_template import template

GUIDE = (Path(__file__).parents[3] / "docs" / "tags-as-csv.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("dialect", CsvDialect)
def test_the_template_is_a_file_as_it_may_be_imported(dialect: CsvDialect) -> None:
    devices, errors = read(template(dialect))
    assert errors == []
    assert [(one.settings.driver, len(one.tags)) for one in devices] == [(Driver.MODBUS_TCP, 5), (Driver.MODBUS_RTU, 1)]
    assert template(dialect).splitlines()[0].split(dialect.separator) == list(COLUMNS)


def test_the_guide_has_a_row_for_each_column_and_none_besides() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .* \| .* \|$|^\| `(\w+)` \| .* \| \|$", GUIDE, re.MULTILINE)
    assert [one or other for one, other in rows] == list(COLUMNS)


@pytest.mark.parametrize("words", [Driver, Parity, RegisterTable, ValueType, ByteOrder, StringBytes, SignalRole])
def test_the_guide_has_every_word_that_may_stand_in_a_cell(words: type[StrEnum]) -> None:
    assert [word for word in words if f"`{word}`" not in GUIDE] == []


def test_the_guide_has_every_state_and_the_word_for_what_stays() -> None:
    states = set(MachineState) - {MachineState.UNKNOWN}
    assert [state for state in states if f"`{state}`" not in GUIDE] == []
    assert f"`{UNCHANGED}`" in GUIDE

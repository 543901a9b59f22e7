"""What tags, gauges and cameras give is told in the preferred units too."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from unison_desktop.kernel.own_units import choose_units
from unison_desktop.stations.configuration.test_read import read_words
from unison_desktop.stations.vision.finding_text import finding_text
from unison_domain.kernel.units import UnitSystem
from unison_domain.stations.camera_commands import Finding
from unison_domain.stations.commands import TestReadAnswer
from unison_domain.stations.contracts import TagAnswer

from tests.desktop.samples import NOW
from tests.desktop.stations.configuration.samples import HEAT, heat, read


@pytest.fixture(autouse=True)
def inch_pound() -> None:
    choose_units(UnitSystem.US_CUSTOMARY)


def words(tag: TagAnswer | None, value: object, raw: object) -> str:
    answer = TestReadAnswer.model_validate(read("00D6", tag_id=str(HEAT), value=value, raw=raw))
    return read_words(answer, tag, NOW)


@pytest.mark.parametrize(
    ("value", "raw", "told"),
    [
        (214 * 0.1, 214, "(70.5 °F)"),
        (21.0, 210, "(69.8 °F)"),
        (-40, -400, "(-40.0 °F)"),
        (21.5, 21.5, "(70.7 °F)"),
    ],
)
def test_a_tag_is_as_fine_as_its_register(value: float, raw: float, told: str) -> None:
    assert f"°C {told} (register {raw:g})" in words(heat(), value, raw).replace(",", ".")


def test_what_is_no_number_or_has_no_unit_stands_alone() -> None:
    plain = heat().model_copy(update={"unit": None})
    assert words(plain, 21.5, 215).startswith("Value 21.5 (register 215)")
    assert words(None, 21.5, 215).startswith("Value 21.5 (register 215)")
    assert words(heat(), "ok", "ok").startswith("Value ok °C (register ok)")
    assert "°F" not in words(heat(), True, 1)


def test_what_a_camera_found() -> None:
    found = Finding(tool_id=UUID(int=1), value=Decimal("12.340"), unit="mm", uncertainty=Decimal("0.012"), words="two")
    assert finding_text(found) == "12.340 ± 0.012 mm (0.48583 ± 0.00047 in)\ntwo"

"""Tools are laid, nudged and widened, and are never outside of what the contracts allow."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from unison_desktop.stations.vision import laying
from unison_domain.stations.picture_tools import Caliper, CircleDiameter, EdgeAngle, PictureTool, Presence

KINDS: dict[str, type[BaseModel]] = {
    "caliper": Caliper,
    "circle": CircleDiameter,
    "angle": EdgeAngle,
    "presence": Presence,
}
PLACE = st.tuples(st.floats(0, 4_000), st.floats(0, 3_000))


def tool(kind: str) -> PictureTool:
    return laying.new_tool(kind, "bore", UUID(int=1), (320.0, 240.0), 100.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_tool_lies_in_the_middle_and_is_drawn(kind: str) -> None:
    made = tool(kind)
    assert isinstance(made, KINDS[kind])
    places = [place for line in laying.outlines(made) for place in line]
    assert min(x for x, _ in places) < 320 < max(x for x, _ in places)


@given(begin=PLACE, end=PLACE, kind=st.sampled_from(sorted(KINDS)), second=st.booleans())
def test_whatever_is_drawn_is_a_tool(
    begin: tuple[float, float], end: tuple[float, float], kind: str, second: bool
) -> None:
    laid = laying.drawn(tool(kind), begin, end, is_second=second)
    assert isinstance(KINDS[kind].model_validate(laid.model_dump()), KINDS[kind])
    assert list(laying.outlines(laid))


def test_a_strip_runs_from_where_the_mouse_was_pressed() -> None:
    laid = laying.drawn(tool("caliper"), (10, 20), (110, 40))
    assert isinstance(laid, Caliper)
    assert (laid.strip.from_x, laid.strip.from_y, laid.strip.to_x, laid.strip.to_y) == (10, 20, 110, 40)
    assert laying.drawn(laid, (5, 5), (6, 5)) == laid


def test_an_arrow_shows_which_edge_is_the_first() -> None:
    laid = laying.drawn(tool("caliper"), (10, 40), (100, 40))
    assert list(laying.outlines(laid))[-1] == [(86, 47), (100, 40), (86, 33)]


def test_a_circle_is_drawn_from_its_middle_to_its_edge() -> None:
    laid = laying.drawn(tool("circle"), (100, 100), (140, 130))
    assert isinstance(laid, CircleDiameter)
    assert (laid.x, laid.y) == (100, 100)
    assert laid.inner < 50 < laid.outer


def test_keys_move_all_or_the_end_alone() -> None:
    strip = tool("caliper")
    whole, end = laying.moved(strip, 1, -1), laying.moved(strip, 1, -1, end_alone=True)
    assert isinstance(strip, Caliper)
    assert isinstance(whole, Caliper)
    assert isinstance(end, Caliper)
    assert (whole.strip.from_x, whole.strip.to_y) == (strip.strip.from_x + 1, strip.strip.to_y - 1)
    assert (end.strip.from_x, end.strip.to_x) == (strip.strip.from_x, strip.strip.to_x + 1)
    angle = laying.moved(tool("angle"), 0, 5, is_second=True)
    assert isinstance(angle, EdgeAngle)
    assert angle.first.from_y == 240
    assert angle.second.from_y == 245


def test_a_tool_is_not_nudged_out_of_every_picture() -> None:
    at_edge = laying.drawn(tool("caliper"), (0, 0), (50, 0))
    assert laying.moved(at_edge, -10, 0) == at_edge

"""Tools laid upon rendered parts of known size, and what they say where there is nothing to measure."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal
from math import cos, pi, radians, sin
from uuid import UUID

import cv2
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from unison_domain.stations.picture_tools import Caliper, CircleDiameter, Edge, EdgeAngle, Presence, Strip
from unison_station.vision.measured import Measured, rounded
from unison_station.vision.measuring import measure
from unison_station.vision.picture import NotMeasurable

from tests.station_agent.vision.rendering import Light, bar, corner, disk, render, straight

NOBODY = UUID(int=0)
VIEW = straight(160, 120)
MIDDLE = (80.0, 60.0)
LEVEL = (0, 50, 160, 70)
"""Where a level strip lies: nothing else of the picture is rendered."""
# A failure is told at once: to look for a smaller picture that fails takes minutes.
ALWAYS = settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])

Picture = NDArray[np.uint8]


def chance(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def none_stored(_: str) -> None:
    return None


def caliper(width: float = 10, *, first: Edge = Edge.ANY, second: Edge = Edge.ANY, contrast: float = 20) -> Caliper:
    """Level, through the middle of the picture."""
    strip = Strip(from_x=20, from_y=60, to_x=140, to_y=60, width=width)
    return Caliper(
        id=NOBODY,
        name="slot",
        characteristic_id=NOBODY,
        strip=strip,
        first=first,
        second=second,
        contrast=contrast,
    )


def across(x: float, y: float, reach: float, angle: float, width: float = 10) -> Caliper:
    """Through (x, y) in a direction."""
    ends = [(x + side * reach * cos(angle), y + side * reach * sin(angle)) for side in (-1, 1)]
    strip = Strip(from_x=ends[0][0], from_y=ends[0][1], to_x=ends[1][0], to_y=ends[1][1], width=width)
    return Caliper(id=NOBODY, name="bar", characteristic_id=NOBODY, strip=strip)


def circle(inner: float, outer: float, x: float = 80, y: float = 60) -> CircleDiameter:
    return CircleDiameter(id=NOBODY, name="bore", characteristic_id=NOBODY, x=x, y=y, inner=inner, outer=outer)


def found(picture: Picture, tool: Caliper | CircleDiameter | EdgeAngle) -> Measured:
    return measure(picture, tool, None, none_stored)


@ALWAYS
@given(shift=st.floats(-1, 1), blur=st.floats(0, 2.5), size=st.floats(12, 70))
def test_a_width_does_not_depend_on_where_between_pixels_it_lies_nor_on_blur(
    shift: float, blur: float, size: float
) -> None:
    picture = render(VIEW, bar(80 + shift, 60, size), Light(blur=blur), chance(), LEVEL)
    assert float(found(picture, caliper()).value) == pytest.approx(size, abs=0.02)


@ALWAYS
@given(angle=st.floats(-pi, pi), size=st.floats(12, 60), noise=st.floats(0, 4))
def test_a_width_does_not_depend_on_its_direction(angle: float, size: float, noise: float) -> None:
    picture = render(VIEW, bar(80, 60, size, angle), Light(blur=0.8, noise=noise), chance())
    measured = found(picture, across(80, 60, size / 2 + 14, angle))
    assert measured.unit == "px"
    assert float(measured.value) == pytest.approx(size, abs=0.1)


@ALWAYS
@given(dark=st.integers(2, 90), light=st.integers(140, 253))
def test_a_width_does_not_depend_on_brightness_nor_on_which_side_is_dark(dark: int, light: int) -> None:
    tool = caliper()
    values = [
        float(found(render(VIEW, bar(80.3, 60, 31.4), Light(*pair), chance(), LEVEL), tool).value)
        for pair in ((dark, light), (light, dark))
    ]
    assert values == pytest.approx([31.4, 31.4], abs=0.02)


def sides() -> EdgeAngle:
    """Across both sides of a bar of 40 in the middle of the picture."""
    strips = [Strip(from_x=x - 10, from_y=60, to_x=x + 10, to_y=60, width=60) for x in (60, 100)]
    return EdgeAngle(id=NOBODY, name="sides", characteristic_id=NOBODY, first=strips[0], second=strips[1])


@pytest.mark.parametrize(
    ("light", "why"),
    [
        (Light(10, 280, blur=1.5, noise=2), "the picture is overexposed: shorten the exposure"),
        (Light(280, 10, blur=1.5, noise=2), "the picture is overexposed: shorten the exposure"),
        (Light(-15, 200, blur=1.5, noise=2), "the picture is underexposed, black is cut off: lengthen the exposure"),
    ],
)
def test_edges_that_the_range_of_the_camera_cut_off_are_refused(light: Light, why: str) -> None:
    wide, round_ = render(VIEW, bar(80, 60, 40), light, chance()), render(VIEW, disk(80, 60, 60), light, chance())
    for picture, tool in ((wide, caliper()), (wide, sides()), (round_, circle(20, 40))):
        with pytest.raises(NotMeasurable, match=why):
            found(picture, tool)


def test_noise_that_touches_the_end_of_the_range_moves_no_edge() -> None:
    picture = render(VIEW, bar(80, 60, 40), Light(12, 243, blur=1.5, noise=5), chance())
    assert np.count_nonzero(picture >= 254) > 100
    measured = found(picture, caliper())
    assert abs(float(measured.value) - 40) <= float(measured.uncertainty or 0)


def test_glare_on_a_part_of_a_circle_leaves_the_rest_to_be_measured() -> None:
    picture = render(VIEW, disk(80, 60, 60), Light(noise=1), chance())
    picture[20:52, 104:122] = 255
    assert float(found(picture, circle(20, 40)).value) == pytest.approx(60, abs=0.05)


def eye(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """A camera of gamma 2.2."""
    return light ** (1 / 2.2)


@ALWAYS
@given(dark=st.integers(2, 80), light=st.integers(140, 240), blur=st.floats(0.6, 2.2))
def test_a_camera_s_gamma_moves_no_edge(dark: int, light: int, blur: float) -> None:
    for pair in ((dark, light), (light, dark)):
        seen = Light(*pair, blur=blur, noise=1, numbers=eye)
        wide = render(VIEW, bar(80.3, 60, 40), seen, chance(), LEVEL)
        round_ = render(VIEW, disk(80, 60, 40), seen, chance())
        for picture, tool in ((wide, caliper()), (round_, circle(8, 32))):
            measured = measure(picture, tool, None, none_stored, 2.2)
            assert float(measured.value) == pytest.approx(40, abs=0.04)
            as_numbers = float(found(picture, tool).value)
            assert (as_numbers < 40) is (pair[0] < pair[1]), "without it, dark looks narrower"


def test_an_unsure_gamma_is_in_the_uncertainty_unless_it_moves_both_edges_alike() -> None:
    picture = render(VIEW, bar(80, 60, 40), Light(blur=1.5, numbers=eye), chance(), LEVEL)
    width = measure(picture, caliper(), None, none_stored, 2.2)
    assert float(width.uncertainty or 0) == pytest.approx(2 * 2 * 0.886 * 0.05 * 1.53, rel=0.1)
    bars = np.minimum(*(render(VIEW, bar(x, 60, 20), Light(blur=1.5, numbers=eye), chance(), LEVEL) for x in (50, 105)))
    tool = caliper(first=Edge.LIGHT_TO_DARK, second=Edge.LIGHT_TO_DARK)
    pitch = measure(bars, tool, None, none_stored, 2.2)
    assert float(pitch.value) == pytest.approx(55, abs=0.02)
    assert float(pitch.uncertainty or 0) < 0.06


@ALWAYS
@given(size=st.floats(20, 80), x=st.floats(-2, 2), y=st.floats(-2, 2), blur=st.floats(0, 2))
def test_a_diameter_is_found_with_its_middle_elsewhere(size: float, x: float, y: float, blur: float) -> None:
    picture = render(VIEW, disk(80 + x, 60 + y, size), Light(blur=blur), chance())
    measured = found(picture, circle(max(3.0, size / 2 - 10), size / 2 + 10))
    assert float(measured.value) == pytest.approx(size, abs=0.03)
    assert np.hypot(*(measured.paths[0] - (80 + x, 60 + y)).T) == pytest.approx(size / 2, abs=0.1)


def test_a_chipped_circle_keeps_its_diameter() -> None:
    picture = render(VIEW, disk(80, 60, 60), Light(), chance())
    picture[50:75, 100:115] = 200
    measured = found(picture, circle(20, 40))
    assert float(measured.value) == pytest.approx(60, abs=0.05)
    assert int(re.match(r"(\d+) of", measured.seen)[1]) < 31  # type: ignore[index]


@ALWAYS
@given(angle=st.floats(20, 160), turned=st.floats(-3, 3))
def test_an_angle_is_the_corner_of_the_part_whichever_way_it_lies(angle: float, turned: float) -> None:
    normals = (turned, turned + pi - radians(angle))
    picture = render(VIEW, corner(80, 60, *normals), Light(blur=0.8, noise=1), chance())
    strips = []
    for normal, side in zip(normals, (-1, 1), strict=True):
        along = normal + side * pi / 2
        inward = cos(along - normals[0]) <= 1e-9 and cos(along - normals[1]) <= 1e-9
        reach = 30 if inward else -30
        x, y = 80 + reach * cos(along), 60 + reach * sin(along)
        ends = [(x + out * 9 * cos(normal), y + out * 9 * sin(normal)) for out in (-1, 1)]
        strips.append(Strip(from_x=ends[0][0], from_y=ends[0][1], to_x=ends[1][0], to_y=ends[1][1], width=28))
    tool = EdgeAngle(id=NOBODY, name="edge", characteristic_id=NOBODY, first=strips[0], second=strips[1])
    measured = found(picture, tool)
    assert measured.unit == "deg"
    assert float(measured.value) == pytest.approx(angle, abs=0.2)
    assert abs(float(measured.value) - angle) <= 1.5 * float(measured.uncertainty or 0)


def test_the_two_sides_of_a_bar_are_parallel() -> None:
    picture = render(VIEW, bar(80, 60, 40), Light(noise=1), chance())
    assert float(found(picture, sides()).value) == pytest.approx(0, abs=0.1)


def test_the_stated_uncertainty_holds_in_noise() -> None:
    numbers, held = chance(7), 0
    for _ in range(60):
        size, shift = numbers.uniform(15, 60), numbers.uniform(-1, 1)
        picture = render(VIEW, bar(80 + shift, 60, size), Light(blur=numbers.uniform(0.4, 2), noise=5), numbers, LEVEL)
        measured = found(picture, caliper())
        held += abs(float(measured.value) - size) <= float(measured.uncertainty or 0)
    assert held >= 55


@ALWAYS
@given(angle=st.floats(-pi, pi), off=st.floats(-15, 15))
def test_a_strip_laid_obliquely_measures_the_same(angle: float, off: float) -> None:
    picture = render(VIEW, bar(80, 60, 60, angle), Light(blur=0.8, noise=2), chance())
    measured = found(picture, across(80, 60, 45, angle + radians(off)))
    assert abs(float(measured.value) - 60) <= float(measured.uncertainty or 0) + 0.02
    assert float(measured.uncertainty or 0) < 0.15
    told = re.search(r"lies ([\d.]+) degrees off square", measured.seen)
    assert told
    assert float(told[1]) == pytest.approx(abs(off), abs=0.5)


def test_what_is_measured_is_drawn_square_to_the_edges() -> None:
    picture = render(VIEW, bar(80, 60, 60), Light(), chance())
    begin, end = found(picture, across(80, 60, 45, radians(10))).paths[-1]
    assert (begin[0], end[0]) == pytest.approx((50, 110), abs=0.05)
    assert begin[1] == pytest.approx(end[1], abs=0.05)


def test_a_strip_too_narrow_to_show_how_the_edges_lie_is_less_sure() -> None:
    picture = render(VIEW, bar(80, 60, 60), Light(noise=1), chance())
    for off in (0, 5):
        measured = found(picture, across(80, 60, 45, radians(off), width=3))
        assert abs(float(measured.value) - 60) <= float(measured.uncertainty or 0)


def test_close_edges_do_not_push_each_other() -> None:
    picture = render(VIEW, bar(80.25, 60, 5), Light(blur=1.2), chance())
    assert float(found(picture, caliper()).value) == pytest.approx(5, abs=0.05)


@ALWAYS
@given(width=st.floats(0.3, 12), blur=st.floats(0.4, 2.2))
def test_edges_too_near_for_their_blur_are_refused_and_others_right(width: float, blur: float) -> None:
    picture = render(VIEW, bar(80.3, 60, width), Light(blur=blur, noise=2), chance(), LEVEL)
    if width > 4.5 * blur + 1.5:
        assert abs(float(found(picture, caliper()).value) - width) < 0.15
    elif width < 3 * blur:
        with pytest.raises(NotMeasurable, match=r"at least [\d.]+ are needed: sharpen the focus|edge"):
            found(picture, caliper())


def test_an_edge_beside_one_that_is_not_measured_must_stand_alone_too() -> None:
    picture = np.minimum(
        render(VIEW, bar(52, 60, 2), Light(blur=1.5), chance()), render(VIEW, bar(100, 60, 20), Light(), chance())
    )
    with pytest.raises(
        NotMeasurable, match=r"slot: two edges .* are 2\.\d pixels apart; with a blur of 1\.\d at least \d\."
    ):
        found(picture, caliper(second=Edge.DARK_TO_LIGHT))


@pytest.mark.parametrize(("radius", "blur"), [(2.0, 0.5), (4.0, 1.2), (7.0, 2.0)])
def test_a_circle_too_small_for_its_blur_is_refused(radius: float, blur: float) -> None:
    picture = render(VIEW, disk(80, 60, 2 * radius), Light(blur=blur, noise=1), chance())
    with pytest.raises(NotMeasurable, match=r"bore: the circle has a radius of [\d.]+ pixels; with a blur of"):
        found(picture, circle(1, radius + 10))


@pytest.mark.parametrize(("radius", "blur"), [(4.5, 0.5), (9.0, 1.2), (12.0, 2.0)])
def test_a_small_circle_is_right_within_its_uncertainty(radius: float, blur: float) -> None:
    picture = render(VIEW, disk(80, 60, 2 * radius), Light(blur=blur, noise=1), chance())
    measured = found(picture, circle(1, radius + 10))
    assert abs(float(measured.value) - 2 * radius) <= float(measured.uncertainty or 0)


def test_the_edges_of_a_slot_are_chosen_by_their_direction() -> None:
    picture = np.minimum(
        render(VIEW, bar(50, 60, 20), Light(), chance()), render(VIEW, bar(110, 60, 20), Light(), chance())
    )
    assert float(found(picture, caliper()).value) == pytest.approx(80, abs=0.02)
    inner = caliper(first=Edge.DARK_TO_LIGHT, second=Edge.LIGHT_TO_DARK)
    assert float(found(picture, inner).value) == pytest.approx(40, abs=0.02)


def test_what_is_missing_is_said_in_words() -> None:
    one_edge = render(VIEW, corner(80, 60, 0, 0), Light(), chance())
    with pytest.raises(NotMeasurable, match=r"slot: no second edge with contrast 20 was found in the strip from \(20"):
        found(one_edge, caliper())
    with pytest.raises(NotMeasurable, match="no first edge with contrast 200"):
        found(one_edge, caliper(contrast=200))
    with pytest.raises(NotMeasurable, match="no first edge from dark to light"):
        found(render(VIEW, corner(80, 60, 0, 0), Light(200, 40), chance()), caliper(first=Edge.DARK_TO_LIGHT))


def test_what_lies_outside_the_picture_is_refused() -> None:
    picture = render(VIEW, bar(80, 60, 20), Light(), chance())
    outside = caliper().model_copy(update={"strip": Strip(from_x=20, from_y=60, to_x=200, to_y=60)})
    with pytest.raises(
        NotMeasurable, match=r"from \(20, 60\) to \(200, 60\) reaches past the picture, which is 160 by"
    ):
        found(picture, outside)
    with pytest.raises(NotMeasurable, match="ring of radius 90"):
        found(picture, circle(20, 90))
    short = caliper().model_copy(update={"strip": Strip(from_x=20, from_y=60, to_x=22, to_y=60)})
    with pytest.raises(NotMeasurable, match=r"2\.0 pixels long"):
        found(picture, short)


def test_a_circle_that_is_none_is_refused() -> None:
    with pytest.raises(NotMeasurable, match="along 0 of"):
        found(np.full((120, 160), 90, np.uint8), circle(10, 40))
    with pytest.raises(NotMeasurable, match="greater by 8 pixels"):
        found(np.full((120, 160), 90, np.uint8), circle(10, 12))


@settings(max_examples=6, deadline=None, derandomize=True)
@given(seed=st.integers(0, 1_000), contrast=st.floats(1, 60))
def test_noise_alone_is_measured_or_refused_but_never_a_fault(seed: int, contrast: float) -> None:
    picture = chance(seed).integers(0, 255, (120, 160)).astype(np.uint8)
    for tool in (caliper(3, contrast=contrast), circle(10, 40).model_copy(update={"contrast": contrast})):
        with suppress(NotMeasurable):
            assert found(picture, tool).value >= 0


def presence(template: str = "0" * 64, score: float = 0.8) -> Presence:
    return Presence(
        id=NOBODY,
        name="clip",
        characteristic_id=NOBODY,
        template=template,
        x=30,
        y=20,
        width=100,
        height=80,
        score=score,
    )


def test_a_part_is_present_where_it_looks_like_its_template() -> None:
    picture = render(VIEW, disk(80, 60, 30), Light(noise=3), chance())
    template = cv2.imencode(".png", render(VIEW, disk(60, 60, 30), Light(), chance())[40:80, 40:80])[1].tobytes()
    there = measure(picture, presence(), None, lambda _: template)
    assert (there.value, there.unit, there.uncertainty) == (Decimal(1), "", None)
    assert "above the least of 0.80; yes or no has no uncertainty" in there.seen
    assert there.paths[0][:4].mean(axis=0) == pytest.approx([79.5, 59.5], abs=1.5)
    bare = np.full((120, 160), 200, np.uint8)
    assert measure(bare, presence(), None, lambda _: template).value == 0
    assert measure(render(VIEW, bar(80, 60, 8), Light(), chance()), presence(), None, lambda _: template).value == 0


def test_a_template_that_is_gone_flat_or_too_great_is_refused() -> None:
    picture = render(VIEW, disk(80, 60, 30), Light(), chance())
    with pytest.raises(NotMeasurable, match="template 000000000000… is not on this PC"):
        measure(picture, presence(), None, none_stored)
    flat = cv2.imencode(".png", np.full((10, 10), 7, np.uint8))[1].tobytes()
    with pytest.raises(NotMeasurable, match="of one brightness"):
        measure(picture, presence(), None, lambda _: flat)
    whole = cv2.imencode(".png", picture)[1].tobytes()
    with pytest.raises(NotMeasurable, match="smaller than its template of 160 by 120"):
        measure(picture, presence(), None, lambda _: whole)
    with pytest.raises(NotMeasurable, match="no picture that can be read"):
        measure(picture, presence(), None, lambda _: b"GIF")


@given(value=st.floats(0, 1e4), deviation=st.floats(1e-6, 10))
def test_a_value_ends_where_its_uncertainty_does(value: float, deviation: float) -> None:
    shown, uncertainty = rounded(value, deviation)
    assert shown.as_tuple().exponent == uncertainty.as_tuple().exponent
    assert abs(float(shown) - value) <= deviation
    assert float(uncertainty) == pytest.approx(2 * deviation, rel=0.06)
    assert len(uncertainty.as_tuple().digits) <= 3

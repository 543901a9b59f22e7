from hypothesis import given
from hypothesis import strategies as st
from unison_desktop.machines.board_layout import Arrangement, Box, Measures, arrange, best_fit, neighbour

MEASURES = Measures(tile_width=200, tile_height=100, gap=8, section_heading=30, block_heading=20)
SECTIONS = st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=8), min_size=1, max_size=4)
WIDTHS = st.floats(200, 4000)


def overlap(a: Box, b: Box) -> bool:
    return (
        a.x < b.x + b.width - 0.01
        and b.x < a.x + a.width - 0.01
        and a.y < b.y + b.height - 0.01
        and b.y < a.y + a.height - 0.01
    )


def everything(found: Arrangement) -> list[Box]:
    return [*found.sections, *found.blocks, *found.tiles]


@given(SECTIONS, WIDTHS, st.sets(st.integers(0, 3)))
def test_nothing_overlaps_and_nothing_sticks_out(sections: list[list[int]], width: float, bare: set[int]) -> None:
    found = arrange(sections, width, MEASURES, bare=bare)
    assert len(found.tiles) == sum(map(sum, sections))
    boxes = everything(found)
    assert all(box.x >= 0 and box.x + box.width <= width + 0.01 for box in boxes)
    assert all(box.y + box.height <= found.height + 0.01 for box in boxes)
    assert not any(overlap(a, b) for n, a in enumerate(boxes) for b in boxes[:n])


@given(SECTIONS, WIDTHS, st.floats(150, 3000), st.sets(st.integers(0, 3)))
def test_what_fits_is_all_in_sight_and_no_number_of_columns_lets_it_be_larger(
    sections: list[list[int]], width: float, height: float, bare: set[int]
) -> None:
    fit = best_fit(sections, width, height, MEASURES, (0.5, 2.0), bare=bare)

    def fits(scale: float, columns: int) -> bool:
        scaled = MEASURES.scaled(scale)
        wide = columns * (scaled.tile_width + scaled.gap) - scaled.gap
        return wide <= width and arrange(sections, width, scaled, columns, bare=bare).height <= height

    if fit is not None:
        assert 0.5 <= fit.scale <= 2.0
        assert fits(*fit)
    larger = 0.51 if fit is None else fit.scale * 1.01
    if larger <= 2.0:
        assert not any(fits(larger, columns) for columns in range(1, 100))


def test_four_tiles_are_two_by_two_where_three_fit_beside_one_another() -> None:
    assert len({box.x for box in arrange([[4]], 3 * 208, MEASURES).tiles}) == 2


def test_lines_share_rows_where_that_saves_height() -> None:
    """Six columns hold one line of four in a row, but three lines of two by two."""
    found = arrange([[4] * 6], 6 * 208, MEASURES)
    assert len({box.y for box in found.blocks}) == 2


def test_one_line_fills_its_row() -> None:
    assert len({box.y for box in arrange([[6]], 6 * 208, MEASURES).tiles}) == 1


def test_arrows_lead_to_what_one_sees() -> None:
    tiles = arrange([[5]], 3 * 208, MEASURES).tiles
    assert [neighbour(tiles, 0, *step) for step in ((1, 0), (-1, 0), (0, 1), (0, -1))] == [1, 0, 3, 0]
    assert neighbour(tiles, 2, 0, 1) == 4
    assert neighbour(tiles, 4, 1, 0) == 4

from hypothesis import given
from hypothesis import strategies as st
from unison_desktop.tables.printed import shared

WIDTH = st.floats(1, 500)


@given(st.lists(st.tuples(WIDTH, WIDTH), min_size=1, max_size=20), st.floats(50, 5000))
def test_columns_share_the_whole_width_and_none_is_too_narrow_where_there_is_room(
    columns: list[tuple[float, float]], width: float
) -> None:
    seen, least = [one for one, _ in columns], [one for _, one in columns]
    widths = shared(seen, least, width)
    assert abs(sum(widths) - width) < 1e-6 * width
    assert all(one > 0 for one in widths)
    if sum(least) <= width:
        assert all(one >= needed - 1e-6 for one, needed in zip(widths, least, strict=True))

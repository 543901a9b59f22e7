from hypothesis import given
from hypothesis import strategies as st
from unison_desktop.frame.matching import fit


def best(typed: str, *titles: str) -> str:
    return max(titles, key=lambda title: fit(typed, title) or 0)


def test_nothing_typed_fits_everything() -> None:
    assert fit("", "Mill 3") is not None


def test_what_does_not_fit_is_left_out() -> None:
    assert fit("zz", "Mill 3", "Plant North") is None
    assert fit("mill zz", "Mill 3", "Plant North") is None


def test_the_beginning_is_worth_most() -> None:
    assert best("mi", "Remind", "Mill 3") == "Mill 3"
    assert best("3", "Mill 13", "Mill 3") == "Mill 3"


def test_the_title_is_worth_more_than_the_detail() -> None:
    assert (fit("north", "North 1") or 0) > (fit("north", "Mill 3", "Plant North") or 0) > 0


def test_letters_in_order_are_enough() -> None:
    assert fit("ml3", "Mill 3") is not None
    assert fit("3lm", "Mill 3") is None


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_title_fits_itself(title: str, detail: str) -> None:
    assert fit(title, title, detail) is not None

from hypothesis import given
from hypothesis import strategies as st
from unison_desktop.frame.place import Place
from unison_desktop.frame.travel import LONGEST, Travel

PLACES = st.builds(Place, st.sampled_from(["machines", "machine", "stations"]), st.sampled_from(["", "1", "a/b"]))


def test_nowhere_at_first() -> None:
    travel = Travel()
    assert travel.here is None
    assert not travel.can_go_back
    assert not travel.can_go_forward


def test_going_on_forgets_what_lay_ahead() -> None:
    travel = Travel()
    for name in ("machines", "stations", "machine"):
        travel.go(Place(name))
    travel.back()
    travel.back()
    travel.go(Place("machine"))
    assert not travel.can_go_forward
    assert travel.back() == Place("machines")


@given(st.lists(PLACES, min_size=1, max_size=150))
def test_the_way_back_and_forward_again_ends_where_it_began(places: list[Place]) -> None:
    travel = Travel()
    for place in places:
        travel.go(place)
    steps = 0
    while travel.can_go_back:
        travel.back()
        steps += 1
    while travel.can_go_forward:
        travel.forward()
    assert travel.here == places[-1]
    assert steps < LONGEST


@given(PLACES)
def test_a_place_is_what_is_written(place: Place) -> None:
    assert Place.parse(str(place)) == place

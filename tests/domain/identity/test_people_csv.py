"""People as CSV: what cells say, there and back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.identity.badge_contracts import BadgeKind
from unison_domain.identity.people_csv import BadgeCell, BadgeEnd, CsvPerson, PlaceCell, RoleCell, read, write
from unison_domain.kernel.csv_file import guarded, text_of, unguarded

CODES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
PLACES = st.builds(PlaceCell, CODES, st.booleans(), st.booleans())


def person(cells: str, header: str = "username,roles,plants,warehouses,badges,access_ends_at") -> CsvPerson:
    people, errors = read(f"{header}\n{cells}\n")
    assert errors == []
    (one,) = people
    return one


def test_cells_say_roles_places_and_badges() -> None:
    one = person("ida,planner | operator@KIEL/PRESS,KIEL:RW|LYON,RAW:d*,10017 | rfid:04:A1 | Barcode: x:y,2026-12-31")
    assert one.roles == (RoleCell("planner"), RoleCell("operator", "KIEL/PRESS"))
    assert one.plants == (PlaceCell("KIEL", can_write=True), PlaceCell("LYON"))
    assert one.warehouses == (PlaceCell("RAW", can_delete=True, is_default=True),)
    assert [(badge.kind, badge.text.get_secret_value()) for badge in one.badges] == [
        (BadgeKind.BARCODE, "10017"),
        (BadgeKind.RFID, "04:A1"),
        (BadgeKind.BARCODE, "x:y"),
    ]
    assert one.values["access_ends_at"] == date(2026, 12, 31), "over where the person works"


def test_an_empty_cell_says_nothing_and_a_dash_empties() -> None:
    nothing, empties = person("ida,,,,,"), person("ida,-,-,-,-,-")
    assert (nothing.roles, nothing.plants, nothing.warehouses, nothing.badges) == (None, None, None, ())
    assert (empties.roles, empties.plants, empties.warehouses, empties.badges) == ((), (), (), ())
    assert "access_ends_at" not in nothing.values
    assert empties.values["access_ends_at"] is None


@pytest.mark.parametrize(
    ("cell", "told"),
    [("KIEL | KIEL:w", "names KIEL twice"), ("KIEL:*", "a star marks a default warehouse")],
)
def test_what_plants_never_are_is_told(cell: str, told: str) -> None:
    _, errors = read(f"username,plants\nida,{cell}\n")
    assert [(one.row, one.column) for one in errors] == [(2, "plants")]
    assert told in errors[0].message


def test_no_badge_is_shown() -> None:
    assert "10017" not in repr(person("ida,,,,10017,")) + repr(BadgeCell)


@given(st.lists(st.tuples(CODES, st.none() | CODES), max_size=4, unique=True), st.lists(PLACES, max_size=4))
def test_what_is_written_is_read_again(roles: list[tuple[str, str | None]], places: list[PlaceCell]) -> None:
    wanted = tuple(RoleCell(role, place) for role, place in roles)
    distinct = tuple({place.place: place for place in places}.values())
    ((one,), errors) = read(write([{"username": "ida", "roles": wanted, "plants": distinct}]))
    assert (one.roles, one.plants, errors) == (wanted, distinct, [])


@given(st.text())
def test_no_cell_is_a_formula_and_each_is_read_again(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.text(st.characters(codec="cp1252", exclude_characters="\x00")))
def test_both_encodings_are_read(text: str) -> None:
    assert text_of(text.encode()) == text.removeprefix("\ufeff")
    file = text.encode("cp1252")
    try:
        file.decode()
    except UnicodeDecodeError:
        assert text_of(file) == text


@given(st.text(max_size=300))
def test_any_text_is_read_or_told_what_is_wrong(text: str) -> None:
    read(text)
    read(f"username,roles,plants,warehouses,badges,access_ends_at\n{text}")


@pytest.mark.parametrize("column", ["access_ends_at", "badges_end_at"])
@pytest.mark.parametrize("cell", ["9999-12-31", "31.12.9999", "2026-02-30", "0001-01-01T00:00+23:00"])
def test_a_day_after_which_there_is_none_is_none(column: str, cell: str) -> None:
    _, errors = read(f"username,badges,{column}\nida,10017,{cell}\n")
    assert [(one.column, one.value) for one in errors] == [(column, cell)]
    assert "no day such as 2026-12-31" in errors[0].message


def test_ends_of_badges_are_one_for_all_or_one_for_each() -> None:
    def ends(cell: str) -> list[BadgeEnd | None]:
        people, errors = read(f"username,badges,badges_end_at\nida,10017 | 10018,{cell}\n")
        assert not errors
        return [badge.end for badge in people[0].badges]

    new_year = BadgeEnd(date(2030, 12, 31))
    assert ends("2030-12-31") == [new_year, new_year]
    assert ends("31.12.2030 | TODAY") == [new_year, BadgeEnd(is_today=True)]
    assert ends("- | ") == [BadgeEnd(), None]
    assert ends("") == [None, None]


@pytest.mark.parametrize(
    ("zone", "end"), [("UTC", (7, 2, 0)), ("Europe/Berlin", (7, 1, 22)), ("America/Sao_Paulo", (7, 1, 3))]
)
def test_a_day_badge_ends_with_the_day_where_the_person_works(zone: str, end: tuple[int, int, int]) -> None:
    late, there = datetime(2026, 7, 1, 1, 30, tzinfo=UTC), ZoneInfo(zone)
    month, day, hour = end
    assert BadgeEnd(is_today=True).moment(late, there) == datetime(2026, month, day, hour, tzinfo=UTC)
    assert BadgeEnd().moment(late, there) is None
    assert BadgeEnd(date(2026, 12, 31)).moment(late, ZoneInfo("Europe/Berlin")) == datetime(
        2026, 12, 31, 23, tzinfo=UTC
    )

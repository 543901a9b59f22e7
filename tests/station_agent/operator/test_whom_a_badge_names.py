"""Rules of signing on: whom a badge of the list names when, and until when they are signed on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from unison_domain.identity.badge_contracts import Roster
from unison_station.operator.people import Named, People, SignOn
from unison_station.operator.roster import KeptRoster, NamesNobody

from tests.station_agent.configurations import STATION
from tests.station_agent.operator.badges import ADA, NOW, told
from tests.station_agent.uplink.server import ORGANIZATION


def test_who_signed_on_is_signed_off_when_nothing_is_done() -> None:
    sign_on = SignOn(person_id=ADA, is_verified=True, seen_at=NOW, idle_seconds=60)
    people = People().named(STATION, Named(name="Ada", sign_on=sign_on))
    later: Callable[[float], datetime] = lambda seconds: NOW + timedelta(seconds=seconds)  # noqa: E731 - read as a word
    assert people.at(STATION, later(59)) is not None
    assert people.at(STATION, later(60)) is None
    assert people.at(STATION, later(-1)) is None, "a clock that went back tells nothing"
    assert people.touched([STATION], later(59)).at(STATION, later(118)) is not None
    assert people.touched([STATION], later(60)).at(STATION, later(61)) is None
    ending = sign_on.model_copy(update={"ends_at": later(5)})
    assert People().named(STATION, Named(name="Ada", sign_on=ending)).at(STATION, later(5)) is None
    assert People().named(STATION, Named(name="Ada")).at(STATION, later(10**6)) is not None, "a typed name stays"


def test_names_of_before_are_read() -> None:
    assert People.load({"people": b'{"%s":"Ada"}' % str(STATION).encode()}).at(STATION, NOW) == Named(name="Ada")


@pytest.mark.parametrize(
    ("text", "hours", "name"),
    [
        ("ADA-BADGE", 23, "Ada"),
        ("ADA-BADGE", 24, None),
        ("ADA-BADGE", -1, None),
        ("DAY-BADGE", 7, "Eve"),
        ("DAY-BADGE", 8, None),
        ("LOST-BADGE", 0, None),
        ("FAR-BADGE", 0, None),
        ("TIM-BADGE", 0, None),
    ],
)
def test_whom_a_badge_names_when(text: str, hours: float, name: str | None) -> None:
    kept = KeptRoster(organization_id=ORGANIZATION, roster=Roster.model_validate(told()), etag=None, heard_at=NOW)
    found = kept.badge_of(text)
    assert found is not None
    try:
        assert kept.whose(found, STATION, NOW + timedelta(hours=hours)).person.name == name
    except NamesNobody:
        assert name is None
    assert kept.badge_of("PART-1") is None

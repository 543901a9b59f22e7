"""How often PINs are tried: who types wrong ones at one station locks nobody out of the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from unison_domain.identity.badge_contracts import SignOn
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.setting_contracts import PIN_TRIES
from unison_server.identity import brief_waits, pins
from unison_server.identity.pins import MOST_AT_STATION, Station, StationDoor, set_pin
from unison_server.identity.tables import User
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import Refusal
from unison_server.kernel.keys import new_id

from tests.server.factories import PASSWORDS, Made
from tests.server.identity.test_sign_in import outcomes

TypesIn = Callable[[str, str], str]
RIGHT, WRONG = "4711", "0000"


@pytest.fixture
def types_in(made: Made, databases: Databases) -> TypesIn:
    """Types Ben's PIN at a station; says his name, or why not."""
    plant, door = made.add_plant(), StationDoor(databases, PASSWORDS)
    stations: defaultdict[str, Station] = defaultdict(lambda: Station(new_id(), "S1", plant))
    ben = made.add_user("ben", roles=[RoleCode.OPERATOR], writes=[plant])
    with databases.session(Database.IDENTITY, made.scope) as session:
        set_pin(session, ben, RIGHT, PASSWORDS)

    def type_in(station: str, pin: str) -> str:
        there = stations[station]
        try:
            return door.sign_on(made.scope, there, SignOn(station_id=there.id, user_id=ben, pin=SecretStr(pin))).name
        except Refusal as refusal:
            return refusal.problem_code

    return type_in


def wait_minutes(made: Made, minutes: int) -> None:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        earlier = text("update login_attempts set began_at = began_at - make_interval(mins => :minutes)")
        session.execute(earlier, {"minutes": minutes})


def test_wrong_ones_at_one_station_lock_nobody_out_of_others(made: Made, types_in: TypesIn) -> None:
    tries = PIN_TRIES.default
    for _ in range(MOST_AT_STATION // tries):
        assert [types_in("press", WRONG) for _ in range(tries + 1)] == [*["pin_wrong"] * tries, "too_many"]
        wait_minutes(made, 6)
    assert {types_in("press", WRONG) for _ in range(pins.MOST_ANYWHERE)} == {"too_many"}
    assert types_in("press", RIGHT) == "too_many", "for the rest of an hour"
    assert types_in("saw", RIGHT) == "Ben"
    assert outcomes(made)[-2:] == ["too_many", "signed_in"]
    wait_minutes(made, 40)
    assert types_in("press", RIGHT) == "Ben"


def test_wrong_ones_at_many_stations_lock_all_of_them(
    made: Made, types_in: TypesIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins, "MOST_ANYWHERE", 7)
    assert {types_in("mill", RIGHT) for _ in range(10)} == {"Ben"}, "right ones are not counted"
    told = [types_in(station, WRONG) for station in ("press", "saw") for _ in range(4)]
    assert told == [*["pin_wrong"] * 7, "too_many"]
    assert types_in("mill", RIGHT) == "too_many"
    wait_minutes(made, 61)
    assert types_in("mill", RIGHT) == "Ben"


def test_who_is_being_changed_is_asked_to_try_again(
    made: Made, types_in: TypesIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brief_waits, "LONGEST_WAIT_MS", 50)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.scalars(select(User).with_for_update(key_share=True)).all()
        assert {types_in("press", RIGHT) for _ in range(PIN_TRIES.default + 1)} == {"unavailable"}
    assert types_in("press", RIGHT) == "Ben", "those were no tries"

"""Nobody learns who exists: a name that somebody has and one that nobody has are answered and counted alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr
from sqlalchemy import text
from unison_domain.identity.badge_contracts import SignOn
from unison_domain.identity.contracts import Login
from unison_domain.identity.password_reset_contracts import ForgotPassword
from unison_server.identity import password_resets, sign_in_tries
from unison_server.identity.messages import Post
from unison_server.identity.password_resets import PasswordResets
from unison_server.identity.pins import Station, StationDoor
from unison_server.identity.queries import rights_of
from unison_server.identity.refusals import Refusals
from unison_server.identity.second_factor import SecondFactors
from unison_server.identity.sign_in import Door
from unison_server.kernel.access import Access
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import Refusal
from unison_server.kernel.keys import new_id
from unison_server.kernel.settings import Settings

from tests.server.factories import PASSWORD, PASSWORDS, Made
from tests.server.identity.test_password_resets import statements
from tests.server.identity.test_sign_in import nothing_counted

__all__ = ["nothing_counted"]

KNOWN, HOME, STRANGE = "10.1.0.1", "10.1.0.2", "10.9.9.9"
WAYS: Sequence[Sequence[str]] = ([KNOWN] * 8, [STRANGE] * 8, [STRANGE] * 6 + [KNOWN] * 6 + [HOME] * 6)


def answer(call: Callable[[], object]) -> tuple[int, str, str, int]:
    """What is told, but for the seconds that pass between two tries."""
    try:
        call()
    except Refusal as refusal:
        wait = int(refusal.headers.get("Retry-After", "0"))
        words = refusal.detail if not wait else ""
        return refusal.status, refusal.problem_code, words, -(-wait // 60)
    return 202, "", "", 0


@pytest.fixture
def door(
    made: Made, databases: Databases, settings: Settings, monkeypatch: pytest.MonkeyPatch, nothing_counted: None
) -> Door:
    """One that lets few try, in an organization where Ida signs in at one address, Ben at another."""
    monkeypatch.setattr(sign_in_tries, "MOST_PER_ACCOUNT", 4)
    access = Access(Ed25519PrivateKey.generate(), partial(rights_of, databases))
    made_door = Door(
        databases, access, PASSWORDS, SecondFactors(settings.encryption()), Refusals(databases, lambda _: None)
    )
    for name, address in (("ida", KNOWN), ("ben", HOME)):
        made.add_user(name, email=f"{name}@example.org")
        made_door.sign_in(login(made, name, PASSWORD), address, "")
    made.add_user("never")
    made.add_user("gone")
    made.add_user("unset")
    with databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text("update users set is_active = false where username = 'gone'"))
        session.execute(text("update users set hashed_password = null where username = 'unset'"))
    return made_door


def login(made: Made, name: str, password: str = "wrong", organization: str = "") -> Login:
    return Login(organization=organization or made.code, user=name, password=SecretStr(password))


@pytest.mark.parametrize("way", WAYS)
def test_signing_in(made: Made, door: Door, way: Sequence[str]) -> None:
    told = {}
    for name in ("nobody", "ida", "ben", "never", "gone", "unset"):
        told[name] = [answer(partial(door.sign_in, login(made, name), address, "")) for address in way]
    assert {401, 429} == {status for status, *_ in told["nobody"]}
    assert all(answers == told["nobody"] for answers in told.values()), told


@pytest.mark.parametrize("way", WAYS)
def test_nobody_learns_which_names_are_one_persons(
    made: Made, door: Door, databases: Databases, way: Sequence[str]
) -> None:
    answer(partial(door.sign_in, login(made, "first"), "10.5.5.5", ""))
    told, work = [], []
    for names in (("nobody", "no@example.org"), ("ida", "ida@example.org"), ("ben", "never"), ("gone", "unset")):
        turns = [(name, address) for address in way for name in names]
        told.append([answer(partial(door.sign_in, login(made, name), address, "")) for name, address in turns])
        with statements(databases) as said:
            answer(partial(door.sign_in, login(made, names[0]), "10.5.5.5", ""))
        work.append(said)
    assert told[1:] == told[:1] * 3
    assert work[1:] == work[:1] * 3


def test_signing_in_takes_the_same_work(made: Made, door: Door, databases: Databases) -> None:
    answer(partial(door.sign_in, login(made, "first"), KNOWN, ""))
    work = []
    for name in ("nobody", "ida", "never", "gone", "unset"):
        with statements(databases) as said:
            answer(partial(door.sign_in, login(made, name), KNOWN, ""))
        work.append(said)
    assert len(work[0]) > 5
    assert work[1:] == work[:1] * 4


def test_organizations_that_there_are_not(made: Made, door: Door) -> None:
    made.databases.identity.dispose()
    for code in (made.code, f"NO-{new_id().hex}"):
        told = [answer(partial(door.sign_in, login(made, "anna", organization=code), STRANGE, "")) for _ in range(11)]
        assert told[0] == (401, "login_failed", "Organization, user or password is wrong", 0)
        assert told[10][:2] == (429, "too_many"), code


@pytest.mark.parametrize("way", WAYS)
def test_forgotten_passwords(
    made: Made, door: Door, databases: Databases, settings: Settings, way: Sequence[str]
) -> None:
    post = Post(settings.encryption(), "https://unison.example.org", None)
    resets = PasswordResets(databases, PASSWORDS, post, Refusals(databases, lambda _: None))
    told = {}
    for name in ("nobody", "ida", "ben", "never", "gone"):
        wanted = ForgotPassword(organization=made.code, user=name)
        told[name] = [answer(partial(resets.ask, wanted, address, "")) for address in way]
    assert all(answers == told["nobody"] for answers in told.values()), told
    assert len(told["nobody"]) > password_resets.MOST_PER_PERSON


def test_pins(made: Made, databases: Databases) -> None:
    """Somebody with a PIN, somebody without one, and nobody."""
    stations = StationDoor(databases, PASSWORDS)
    station = Station(new_id(), "S1", new_id())
    somebody, without = made.add_user("ida"), made.add_user("ben")
    with databases.session(Database.IDENTITY, made.scope) as session:
        row = {"id": new_id(), "org": made.id, "user": somebody, "hash": PASSWORDS.hash("8317")}
        insert = "insert into person_pins (organization_id, id, user_id, pin_hash) values (:org, :id, :user, :hash)"
        session.execute(text(insert), row)
    told, work = [], []
    for person in (somebody, without, new_id()):
        wanted = SignOn(station_id=new_id(), user_id=person, pin=SecretStr("0000"))
        told.append([answer(partial(stations.sign_on, made.scope, station, wanted)) for _ in range(7)])
        with statements(databases) as said:
            answer(partial(stations.sign_on, made.scope, station, wanted))
        work.append(said)
    assert told[0] == told[1] == told[2]
    assert {status for status, *_ in told[0]} == {403, 429}
    assert work[0] == work[1] == work[2]


def test_second_factors_are_asked_of_nobody_without_the_password(
    made: Made, door: Door, databases: Databases, client: httpx.Client
) -> None:
    with databases.session(Database.IDENTITY, made.scope) as session:
        sealed = "insert into mfa_methods (organization_id, id, user_id, secret, confirmed_at) "
        values = "select organization_id, id, id, 'x', now() from users where username = 'ida'"
        session.execute(text(sealed + values))
    for name in ("ida", "never", "nobody"):
        body = {"organization": made.code, "user": name, "password": "wrong", "second_factor": "123456"}
        refused = client.post("/api/v1/auth/login", json=body)
        assert (refused.status_code, refused.json()["code"]) == (401, "login_failed")

"""Password hashes: who does not exist costs as much as who does."""

from __future__ import annotations

import time

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text
from unison_server.identity.passwords import Passwords, cost_of
from unison_server.identity.queries import password_costs
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.keys import new_id

from tests.server.factories import Made

PASSWORDS = Passwords(2, 16_384)


def seconds(hashed: str | None) -> float:
    begun = time.thread_time()
    assert not PASSWORDS.matches(hashed, "wrong")
    return time.thread_time() - begun


def test_only_the_password_matches() -> None:
    hashed = PASSWORDS.hash("right")
    assert PASSWORDS.matches(hashed, "right")
    assert not PASSWORDS.matches(hashed, "wrong")
    assert not PASSWORDS.matches("no hash", "right")
    assert not PASSWORDS.matches(None, "right")


def test_nobody_takes_as_long_as_somebody() -> None:
    hashed = PASSWORDS.hash("right")
    nobody, somebody = min(seconds(None) for _ in range(5)), min(seconds(hashed) for _ in range(5))
    assert 0.5 < nobody / somebody < 2


def work(passwords: Passwords, hashed: str | None, typed: str) -> list[str | None]:
    """The costs of the hashes that are made to see that it is not the password."""
    done: list[str | None] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, hashed: str, password: str) -> bool:
        done.append(cost_of(hashed))
        return verify(self, hashed, password)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PasswordHasher, "verify", counted)
        assert passwords.matches(hashed, typed) is (typed == "right")
    return sorted(done, key=str)


BEFORE, LONGER = Passwords(1, 16).hash("right"), Passwords(3, 8).hash("right")
COSTS = ["$argon2id$v=19$m=16,t=1,p=1", "$argon2id$v=19$m=8,t=2,p=1", "$argon2id$v=19$m=8,t=3,p=1"]


@pytest.mark.parametrize(("typed", "forms"), [("wrong", 1), ("cafe\u0301 noir", 2)])
def test_who_has_a_hash_of_another_cost_takes_the_work_of_nobody(typed: str, forms: int) -> None:
    passwords = Passwords(2, 8, costs_in_use=lambda: [COSTS[0], COSTS[2]])
    for hashed in (None, BEFORE, LONGER, passwords.hash("right")):
        assert work(passwords, hashed, typed) == sorted(COSTS * forms)


def test_a_cost_that_came_into_use_since_is_learned_with_its_first_try() -> None:
    passwords = Passwords(2, 8, costs_in_use=lambda: [COSTS[0]])
    assert work(passwords, None, "wrong") == COSTS[:2]
    assert [work(passwords, hashed, "wrong") for hashed in (LONGER, None, BEFORE)] == [COSTS] * 3


def test_who_knows_the_password_waits_for_one_hash() -> None:
    assert work(Passwords(2, 8, costs_in_use=lambda: COSTS), BEFORE, "right") == COSTS[:1]


def test_a_server_knows_the_costs_of_all_hashes(made: Made, databases: Databases, system_databases: Databases) -> None:
    made.add_user("ida")
    pin = {"org": made.id, "id": new_id(), "user": made.add_user("ben"), "hash": Passwords(1, 24).hash("8317")}
    with databases.session(Database.IDENTITY, made.scope) as session:
        update = text("update users set hashed_password = :hash where username = 'ida'")
        session.execute(update, {"hash": Passwords(1, 16).hash("right")})
        columns = "(organization_id, id, user_id, pin_hash) values (:org, :id, :user, :hash)"
        session.execute(text(f"insert into person_pins {columns}"), pin)
    costs = password_costs(system_databases.identity)
    assert {f"$argon2id$v=19$m={memory},t=1,p=1" for memory in (8, 16, 24)} <= set(costs)
    assert len(set(costs)) == len(costs)


def test_one_password_in_two_forms_of_unicode_is_one() -> None:
    composed, decomposed = "caf\u00e9 noir", "cafe\u0301 noir"
    for typed in (composed, decomposed):
        assert PASSWORDS.matches(PASSWORDS.hash(composed), typed)
        assert PASSWORDS.matches(PASSWORDS.hash(decomposed), typed)


def test_what_was_hashed_as_it_was_typed_is_taken_and_made_anew() -> None:
    typed = "cafe\u0301 noir"
    before = PasswordHasher(time_cost=2, memory_cost=16_384, parallelism=1).hash(typed)
    assert PASSWORDS.matches(before, typed)
    assert PASSWORDS.is_outdated(before, typed)
    assert not PASSWORDS.is_outdated(PASSWORDS.hash(typed), typed)
    assert not PASSWORDS.matches(before, "caf\u00e8 noir")

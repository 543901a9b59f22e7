"""Password hashes: who does not exist costs as much as who does."""

from __future__ import annotations

import time

from argon2 import PasswordHasher
from unison_server.identity.passwords import Passwords

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

"""Password hashes: who does not exist costs as much as who does."""

from __future__ import annotations

import time

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

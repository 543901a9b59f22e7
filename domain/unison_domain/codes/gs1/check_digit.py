"""Check digits and check characters (GS1 General Specifications 7.9)."""

from __future__ import annotations

CHARACTERS_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""Character set 82, in the order of its values."""
CHARACTERS_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""What check pairs are made of, in the order of its values."""


def check_digit(digits: str) -> str:
    """The check digit that belongs after `digits` (GTIN, SSCC, GLN, …): weights 3, 1, 3 … from the right, modulo 10."""
    weighted = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits)))
    return str(-weighted % 10)


def check_pair(text: str) -> str:
    """The check characters that belong after `text` (GMN): weights are the primes from the right, modulo 1021.

    Raises:
        ValueError: a character is not of set 82.
    """
    total = sum(
        CHARACTERS_82.index(character) * prime
        for character, prime in zip(reversed(text), _primes(len(text)), strict=True)
    )
    high, low = divmod(total % 1021, 32)
    return CHARACTERS_32[high] + CHARACTERS_32[low]


def _primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found

"""The one-time code people carry from the desktop to a PC, and what it says of the server the PC will trust.

`DEMO-ABCD-EFGH#JKLM-NPQR-STUV-WXYZ-2345`: the organization, eight secret letters, and after the `#` the fingerprint of
the installation's certificate authority. The fingerprint adds 25 characters: 19 letters, 94 bits of the SHA-256 of the
authority's certificate, beyond the reach of whoever would make another with the same, and one letter that checks the
others, so that a slip of the finger is told from a foreign server. Without TLS a code has no `#`.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""No letter that is read as another: no I, L, O, 0, 1."""

_MARK = "#"
_LETTERS = 20
_FEWEST_LETTERS = 12
"""An organization's own code may hold a `#`; what follows it is a fingerprint from so many letters on."""


class EnrolmentCode(NamedTuple):
    """A typed code: what is sent to the server, and the fingerprint that stays here; None without one."""

    secret: str
    fingerprint: str | None

    def __str__(self) -> str:
        """As people read it."""
        return self.secret if self.fingerprint is None else f"{self.secret}{_MARK}{self.fingerprint}"


def fingerprint(certificate: bytes) -> str:
    """The fingerprint of a certificate (DER) as people compare and type it: five groups of four letters."""
    number = int.from_bytes(hashlib.sha256(certificate).digest(), "big")
    letters = ""
    for _ in range(_LETTERS - 1):
        number, place = divmod(number, len(ALPHABET))
        letters += ALPHABET[place]
    letters += _check_letter(letters)
    return "-".join(letters[begin : begin + 4] for begin in range(0, _LETTERS, 4))


def read_code(typed: str) -> EnrolmentCode:
    """What a person typed or pasted, dashes or not, in whatever case.

    Raises:
        ValueError: the part after the `#` has a letter too many, too few or wrong.
    """
    secret, mark, tail = typed.strip().rpartition(_MARK)
    letters = tail.replace("-", "").replace(" ", "").upper()
    if not mark or len(letters) < _FEWEST_LETTERS:
        return EnrolmentCode(typed.strip(), None)
    if len(letters) != _LETTERS:
        raise ValueError(f"after the {_MARK} there are {len(letters)} letters where there should be {_LETTERS}")
    if not set(letters) <= set(ALPHABET) or _check_letter(letters[:-1]) != letters[-1]:
        raise ValueError(f"there is a wrong letter after the {_MARK}")
    return EnrolmentCode(secret.rstrip(), "-".join(letters[begin : begin + 4] for begin in range(0, _LETTERS, 4)))


def _check_letter(letters: str) -> str:
    """Weighted by place modulo 31, a prime above every weight: finds each wrong letter and each swapped pair."""
    total = sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(letters, 1))
    return ALPHABET[total % len(ALPHABET)]

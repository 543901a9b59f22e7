"""The code carries the authority's fingerprint, is typed by people, and their slips are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.stations.enrolment_code import ALPHABET, EnrolmentCode, fingerprint, read_code

CERTIFICATE = b"any certificate"
PRINT = fingerprint(CERTIFICATE)
PLACES = [place for place, letter in enumerate(PRINT) if letter != "-"]


def test_it_can_be_typed() -> None:
    code = str(EnrolmentCode("DEMO-ABCD-EFGH", PRINT))
    assert code == "DEMO-ABCD-EFGH#" + PRINT
    assert len(code) - len("DEMO-ABCD-EFGH") == 25
    assert read_code(f"  {code} ") == ("DEMO-ABCD-EFGH", PRINT)
    assert read_code(code.replace("-", "").lower()) == ("demoabcdefgh", PRINT)


@pytest.mark.parametrize("code", ["DEMO-ABCD-EFGH", "HALL #3-ABCD-EFGH", "A.B-ABCD-EFGH"])
def test_a_code_without_fingerprint_stays_as_it_is(code: str) -> None:
    assert read_code(code) == (code, None)


@given(st.binary(max_size=200))
def test_every_fingerprint_is_read_again(certificate: bytes) -> None:
    shown = fingerprint(certificate)
    assert set(shown) <= {*ALPHABET, "-"}
    assert read_code(f"X-ABCD-EFGH#{shown}").fingerprint == shown


@given(st.sampled_from(PLACES), st.sampled_from(ALPHABET))
def test_a_wrong_letter_is_found(place: int, letter: str) -> None:
    wrong = PRINT[:place] + letter + PRINT[place + 1 :]
    if wrong != PRINT:
        with pytest.raises(ValueError, match="wrong letter"):
            read_code(f"X-ABCD-EFGH#{wrong}")


@given(st.integers(0, 18))
def test_swapped_letters_are_found(place: int) -> None:
    letters = PRINT.replace("-", "")
    swapped = letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
    if swapped != letters:
        with pytest.raises(ValueError, match="wrong letter"):
            read_code(f"X-ABCD-EFGH#{swapped}")


@pytest.mark.parametrize("letters", [PRINT[:-1], PRINT + "A"])
def test_a_letter_too_few_or_too_many_is_found(letters: str) -> None:
    with pytest.raises(ValueError, match="letters where there should be 20"):
        read_code(f"X-ABCD-EFGH#{letters}")

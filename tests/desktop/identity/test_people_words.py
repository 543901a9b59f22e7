"""What people read of sign-ins and of what was refused."""

from __future__ import annotations

from unison_desktop.identity.people.words import program_text
from unison_domain.identity.sign_in_contracts import SignInOutcome

from tests.desktop.identity.samples import anna, attempt


def test_why_a_key_was_refused_stands_where_a_program_would() -> None:
    refused = attempt(1, SignInOutcome.KEY_REFUSED, anna(), "Reports").model_copy(
        update={"client": None, "reason": "key_revoked"}
    )
    assert program_text(refused) == "the key was revoked"
    assert program_text(refused.model_copy(update={"reason": "of a newer server"})) == "of a newer server"
    assert program_text(attempt(2, SignInOutcome.WRONG, anna())) == "Desktop on PC-1"


def test_a_program_can_call_itself_nothing_that_is_ours() -> None:
    for name in ("more_refused", "key_revoked", "no_organization"):
        posing = attempt(1, SignInOutcome.KEY_REFUSED, anna()).model_copy(update={"client": name})
        assert program_text(posing) == name


def test_a_refusal_at_a_station_says_where_and_why() -> None:
    there = {"client": None, "station_code": "S1", "reason": "badge_lost"}
    refused = attempt(1, SignInOutcome.WRONG, anna()).model_copy(update=there)
    assert program_text(refused) == "Station S1: the badge was reported lost"
    assert program_text(refused.model_copy(update={"reason": None})) == "Station S1"


def test_a_row_that_stands_for_many_says_over_how_long_they_were() -> None:
    many = attempt(1, SignInOutcome.KEY_REFUSED, None).model_copy(update={"reason": "more_refused", "times": 70})
    assert program_text(many) == "70 more within an hour", "as an older server wrote it"
    assert program_text(many.model_copy(update={"seconds": 59})) == "70 more within 1 min"
    assert program_text(many.model_copy(update={"seconds": 3600})) == "70 more within 60 min"

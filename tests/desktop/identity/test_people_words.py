"""What people read of sign-ins and of what was refused."""

from __future__ import annotations

from unison_desktop.identity.people.words import program_text
from unison_domain.identity.sign_in_contracts import SignInOutcome

from tests.desktop.identity.samples import anna, attempt


def test_why_a_key_was_refused_stands_where_a_program_would() -> None:
    refused = attempt(1, SignInOutcome.KEY_REFUSED, anna(), "Reports").model_copy(update={"client": "key_revoked"})
    assert program_text(refused) == "the key was revoked"
    assert program_text(refused.model_copy(update={"client": "of a newer server"})) == "of a newer server"
    assert program_text(attempt(2, SignInOutcome.WRONG, anna())) == "Desktop on PC-1"

"""Signing in with an authenticator: RFC 6238's own codes, each taken once, and recovery codes for when it is lost."""

from __future__ import annotations

from base64 import b32decode
from dataclasses import replace
from time import time
from typing import Any
from urllib.parse import parse_qs, urlparse

import httpx
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.setting_contracts import ADDRESS_TRIES
from unison_server.identity import attempts
from unison_server.identity.second_factor import STEP_SECONDS
from unison_server.kernel.database import Database

from tests.server.factories import PASSWORD, Made
from tests.server.identity.test_sign_in import nothing_counted, outcomes
from tests.server.serving import SignedIn, sign_in

__all__ = ["nothing_counted"]

PROOF = {"password": PASSWORD}


def shown(secret: str, steps: int = 0) -> str:
    """What the authenticator shows, so many steps from now."""
    return TOTP(b32decode(secret), 6, SHA1(), STEP_SECONDS).generate(time() + steps * STEP_SECONDS).decode()


def enter(client: httpx.Client, made: Made, factor: str | None = None, password: str = PASSWORD) -> httpx.Response:
    body: dict[str, Any] = {"organization": made.code, "user": "ben", "password": password}
    return client.post("/api/v1/auth/login", json=body | ({"second_factor": factor} if factor else {}))


@pytest.fixture
def ben(client: httpx.Client, made: Made) -> SignedIn:
    made.add_user("ben", roles=[RoleCode.OPERATOR])
    return sign_in(client, made, "ben")


def set_up(ben: SignedIn) -> tuple[str, list[str]]:
    """The secret and the recovery codes. The code of the step before is used up by it."""
    begun = ben.post("/mfa/totp", PROOF)
    assert begun.status_code == 201, begun.text
    confirmed = ben.post("/mfa/totp/confirm", {"code": shown(begun.json()["secret"], -1)})
    assert confirmed.status_code == 200, confirmed.text
    return begun.json()["secret"], confirmed.json()["codes"]


def test_the_codes_are_those_of_rfc_6238() -> None:
    secret = b"12345678901234567890"  # RFC 6238, appendix B, SHA1; the last six of its eight digits
    codes = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}
    totp = TOTP(secret, 6, SHA1(), STEP_SECONDS)
    assert {at: totp.generate(at).decode() for at in codes} == codes


@pytest.mark.usefixtures("nothing_counted")
def test_who_is_asked_for_the_code_is_not_counted_and_who_guesses_it_is(
    client: httpx.Client, made: Made, ben: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shift behind one address: each signs in by two requests, of which the first lacks the code."""
    set_up(ben)
    monkeypatch.setattr(attempts, "ADDRESS_TRIES", replace(ADDRESS_TRIES, default=3, least=1))
    assert {enter(client, made).json()["code"] for _ in range(12)} == {"second_factor_needed"}
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        assert session.execute(text("select coalesce(sum(attempts), 0) from login_attempts")).scalar_one() == 0
    guessed = [enter(client, made, "no code at all").json()["code"] for _ in range(4)]
    assert guessed == [*["second_factor_wrong"] * 3, "too_many"]


def test_from_setting_up_to_signing_in(client: httpx.Client, made: Made, ben: SignedIn) -> None:
    assert ben.get("/mfa").json() == {"confirmed_at": None, "recovery_codes_left": 0}
    secret, codes = set_up(ben)
    assert (len(set(codes)), ben.get("/mfa").json()["recovery_codes_left"]) == (10, 10)
    asked = enter(client, made)
    assert (asked.status_code, asked.json()["code"]) == (401, "second_factor_needed")
    assert (
        enter(client, made, "000000" if shown(secret) != "000000" else "000001").json()["code"] == "second_factor_wrong"
    )
    wrong = enter(client, made, shown(secret), "a wrong password")
    assert wrong.json()["code"] == "login_failed", "nothing is told of the factor before the password is right"
    assert enter(client, made, shown(secret)).status_code == 200
    assert outcomes(made) == ["signed_in", "second_factor", "second_factor", "wrong", "signed_in"]


def test_a_code_opens_once(client: httpx.Client, made: Made, ben: SignedIn) -> None:
    secret, _ = set_up(ben)
    code = shown(secret)
    assert [enter(client, made, code).status_code for _ in range(2)] == [200, 401]
    assert enter(client, made, shown(secret, -1)).status_code == 401, "nor does one of before"
    assert enter(client, made, shown(secret, 3)).status_code == 401


def test_the_history_tells_a_guess_from_the_first_step_of_signing_in(
    client: httpx.Client, made: Made, ben: SignedIn
) -> None:
    secret, codes = set_up(ben)
    code = shown(secret)
    wrong = next(f"{n:06}" for n in range(9) if f"{n:06}" not in {shown(secret, step) for step in range(-2, 3)})
    assert enter(client, made, code).status_code == enter(client, made, codes[0]).status_code == 200
    said = [enter(client, made, given).json()["detail"] for given in (None, wrong, code, codes[0])]
    assert said[1].startswith("This is neither")
    assert said[2] == said[3]
    assert said[2].startswith("This code opened once already"), "the authenticator shows it all the same"
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        refused = text("select reason from login_history where outcome = 'second_factor' order by at, id")
        reasons = list(session.scalars(refused))
    used = "second_factor_used"
    assert reasons == ["second_factor_missing", "second_factor_wrong", used, used]


def test_a_recovery_code_opens_once_in_any_writing(client: httpx.Client, made: Made, ben: SignedIn) -> None:
    _, codes = set_up(ben)
    assert enter(client, made, codes[0].lower().replace("-", " ")).status_code == 200
    assert enter(client, made, codes[0]).json()["code"] == "second_factor_wrong"
    assert enter(client, made, codes[1]).status_code == 200
    assert ben.get("/mfa").json()["recovery_codes_left"] == 8


def test_recovery_codes_leave_a_trace_and_are_never_told(client: httpx.Client, made: Made, ben: SignedIn) -> None:
    secret, codes = set_up(ben)
    assert enter(client, made, codes[0]).status_code == 200
    assert enter(client, made, shown(secret)).status_code == 200
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        signed = text("select reason from login_history where outcome = 'signed_in' order by at, id")
        assert list(session.scalars(signed)) == [None, "recovery_code", None]
        kept = "select action, old_values, new_values from audit_logs where table_name = 'recovery_codes'"
        rows = session.execute(text(kept)).all()
        topics = set(session.scalars(text("select topic from outbox union select topic from events")))
    assert sorted(row.action for row in rows) == ["insert"] * 10 + ["update"]
    assert "code_hash" not in "".join(str(row) for row in rows)
    assert {"identity.user.recovery_codes_made", "identity.user.recovery_code_used"} <= topics


def test_guesses_are_slowed_down(client: httpx.Client, made: Made, ben: SignedIn) -> None:
    secret, _ = set_up(ben)
    wrong = next(f"{n:06}" for n in range(9) if f"{n:06}" not in {shown(secret, step) for step in range(-2, 3)})
    answers = [enter(client, made, wrong).status_code for _ in range(12)]
    assert answers[-1] == 429
    assert set(answers) == {401, 429}


def test_it_is_set_up_and_removed_by_who_knows_the_password(client: httpx.Client, made: Made, ben: SignedIn) -> None:
    assert ben.post("/mfa/totp", {"password": "a wrong one"}).json()["code"] == "password_wrong"
    secret, codes = set_up(ben)
    assert ben.post("/mfa/totp", PROOF).json()["code"] == "mfa_set_up"
    assert ben.post("/mfa/totp/remove", {**PROOF, "second_factor": "000000"}).status_code == 403
    renewed = ben.post("/mfa/recovery-codes", {**PROOF, "second_factor": codes[0]}).json()["codes"]
    assert ben.post("/mfa/recovery-codes", {**PROOF, "second_factor": codes[1]}).status_code == 403, "they have gone"
    assert ben.post("/mfa/totp/remove", {**PROOF, "second_factor": renewed[0]}).status_code == 204
    assert enter(client, made).status_code == 200
    assert secret


def test_guesses_of_who_knows_the_password_and_is_signed_in_are_slowed_down_too(made: Made, ben: SignedIn) -> None:
    secret, codes = set_up(ben)
    wrong = next(f"{n:06}" for n in range(9) if f"{n:06}" not in {shown(secret, step) for step in range(-2, 3)})
    both = ("/mfa/totp/remove", "/mfa/recovery-codes")
    answers = [ben.post(both[number % 2], {**PROOF, "second_factor": wrong}).status_code for number in range(12)]
    assert answers == [403] * 10 + [429] * 2
    assert outcomes(made)[-12:] == ["second_factor"] * 10 + ["too_many"] * 2
    right = ben.post("/mfa/recovery-codes", {**PROOF, "second_factor": codes[0]})
    assert (right.status_code, right.json()["code"]) == (429, "too_many")


def test_what_was_never_confirmed_is_not_asked_for(client: httpx.Client, made: Made, ben: SignedIn) -> None:
    first = ben.post("/mfa/totp", PROOF).json()
    assert parse_qs(urlparse(first["uri"]).query)["secret"] == [first["secret"]]
    assert enter(client, made).status_code == 200
    second = ben.post("/mfa/totp", PROOF).json()["secret"]
    refused = ben.post("/mfa/totp/confirm", {"code": shown(first["secret"])})
    assert (refused.status_code, refused.json()["code"]) == (422, "mfa_wrong")
    assert ben.post("/mfa/totp/confirm", {"code": shown(second)}).status_code == 200


def test_an_administrator_lets_in_who_lost_everything(client: httpx.Client, made: Made, admin: SignedIn) -> None:
    ben_id = made.add_user("ben", roles=[RoleCode.OPERATOR])
    ben = sign_in(client, made, "ben")
    set_up(ben)
    assert ben.send("DELETE", f"/users/{ben_id}/mfa").status_code == 403
    assert admin.send("DELETE", f"/users/{ben_id}/mfa").status_code == 204
    assert enter(client, made).status_code == 200


def test_the_secret_lies_nowhere_in_clear(made: Made, ben: SignedIn) -> None:
    secret, codes = set_up(ben)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        for table in ("mfa_methods", "recovery_codes", "audit_logs", "idempotency_keys", "outbox"):
            kept = session.execute(text(f"select coalesce(json_agg(t)::text, '') from {table} t")).scalar_one()
            assert not [one for one in (secret, *codes, codes[0].replace("-", "")) if one in kept], table


def test_a_lost_encryption_key_is_told_and_recovery_codes_still_open(
    client: httpx.Client, made: Made, ben: SignedIn
) -> None:
    secret, codes = set_up(ben)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        sealed = Fernet(Fernet.generate_key()).encrypt(b"x").decode()
        session.execute(text("update mfa_methods set secret = :sealed"), {"sealed": sealed})
    refused = enter(client, made, shown(secret))
    assert (refused.status_code, refused.json()["code"]) == (503, "encryption_key_missing"), refused.text
    assert enter(client, made, codes[0]).status_code == 200

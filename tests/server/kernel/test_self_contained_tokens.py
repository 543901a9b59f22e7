"""An access token is believed for its signature, its end and its audience, each by itself; nothing else of it is."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from unison_server.kernel.access import Access, Rights
from unison_server.kernel.errors import NotSignedIn
from unison_server.kernel.keys import new_id

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
RAW = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


@pytest.fixture
def access() -> Access:
    return Access(KEY, lambda *_: Rights(1, frozenset()))


def claims(**changed: Any) -> dict[str, Any]:
    """Those of a good token, but for what is changed; None leaves one out."""
    good = {"aud": "unison", "sub": str(new_id()), "org": str(new_id()), "sid": str(new_id()), "rv": 1}
    all_ = {**good, "iat": int(time.time()), "exp": int(time.time()) + 600, **changed}
    return {name: value for name, value in all_.items() if value is not None}


def signed(*, by: Ed25519PrivateKey = KEY, headers: dict[str, Any] | None = None, **changed: Any) -> str:
    return jwt.encode(claims(**changed), by, algorithm="EdDSA", headers=headers)


def part(said: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def refused(access: Access, token: str) -> str:
    with pytest.raises(NotSignedIn) as refusal:
        access.authenticate(token)
    return refusal.value.problem_code


def test_a_good_one_is_believed(access: Access) -> None:
    assert access.authenticate(signed()).scope.session_id
    assert access.authenticate(access.sign(new_id(), new_id(), new_id(), 1)).scope.user_id


def test_the_signature_of_another_key_is_not(access: Access) -> None:
    assert refused(access, signed(by=OTHER)) == "token_invalid"
    head, body, signature = signed().split(".")
    assert refused(access, f"{head}.{part(claims(rv=2))}.{signature}") == "token_invalid"
    assert refused(access, f"{head}.{body}.") == "token_invalid"


def test_no_other_algorithm_is(access: Access) -> None:
    unsigned = f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims())}."
    with_public_key = jwt.encode(claims(), RAW, algorithm="HS256")
    for forged in (unsigned, with_public_key, jwt.encode(claims(), "x" * 64, algorithm="HS512")):
        assert refused(access, forged) == "token_invalid"


def test_no_key_that_the_token_brings_along_is(access: Access) -> None:
    raw = OTHER.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": urlsafe_b64encode(raw).decode().rstrip("=")}
    for headers in ({"jwk": jwk}, {"jku": "https://evil.example/keys"}, {"kid": "../../dev/null"}):
        assert refused(access, signed(by=OTHER, headers=headers)) == "token_invalid"


@pytest.mark.parametrize("exp", [-6, -3600])
def test_one_that_has_ended_is_not(access: Access, exp: int) -> None:
    assert refused(access, signed(exp=int(time.time()) + exp)) == "token_expired"


def test_one_that_ended_since_it_was_believed_is_not(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    access.listening = True
    token = signed()
    assert access.authenticate(token)
    assert access._remembered(token)
    later = time.time() + 700
    monkeypatch.setattr("unison_server.kernel.access.time.time", lambda: later)
    assert access._remembered(token) is None


@pytest.mark.parametrize("aud", [None, "", "another", ["another"], 7])
def test_one_for_somebody_else_is_not(access: Access, aud: object) -> None:
    assert refused(access, signed(aud=aud)) == "token_invalid"


@pytest.mark.parametrize("name", ["sub", "org", "sid", "rv", "exp"])
def test_one_without_what_it_must_say_is_not(access: Access, name: str) -> None:
    left_out: dict[str, Any] = {name: None}
    assert refused(access, signed(**left_out)) == "token_invalid"


@pytest.mark.parametrize("kind", ["refresh", "reset", "invitation", "key", "device"])
def test_no_other_kind_of_token_is(access: Access, kind: str) -> None:
    assert refused(access, f"{kind}_{new_id().hex}_{'x' * 43}") == "token_invalid"


def test_one_written_in_another_way_is_not(access: Access) -> None:
    good = signed()
    access.authenticate(good)
    head, body, signature = good.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    beside = alphabet[alphabet.index(signature[-1]) ^ 1]  # of its last sign four bits stand for nothing
    others = [
        f"{good}==",
        f"{head}.{body}.{signature[:-1]}{beside}",
        f"{head}.{body}.{signature[:20]}\n{signature[20:]}",
    ]
    others += [
        f".{body}.{signature}",
        f"{head}.{signature}",
        f"{head}.{body}.{signature}.",
        f"{good}ä",
        f"{good}!",
        "",
        ".",
    ]
    for token in others:
        assert refused(access, token) == "token_invalid"


def test_what_is_signed_and_no_claims_is_not(access: Access) -> None:
    head = signed().partition(".")[0]
    for said in (b"[]", b"7", b"null", b"{", b'{"aud":"unison"}', b"[" * 100_000, "ä".encode("latin-1")):
        text = f"{head}.{urlsafe_b64encode(said).decode().rstrip('=')}"
        signature = urlsafe_b64encode(KEY.sign(text.encode())).decode().rstrip("=")
        assert refused(access, f"{text}.{signature}") == "token_invalid"


def test_one_of_a_later_clock_is_not(access: Access) -> None:
    assert refused(access, signed(iat=int(time.time()) + 60)) == "token_invalid"
    assert refused(access, signed(exp="soon")) == "token_invalid"

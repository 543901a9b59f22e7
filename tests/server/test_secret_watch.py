"""The watch hears every line and knows every secret that travelled."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.secret_watch import WATCH, SecretWatch, logs
from tests.server.factories import PASSWORD
from tests.server.serving import SignedIn, address, admin, app, client, made

__all__ = ["address", "admin", "app", "client", "made"]


def test_what_travelled_and_was_logged_is_found(admin: SignedIn) -> None:
    logging.getLogger("quiet").setLevel(logging.INFO)
    log = structlog.get_logger()
    log.info("signed in", kept=admin.access_token)
    logging.getLogger("quiet").info("refreshed by %s", admin.refresh_token)
    try:
        raise ValueError(f"{PASSWORD} is no number")
    except ValueError:
        log.exception("not read")
    log.info("harmless", user="anna")
    found = WATCH.leaks()
    assert ["signed in" in found[0], "refreshed" in found[1], "not read" in found[2]] == [True] * 3
    assert len(found) == 3


def test_secrets_of_a_body_are_learned_however_deep() -> None:
    WATCH.learn_fields({"items": [{"link": "https://unison/accept-now#abcdefghiJKL"}, {"codes": ["12345-67890"]}]})
    for line in ("GET /accept-now#abcdefghiJKL", "12345-67890 was used", "abcdefghiJK", "GET /accept-now"):
        WATCH.heard(line)
    assert WATCH.leaks() == ["GET /accept-now#abcdefghiJKL", "12345-67890 was used"]


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        ("POST /api/v1/api-keys", {"key": "Marker-0123456789"}),
        ("POST /api/v1/agents", {"code": "Marker-0123456789", "expires_at": "2026-01-01"}),
        ("POST /api/v1/agents/7/code", {"code": "Marker-0123456789"}),
        ("POST /api/v1/stations/enrol", {"code": "Marker-0123456789", "hostname": "pc"}),
        ("POST /api/v1/badges", {"text": "Marker-0123456789", "kind": "rfid"}),
        ("POST /api/v1/badges/find", {"text": "Marker-0123456789"}),
        ("POST /api/v1/users/import", {"file": b64encode(b"name,badges\nida,rfid:Marker-0123456789\n").decode()}),
        ("PUT /api/v1/users/7/pin", {"pin": "Marker-0123456789"}),
        ("PATCH /api/v1/users/7", {"own_password": "Marker-0123456789"}),
    ],
)
def test_what_is_secret_at_one_address_alone_is_learned_there(asked: str, body: dict[str, str]) -> None:
    watch = SecretWatch()
    watch.learn_fields(body, asked)
    watch.heard("told Marker-0123456789")
    assert watch.leaks() == ["told Marker-0123456789"]


def test_short_ones_are_found_where_they_are_named() -> None:
    watch = SecretWatch()
    watch.learn_fields({"pin": "4711"}, "PUT /api/v1/users/7/pin")
    watch.learn_fields({"second_factor": "846291"}, "POST /api/v1/auth/login")
    watch.learn_fields({"code": "135790"}, "POST /api/v1/mfa/totp/confirm")
    leaks = [
        "{'pin': '4711'}",
        "refused second_factor=846291",
        '"code": "135790"',
        "[input_value='4711', input_type=str]",
    ]
    for line in (*leaks, "took 4711 ms", "stopping=4711", "at 12:00:00.135790"):
        watch.heard(line)
    assert watch.leaks() == leaks


def test_what_is_plain_elsewhere_is_no_secret() -> None:
    watch = SecretWatch()
    plain = {"code": "Marker-0123456789", "text": "Marker-0123456789", "key": "Marker-0123456789"}
    watch.learn_fields(plain, "POST /api/v1/plants")
    watch.learn_fields({"items": [plain]}, "GET /api/v1/agents")
    watch.learn_fields({"code": "ACME-ABCD-EFGH#Marker-0123456789"}, "POST /api/v1/agents")
    watch.heard("told Marker-0123456789")
    assert watch.leaks() == []


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Whose logs are gone before those of all tests are looked at."""
    yield tmp_path
    for file in logs(tmp_path):
        file.unlink()


def test_a_secret_of_an_earlier_test_is_found_in_the_log_of_a_whole_program(folder: Path) -> None:
    watch = SecretWatch()
    watch.learn(PASSWORD)
    assert watch.leaks() == []
    (folder / "server.log").write_text(f"started\ncame with {PASSWORD}\n")
    (folder / "profile").mkdir()
    (folder / "profile" / "000003.log").write_bytes(b"\xff" + PASSWORD.encode())
    assert watch.leaks_in(logs(folder)) == [f"{folder / 'server.log'}: came with {PASSWORD}"]


def test_what_a_program_keeps_for_itself_may_not_be_in_its_log(folder: Path) -> None:
    watch = SecretWatch()
    (folder / "postgresql.json").write_text('{"cluster": "a", "passwords": {"owner": "Ab3-de_fgHiJkl"}}')
    (folder / "encryption_key").write_text("Zy9-xw_vuTsRqp=")
    watch.learn_kept(folder)
    (folder / "agent.log").write_text("with Ab3-de_fgHiJkl\nwith nothing\nwith Zy9-xw_vuTsRqp\n")
    assert [line.rpartition(" ")[2] for line in watch.leaks_in(logs(folder))] == ["Ab3-de_fgHiJkl", "Zy9-xw_vuTsRqp"]

"""The watch hears every line and knows every secret that travelled."""

from __future__ import annotations

import logging

import structlog

from tests.secret_watch import WATCH
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

"""What answers mean."""

from __future__ import annotations

from random import Random

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_station.uplink.backoff import Backoff
from unison_station.uplink.identity import server_address
from unison_station.uplink.verdict import Verdict, problem_in, retry_after, verdict

from tests.station_agent.store.making import START

REFUSAL = b'{"title": "Refused", "status": 0, "code": "invalid", "detail": "Something is wrong with it"}'


@given(st.integers(100, 999))
def test_only_a_refusal_of_content_can_cost_an_event(status: int) -> None:
    if verdict(status, REFUSAL) in (Verdict.REFUSED, Verdict.TOO_LARGE):
        assert status in (400, 413, 422)
    assert (verdict(status) is Verdict.TAKEN) == (200 <= status < 300)


@pytest.mark.parametrize("status", [400, 409, 422])
def test_the_page_of_a_proxy_neither_costs_an_event_nor_stops_the_agent(status: int) -> None:
    assert verdict(status, b"<html>Bad Request</html>") is Verdict.FAILED


def test_only_a_conflict_of_identity_waits_for_a_person() -> None:
    assert verdict(409, REFUSAL.replace(b"invalid", b"identity_conflict")) is Verdict.CONFLICT
    assert verdict(409, REFUSAL) is Verdict.FAILED


@given(st.integers(300, 599))
def test_another_protocol_is_no_fault_of_the_events_whatever_the_status(status: int) -> None:
    body = b'{"title": "Conflict", "status": 0, "code": "protocol_unknown", "detail": "protocol 9 is not spoken"}'
    assert verdict(status, body) is Verdict.FOREIGN


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("17", 17.0),
        ("999999", 3600.0),
        ("Fri, 20 Nov 2026 06:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 05:00:00 GMT", 0.0),
        ("Fri, 20 Nov 2026 06:00:30 -0000", 30.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after(httpx.Headers({"Retry-After": text}), START) == seconds


@given(st.binary(max_size=300))
def test_any_body_gives_words(body: bytes) -> None:
    code, message = problem_in(422, body)
    assert code
    assert message


def test_bad_fields_are_named() -> None:
    body = (
        b'{"title": "Invalid", "status": 422, "code": "invalid", "detail": "Bad event",'
        b' "errors": [{"field": "raw_to", "code": "x", "message": "must be positive"}]}'
    )
    assert problem_in(422, body) == ("invalid", "Bad event (raw_to: must be positive)")


def test_waits_double_to_a_minute_and_begin_again() -> None:
    backoff = Backoff(Random(3))
    for longest in (1, 2, 4, 8, 16, 32, 60, 60, 60):
        assert 0 <= backoff.next() <= longest
    backoff.reset()
    assert backoff.next() <= 1


@pytest.mark.parametrize(
    ("given_", "address"),
    [
        (" https://unison.example/ ", "https://unison.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://plant.example:8443/unison", "https://plant.example:8443/unison"),
    ],
)
def test_addresses_have_one_form(given_: str, address: str) -> None:
    assert server_address(given_) == address


@pytest.mark.parametrize("bad", ["", "unison.example", "https://", "http://10.0.0.5:8000", "http://localhost.evil"])
def test_addresses_that_are_none_or_unsafe_are_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"server address|unprotected"):
        server_address(bad)

"""Every line says for whom it was, is one line, and holds no secret."""

from __future__ import annotations

import json
import linecache
import logging
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import structlog
from unison_server.kernel import logs

from tests.server.listening import listening
from tests.server.serving import SignedIn, address, admin, app, client, made, sign_in
from tests.server.stations.floor import Floor, floor, stamp

__all__ = ["address", "admin", "app", "client", "floor", "made"]


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_traceback_is_told_and_its_sources_are_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    try:
        json.loads("{")
    except ValueError:
        structlog.get_logger("ours").exception("not read")
    (line,) = printed(capsys)
    assert 'json.loads("{")' in line["exception"]
    assert linecache.cache == {}


def test_what_is_bound_is_on_every_line_also_of_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    with structlog.contextvars.bound_contextvars(request="r1", organization="o1", user="u1"):
        structlog.get_logger("ours").info("plant made", code="N1")
        logging.getLogger("a.library").warning("careful with %s", "that")
    ours, theirs = printed(capsys)
    assert ours["event"] == "plant made"
    assert theirs["event"] == "careful with that"
    for line in (ours, theirs):
        assert (line["request"], line["organization"], line["user"]) == ("r1", "o1", "u1")
        assert line["timestamp"].endswith("Z")


def test_secrets_are_blank_and_errors_stay_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        structlog.get_logger().exception("failed", password="hunter2", refresh_token="abc", pin="4711", mapping="m")
    (line,) = printed(capsys)
    assert line["password"] == line["refresh_token"] == line["pin"] == "***"
    assert line["mapping"] == "m"
    assert "ValueError: two\nlines" in line["exception"]


def test_the_level_is_held_and_libraries_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "warning")
    structlog.get_logger().info("chatter")
    logs.configure("json", "info")
    logging.getLogger("procrastinate.worker").info("chatter")
    structlog.get_logger().info("heard")
    assert [line["event"] for line in printed(capsys)] == ["heard"]


def test_the_line_of_a_request_says_who_called(
    address: str, floor: Floor, admin: SignedIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also of those that open no transaction by themselves: streams, signing in, and PCs that come in."""
    code = admin.post(f"/agents/{floor.agent_id}/code").json()["code"]
    pc = {"code": code, "hostname": "pc-1", "version": "1.0", "platform": "linux"}
    logs.configure("json")
    agent = enrol_again(admin, pc)
    again = sign_in(admin.client, floor.made)
    beat = {"at": stamp(0), "agent_version": "1", "configuration": 1, "queue_depth": 0}
    admin.client.post("/api/v1/stations/me/heartbeat", json=beat, headers={"Authorization": f"Bearer {agent}"})
    with listening(again) as stream:
        stream.next()
    admin.client.post("/api/v1/auth/refresh", json={"refresh_token": again.refresh_token})
    admin.client.post("/api/v1/auth/logout", json={"refresh_token": again.refresh_token})
    said = lines_of_requests(capsys, 6)
    assert {line["organization"] for line in said.values()} == {str(floor.made.id)}
    person = said["/api/v1/auth/login"]["user"]
    assert UUID(person)
    assert all(said[f"/api/v1/{path}"]["user"] == person for path in ("events", "auth/refresh", "auth/logout"))
    for path in ("enrol", "me/heartbeat"):
        line = said[f"/api/v1/stations/{path}"]
        assert line["agent"] == str(floor.agent_id)
        assert "user" not in line


def enrol_again(admin: SignedIn, pc: dict[str, str]) -> str:
    token: str = admin.client.post("/api/v1/stations/enrol", json=pc).json()["device_token"]
    return token


def lines_of_requests(capsys: pytest.CaptureFixture[str], count: int) -> dict[str, dict[str, Any]]:
    """The last line of each path; a stream's comes once the server has noticed its end."""
    found: dict[str, dict[str, Any]] = {}
    until = time.monotonic() + 60
    while len(found) < count:
        assert time.monotonic() < until, found
        found |= {line["path"]: line for line in printed(capsys) if line["event"] == "request"}
    return found


def test_a_wrong_password_is_told_with_the_organization_alone(
    floor: Floor, client: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("json")
    wrong = {"organization": floor.made.code, "user": "anna", "password": "wrong"}
    assert client.post("/api/v1/auth/login", json=wrong).status_code == 401
    line = lines_of_requests(capsys, 1)["/api/v1/auth/login"]
    assert line["organization"] == str(floor.made.id)
    assert "actor" not in line


def test_people_read_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("console")
    structlog.get_logger().info("plant made", code="N1")
    line = capsys.readouterr().err
    assert "plant made" in line
    assert "code=N1" in line

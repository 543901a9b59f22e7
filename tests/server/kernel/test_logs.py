"""Every line says for whom it was, is one line, and holds no secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from unison_server.kernel import logs


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


def test_what_is_bound_is_on_every_line_also_of_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    with structlog.contextvars.bound_contextvars(request="r1", organization="o1", actor="user:u1"):
        structlog.get_logger("ours").info("plant made", code="N1")
        logging.getLogger("a.library").warning("careful with %s", "that")
    ours, theirs = printed(capsys)
    assert ours["event"] == "plant made"
    assert theirs["event"] == "careful with that"
    for line in (ours, theirs):
        assert (line["request"], line["organization"], line["actor"]) == ("r1", "o1", "user:u1")
        assert line["timestamp"].endswith("Z")


def test_secrets_are_blank_and_errors_stay_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        structlog.get_logger().exception("failed", password="hunter2", refresh_token="abc")
    (line,) = printed(capsys)
    assert line["password"] == line["refresh_token"] == "***"
    assert "ValueError: two\nlines" in line["exception"]


def test_the_level_is_held_and_libraries_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "warning")
    structlog.get_logger().info("chatter")
    logs.configure("json", "info")
    logging.getLogger("procrastinate.worker").info("chatter")
    structlog.get_logger().info("heard")
    assert [line["event"] for line in printed(capsys)] == ["heard"]


def test_people_read_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("console")
    structlog.get_logger().info("plant made", code="N1")
    line = capsys.readouterr().err
    assert "plant made" in line
    assert "code=N1" in line

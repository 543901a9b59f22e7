"""Structured logs on standard error: one line per event, as text for people or JSON for machines.

What is bound in the context (`request`, `organization`, `user` or `agent`, `job`) is on every line of the request or
job, also on those of libraries, which log through the standard library.
"""

from __future__ import annotations

import linecache
import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog
from structlog.typing import Processor

from unison_server.kernel.scope import ActorKind, Scope

_SECRET = ("password", "token", "secret", "authorization", "cookie")
_SECRET_NAMES = frozenset({"pin", "link", "uri", "second_factor", "recovery_codes"})
"""Whole names: `pin` is a part of many."""
_QUIET = {"uvicorn.access": logging.WARNING, "alembic": logging.WARNING, "procrastinate": logging.WARNING}
"""Libraries whose chatter says nothing that our own lines don't."""


_CALLER: ContextVar[dict[str, str] | None] = ContextVar("caller", default=None)
"""Who sent the request: one dictionary for all its threads, since what a thread binds is not seen outside of it."""


@contextmanager
def a_caller() -> Iterator[None]:
    """Around a request, whose caller is not known yet."""
    token = _CALLER.set({})
    try:
        yield
    finally:
        _CALLER.reset(token)


def name_caller(scope: Scope) -> None:
    """Say on all further lines of this request who sent it; nothing outside of a request."""
    caller = _CALLER.get()
    if caller is None:
        return
    caller["organization"] = str(scope.organization_id)
    if scope.actor_kind is not ActorKind.SYSTEM:
        caller[scope.actor_kind] = str(scope.actor_id)


def add_caller(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the caller on a line that does not name another."""
    for name, value in (_CALLER.get() or {}).items():
        event.setdefault(name, value)
    return event


def configure(log_format: str = "console", log_level: str = "info") -> None:
    """Send every log line of the process through one pipeline.

    Args:
        log_format: `console` or `json`. log_level: least level shown, e.g. `info`.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_caller,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Formatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(log_format)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(log_level.upper())
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Keeps no source behind: whoever draws a traceback holds every line of each file in it, for good."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        linecache.clearcache()
        return line


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank values whose name says they are secret."""
    for name in event:
        if name.lower() in _SECRET_NAMES or any(word in name.lower() for word in _SECRET):
            event[name] = "***"
    return event


def _renderers(log_format: str) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # Where rich is installed structlog would draw tracebacks with all local variables: secrets, and seconds of drawing.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]

"""Nothing secret is ever logged: what a test sent or was given as a secret is looked for in all that was logged.

Secrets are learned where they travel, from the requests and answers of every HTTP client of the tests, so a new one
needs no line here as long as its field is named as one (`FIELDS`). Lines are heard below levels and handlers.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import httpx
import structlog

FIELDS = frozenset(
    {
        "access_token",
        "codes",
        "current_password",
        "device_token",
        "link",
        "new_password",
        "own_password",
        "password",
        "passwords",
        "pin",
        "proof",
        "refresh_token",
        "second_factor",
        "secret",
        "token",
        "uri",
    }
)
"""Fields of requests, answers and kept files that hold one, or several."""
_FIELDS_AT = (
    (re.compile(r"POST .*/api-keys$"), "key"),
    (re.compile(r"POST .*/(agents|agents/[^/]+/code|stations/enrol)$"), "code"),
    (re.compile(r"POST .*/badges(/find)?$"), "text"),
    (re.compile(r"(POST|DELETE) .*/mfa(/.*)?$"), "code"),
)
"""Fields that hold one in some requests and their answers, and plain things in others."""
_PEOPLE_FILE = re.compile(r"POST .*/users/import(/preview)?$")
_BADGE_CELL = re.compile(r"\b(?:barcode|rfid):([^\s|,;\"]+)")
SHORTEST = 10
"""Shorter ones stand in a line by chance: a PIN in a moment, `secret` in a message. PINs and authenticator's codes are
looked for where they stand beside what names them."""
_SHORT = re.compile(r"\d{4,9}")
_SHORT_NAMED = re.compile(r"(?i)(?:\bpin|\bcode|second_factor|\binput|input_value|SecretStr)\W{1,6}(\d{4,9})\b")
_NAME = re.compile(r"[a-z_]+")
"""Of a column or a setting: a test may send one as a secret, and PostgreSQL logs statements that failed."""
_KEPT_KEYS = frozenset({"encryption_key", "signing_key.pem"})
_KEPT_FIELDS = frozenset({"identity.json", "postgresql.json"})
_BROWSER = "profile"
"""The folder of a browser, whose databases call their journals logs."""
_WORD = re.compile(rf"[\w-]{{{SHORTEST},}}")


class SecretWatch:
    """What was logged and what is secret, since the last look."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._secrets: set[str] = set()
        self._of_before: set[str] = set()

    def heard(self, line: str) -> None:
        """Something was logged."""
        self._lines.append(line)

    def learn(self, secret: object) -> None:
        """Look for this one too; of tokens and codes for each part that is long enough, of links for no plain word."""
        if isinstance(secret, str) and _SHORT.fullmatch(secret):
            self._secrets.add(secret)
        if not isinstance(secret, str) or len(secret) < SHORTEST:
            return
        words = _WORD.findall(secret)
        if "://" in secret:
            words = [word for word in words if not word.islower()]
        self._secrets.update(words or [secret])

    def learn_fields(self, body: object, asked: str = "") -> None:
        """Learn those of a JSON body, however deep; also what is secret in what was `asked`, as in `POST /api-keys`."""
        self._learn_fields(body, FIELDS.union(name for pattern, name in _FIELDS_AT if pattern.search(asked)))
        if _PEOPLE_FILE.search(asked) and isinstance(body, Mapping):
            for badge in _badges_in(body.get("file")):
                self.learn(badge)

    def _learn_fields(self, body: object, fields: frozenset[str]) -> None:
        if isinstance(body, Mapping):
            for name, value in body.items():
                if name in fields:
                    for one in _each(value):
                        self.learn(_secret_of(one) if name == "code" else one)
                else:
                    self._learn_fields(value, fields)
        elif isinstance(body, list):
            for one in body:
                self._learn_fields(one, fields)

    def learn_kept(self, folder: Path) -> None:
        """Learn what programs keep below a folder for themselves: keys, and their tokens and passwords."""
        for file in folder.rglob("*"):
            if file.name in _KEPT_KEYS:
                for line in file.read_text(encoding="ascii").splitlines():
                    if not line.startswith("-----"):
                        self.learn(line)
            elif file.name in _KEPT_FIELDS:
                self.learn_fields(json.loads(file.read_bytes()))

    def leaks(self) -> list[str]:
        """Lines since the last look that hold a secret; forgets the lines, and these secrets until `leaks_in`."""
        lines, self._lines = self._lines, []
        secrets, self._secrets = self._secrets, set()
        self._of_before |= secrets
        return _holding(lines, secrets)

    def leaks_in(self, files: Iterable[Path]) -> list[str]:
        """Lines of these log files, which whole programs wrote, that hold a secret of any test so far."""
        secrets = {one for one in self._secrets | self._of_before if not _NAME.fullmatch(one)}
        return [
            f"{file}: {line}"
            for file in files
            for line in _holding(file.read_text(encoding="utf-8", errors="replace").splitlines(), secrets)
        ]


def _holding(lines: Iterable[str], secrets: set[str]) -> list[str]:
    plain = {one for one in secrets if not _WORD.fullmatch(one) and not _SHORT.fullmatch(one)}
    return [
        line
        for line in lines
        if not secrets.isdisjoint((*_WORD.findall(line), *_SHORT_NAMED.findall(line)))
        or any(secret in line for secret in plain)
    ]


WATCH = SecretWatch()


def logs(folder: Path) -> list[Path]:
    """What whole programs logged below a folder."""
    return [file for file in folder.rglob("*.log") if _BROWSER not in file.parts]


def install() -> None:
    """Hear every line of this process and learn from every HTTP request; once per process."""
    _hear_records()
    _learn_from(httpx.Client)


def hear_structlog(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: lines that are not handed to the standard library."""
    WATCH.heard(f"{dict(event)} {traceback.format_exc() if event.get('exc_info') else ''}")
    return event


def quiet_below_warning(_logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: what is only for the watch is not printed."""
    if method in ("debug", "info"):
        raise structlog.DropEvent
    return event


def _each(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else [value]


def _secret_of(code: object) -> object:
    """A code of a PC without the fingerprint behind the `#`, which everybody may read."""
    return (code.rpartition("#")[0] or code) if isinstance(code, str) else code


def _badges_in(file: object) -> list[str]:
    """The texts of badges in a file of people, and the file as it travelled."""
    try:
        text = b64decode(str(file), validate=True).decode("utf-8", errors="replace")
    except ValueError:
        return []
    return [str(file), *_BADGE_CELL.findall(text)]


def _hear_records() -> None:
    make = logging.getLogRecordFactory()

    def heard(*given: Any, **named: Any) -> logging.LogRecord:
        record = make(*given, **named)
        failed = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        WATCH.heard(f"{record.msg} {record.args} {failed}")
        return record

    logging.setLogRecordFactory(heard)


def _learn_from(client: type[httpx.Client]) -> None:
    send = client.send

    def learned(self: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        WATCH.learn(request.headers.get("Authorization", "").partition(" ")[2])
        asked = f"{request.method} {request.url.path}"
        for body in _bodies(request):
            WATCH.learn_fields(body, asked)
        answer = send(self, request, **options)
        for body in _bodies(answer):
            WATCH.learn_fields(body, asked)
        return answer

    client.send = learned  # type: ignore[method-assign] # every client of every test, also those the program makes


def _bodies(message: httpx.Request | httpx.Response) -> Iterator[object]:
    if not message.headers.get("Content-Type", "").startswith("application/json"):
        return
    try:
        yield json.loads(message.content)
    except (httpx.StreamError, httpx.RequestNotRead, ValueError, RecursionError):
        return  # streamed, packed, or what a test sends that is no JSON

"""`unison-station dead`: events the server refused for good. Works while the agent runs, and when it doesn't."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx
import orjson

from unison_station.cli.arguments import CommandError, add_data, folder_of
from unison_station.health.server import ACCESS_FILE, KEY_HEADER
from unison_station.store import Store, StoreInUse
from unison_station.wording import count_words

SHORTEST_REASON, LONGEST_REASON = 3, 2000


class Letters(Protocol):
    """The dead letters of an agent, wherever they are."""

    def lines(self, after: int) -> list[dict[str, Any]]:
        """Some of them above sequence `after`, oldest first; none when there are no more."""

    def retry(self, sequences: list[int]) -> int:
        """Send them again; returns how many were waiting."""

    def discard(self, sequences: list[int], reason: str) -> int:
        """Give them up and tell the server why; returns how many were waiting."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `dead`."""
    parser.description = "Events the server refused for good: see them, export them, send them again, give them up."
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="one line each, with the reason")
    again = actions.add_parser("retry", help="send them again, after what refused them was mended")
    export = actions.add_parser("export", help="print them whole, one JSON object per line")
    giving_up = actions.add_parser("discard", help="give them up for ever, and tell the server why")
    again.add_argument("sequence", nargs="*", type=int, metavar="SEQ", help="numbers from `list`; without: all of them")
    giving_up.add_argument("sequence", nargs="+", type=int, metavar="SEQ", help="numbers from `list`")
    giving_up.add_argument("--reason", required=True, type=_reason, help="why; it stands among the PC's incidents")
    for action in (listing, again, export, giving_up):
        add_data(action)


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says."""
    with _letters(folder_of(arguments)) as letters:
        if arguments.action == "retry":
            done = letters.retry(_asked(letters, arguments.sequence))
            print(f"{count_words(done, 'event is', 'events are')} sent again.")
            return 0
        if arguments.action == "discard":
            done = letters.discard(_asked(letters, arguments.sequence), arguments.reason)
            print(f"{count_words(done, 'event is', 'events are')} given up.")
            return 0
        found = False
        for line in _all(letters):
            found = True
            text = orjson.dumps(line).decode() if arguments.action == "export" else _told(line)
            sys.stdout.write(text + "\n")
        if not found and arguments.action == "list":
            print("There are no dead letters.")
    return 0


def _reason(text: str) -> str:
    reason = text.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise argparse.ArgumentTypeError(f"a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters is needed")
    return reason


def _asked(letters: Letters, sequences: list[int]) -> list[int]:
    """Those that are named, or all."""
    known = {line["seq"] for line in _all(letters)}
    unknown = sorted(set(sequences) - known)
    if unknown:
        numbers = ", ".join(map(str, unknown))
        raise CommandError(f"no dead letter has the number {numbers}: see `unison-station dead list`")
    return sorted(sequences or known)


def _all(letters: Letters) -> Iterator[dict[str, Any]]:
    after = 0
    while lines := letters.lines(after):
        yield from lines
        after = lines[-1]["seq"]


def _told(line: dict[str, Any]) -> str:
    event = line["event"]
    return f"{line['seq']:>8}  {event.get('at', 'damaged')}  {event['kind']:<16} {line['code']}: {line['message']}"


def _letters(folder: Path) -> AbstractContextManager[Letters]:
    """Those of the buffer itself, or through the agent that holds it."""
    if not (folder / "buffer.sqlite").exists():
        raise CommandError(f"there is no agent's data in {folder}: name its folder with --data")
    try:
        return _in_store(Store.open(folder))
    except StoreInUse:
        return _in_running_agent(folder)


class _StoreLetters:
    def __init__(self, store: Store) -> None:
        self._store = store

    def lines(self, after: int) -> list[dict[str, Any]]:
        return [orjson.loads(letter.line()) for letter in self._store.dead_letters.list(after)]

    def retry(self, sequences: list[int]) -> int:
        return self._store.dead_letters.retry(sequences)

    def discard(self, sequences: list[int], reason: str) -> int:
        return self._store.dead_letters.discard(sequences, reason)


@contextmanager
def _in_store(store: Store) -> Iterator[Letters]:
    clean = store.opening.clean_stop
    try:
        yield _StoreLetters(store)
    finally:
        store.close(clean=clean)


class _AgentLetters:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def lines(self, after: int) -> list[dict[str, Any]]:
        answer = self._client.get("dead", params={"after": after}).raise_for_status()
        return [orjson.loads(line) for line in answer.content.splitlines()]

    def retry(self, sequences: list[int]) -> int:
        return self._decide("retry", sequences)

    def discard(self, sequences: list[int], reason: str) -> int:
        return self._decide("discard", {"sequences": sequences, "reason": reason})

    def _decide(self, action: str, asked: object) -> int:
        answer = self._client.post(f"dead/{action}", content=orjson.dumps(asked)).raise_for_status()
        return int(answer.json())


@contextmanager
def _in_running_agent(folder: Path) -> Iterator[Letters]:
    try:
        access = orjson.loads((folder / ACCESS_FILE).read_bytes())
        with httpx.Client(base_url=access["url"], headers={KEY_HEADER: access["key"]}, trust_env=False) as client:
            yield _AgentLetters(client)
    except (OSError, orjson.JSONDecodeError, httpx.HTTPError) as error:
        raise CommandError(f"the agent running on {folder} does not answer ({error}): try again, or stop it") from None

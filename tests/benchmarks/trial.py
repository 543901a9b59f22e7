"""Every operation of the API, asked with ids that are not the caller's, and what the answers must be."""

from __future__ import annotations

import itertools
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from unison_server.app import PUBLIC
from unison_server.kernel.keys import new_id

from tests.benchmarks.bodies import Bodies
from tests.benchmarks.report import result

BENCH = "tenancy"
STREAMS = frozenset({"/api/v1/events"})
OF_DEVICES = "/stations/me"
VERSION = {"If-Match": '"1"'}
PICTURES = "station_pictures"
"""What is named by the sum of what it holds, as nothing else is."""
_ADDRESS = "/api/v1/"
_TEXTS = frozenset({"key", "code", "name"})
"""Parts of paths that are no ids."""
_PEOPLE = frozenset({"user_id", "manager_user_id", "head_user_id", "actor_id"})
_TABLES: Mapping[str, str] = {
    "characteristic_id": "inspection_characteristics",
    "parent_id": "downtime_reasons",
    "later_reason_id": "downtime_reasons",
    "other_id": "machine_states",
    "sha256": PICTURES,
    "auth": "sessions",
    "event_id": "quarantine",
    "command_id": "agent_commands",
    "waiting_tags": "tags",
    "word_id": "machine_transitions",
    "qr_scans": "qr_code_scans",
    "downtime_events": "machine_states",
    "undone_takings": "qr_code_scans",
}
"""The table of what is named so, where it is called differently."""


_TOLD = frozenset({"post_heartbeat", "list_own_machine_calls", "list_own_undone_takings"})
"""Operations by which a station tells of things, or asks for some of its own: others are left out."""
_OF_IDS = frozenset({"no_such", "fixed", "other_plant", "other_agent"})
"""Codes of 422 that speak of an id in the body, and of it alone: one that is nobody's gets the same."""


@dataclass(frozen=True)
class Operation:
    """One verb of one path.

    Attributes:
        slots: what takes an id, in path and body: `path.id`, `body.held_roles.plant_id`.
        filters: its query parameters that name things.
    """

    method: str
    path: str
    name: str
    body: Mapping[str, Any] | None
    slots: tuple[str, ...] = ()
    filters: Sequence[str] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_of_devices(self) -> bool:
        """Whether stations ask it, with the token of their agent."""
        return OF_DEVICES in self.path

    def filled(self, ids: Mapping[str, str]) -> str:
        """Its path with the ids of its slots."""
        return re.sub(r"{([^}]*)}", lambda found: ids.get(f"path.{found[1]}", "unknown"), self.path)

    def table_of(self, slot: str) -> str:
        """The table of the rows that the slot names."""
        name = slot.rpartition(".")[2]
        if name in ("id", "ids"):
            whose = self.path.removeprefix(_ADDRESS).removeprefix("stations/me/")
            name = whose.partition("/")[0].replace("-", "_")
        if name == "run_id":
            name = self.path.partition("/{run_id}")[0].rpartition("/")[2].replace("-", "_")
        if name in _PEOPLE:
            return "users"
        return _TABLES.get(name) or name.removesuffix("_id").removesuffix("s") + "s"


def operations_of(document: Mapping[str, Any]) -> list[Operation]:
    """Every operation that asks for a token, but for streams that never end."""
    found, bodies = [], Bodies(document)
    for path, verbs in document["paths"].items():
        for method, told in verbs.items():
            if told["operationId"] in PUBLIC or path in STREAMS or "event-stream" in str(told.get("responses")):
                continue
            content = told.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("schema")
            asked = [one for one in told.get("parameters", ()) if one["in"] == "query"]
            named = [one for one in asked if one["name"].endswith(("_id", "ids"))]
            filters = tuple(one["name"] for one in named)
            slots = [f"path.{name}" for name in re.findall(r"{([^}]*)}", path) if name not in _TEXTS]
            slots += [f"query.{one['name']}" for one in named if one.get("required")]
            slots += [f"body.{name}" for name in bodies.ids_in(body)] if body else []
            found.append(Operation(method.upper(), path, told["operationId"], body, tuple(slots), filters))
    return found


@dataclass
class Findings:
    """What was asked and what should not have been answered."""

    asked: int = 0
    wrong: list[str] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)

    def note(self, what: str, answer: httpx.Response, *, is_well: bool) -> None:
        """One answer."""
        self.asked += 1
        self.codes[answer.status_code] += 1
        if not is_well or answer.status_code >= 500:
            self.wrong.append(f"{what}: {answer.status_code} {answer.text[:200]}")

    def told(self, row: str) -> bool:
        """Print the row; whether nothing was wrong."""
        for line in self.wrong[:20]:
            print(f"  {line}", file=sys.stderr)
        codes = ", ".join(f"{count} x {code}" for code, count in sorted(self.codes.items()))
        unit = f"of {self.asked} requests"
        return result(BENCH, row, len(self.wrong), unit, peer=codes, reach="0", ok=not self.wrong)


@dataclass(frozen=True)
class Outsider:
    """Who tries to reach what is not theirs.

    Attributes:
        own: ids of rows they may use, by table: all but the one that is tried is right with a request.
        secrets: what no answer may tell them.
        seen: tables whose rows they may read, and nothing else.
        but: beginning of paths that they may ask about others.
    """

    token: str
    own: Mapping[str, str]
    secrets: Collection[str]
    seen: frozenset[str] = frozenset()
    but: str = "nothing"


class Trial:
    """The ways to try every operation."""

    def __init__(self, client: httpx.Client, document: Mapping[str, Any], *, is_quick: bool = False) -> None:
        self.client = client
        self.operations = operations_of(document)
        self._bodies = Bodies(document)
        self._is_quick = is_quick

    def send(
        self,
        operation: Operation,
        token: str | None,
        ids: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The operation with these ids in its slots, and unknown ones in the others."""
        headers = {**VERSION, **({"Authorization": f"Bearer {token}"} if token else {})}
        given = {slot: str(new_id()) for slot in operation.slots} | dict(ids or {})
        body = self._bodies.of(operation.body, lambda path: given[f"body.{path}"]) if operation.body else None
        path = operation.filled(given)
        asked = {slot.removeprefix("query."): id_ for slot, id_ in given.items() if slot.startswith("query.")}
        asked |= params or {}
        return self.client.request(operation.method, path, headers=headers, json=body, params=asked)

    def refuse_tokens(self, tokens: Mapping[str, str | None]) -> Findings:
        """No operation lets such tokens in."""
        found = Findings()
        for (kind, token), operation in itertools.product(tokens.items(), self.operations):
            answer = self.send(operation, token)
            found.note(f"{kind} token, {operation}", answer, is_well=answer.status_code == 401)
        return found

    def refuse_without_right(self, token: str, but: Collection[str]) -> Findings:
        """Who has no right is told so, whatever they ask, but for operations of these names."""
        found = Findings()
        for operation in self.operations:
            if operation.name not in but:
                answer = self.send(operation, token)
                wanted = (401, 403) if operation.is_of_devices else (403,)
                found.note(f"no right, {operation}", answer, is_well=answer.status_code in wanted)
        return found

    def unreachable(self, ids: Mapping[str, str]) -> list[str]:
        """Slots of operations that no id among these fits, so that nothing shows that they ask whose it is."""
        return [f"{one} {slot}" for one in self.operations for slot in one.slots if one.table_of(slot) not in ids]

    def reach_for(self, outsider: Outsider, ids: Mapping[str, str]) -> Findings:
        """Every operation of people with every id in every slot: each is refused for it, and no answer tells of them.

        Beside the slot that is tried are the outsider's own ids, so that nothing else is wrong with the request.
        """
        found = Findings()
        refused: list[str] = []
        for operation in self.operations:
            if operation.is_of_devices or operation.path.startswith(outsider.but):
                continue
            if not operation.slots:
                answer = self.send(operation, outsider.token)
                leak = leak_in(answer, outsider.secrets, refused)
                found.note(f"{operation}{leak}", answer, is_well=not leak)
            for table, given in self._tried(operation, ids):
                own = {slot: outsider.own.get(operation.table_of(slot), str(new_id())) for slot in operation.slots}
                answer = self.send(operation, outsider.token, own | given)
                refused.append(str(answer.request.url.path))
                leak = leak_in(answer, {*outsider.secrets} - {*given.values()}, refused)
                is_well = is_refusal(answer) or (operation.method == "GET" and table in outsider.seen)
                what = f"{operation} with an id of {table} as {', '.join(given)}"
                found.note(f"{what}{leak}", answer, is_well=is_well and not leak)
        return found

    def reach_as_device(
        self, token: str, own: Mapping[str, str], ids: Mapping[str, str], secrets: Collection[str]
    ) -> Findings:
        """Every operation of stations with every id in every slot: none tells of them or takes them for its own."""
        found = Findings()
        for operation in (one for one in self.operations if one.is_of_devices):
            for table, given in self._tried(operation, ids) if operation.slots else [("nothing", {})]:
                fitting = {slot: own.get(operation.table_of(slot), str(new_id())) for slot in operation.slots}
                params = {name: ids[table] for name in operation.filters if table in ids}
                answer = self.send(operation, token, fitting | given, params=params)
                leak = leak_in(answer, {*secrets} - {*given.values(), *params.values()}, ())
                is_well = is_refusal(answer) or answer.status_code == 401 or not given or operation.name in _TOLD
                what = f"{operation} with an id of {table} as {', '.join(given)}"
                found.note(f"{what}{leak}", answer, is_well=is_well and not leak)
        return found

    def _tried(self, operation: Operation, ids: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
        """Ids by slot, and whose: each in each slot, and in all of them those that fit."""
        fitting = {slot: operation.table_of(slot) for slot in operation.slots}
        for slot in operation.slots:
            for table, id_ in ids.items():
                if table == fitting[slot] or not (self._is_quick or PICTURES in (table, fitting[slot])):
                    yield table, {slot: id_}
        every = {slot: ids[table] for slot, table in fitting.items() if table in ids}
        if len(every) > 1:
            yield "each", every

    def filter_for(self, outsider: Outsider, ids: Mapping[str, str]) -> Findings:
        """Every list narrowed by every id tells of nothing there is."""
        found = Findings()
        narrowed = [(one, name) for one in self.operations if not one.is_of_devices for name in one.filters]
        for (operation, name), (table, id_) in itertools.product(narrowed, ids.items()):
            if (self._is_quick and operation.table_of(f"query.{name}") != table) or table == PICTURES:
                continue
            own = {slot: outsider.own.get(operation.table_of(slot), str(new_id())) for slot in operation.slots}
            answer = self.send(operation, outsider.token, own, params={name: id_})
            leak = leak_in(answer, {*outsider.secrets} - {id_}, ())
            found.note(f"{operation}?{name}= an id of {table}{leak}", answer, is_well=not leak)
        return found


def is_refusal(answer: httpx.Response) -> bool:
    """Whether it says that what an id names is not there, or not the caller's to change."""
    if answer.status_code in (403, 404):
        return True
    return answer.status_code == 422 and answer.json().get("code") in _OF_IDS


def leak_in(answer: httpx.Response, secrets: Collection[str], asked: Sequence[str]) -> str:
    """Where it tells one of them, but in addresses that were asked: one's own audit log has those. Empty: nowhere."""
    text = answer.text
    if not any(secret in text for secret in secrets):
        return ""
    for path in sorted(asked, key=len, reverse=True):  # one may begin another
        text = text.replace(path, "")
    places = (text.find(secret) for secret in secrets)
    return next((f" tells …{text[max(0, place - 100) : place + 60]}…" for place in places if place >= 0), "")

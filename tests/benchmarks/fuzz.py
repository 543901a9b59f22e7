"""Bench `fuzz`: requests nobody would write, right and wrong ones, made from the OpenAPI document; none may fail.

The organization has a row in every table, and half of the ids in paths are theirs. An administrator, an operator,
a superadministrator and a PC of the shop floor ask; what the PC tells goes on where it ended, about its own machines.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from unison_domain.identity.contracts import RoleCode
from unison_domain.stations.tail_hash import tail
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings

from tests.benchmarks.report import result
from tests.benchmarks.server_program import server
from tests.benchmarks.trial import STREAMS
from tests.benchmarks.victim import fill
from tests.server.factories import Made, make_organization
from tests.server.kernel.rows import import_tables
from tests.server.serving import sign_in
from tests.server.stations.floor import Floor, build

BENCH = "fuzz"
EXAMPLES, QUICK_EXAMPLES = 60, 5
"""Of each operation, of right and of wrong requests."""

WHO = {RoleCode.ADMIN: "anna", RoleCode.OPERATOR: "otto", RoleCode.SUPERADMIN: "rita", RoleCode.STATION: ""}
"""By what they may do; a PC has no user name."""
ALONE = {
    RoleCode.SUPERADMIN: ("/api/v1/organizations", "/api/v1/server-settings"),
    RoleCode.STATION: ("/api/v1/stations/me",),
}
"""What they alone are let in to, and so are asked about; all else answers as to an administrator, or to nobody."""
TIMEOUT_SECONDS = 60
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
_QUIETLY = settings(
    deadline=None, database=None, phases=[Phase.generate], print_blob=False, suppress_health_check=list(HealthCheck)
)


@dataclass
class Answers:
    """What was answered, and by which requests the server failed."""

    codes: Counter[int] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many requests there were."""
        return self.codes.total()


class Asker:
    """A person who sends whatever the document allows, and what it does not."""

    def __init__(self, client: httpx.Client, ids: Sequence[str], sign_in: Callable[[], str]) -> None:
        """Begin; `ids` are those of rows of the organization, `sign_in` gives a token."""
        self._client = client
        self._ids = ids
        self._sign_in = sign_in
        self._token = sign_in()

    def ask(self, operation: Operation, mode: GenerationMode, examples: int, into: Answers) -> None:
        """So many requests of an operation."""
        self._come_back()
        own_id = st.none() | st.sampled_from(self._ids)

        @seed(1)
        @settings(_QUIETLY, max_examples=examples)
        @given(operation.as_strategy(generation_mode=mode), own_id)
        def one(case: Case[Any], id_: str | None) -> None:
            if id_ is not None and case.path_parameters:
                case.path_parameters = dict.fromkeys(case.path_parameters, id_)
            self._send(case, into)

        with suppress(Unsatisfiable):  # what takes nothing can't be asked wrongly
            one()

    def _send(self, case: Case[Any], into: Answers) -> Response:
        signed = {"Authorization": f"Bearer {self._token}"}
        answer = case.call(base_url=str(self._client.base_url), headers=signed, timeout=TIMEOUT_SECONDS)
        into.codes[answer.status_code] += 1
        if _is_failure(answer.status_code):
            name = f"{case.method} {case.operation.path}"
            into.failed[name] = f"{answer.status_code} {case.as_curl_command()}"
        return answer

    def _come_back(self) -> None:
        """Sign in anew where a request before ended the session."""
        signed = {"Authorization": f"Bearer {self._token}"}
        if self._client.get("/api/v1/auth/me", headers=signed).status_code == 401:
            self._token = self._sign_in()


class AskingPc(Asker):
    """A PC of the shop floor; its batches go on where the last ended, so that their events are judged."""

    def __init__(self, client: httpx.Client, floor: Floor, ids: Sequence[str]) -> None:
        """Begin as the PC of this floor."""
        super().__init__(client, ids, lambda: floor.sender.token)
        self._sender = floor.sender
        own = {"machine_id": floor.machines[0], "station_id": floor.station_id, "tag_id": floor.gauges[0]}
        self._own = {name: str(id_) for name, id_ in own.items()}

    def _send(self, case: Case[Any], into: Answers) -> Response:
        batch: Any = case.body
        if not isinstance(batch, dict) or not isinstance(batch.get("events"), list):
            return super()._send(case, into)
        sender, events = self._sender, [event for event in batch["events"] if isinstance(event, dict)]
        for seq, event in enumerate(events, sender.taken.sequence + 1):
            event |= {"seq": seq} | {name: id_ for name, id_ in self._own.items() if name in event}
        batch |= {"agent_id": str(sender.agent_id), "epoch": str(sender.epoch)}
        batch |= {"previous_sequence": sender.taken.sequence, "previous_hash": sender.taken.hash}
        answer = super()._send(case, into)
        if answer.status_code == 200:
            sender.taken = tail(sender.taken, events)
        return answer


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation but streams, which never end."""
    for found in schemathesis.openapi.from_dict(dict(document)).get_all_operations():
        assert isinstance(found, Ok), "the document can't be read"
        operation = found.ok()
        if operation.path not in STREAMS and "event-stream" not in str(operation.definition.raw.get("responses")):
            yield operation


def ask_everything(
    client: httpx.Client, databases: Databases, system: Databases, role: RoleCode, examples: int
) -> Answers:
    """All that is to be asked as one of `WHO`, in an organization of their own."""
    import_tables()
    document = client.get("/openapi.json", timeout=60).json()  # made at the first request, from all contracts
    made = make_organization(databases, system)
    asker = _asking_pc(client, made, system) if role is RoleCode.STATION else _person(client, made, system, role)
    answers = Answers()
    for operation in operations(document):
        if operation.path.startswith(ALONE.get(role, "/")):
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                asker.ask(operation, mode, examples, answers)
    return answers


def _person(client: httpx.Client, made: Made, system: Databases, role: RoleCode) -> Asker:
    plant = made.add_plant()
    made.add_user(WHO[role], roles=[role], writes=[plant])
    ids = [str(plant), *_ids_of_rows(system, made)]
    return Asker(client, ids, lambda: sign_in(client, made, WHO[role]).access_token)


def _asking_pc(client: httpx.Client, made: Made, system: Databases) -> Asker:
    made.add_user("anna", roles=[RoleCode.ADMIN])
    floor = build(sign_in(client, made), made)
    return AskingPc(client, floor, _ids_of_rows(system, made))


def _ids_of_rows(system: Databases, made: Made) -> list[str]:
    return [str(row["id"]) for row in fill(system, made.id).values() if "id" in row]


def main() -> int:
    """Ask; 1 when the server failed once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_EXAMPLES} requests of a kind, not {EXAMPLES}")
    examples = QUICK_EXAMPLES if parser.parse_args().quick else EXAMPLES
    well = True
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (address, cluster):
        settings_ = Settings(data=Path(folder), pool_size=4).with_urls(cluster.urls())
        databases, system = settings_.databases(), settings_.system_databases()
        with httpx.Client(base_url=f"http://{address}", timeout=TIMEOUT_SECONDS) as client:
            for role in WHO:
                well &= told(role, ask_everything(client, databases, system, role, examples))
        databases.dispose()
        system.dispose()
    return 0 if well else 1


def _is_failure(status: int) -> bool:
    """503 is an answer of `health`, and of a server whose database is away."""
    return status >= 500 and status != 503


def told(role: str, answers: Answers) -> bool:
    """Print the row of a role; whether nothing failed."""
    for name, how in sorted(answers.failed.items()):
        print(f"  {name}: {how}", file=sys.stderr)
    codes = ", ".join(f"{count} x {code}" for code, count in sorted(answers.codes.items()))
    failures = sum(count for code, count in answers.codes.items() if _is_failure(code))
    unit = f"answers of 500 to {answers.asked} requests"
    return result(BENCH, f"as {role}", failures, unit, peer=codes, reach="0", ok=failures == 0)


if __name__ == "__main__":
    sys.exit(main())

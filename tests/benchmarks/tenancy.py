"""Nobody gets in where they don't belong: every endpoint and every table, tried from outside.

Generated from the tables and from the OpenAPI document, so that a new one of either is tried without anybody thinking
of it. An organization has a row in every table. Against every operation are sent: no token, a forged, an expired and a
revoked one (each 401); the token of a person without any right (403, but for what is everybody's own); that of an
administrator, and that of a superadministrator, of another organization with each of its ids (never a success about
them, but for what superadministrators do about organizations); and those of two people of its own with each id of what
is in a plant: one has every right, but access to another plant alone; the other has access to both, but a role with
every right for the other plant alone. Then every row of it is as it was. What row level security costs the hottest
lists is measured afterwards (`rls_cost.py`).
"""

from __future__ import annotations

import argparse
import itertools
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import DeclarativeBase
from unison_domain.identity.contracts import RoleCode
from unison_server.app import PUBLIC
from unison_server.kernel import access as access_of_tokens
from unison_server.kernel.access import Access
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.keys import new_id
from unison_server.kernel.orm import Identity, Operations
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings

from tests.benchmarks import rls_cost
from tests.benchmarks.bodies import least_body
from tests.benchmarks.report import result
from tests.benchmarks.server_program import server
from tests.server.factories import Made, make_organization
from tests.server.kernel.catalogue import WITHOUT_ORGANIZATION
from tests.server.kernel.rows import Row, import_tables, one_row
from tests.server.serving import SignedIn, sign_in

BENCH = "tenancy"
BASES: dict[Database, type[DeclarativeBase]] = {Database.IDENTITY: Identity, Database.OPERATIONS: Operations}
EVERYBODYS = frozenset(
    {
        *(
            "me",
            "list_own_sessions",
            "end_own_session",
            "list_own_login_history",
            "stream_events",
            *("sign_in_to_practice", "get_practice_organization"),
        ),
        *("get_mfa", "begin_totp", "confirm_totp", "remove_totp", "renew_recovery_codes", "set_own_pin"),
        "change_own_password",
        *("list_notifications", "read_all_notifications", "read_notification"),
        *("get_preferences", "replace_own_preferences"),
    }
)
"""Operations that ask for no right: they are about whoever asks. Those of devices are told apart by their path."""
STREAMS = frozenset({"/api/v1/events"})
OF_DEVICES = "/stations/me"
OF_ORGANIZATIONS = "/api/v1/organizations"
"""What a superadministrator may do about other organizations; all else ends at the border of their own."""
VERSION = {"If-Match": '"1"'}


@dataclass(frozen=True)
class Operation:
    """One verb of one path."""

    method: str
    path: str
    name: str
    body: Mapping[str, Any] | None
    filters: Sequence[str] = ()
    """Its query parameters that name things."""

    @property
    def has_ids(self) -> bool:
        """Whether its path names things."""
        return "{" in self.path

    def filled(self, ids: Sequence[str]) -> str:
        """Its path with these ids, in turn."""
        turn = itertools.cycle(ids)
        return re.sub(r"{[^}]*}", lambda _: next(turn), self.path)


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


def operations_of(document: Mapping[str, Any]) -> list[Operation]:
    """Every operation that asks for a token, but for streams that never end."""
    found = []
    for path, verbs in document["paths"].items():
        for method, told in verbs.items():
            if told["operationId"] in PUBLIC or path in STREAMS or "event-stream" in str(told.get("responses")):
                continue
            content = told.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("schema")
            asked = (one["name"] for one in told.get("parameters", ()) if one["in"] == "query")
            filters = tuple(name for name in asked if name.endswith(("_id", "ids")))
            found.append(Operation(method.upper(), path, told["operationId"], body, filters))
    return found


def fill(system: Databases, organization: UUID) -> dict[str, Row]:
    """A row of the organization in every table of both databases; by table."""
    made: dict[str, Row] = {}
    for database, base in BASES.items():
        with system.session(database, Scope(organization)) as session:
            for table in base.metadata.sorted_tables:
                if table.name in WITHOUT_ORGANIZATION:
                    continue
                made[table.name] = one_row(table, organization, made)
                # The copy of the organization may have been made meanwhile by the server.
                row = insert(table).values(made[table.name])
                session.execute(row.on_conflict_do_nothing(index_elements=list(table.primary_key)))
    return made


def settled_state_of(system: Databases, organization: UUID) -> dict[str, str]:
    """The checksums once background work has numbered and copied what happened."""
    before = state_of(system, organization)
    while True:
        time.sleep(1.0)  # nothing tells that background work has nothing left to do
        now = state_of(system, organization)
        if now == before:
            return now
        before = now


def state_of(system: Databases, organization: UUID) -> dict[str, str]:
    """A checksum of the organization's rows, by table."""
    sums = {}
    for database, base in BASES.items():
        with system.engine_for(database).connect() as connection:
            for table in base.metadata.sorted_tables:
                if table.name in WITHOUT_ORGANIZATION - {"organizations"}:
                    continue
                rows = f"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {table.name} as t"
                key = "id" if table.name == "organizations" else "organization_id"
                statement = sa.text(f"{rows} where {key} = :organization")
                sums[f"{database}.{table.name}"] = connection.execute(
                    statement, {"organization": organization}
                ).scalar_one()
    return sums


class Trial:
    """An organization that is tried from outside, and the ways to do so."""

    def __init__(self, client: httpx.Client, document: Mapping[str, Any], victim: Mapping[str, Row]) -> None:
        self.client = client
        self.document = document
        self.operations = operations_of(document)
        self.rows = victim
        self.ids = {name: str(row["id"]) for name, row in victim.items() if "id" in row}
        self.ids["organizations"] = str(victim["users"]["organization_id"])

    def send(
        self,
        operation: Operation,
        token: str | None,
        ids: Sequence[str],
        foreign: str | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The operation with the ids in its path and, where its body has such fields, in its body."""
        headers = {**VERSION, **({"Authorization": f"Bearer {token}"} if token else {})}
        body = None
        if operation.body is not None:
            body = least_body(self.document, operation.body, lambda name: foreign or self._id_for(name))
        return self.client.request(operation.method, operation.filled(ids), headers=headers, json=body, params=params)

    def _id_for(self, name: str) -> str:
        table = name.removesuffix("_id") + "s"
        return self.ids.get(table, str(new_id()))

    def refuse_tokens(self, tokens: Mapping[str, str | None]) -> Findings:
        """No operation lets such tokens in."""
        found = Findings()
        for (kind, token), operation in itertools.product(tokens.items(), self.operations):
            answer = self.send(operation, token, [str(new_id())])
            found.note(f"{kind} token, {operation.method} {operation.path}", answer, is_well=answer.status_code == 401)
        return found

    def refuse_without_right(self, nobody: SignedIn) -> Findings:
        """Who has no right is told so, whatever they ask."""
        found = Findings()
        for operation in self.operations:
            if operation.name in EVERYBODYS:
                continue
            answer = self.send(operation, nobody.access_token, [str(new_id())])
            wanted = (401, 403) if OF_DEVICES in operation.path else (403, 422)
            found.note(f"no right, {operation.method} {operation.path}", answer, is_well=answer.status_code in wanted)
        return found

    def reach_for(
        self, person: SignedIn, ids: Mapping[str, str], secrets: Sequence[str], *, but: str = "nothing"
    ) -> Findings:
        """Every operation with every id: none succeeds about one of them, and no answer tells of them.

        Args:
            but: beginning of the paths that are not tried.
        """
        found = Findings()
        refused: list[str] = []
        for operation in self.operations:
            if OF_DEVICES in operation.path or operation.path.startswith(but):
                continue
            for table, id_ in ids.items() if operation.has_ids else [("any", "")]:
                answer = self.send(operation, person.access_token, [id_], foreign=id_ or None)
                if answer.status_code == 403:
                    refused.append(operation.filled([id_]))
                leaks = answer.is_success and _tells(answer.text, secrets, refused)
                succeeds = operation.has_ids and answer.is_success and not _is_of_all(operation)
                what = f"{operation.method} {operation.path} with an id of {table}"
                found.note(what, answer, is_well=not leaks and not succeeds)
        return found

    def filter_for(self, person: SignedIn, ids: Mapping[str, str], secrets: Sequence[str]) -> Findings:
        """Every list narrowed by every id tells of nothing there is."""
        found = Findings()
        narrowed = [(one, name) for one in self.operations if OF_DEVICES not in one.path for name in one.filters]
        for (operation, name), (table, id_) in itertools.product(narrowed, ids.items()):
            answer = self.send(operation, person.access_token, [id_], params={name: id_})
            leaks = answer.is_success and any(secret in answer.text for secret in secrets if secret != id_)
            found.note(f"{operation.method} {operation.path}?{name}= an id of {table}", answer, is_well=not leaks)
        return found


def _tells(text: str, secrets: Sequence[str], refused: Sequence[str]) -> bool:
    """Whether it has one of them, but for addresses that were asked and refused: one's own audit log has those."""
    if not any(secret in text for secret in secrets):
        return False
    for path in sorted(refused, key=len, reverse=True):  # one may begin another
        text = text.replace(path, "")
    return any(secret in text for secret in secrets)


def _is_of_all(operation: Operation) -> bool:
    """Looks a text up, which is no id."""
    return operation.name == "look_up_qr_code"


def expired(settings: Settings, person: SignedIn) -> str:
    """A token of the person, rightly signed, that ran out."""
    access = Access(settings.signing_private_key(), lambda *_: None)
    claims = access._verified(person.access_token)
    before = access_of_tokens.ACCESS_SECONDS
    access_of_tokens.ACCESS_SECONDS = -60
    try:
        return access.sign(claims.organization_id, claims.user_id, claims.session_id, claims.rights_version)
    finally:
        access_of_tokens.ACCESS_SECONDS = before


def forged(settings: Settings, person: SignedIn) -> str:
    """A token of the person, signed by somebody else."""
    claims = Access(settings.signing_private_key(), lambda *_: None)._verified(person.access_token)
    other = Access(Ed25519PrivateKey.generate(), lambda *_: None)
    return other.sign(claims.organization_id, claims.user_id, claims.session_id, claims.rights_version)


def rows(settings: Settings, client: httpx.Client, databases: Databases, system: Databases) -> Iterator[bool]:
    """One row a claim."""
    document = client.get("/openapi.json").json()
    ours, theirs = make_organization(databases, system), make_organization(databases, system)
    for made in (ours, theirs):
        made.add_user("anna")
    victim = fill(system, ours.id)
    trial = Trial(client, document, victim)
    admin, stranger = sign_in(client, ours), sign_in(client, theirs)
    theirs.add_user("nobody", roles=[])
    ended = sign_in(client, ours)
    client.post("/api/v1/auth/logout", json={"refresh_token": ended.refresh_token}).raise_for_status()
    tokens = {
        "no": None,
        "random": "random",
        "forged": forged(settings, admin),
        "expired": expired(settings, admin),
        "revoked": ended.access_token,
    }
    before = settled_state_of(system, ours.id)
    yield trial.refuse_tokens(tokens).told(f"tokens that are none, {len(trial.operations)} operations")
    yield trial.refuse_without_right(sign_in(client, theirs, "nobody")).told("without any right")
    secrets = [*trial.ids.values(), ours.code]
    yield trial.reach_for(stranger, trial.ids, secrets).told("with another organization's ids")
    yield trial.filter_for(stranger, trial.ids, secrets).told("lists narrowed by another organization's ids")
    servers = make_organization(databases, system)
    servers.add_user("root", roles=[RoleCode.SUPERADMIN])
    root = sign_in(client, servers, "root")
    yield trial.reach_for(root, trial.ids, secrets, but=OF_ORGANIZATIONS).told("as superadministrator, the same")
    after = settled_state_of(system, ours.id)
    yield _unchanged(before, after, "rows changed in any table")
    yield from _of_plants(client, ours, admin, trial, system)


def _rows_of(system: Databases, organization: UUID, ids: Mapping[str, str]) -> dict[str, str]:
    """A checksum of each row of the organization, whose practice has some of the same ids."""
    with system.operations.connect() as connection:
        return {
            table: connection.execute(
                sa.text(f"select md5(t::text) from {table} as t where (organization_id, id) = (:organization, :id)"),
                {"organization": organization, "id": id_},
            ).scalar_one()
            for table, id_ in ids.items()
        }


def _unchanged(before: Mapping[str, str], after: Mapping[str, str], row: str) -> bool:
    changed = [table for table, sum_ in before.items() if after[table] != sum_]
    if changed:
        print(f"  {changed}", file=sys.stderr)
    return result(BENCH, row, len(changed), f"of {len(before)} tables", reach="0", ok=not changed)


def _of_plants(client: httpx.Client, ours: Made, admin: SignedIn, trial: Trial, system: Databases) -> Iterator[bool]:
    """People with every right, but by access or by role in another plant alone."""
    elsewhere, here = ours.add_plant("ELSE"), UUID(trial.ids["plants"])
    permissions = admin.get("/permissions").json()["items"]
    every = admin.post("/roles", {"code": "everything", "name": "Everything", "permissions": permissions})
    every.raise_for_status()
    user = ours.add_user("paul", roles=[], reads=[elsewhere], writes=[elsewhere])
    version = admin.get(f"/users/{user}").headers["etag"]
    given = {"role": "everything"}
    admin.send("POST", f"/users/{user}/assign-role", json=given, headers={"If-Match": version}).raise_for_status()
    with system.operations.connect() as connection:
        statement = sa.text("select distinct tablename from pg_policies where policyname = 'plant_read'")
        held = set(connection.execute(statement).scalars())
    ids = {table: id_ for table, id_ in trial.ids.items() if table in held}
    before = _rows_of(system, ours.id, ids)
    paul = sign_in(client, ours, "paul")
    secrets = [id_ for table, id_ in ids.items() if table != "plants"]  # warehouses, seen by all, name theirs
    found = trial.reach_for(paul, ids, secrets)
    yield found.told(f"with ids of another plant, {len(ids)} tables")
    yield trial.filter_for(paul, ids, secrets).told("lists narrowed by ids of another plant")
    ours.add_user("petra", roles=[], writes=[elsewhere, here], roles_in={elsewhere: "everything"})
    petra = sign_in(client, ours, "petra")
    found = trial.reach_for(petra, ids, secrets)
    yield found.told(f"with a role for another plant alone, {len(ids)} tables")
    yield trial.filter_for(petra, ids, secrets).told("lists narrowed, with a role for another plant alone")
    yield _unchanged(before, _rows_of(system, ours.id, ids), "rows of the plant changed by either")


def main() -> int:
    """Try; 1 when a row falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the same: it takes minutes either way")
    parser.parse_args()
    import_tables()
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (address, cluster):
        settings = Settings(data=Path(folder), pool_size=4).with_urls(cluster.urls())
        databases, system = settings.databases(), settings.system_databases()
        with httpx.Client(base_url=f"http://{address}", timeout=60) as client:
            well = list(rows(settings, client, databases, system))
        well += rls_cost.rows(settings, cluster, databases, system)
        databases.dispose()
        system.dispose()
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())

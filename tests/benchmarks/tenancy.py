"""Nobody gets in where they don't belong: every endpoint and every table, tried from outside.

Generated from the tables and from the OpenAPI document, so that a new one of either is tried without anybody thinking
of it. An organization has a row in every table. Against every operation are sent: no token, and forged, expired and
revoked ones of people, programs and stations (each 401); the token of a person without any right (403, but for what is
everybody's own); and with each of its ids in every place that takes one, in path and body, while all else about the
request is right: the token of an administrator, and of a superadministrator, of another organization; of a station of
another one, and of one of its own that is not meant; of people of its own who have every right, but access, or the
role, for another plant alone; and of one to whom a warehouse is not given. Each answer says that there is no such
thing or that it is not theirs, and none, whatever its code, tells an id, a name or a secret of it. Then every row is
as it was. What row level security costs the hottest lists is measured afterwards (`rls_cost.py`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import httpx
import sqlalchemy as sa
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings

from tests.benchmarks import rls_cost
from tests.benchmarks.bad_tokens import bad_tokens, enrolled
from tests.benchmarks.report import result
from tests.benchmarks.server_program import server
from tests.benchmarks.trial import BENCH, Outsider, Trial
from tests.benchmarks.victim import fill, ids_of, rows_of, secrets_of, settled_state_of
from tests.server.factories import Made, make_organization
from tests.server.kernel.rows import Row, import_tables
from tests.server.serving import SignedIn, sign_in

EVERYBODYS = frozenset(
    {
        *("me", "list_own_sessions", "end_own_session", "list_own_login_history"),
        *("sign_in_to_practice", "get_practice_organization"),
        *("get_mfa", "begin_totp", "confirm_totp", "remove_totp", "renew_recovery_codes", "set_own_pin"),
        "change_own_password",
        *("list_notifications", "read_all_notifications", "read_notification"),
        *("get_preferences", "replace_own_preferences", "update_own_preferences"),
    }
)
"""Operations that ask for no right: they are about whoever asks. Those of devices are told apart by their path."""
OF_ORGANIZATIONS = "/api/v1/organizations"
"""What a superadministrator may do about other organizations; all else ends at the border of their own."""
SEALED = frozenset({"sign_on_settings", "badges"})
"""Tables of what the server seals and opens itself: made up ones would stop it."""
STORES = frozenset({"warehouses", "storage_locations"})
"""Read throughout the organization, for its stock is; changed by those to whom they are given."""
GAUGE = {"kind": "gauge", "name": "Gauge", "serial": {"port": "usb-gauge"}, "format": "mitutoyo"}
ENDED: Mapping[str, Row] = {"recompute_runs": {"state": "done"}, "count_correction_runs": {"state": "done"}}
"""The server goes on by itself with what is under way."""
OWN: Mapping[str, Row] = {"peripherals": {"settings": GAUGE}, **ENDED}
"""What those who try have beside what every organization has."""


def rows(
    settings: Settings, client: httpx.Client, databases: Databases, system: Databases, *, is_quick: bool
) -> Iterator[bool]:
    """One row a claim."""
    ours, theirs = make_organization(databases, system), make_organization(databases, system)
    for made in (ours, theirs):
        made.add_user("anna")
    theirs.add_user("nobody", roles=[])
    victim, own = fill(system, ours.id, differing=ENDED), fill(system, theirs.id, without=SEALED, differing=OWN)
    document = client.get("/openapi.json").json()
    trial = Trial(client, document, is_quick=is_quick)
    admin, stranger = sign_in(client, ours), sign_in(client, theirs)
    tokens = bad_tokens(settings, client, system, ours, admin, theirs.id)
    ids, secrets = ids_of(victim), {*secrets_of(victim), ours.code}
    lacking = trial.unreachable(ids)
    row, told = "places that take ids of which there is none to try", ", ".join(lacking)
    yield result(BENCH, row, len(lacking), "places", peer=told or "none", reach="0", ok=not lacking)
    before = settled_state_of(system, ours.id)
    yield trial.refuse_tokens(tokens).told(f"{len(tokens)} tokens that are none, {len(trial.operations)} operations")
    nobody = sign_in(client, theirs, "nobody").access_token
    yield trial.refuse_without_right(nobody, EVERYBODYS).told("without any right")
    outsider = Outsider(stranger.access_token, ids_of(own), secrets)
    yield trial.reach_for(outsider, ids).told("with another organization's ids")
    yield trial.filter_for(outsider, ids).told("lists narrowed by another organization's ids")
    agent, device = enrolled(stranger)
    found = trial.reach_as_device(device, ids_of(own) | {"agents": agent}, ids, secrets)
    yield found.told("as another organization's station")
    servers = make_organization(databases, system)
    servers.add_user("root", roles=[RoleCode.SUPERADMIN])
    own = fill(system, servers.id, without=SEALED, differing=OWN)
    root = Outsider(sign_in(client, servers, "root").access_token, ids_of(own), secrets, but=OF_ORGANIZATIONS)
    # That no id gets anywhere where it does not fit was just seen.
    found = Trial(client, document, is_quick=True).reach_for(root, ids)
    yield found.told("as superadministrator of another, the ids that fit")
    yield _unchanged(before, settled_state_of(system, ours.id), "rows changed in any table")
    yield from _Within(client, ours, trial, system, victim).rows()


def _unchanged(before: Mapping[str, str], after: Mapping[str, str], row: str) -> bool:
    changed = [table for table, sum_ in before.items() if after[table] != sum_]
    if changed:
        print(f"  {changed}", file=sys.stderr)
    return result(BENCH, row, len(changed), f"of {len(before)} tables", reach="0", ok=not changed)


class _Within:
    """People and stations of the organization itself, in a plant and a warehouse that are not given to them."""

    def __init__(
        self,
        client: httpx.Client,
        ours: Made,
        trial: Trial,
        system: Databases,
        victim: Mapping[str, Row],
    ) -> None:
        self._client = client
        self._ours = ours
        self._trial = trial
        self._system = system
        self._victim = victim
        self._here, self._elsewhere = UUID(str(victim["plants"]["id"])), ours.add_plant("ELSE")
        plant: Row = {"id": self._elsewhere, "organization_id": ours.id}
        with system.identity.begin() as connection:
            for table in SEALED:
                of_ours = sa.text(f"delete from {table} where organization_id = :ours")
                connection.execute(of_ours, {"ours": ours.id})
        self._own = fill(system, ours.id, {"plants": plant}, without=SEALED, differing=OWN)
        admin = self._admin()
        permissions = admin.get("/permissions").json()["items"]
        every = admin.post("/roles", {"code": "everything", "name": "Everything", "permissions": permissions})
        every.raise_for_status()

    def rows(self) -> Iterator[bool]:
        """One row a claim."""
        held = {name: row for name, row in self._victim.items() if name in self._tables_of_plants() | {"agents"}}
        tried = held | {name: self._victim[name] for name in STORES}
        ids = ids_of(held)
        before = rows_of(self._system, self._ours.id, tried)
        # Warehouses, seen by all, name their plant.
        secrets = secrets_of({name: row for name, row in held.items() if name not in {"plants", "agents"}})
        secrets -= secrets_of({name: row for name, row in self._victim.items() if name not in held})
        secrets -= secrets_of(self._own) | {str(self._here), str(held["agents"]["id"])}
        paul = self._outsider("paul", secrets, access=[self._elsewhere])
        yield self._trial.reach_for(paul, ids).told(f"with ids of another plant, {len(ids)} tables")
        yield self._trial.filter_for(paul, ids).told("lists narrowed by ids of another plant")
        self._ours.add_user(
            "petra", roles=[], writes=[self._elsewhere, self._here], roles_in={self._elsewhere: "everything"}
        )
        petra = replace(paul, token=sign_in(self._client, self._ours, "petra").access_token)
        yield self._trial.reach_for(petra, ids).told(f"with a role for another plant alone, {len(ids)} tables")
        yield self._trial.filter_for(petra, ids).told("lists narrowed, with a role for another plant alone")
        willi = self._outsider("willi", set(), access=[self._elsewhere, self._here])
        willi = replace(willi, seen=STORES, but="/api/v1/warehouses")
        found = self._trial.reach_for(willi, ids_of({name: self._victim[name] for name in STORES}))
        yield found.told("in a warehouse that is not given")
        agent, device = enrolled(self._admin())
        found = self._trial.reach_as_device(device, ids_of(self._own) | {"agents": agent}, ids, secrets)
        yield found.told("as a station elsewhere in the organization")
        yield _unchanged(before, rows_of(self._system, self._ours.id, tried), "rows changed by any of them")

    def _admin(self) -> SignedIn:
        """Signed in now: a token of the beginning is over before all is tried."""
        return sign_in(self._client, self._ours)

    def _outsider(self, name: str, secrets: set[str], access: list[UUID]) -> Outsider:
        """Somebody with every right, and access to these plants and to the warehouse elsewhere."""
        user = self._ours.add_user(name, roles=[], writes=access)
        warehouse = {"warehouse_id": str(self._own["warehouses"]["id"]), "can_read": True, "can_write": True}
        admin = self._admin()
        for what, given in (("role", {"role": "everything"}), ("warehouse", warehouse)):
            seen = {"If-Match": admin.get(f"/users/{user}").headers["etag"]}
            answer = admin.send("POST", f"/users/{user}/assign-{what}", json=given, headers=seen)
            answer.raise_for_status()
        token = sign_in(self._client, self._ours, name).access_token
        return Outsider(token, ids_of(self._own), secrets, seen=STORES | {"agents"})

    def _tables_of_plants(self) -> set[str]:
        with self._system.operations.connect() as connection:
            statement = sa.text("select distinct tablename from pg_policies where policyname = 'plant_read'")
            return {*connection.execute(statement).scalars()}


def main() -> int:
    """Try; 1 when a row falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only ids of what a place is for, not every id in each")
    is_quick = parser.parse_args().quick
    import_tables()
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (address, cluster):
        settings = Settings(data=Path(folder), pool_size=4).with_urls(cluster.urls())
        databases, system = settings.databases(), settings.system_databases()
        with httpx.Client(base_url=f"http://{address}", timeout=60) as client:
            well = list(rows(settings, client, databases, system, is_quick=is_quick))
        well += rls_cost.rows(settings, cluster, databases, system)
        databases.dispose()
        system.dispose()
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())

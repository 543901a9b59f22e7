"""Every table of both databases keeps organizations apart, and the check that says so can fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, make_url, text
from unison_server.kernel.database import Database
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.rls import tenant_statements
from unison_server.kernel.settings import Settings

from tests.server.conftest import Scratch
from tests.server.kernel.catalogue import findings, tables

APPEND_ONLY = {
    Database.IDENTITY: {"audit_logs", "events", "outbox", "login_history"},
    Database.OPERATIONS: {
        "audit_logs",
        "events",
        "outbox",
        "fleet_events",
        "samples",
        "counter_incidents",
        "machine_counts",
        "count_corrections",
        "corrected_counts",
        "machine_transitions",
        "machine_transition_details",
        "machine_transition_undos",
        "downtime_changes",
        "qr_code_scans",
        "qr_code_scan_undos",
        "inspection_measurements",
        "inspection_measurement_undos",
    },
}
BAD = """
    create table plain (id uuid primary key);
    create table loose (organization_id uuid not null, id uuid, code text unique, primary key (id, organization_id));
    create table good (organization_id uuid not null, id uuid, owner_id uuid, primary key (organization_id, id));
    create table parted (organization_id uuid not null, at timestamptz, primary key (organization_id, at))
        partition by range (at);
    create table parted_default partition of parted default;
    {good}; {parted};
    alter table good add unique (owner_id), add constraint to_loose foreign key (owner_id, organization_id)
        references loose (id, organization_id);
    create type uuid_range as range (subtype = uuid);
    alter table good add constraint lonely exclude using gist (uuid_range(owner_id, owner_id, '[]') with &&),
        add constraint crossed exclude using gist (uuid_range(organization_id, owner_id, '[]') with &&),
        add constraint kept exclude using gist (
            uuid_range(organization_id, organization_id, '[]') with &&, uuid_range(owner_id, owner_id, '[]') with &&);
    grant select on parted_default to unison_runtime;
    grant truncate on good to unison_runtime;
    grant select on plain to public;
    create policy wide on good for select to unison_runtime using (true);
    drop policy all_rows on parted;
    alter table parted no force row level security;
    create view peep as select * from good;
    create view honest with (security_invoker = true) as select * from good;
    create materialized view frozen as select * from good;
    create sequence numbers;
    create schema attic;
    grant create on schema public to unison_runtime;
    create function leak() returns int language sql security definer as 'select 1';
    create table organizations (id uuid primary key);
    grant select, update on organizations to unison_runtime;
"""


@pytest.mark.parametrize("database", Database)
def test_every_table_keeps_organizations_apart(database: Database, settings: Settings, cluster: Cluster) -> None:
    with cluster.connect(str(make_url(settings.owner_url(database)).database)) as connection:
        assert findings(connection, APPEND_ONLY[database]) == []
        assert {"outbox", "events", "audit_logs"} <= set(tables(connection))


def test_the_check_finds_every_kind_of_hole(cluster: Cluster, scratch: Callable[[], Scratch]) -> None:
    made = scratch()
    owner = create_engine(made.owner_url)
    statements = {name: ";".join(tenant_statements(name)) for name in ("good", "parted")}
    with owner.begin() as connection:
        connection.execute(text(BAD.format(**statements)))
    owner.dispose()
    with cluster.connect(made.name) as connection:
        found = findings(connection, {"good"})
    for expected in (
        "attic: a schema nobody checks",
        "frozen: materialized views and foreign tables have no row level security",
        "good: exclusion crossed tells what other organizations have",
        "good: exclusion lonely tells what other organizations have",
        "good: foreign key to_loose does not start with organization_id",
        "good: policy wide is permissive",
        "good: requests may change rows that are only ever added",
        "good: unique index good_owner_id_key tells what other organizations have",
        "good: unison_runtime has TRUNCATE",
        "leak: a SECURITY DEFINER function runs past row level security",
        "loose: its primary key does not start with organization_id",
        "loose: policy tenant is None",
        "loose: row level security enabled False, forced False",
        "loose: unique index loose_code_key tells what other organizations have",
        "numbers: a sequence counts for all organizations together",
        "organizations: unison_runtime may change rows of no organization",
        "parted: policy all_rows is None",
        "parted: row level security enabled True, forced False",
        "parted_default: unison_runtime may read the partition directly, past the policies of its table",
        "peep: a view without security_invoker shows every organization's rows",
        "plain: everybody has rights on it",
        "plain: no column organization_id uuid NOT NULL",
        "public: unison_runtime may create things in it",
    ):
        assert expected in found
    assert not [finding for finding in found if finding.startswith("honest") or "exclusion kept" in finding]


def test_the_check_finds_roles_that_pass_row_level_security(cluster: Cluster) -> None:
    with cluster.connect() as connection:
        connection.execute("alter role unison_runtime bypassrls")
        connection.execute("grant unison_system to unison_owner")
        found = findings(connection, ())
        connection.rollback()
    assert "unison_runtime: superuser False, bypasses row level security True" in found
    assert "unison_owner: is a member of unison_system" in found

"""What of a database breaks the rules that keep organizations apart, read from PostgreSQL's own catalogue.

Code can't be trusted to keep these rules, and a review forgets: this reads what is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import psycopg
from unison_server.kernel.rls import OWNER, RUNTIME, SYSTEM

WITHOUT_ORGANIZATION = frozenset({"organizations", "platform_settings", "alembic_version"})
"""The only tables whose rows belong to no organization."""
SCHEMAS = frozenset({"public", "jobs"})
"""`jobs` is procrastinate's own: requests may insert there and read nothing."""
_TENANT = (
    "(organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid "
    'AS "nullif"))'
)
_OWN = _TENANT.replace("organization_id =", "id =", 1)
OF_ORGANIZATIONS = {
    "seen": (True, "r", [RUNTIME], "true", None),
    "own_insert": (True, "a", [RUNTIME], None, _OWN),
    "own_update": (True, "w", [RUNTIME], _OWN, _OWN),
    "all_rows": (True, "*", [OWNER], "true", "true"),
}
"""The only policies under which requests change the table of organizations: all see it, each changes its own row."""


def findings(connection: psycopg.Connection, append_only: Collection[str]) -> list[str]:
    """Everything that breaks a rule, each as `thing: what is wrong`; connected as superuser or owner.

    Args:
        append_only: tables whose rows requests may add and never change.
    """
    checks = (
        _roles,
        _schemas,
        _relations,
        _columns,
        _policies,
        _unique_indexes,
        _exclusions,
        _foreign_keys,
        _grants,
        _functions,
    )
    found = [finding for check in checks for finding in check(connection)]
    return sorted({*found, *_append_only(connection, append_only)})


def tables(connection: psycopg.Connection) -> list[str]:
    """Tables that must hold rows of organizations only."""
    statement = """
        select relname from pg_class where relkind in ('r', 'p') and not relispartition
        and relnamespace = 'public'::regnamespace and relname <> all(%s)
    """
    return [name for (name,) in connection.execute(statement, ([*WITHOUT_ORGANIZATION],))]


def _roles(connection: psycopg.Connection) -> Iterator[str]:
    expected = {OWNER: (False, False), RUNTIME: (False, False), SYSTEM: (False, True)}
    statement = "select rolname, rolsuper, rolbypassrls from pg_roles where rolname = any(%s)"
    for name, superuser, bypass in connection.execute(statement, ([*expected],)).fetchall():
        if (superuser, bypass) != expected[name]:
            yield f"{name}: superuser {superuser}, bypasses row level security {bypass}"
    members = "select a::regrole, b::regrole from unnest(%s::regrole[]) a, unnest(%s::regrole[]) b"
    for member, role in connection.execute(members, ([*expected], [*expected])).fetchall():
        statement = "select pg_has_role(%s::regrole, %s::regrole, 'member')"
        if member != role and connection.execute(statement, (member, role)).fetchone() == (True,):
            yield f"{member}: is a member of {role}"


def _schemas(connection: psycopg.Connection) -> Iterator[str]:
    statement = "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'"
    for (name,) in connection.execute(statement).fetchall():
        if name not in SCHEMAS:
            yield f"{name}: a schema nobody checks"
    for role in (RUNTIME, SYSTEM):
        if connection.execute("select has_schema_privilege(%s, 'public', 'create')", (role,)).fetchone() == (True,):
            yield f"public: {role} may create things in it"


def _relations(connection: psycopg.Connection) -> Iterator[str]:
    statement = """
        select relname, relkind, pg_get_userbyid(relowner), relrowsecurity, relforcerowsecurity,
               coalesce('security_invoker=true' = any(reloptions), false)
        from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S', 'f')
        and not relispartition
    """
    for name, kind, owner, enabled, forced, invoker in connection.execute(statement).fetchall():
        if owner != OWNER:
            yield f"{name}: belongs to {owner}"
        if kind == "v" and not invoker:
            yield f"{name}: a view without security_invoker shows every organization's rows"
        if kind in ("m", "f"):
            yield f"{name}: materialized views and foreign tables have no row level security"
        if kind == "S":
            yield f"{name}: a sequence counts for all organizations together"
        if kind in ("r", "p") and name not in WITHOUT_ORGANIZATION and not (enabled and forced):
            yield f"{name}: row level security enabled {enabled}, forced {forced}"


def _columns(connection: psycopg.Connection) -> Iterator[str]:
    statement = """
        select attnotnull, atttypid = 'uuid'::regtype from pg_attribute
        where attrelid = %s::regclass and attname = 'organization_id'
    """
    key = """
        select attname from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]
        where indrelid = %s::regclass and indisprimary
    """
    for table in tables(connection):
        if connection.execute(statement, (table,)).fetchone() != (True, True):
            yield f"{table}: no column organization_id uuid NOT NULL"
        if connection.execute(key, (table,)).fetchone() != ("organization_id",):
            yield f"{table}: its primary key does not start with organization_id"


def _policies(connection: psycopg.Connection) -> Iterator[str]:
    statement = """
        select polname, polpermissive, polcmd::text, array(select pg_get_userbyid(r) from unnest(polroles) r),
               pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
        from pg_policy where polrelid = %s::regclass
    """
    expected = {
        "tenant": (True, "*", [RUNTIME], _TENANT, _TENANT),
        "all_rows": (True, "*", [OWNER], "true", "true"),
    }
    for table in tables(connection):
        found = {name: tuple(rest) for name, *rest in connection.execute(statement, (table,)).fetchall()}
        for name, policy in expected.items():
            if found.get(name) != policy:
                yield f"{table}: policy {name} is {found.get(name)}"
        # Permissive policies add up: any further one would widen what `tenant` shows.
        for name, (permissive, *_) in found.items():
            if permissive and name not in expected:
                yield f"{table}: policy {name} is permissive"


def _unique_indexes(connection: psycopg.Connection) -> Iterator[str]:
    statement = """
        select indexrelid::regclass::text, attname from pg_index
        left join pg_attribute on attrelid = indrelid and attnum = indkey[0]
        where indrelid = %s::regclass and indisunique
    """
    for table in tables(connection):
        for index, first in connection.execute(statement, (table,)).fetchall():
            if first != "organization_id":
                yield f"{table}: unique index {index} tells what other organizations have"


def _exclusions(connection: psycopg.Connection) -> Iterator[str]:
    """They are checked before foreign keys, so one without the organization would tell what others have."""
    statement = """
        select conname, pg_get_indexdef(conindid, place::int, true), oprname
        from pg_constraint, unnest(conexclop) with ordinality as compared(operator, place)
        join pg_operator on pg_operator.oid = operator
        where contype = 'x' and conrelid = %s::regclass
    """
    apart = {("organization_id", "="), ("uuid_range(organization_id, organization_id, '[]'::text)", "&&")}
    for table in tables(connection):
        kept: dict[str, bool] = {}
        for name, compared, operator in connection.execute(statement, (table,)).fetchall():
            kept[name] = kept.get(name, False) or (compared, operator) in apart
        for name in (name for name, keeps in kept.items() if not keeps):
            yield f"{table}: exclusion {name} tells what other organizations have"


def _foreign_keys(connection: psycopg.Connection) -> Iterator[str]:
    statement = """
        select conname, confrelid::regclass::text, own.attname, other.attname from pg_constraint
        join pg_attribute own on own.attrelid = conrelid and own.attnum = conkey[1]
        join pg_attribute other on other.attrelid = confrelid and other.attnum = confkey[1]
        where contype = 'f' and conrelid = %s::regclass
    """
    for table in tables(connection):
        for name, target, own, other in connection.execute(statement, (table,)).fetchall():
            composite = (own, other) == ("organization_id", "organization_id")
            organization = (target, own, other) == ("organizations", "organization_id", "id")
            if not composite and not organization:
                yield f"{table}: foreign key {name} does not start with organization_id"


def _grants(connection: psycopg.Connection) -> Iterator[str]:
    statement = """
        select relname, relispartition, pg_get_userbyid(grantee), grantee = 0, array_agg(privilege_type)
        from pg_class, aclexplode(relacl)
        where relnamespace = 'public'::regnamespace and grantee <> relowner group by 1, 2, 3, 4
    """
    usual = {"SELECT", "INSERT", "UPDATE", "DELETE"}
    for name, partition, role, everybody, rights in connection.execute(statement).fetchall():
        if partition:
            yield f"{name}: {role} may read the partition directly, past the policies of its table"
        elif everybody or role not in (RUNTIME, SYSTEM):
            yield f"{name}: {'everybody' if everybody else role} has rights on it"
        elif set(rights) - usual:
            yield f"{name}: {role} has {', '.join(sorted(set(rights) - usual))}"
        elif name in WITHOUT_ORGANIZATION and role == RUNTIME and set(rights) - _allowed(connection, name):
            yield f"{name}: {role} may change rows of no organization"


def _allowed(connection: psycopg.Connection, table: str) -> set[str]:
    """What requests may do with rows of no organization: read them, and change the organization they are of."""
    statement = """
        select polname, polpermissive, polcmd::text, array(select pg_get_userbyid(r) from unnest(polroles) r),
               pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
        from pg_policy where polrelid = %s::regclass
    """
    forced = "select relrowsecurity and relforcerowsecurity from pg_class where oid = %s::regclass"
    found = {name: tuple(rest) for name, *rest in connection.execute(statement, (table,)).fetchall()}
    is_held = found == OF_ORGANIZATIONS and connection.execute(forced, (table,)).fetchone() == (True,)
    return {"SELECT", "INSERT", "UPDATE"} if table == "organizations" and is_held else {"SELECT"}


def _append_only(connection: psycopg.Connection, append_only: Collection[str]) -> Iterator[str]:
    statement = "select has_table_privilege(%s, %s, 'update') or has_table_privilege(%s, %s, 'delete')"
    for table in append_only:
        if connection.execute(statement, (RUNTIME, table, RUNTIME, table)).fetchone() == (True,):
            yield f"{table}: requests may change rows that are only ever added"


def _functions(connection: psycopg.Connection) -> Iterator[str]:
    statement = """
        select proname from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
        where nspname = any(%s) and prosecdef
    """
    for (name,) in connection.execute(statement, ([*SCHEMAS],)).fetchall():
        yield f"{name}: a SECURITY DEFINER function runs past row level security"

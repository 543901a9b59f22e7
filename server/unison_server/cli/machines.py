"""`unison machines …`: states made anew, and the first reasons for stops."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from unison_domain.identity.languages import Written

from unison_server.cli.ground import bring_up_to_date, running_databases
from unison_server.identity.queries import organization_id
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import Invalid, NotFound
from unison_server.kernel.keys import new_id
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings
from unison_server.machines.downtime.reasons import load_defaults
from unison_server.machines.rebuild import rebuild
from unison_server.machines.tables import Machine

_NAMED_AT_MOST = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    what = parser.add_subparsers(dest="what", required=True)
    anew = what.add_parser("rebuild", help="make machines' states anew from all that signals and people said")
    anew.add_argument("machines", nargs="*", metavar="CODE", help="code of a machine")
    anew.add_argument("--all", action="store_true", help="all machines of the company")
    reasons = what.add_parser("load-reasons", help="add the first reasons for stops, where their numbers are free")
    for one in (anew, reasons):
        one.add_argument("--organization", metavar="CODE", help="code of the company; needed where there are several")


def run(arguments: argparse.Namespace) -> int:
    """Do it to the databases of the settings, whether a server runs on them or not."""
    if arguments.what == "rebuild" and bool(arguments.machines) is arguments.all:
        raise Invalid("Name the machines by their codes, or give --all for every one: one of both")
    with running_databases(Settings.load()) as settings:
        bring_up_to_date(settings)
        databases = settings.databases()
        try:
            organization = _organization(databases, arguments.organization)
            scope = Scope(organization, request_id=f"cli-{new_id()}")  # by which what it did is found again
            if arguments.what == "rebuild":
                _rebuild(databases, scope, arguments.machines)
            else:
                _load_reasons(databases, scope)
        finally:
            databases.dispose()
    return 0


def _rebuild(databases: Databases, scope: Scope, codes: Sequence[str]) -> None:
    """Each machine in a transaction of its own, so that those done stay done."""
    wanted = _machines(databases, scope, codes)
    for place, (code, id_) in enumerate(wanted.items(), 1):
        print(f"{code} ({place} of {len(wanted)}) …", end=" ", flush=True)
        with databases.session(Database.OPERATIONS, scope) as session:
            done = rebuild(session, id_)
        print(f"{done.intervals:,} states from {done.transitions:,} transitions in {done.seconds:.1f} s", flush=True)


def _machines(databases: Databases, scope: Scope, codes: Sequence[str]) -> dict[str, UUID]:
    """Ids of the named machines, of all without a name, by code; all names are looked up before anything is done."""
    with databases.session(Database.OPERATIONS, scope) as session:
        rows = session.execute(select(Machine.machine_code, Machine.id).order_by(Machine.machine_code))
        there = {row.machine_code: row.id for row in rows}
    for code in codes:
        if code not in there:
            raise NotFound(f"There is no machine {code}; {_listed(list(there))}")
    return {code: there[code] for code in codes} if codes else there


def _listed(codes: Sequence[str]) -> str:
    if not codes:
        return "the company has none yet"
    more = len(codes) - _NAMED_AT_MOST
    named = ", ".join(codes[:_NAMED_AT_MOST])
    return f"there are {named} and {more} more" if more > 0 else f"there are {named}"


def _load_reasons(databases: Databases, scope: Scope) -> None:
    with databases.session(Database.OPERATIONS, scope) as session:
        added = load_defaults(session, Written.ENGLISH)
    print(f"{len(added)} reasons added" if added else "No reason added: all their numbers are taken")


def _organization(databases: Databases, code: str | None) -> UUID:
    found, is_code_needed = organization_id(databases.identity, code)
    if found:
        return found
    if is_code_needed:
        raise Invalid("There is not just one company: name it with --organization CODE")
    raise NotFound(f"There is no organization {code}; its code is what people sign in with")

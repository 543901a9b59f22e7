"""`unison user add`: how the first person of an organization gets in."""

from __future__ import annotations

import argparse
import getpass
import sys
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from unison_domain.identity.contracts import RoleCode, UserCreate
from unison_domain.kernel.contracts import Code, Name

from unison_server.cli.ground import bring_up_to_date, running_databases
from unison_server.identity import usecases
from unison_server.identity.passwords import Passwords
from unison_server.identity.queries import organization_id
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import Invalid, NotFound
from unison_server.kernel.keys import new_id
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings

_CODE: TypeAdapter[str] = TypeAdapter(Code)
_NAME: TypeAdapter[str] = TypeAdapter(Name)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add = parser.add_subparsers(dest="what", required=True).add_parser("add", help="add a person who can sign in")
    add.add_argument("username", help="what the person signs in with")
    add.add_argument("full_name", help='e.g. "Anna Schmidt"')
    add.add_argument("--organization", required=True, metavar="CODE", help="code of the company")
    add.add_argument("--create-organization", metavar="NAME", help="make the company, called NAME, where it is missing")
    roles = [role.value for role in RoleCode]
    add.add_argument("--role", action="append", choices=roles, default=[], help="may be given several times")
    add.add_argument("--email")
    add.add_argument("--employee-code")


def run(arguments: argparse.Namespace) -> int:
    """Ask for the password and add the person."""
    wanted = _wanted(arguments)
    with running_databases(Settings.load()) as settings:
        bring_up_to_date(settings)
        databases, system = settings.databases(), settings.system_databases()
        try:
            scope = Scope(_organization(databases, system, arguments.organization, arguments.create_organization))
            with databases.session(Database.IDENTITY, scope) as session:
                usecases.create_user(session, wanted, Passwords(settings.password_time, settings.password_memory))
        finally:
            databases.dispose()
            system.dispose()
    roles = ", ".join(wanted.roles)
    as_what = f"as {roles}" if roles else "but may do nothing yet: give a role with --role"
    print(f"{wanted.username} can sign in to {arguments.organization} {as_what}")
    return 0


def _wanted(arguments: argparse.Namespace) -> UserCreate:
    try:
        return UserCreate.model_validate(
            {
                "username": arguments.username,
                "full_name": arguments.full_name,
                "email": arguments.email,
                "employee_code": arguments.employee_code,
                "roles": arguments.role,
                "password": _password(),
            }
        )
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        raise Invalid(f"{'.'.join(str(part) for part in first['loc'])}: {message}") from None


def _valid(kind: TypeAdapter[str], option: str, given: str) -> str:
    """What was given, as the API would take it: nobody could sign in to an organization it does not."""
    try:
        return kind.validate_python(given)
    except ValidationError as error:
        raise Invalid(f"{option} {given!r}: {error.errors()[0]['msg']}") from None


def _password() -> str:
    """Typed twice at a terminal, else the first line of standard input; never an argument, which `ps` would show."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    typed = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != typed:
        raise Invalid("The two passwords differ: try again")
    return typed


def _organization(databases: Databases, system: Databases, code: str, name: str | None) -> UUID:
    found, _ = organization_id(databases.identity, code)
    if found:
        return found
    if not name:
        raise NotFound(f"There is no organization {code}; add --create-organization NAME to make it")
    code, name = _valid(_CODE, "--organization", code), _valid(_NAME, "--create-organization", name)
    scope = Scope(new_id())
    with system.session(Database.IDENTITY, scope) as session:
        usecases.create_organization(session, code, name)
    return scope.organization_id

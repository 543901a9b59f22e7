"""`unison user …`: how the first person of an organization gets in, and what people may do where."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from unison_domain.identity.contracts import PlantAssignment, RoleAssignment, RoleCode, UserCreate
from unison_domain.kernel.contracts import Code, Name
from unison_domain.kernel.refusals import refusals_of

from unison_server.cli.ground import bring_up_to_date, running_databases
from unison_server.cli.rights_told import told_of
from unison_server.identity import usecases
from unison_server.identity.passwords import Passwords
from unison_server.identity.queries import only_reads, organization_id, plants_of, roles_of, user_by_name
from unison_server.identity.sign_in_names import NAMES, demand_names_free
from unison_server.identity.tables import User
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Clash, Invalid, NotFound
from unison_server.kernel.keys import new_id
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings
from unison_server.sites.tables import Plant

_CODE: TypeAdapter[str] = TypeAdapter(Code)
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_OPTIONS = {"email": "--email", "employee_code": "--employee-code"}
"""Where a field was given that is not called so on the command line."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    what = parser.add_subparsers(dest="what", required=True)
    add = what.add_parser("add", help="add a person who can sign in")
    add.add_argument("username", help="what the person signs in with")
    add.add_argument("full_name", help='e.g. "Anna Schmidt"')
    grant = what.add_parser("grant", help="give a person roles and plants, in addition to those they have")
    grant.add_argument("username", help="what the person signs in with")
    for one in (add, grant):
        one.add_argument("--organization", required=True, metavar="CODE", help="code of the company")
    add.add_argument("--create-organization", metavar="NAME", help="make the company, called NAME, where it is missing")
    roles = [role.value for role in RoleCode]
    several = "may be given several times"
    for one in (add, grant):
        one.add_argument("--role", action="append", choices=roles, default=[], help=f"what they may do; {several}")
        one.add_argument(
            "--plant",
            action="append",
            default=[],
            metavar="CODE",
            help=f"where: they read there, and write unless their roles only read; {several}",
        )
    add.add_argument("--email")
    add.add_argument("--employee-code")


def run(arguments: argparse.Namespace) -> int:
    """Do it to the databases of the settings, whether a server runs on them or not."""
    if arguments.what == "grant" and not (arguments.role or arguments.plant):
        raise Invalid("Say what to give: --role ROLE, --plant CODE, or both")
    if arguments.what == "add":
        _person(arguments)
    with running_databases(Settings.load()) as settings:
        bring_up_to_date(settings)
        databases, system = settings.databases(), settings.system_databases()
        try:
            organization, _ = organization_id(databases.identity, arguments.organization)
            plants = _plants(databases, organization, arguments.plant)
            if arguments.what == "add":
                passwords = Passwords.of(settings)
                told = _add(databases, system, organization, arguments, plants, passwords)
            else:
                told = _grant(databases, organization, arguments, plants)
        finally:
            databases.dispose()
            system.dispose()
    print(told)
    return 0


def _add(
    databases: Databases,
    system: Databases,
    organization: UUID | None,
    arguments: argparse.Namespace,
    plants: Mapping[UUID, str],
    passwords: Passwords,
) -> str:
    """A new person; the password is asked for when nothing else stands in the way."""
    if organization is None:
        _demand_new(arguments)
    else:
        _demand_free(databases, Scope(organization), arguments)
    wanted = _person(arguments, password=_password())
    scope = Scope(organization or _make_organization(system, arguments))
    with databases.session(Database.IDENTITY, scope) as session:
        user = usecases.create_user(session, wanted, passwords)
        _give(session, user, (), arguments.plant, plants)
        return told_of(session, user, arguments.organization, plants)


def _grant(
    databases: Databases, organization: UUID | None, arguments: argparse.Namespace, plants: Mapping[UUID, str]
) -> str:
    code, name = arguments.organization, arguments.username
    if organization is None:
        raise NotFound(f"There is no organization {code}; its code is what people sign in with")
    with databases.session(Database.IDENTITY, Scope(organization)) as session:
        user = user_by_name(session, name)
        if user is None:
            raise NotFound(f"Nobody signs in to {code} as {name}; add them with: unison user add")
        session.refresh(user, with_for_update=True)
        _give(session, user, arguments.role, arguments.plant, plants)
        return told_of(session, user, code, plants)


def _give(
    session: TenantSession, user: User, roles: Sequence[str], codes: Sequence[str], plants: Mapping[UUID, str]
) -> None:
    """Roles first, for they say whether somebody writes; nothing is taken away."""
    for role in dict.fromkeys(roles):
        usecases.assign_role(session, user, RoleAssignment(role=role, assigned=True))
    writes = not only_reads(session, roles_of(session, user.id))
    had = {one.plant_id: one for one in plants_of(session, user.id)}
    for id_, code in plants.items():
        if code not in codes:
            continue
        may_write = writes or (id_ in had and had[id_].can_write)
        may_delete = id_ in had and had[id_].can_delete
        right = PlantAssignment(plant_id=id_, can_read=True, can_write=may_write, can_delete=may_delete)
        usecases.assign_plant(session, user, right)


def _plants(databases: Databases, organization: UUID | None, wanted: Sequence[str]) -> dict[UUID, str]:
    """Codes of all plants of the company by their ids.

    Raises:
        NotFound: there is none of a wanted code.
    """
    there: dict[UUID, str] = {}
    if organization is not None:
        with databases.session(Database.OPERATIONS, Scope(organization)) as session:
            rows = session.execute(select(Plant.id, Plant.code).where(Plant.is_active).order_by(Plant.code))
            there = {row.id: row.code for row in rows}
    for code in wanted:
        if code not in there.values():
            known = f"there are {', '.join(there.values())}" if there else "the company has none yet"
            raise NotFound(f"There is no plant {code}; {known}. Plants are made in the desktop, page Plants")
    return there


def _person(arguments: argparse.Namespace, **secret: str) -> UserCreate:
    given = {name: getattr(arguments, name) for name in ("username", "full_name", "email", "employee_code")}
    try:
        return UserCreate.model_validate({**given, "roles": arguments.role, **secret})
    except ValidationError as error:
        field, words = refusals_of(error)[0]
        raise Invalid(f"{_OPTIONS.get(field, field)} {words}") from None


def _demand_free(databases: Databases, scope: Scope, arguments: argparse.Namespace) -> None:
    """Raises Clash before a password is typed for nothing."""
    names = {name: getattr(arguments, name) for name in NAMES}
    with databases.session(Database.IDENTITY, scope) as session:
        try:
            demand_names_free(session, **names)
        except Clash as clash:
            taken = ", ".join(f"{error.field} {names[error.field]!r}" for error in clash.errors)
            raise Clash(
                f"{taken}: somebody signs in with it already. Roles and plants of people who are there are given by: "
                f"unison user grant {arguments.username} --organization {arguments.organization} --role … --plant …",
                code=clash.problem_code,
                errors=clash.errors,
            ) from None


def _demand_new(arguments: argparse.Namespace) -> None:
    """Raises where the organization, which is not there, is not to be made or can't be."""
    code, name = arguments.organization, arguments.create_organization
    if not name:
        raise NotFound(f"There is no organization {code}; add --create-organization NAME to make it")
    _demand_valid(_CODE, "--organization", code)
    _demand_valid(_NAME, "--create-organization", name)


def _demand_valid(kind: TypeAdapter[str], option: str, given: str) -> None:
    """As the API would take it: nobody could sign in to an organization it does not."""
    try:
        kind.validate_python(given)
    except ValidationError as error:
        raise Invalid(f"{option} {given!r} {refusals_of(error)[0][1]}") from None


def _password() -> str:
    """Typed twice at a terminal, else the first line of standard input; never an argument, which `ps` would show."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    try:
        typed = getpass.getpass("Password: ")
        again = getpass.getpass("Again: ")
    except EOFError:
        raise Invalid("No password was typed, so nobody was added: try again") from None
    if again != typed:
        raise Invalid("The two passwords differ: try again")
    return typed


def _make_organization(system: Databases, arguments: argparse.Namespace) -> UUID:
    scope = Scope(new_id())
    with system.session(Database.IDENTITY, scope) as session:
        name = _NAME.validate_python(arguments.create_organization)
        usecases.create_organization(session, arguments.organization, name)
    return scope.organization_id

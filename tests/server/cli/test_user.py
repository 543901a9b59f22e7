"""`unison user …`: people who can sign in, and what they may do where."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from unison_server.cli.ground import running_databases
from unison_server.identity.queries import organization_id
from unison_server.kernel.database import Database
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings
from unison_server.sites.tables import Plant

from tests.server.cli.test_serve import UNISON, environment, run

PASSWORD = "correct horse\n"
IN_ACME = ("--organization", "ACME")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a company of two plants, a planner of both, and a company without any."""
    data = tmp_path_factory.mktemp("people")
    for code in ("ACME", "EMPTY"):
        add = ("user", "add", "anna", "Anna", "--organization", code, "--create-organization", code, "--role", "admin")
        made = run(data, *add, typed=PASSWORD)
        assert (made.returncode, made.stdout) == (0, f"anna can sign in to {code} as admin; plants: all\n"), made
    with running_databases(Settings.load(environment(data))) as settings:
        databases = settings.databases()
        organization, _ = organization_id(databases.identity, "ACME")
        assert organization is not None
        with databases.session(Database.OPERATIONS, Scope(organization)) as session:
            session.add_all(Plant(code=code, name=code, time_zone="Europe/Berlin") for code in ("NORTH", "SOUTH"))
        databases.dispose()
    yield data
    Cluster(data).destroy()


def add(data: Path, name: str, *words: str, typed: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    return run(data, "user", "add", name, name.title(), *(words or IN_ACME), typed=typed)


def grant(data: Path, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    return run(data, "user", "grant", name, *IN_ACME, *words)


def test_who_only_reads_is_given_plants_to_read(data: Path) -> None:
    made = add(data, "carl", *IN_ACME, "--role", "viewer", "--plant", "NORTH", "--plant", "SOUTH")
    assert (made.returncode, made.stdout) == (
        0,
        "carl can sign in to ACME as viewer; plants: NORTH (reads), SOUTH (reads)\n",
    ), made


def test_whose_roles_change_things_is_given_plants_to_write(data: Path) -> None:
    made = add(data, "olga", *IN_ACME, "--role", "viewer", "--role", "operator", "--plant", "NORTH")
    assert made.stdout == "olga can sign in to ACME as operator, viewer; plants: NORTH (reads, writes)\n", made


def test_what_is_missing_is_said_and_what_is_said_works(data: Path) -> None:
    made = add(data, "dora", *IN_ACME, "--role", "viewer")
    first, way, rest = made.stdout.splitlines()
    assert first == "dora can sign in to ACME as viewer; plants: none, so no machine is seen"
    assert way == "What is missing is given by: unison user grant dora --organization ACME --plant CODE"
    assert rest == "or in the desktop, page People, Access. The plants: NORTH, SOUTH."
    given = run(data, *way.partition("unison ")[2].replace("CODE", "SOUTH").split())
    assert given.stdout == "dora can sign in to ACME as viewer; plants: SOUTH (reads)\n", given


def test_somebody_without_a_role_is_given_one(data: Path) -> None:
    assert "may do nothing yet; plants: none" in add(data, "emil").stdout
    assert "--role ROLE\n" in grant(data, "emil", "--plant", "NORTH").stdout
    given = grant(data, "emil", "--role", "operator")
    assert given.stdout == "emil can sign in to ACME as operator; plants: NORTH (reads, writes)\n", given


def test_giving_takes_nothing_away(data: Path) -> None:
    add(data, "fred", *IN_ACME, "--role", "operator", "--plant", "NORTH")
    again = grant(data, "fred", "--role", "viewer", "--plant", "NORTH", "--plant", "SOUTH")
    told = "fred can sign in to ACME as operator, viewer; plants: NORTH (reads, writes), SOUTH (reads, writes)\n"
    assert (again.stdout, grant(data, "fred", "--role", "viewer").stdout) == (told, told)


def test_an_auditor_reads_everywhere(data: Path) -> None:
    made = add(data, "gina", *IN_ACME, "--role", "auditor")
    assert made.stdout == "gina can sign in to ACME as auditor; plants: all (reads)\n"


def test_without_any_plant_it_is_said_where_they_are_made(data: Path) -> None:
    made = add(data, "hugo", "--organization", "EMPTY", "--role", "viewer")
    assert made.stdout.endswith("There is no plant yet: make one, page Plants.\n"), made


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["add", "anna", "Other Anna", *IN_ACME], "username 'anna': somebody signs in with it already. Roles and"),
        (["add", "", "Nobody", *IN_ACME], "username must not be empty"),
        (["add", "ina", "", *IN_ACME], "full_name must not be empty"),
        (["add", "ina", "Ina", *IN_ACME, "--email", "ina"], "--email must read name@example.com"),
        (["add", "ina", "Ina", *IN_ACME, "--plant", "WEST"], "There is no plant WEST; there are NORTH, SOUTH."),
        (["add", "ina", "Ina", "--organization", "EMPTY", "--plant", "P"], "There is no plant P; the company has none"),
        (["add", "ina", "Ina", *IN_ACME], "password must have 8 to 256 characters, not 0"),
        (
            ["grant", "ina", *IN_ACME, "--role", "viewer"],
            "Nobody signs in to ACME as ina; add them with: unison user add",
        ),
        (["grant", "anna", "--organization", "ACNE", "--role", "viewer"], "There is no organization ACNE;"),
        (["grant", "anna", *IN_ACME], "Say what to give: --role ROLE, --plant CODE, or both"),
    ],
)
def test_what_cannot_be_done_is_told_and_nobody_is_added(data: Path, words: list[str], told: str) -> None:
    done = run(data, "user", *words)
    assert (done.returncode, done.stdout, done.stderr.startswith(f"unison user: {told}")) == (1, "", True), done
    assert "Nobody signs in" in grant(data, "ina", "--role", "viewer").stderr


def test_the_end_of_typing_is_no_fault_of_the_program(data: Path) -> None:
    ours, theirs = pty.openpty()
    words = [str(UNISON), "user", "add", "jan", "Jan", *IN_ACME]
    with subprocess.Popen(words, stdin=theirs, stderr=theirs, env=environment(data), start_new_session=True) as asked:
        os.close(theirs)
        # Nothing is typed before it is asked for: what getpass finds waiting, it throws away.
        said = _until(ours, b"Password: ")
        os.write(ours, PASSWORD.encode())
        said += _until(ours, b"Again: ")
        os.write(ours, b"\x04")
        said += _until(ours, b"try again")
        code = asked.wait(60)
    os.close(ours)
    assert (code, b"Traceback" in said) == (1, False), said
    assert b"No password was typed, so nobody was added: try again" in said


def _until(terminal: int, words: bytes) -> bytes:
    said = b""
    while words not in said:
        said += os.read(terminal, 4096)
    return said

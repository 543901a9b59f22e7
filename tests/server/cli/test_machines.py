"""`unison machines …`, as people run it beside a running server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from unison_server.kernel.embedded import Cluster

from tests.server.cli.test_serve import run, server


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with two companies of one person each."""
    data = tmp_path_factory.mktemp("machines")
    for code in ("ACME", "OTHER"):
        add = ("user", "add", "anna", "Anna", "--organization", code, "--create-organization", code, "--role", "admin")
        done = run(data, *add, typed="correct horse\n")
        assert done.returncode == 0, done.stderr
    yield data
    Cluster(data).destroy()


def signed_in(client: httpx.Client) -> dict[str, str]:
    body = {"user": "anna", "password": "correct horse", "organization": "ACME"}
    return {"Authorization": f"Bearer {client.post('/api/v1/auth/login', json=body).json()['access_token']}"}


def create(client: httpx.Client, path: str, **body: str) -> str:
    made = client.post(path, json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def history(client: httpx.Client, machine: str) -> list[tuple[str, str, str | None]]:
    items = client.get(f"/api/v1/machines/{machine}/history").json()["items"]
    return [(one["id"], one["state"], one["ended_at"]) for one in items]


def test_machines_are_rebuilt_while_the_server_runs(data: Path) -> None:
    with server(data) as (_process, client):
        client.headers.update(signed_in(client))
        plant = create(client, "/api/v1/plants", code="P1", name="Hall", time_zone="Europe/Berlin")
        ids = [create(client, "/api/v1/machines", plant_id=plant, machine_code=one, name=one) for one in ("M1", "M2")]
        for machine in ids:
            for state in ("setup", "maintenance"):
                said = client.put(f"/api/v1/machines/{machine}/status", json={"state": state})
                assert said.status_code == 200, said.text
        before = [history(client, machine) for machine in ids]
        one = run(data, "machines", "rebuild", "M2", "--organization", "acme")
        assert (one.returncode, one.stdout.startswith("M2 (1 of 1) … 2 states from 2 transitions in ")) == (0, True), (
            one
        )
        every = run(data, "machines", "rebuild", "--all", "--organization", "ACME")
        assert [line.split(" …")[0] for line in every.stdout.splitlines()] == ["M1 (1 of 2)", "M2 (2 of 2)"], every
        assert [history(client, machine) for machine in ids] == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rebuild", "M1", "M9", "--organization", "OTHER"], "There is no machine M1; the company has none yet"),
        (["rebuild", "--organization", "ACME"], "Name the machines by their codes, or give --all for every one"),
        (["rebuild", "M1", "--all"], "Name the machines by their codes, or give --all for every one"),
        (["rebuild", "--all"], "There is not just one company: name it with --organization CODE"),
        (["rebuild", "--all", "--organization", "ACNE"], "There is no organization ACNE"),
    ],
)
def test_what_cannot_be_done_is_told(data: Path, words: list[str], told: str) -> None:
    done = run(data, "machines", *words)
    assert (done.returncode, done.stdout, done.stderr.startswith(f"unison machines: {told}")) == (1, "", True), done


def test_the_first_reasons_are_loaded_once(data: Path) -> None:
    load = ("machines", "load-reasons", "--organization", "OTHER")
    first, again = run(data, *load), run(data, *load)
    assert first.stdout.endswith(" reasons added\n"), first
    assert (again.returncode, again.stdout) == (0, "No reason added: all their numbers are taken\n"), again

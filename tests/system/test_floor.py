"""A floor keeps to a folder of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from unison_dev import floor as floor_module
from unison_dev.api import Api
from unison_dev.clone import ROOT
from unison_dev.floor import Floor, wait_for
from unison_dev.programs import ProgramEndedError


def test_a_folder_with_the_data_of_an_installation_is_never_taken_however_often_one_tries(tmp_path: Path) -> None:
    (tmp_path / "postgresql.json").write_text("{}")
    for _ in range(3):
        with (
            pytest.raises(ProgramEndedError, match="not the demo's: set UNISON_DATA to another"),
            Floor(tmp_path, "demo"),
        ):
            pass
    assert (tmp_path / "postgresql.json").read_text() == "{}"


def test_a_port_that_is_taken_is_told_with_the_way_to_others(tmp_path: Path) -> None:
    with Floor(tmp_path, "demo") as floor:
        first = json.loads((tmp_path / "ports.json").read_text())["server"]
        with socket.create_server(("127.0.0.1", first)):
            with pytest.raises(ProgramEndedError, match=f"port {first} is taken .*delete .*ports.json and start again"):
                floor.start()
            with (
                socket.create_server(("127.0.0.1", first + 1)),
                pytest.raises(ProgramEndedError, match=f"ports {first}, {first + 1} are taken"),
            ):
                floor.start()


def test_a_command_that_fails_is_told_in_its_words_without_its_secrets(tmp_path: Path) -> None:
    words = ("enrol", "--server=http://127.0.0.1:9", "--code=ACME-ABCD-EFGH", f"--data={tmp_path / 'agent'}")
    with Floor(tmp_path, "demo") as floor, pytest.raises(ProgramEndedError) as caught:
        floor.command(*words, of="unison-station")
    assert "unison-station enrol failed" in str(caught.value)
    assert "the server gave no answer" in str(caught.value)
    assert "ABCD" not in str(caught.value)


@pytest.fixture
def forgotten(tmp_path: Path) -> Iterator[Floor]:
    floor = Floor(tmp_path / "floor", "demo")
    yield floor
    floor.forget()


def test_a_server_killed_while_the_first_start_loads_is_told(forgotten: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_and_be_killed(api: Api) -> None:
        forgotten.server.kill()
        api.get("/plants")

    monkeypatch.setattr(floor_module, "add_plants_and_people", load_and_be_killed)
    with forgotten, pytest.raises(ProgramEndedError, match="server was ended by SIGKILL during the first start: start"):
        forgotten.start()


def test_all_that_was_kept_is_removed_by_one_command(tmp_path: Path) -> None:
    with Floor(tmp_path / "kept", "demo") as floor:
        (floor.folder / "begun").touch()
    environment = {**os.environ, "UNISON_DATA": str(tmp_path / "kept"), "PYTHONPATH": str(ROOT / "dev")}
    command = [sys.executable, "-m", "unison_dev", "demo", "--remove"]
    removed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert removed.stdout.startswith(f"Deleted: {tmp_path / 'kept'}")
    assert list(tmp_path.iterdir()) == []


def test_with_other_ports_all_goes_on_where_it_was(forgotten: Floor) -> None:
    ports = forgotten.folder / "ports.json"
    with forgotten:
        before = {one["name"]: (one["id"], one["port"]) for one in forgotten.start().each("/devices")}
    taken = json.loads(ports.read_text())["server"]
    ports.unlink()
    with socket.create_server(("127.0.0.1", taken)), Floor(forgotten.folder, "demo") as again:
        after = {one["name"]: (one["id"], one["port"]) for one in again.start().each("/devices")}
        assert {name: id_ for name, (id_, _) in after.items()} == {name: id_ for name, (id_, _) in before.items()}
        assert all(after[name][1] != port for name, (_, port) in before.items() if port is not None)
        assert wait_for(lambda: all(map(_reads_and_sends, again.pages)), 60), again.pages


def _reads_and_sends(page: str) -> bool:
    try:
        # Without authorities: to load them at every look takes the agents' time.
        told = httpx.get(page, trust_env=False, verify=False).text
    except httpx.TransportError:
        return False
    return "online since" in told and "offline" not in told and "unknown" not in told

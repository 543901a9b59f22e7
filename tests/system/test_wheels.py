"""Each program installs from its wheel into an empty environment, brings no other program with it, and runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Program(NamedTuple):
    """A distribution, the folder it is built from, what to run, and what must not come with it."""

    folder: str
    name: str
    command: tuple[str, ...]
    prints: str
    foreign: tuple[str, ...]


PROGRAMS = (
    Program("server", "unison-server", ("unison", "openapi"), '"/api/v1/machines"', ("PySide6", "pymodbus")),
    Program(
        "station_agent", "unison-station", ("unison-station", "--version"), "unison-station ", ("PySide6", "fastapi")
    ),
    Program(
        "desktop", "unison-desktop", ("unison-desktop", "--help"), "usage: unison-desktop", ("fastapi", "pymodbus")
    ),
)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    for member in ("domain", *(program.folder for program in PROGRAMS)):
        _uv("build", "--wheel", "--no-build-isolation", "--out-dir", str(folder), str(ROOT / member))
    return folder


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.folder)
def test_a_program_runs_from_its_wheel(program: Program, wheels: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    _uv("venv", "--python", sys.executable, str(environment))
    wheel = next(wheels.glob(f"{program.name.replace('-', '_')}-*.whl"))
    python = str(environment / "bin" / "python")
    constraints = ["--constraint", str(ROOT / "requirements.lock"), "--find-links", str(wheels)]
    _uv("pip", "install", "--python", python, *constraints, str(wheel))

    said = _run([str(environment / "bin" / program.command[0]), *program.command[1:]], tmp_path)
    installed = json.loads(_uv("pip", "list", "--python", python, "--format", "json"))

    assert program.prints in said
    names = {package["name"].lower() for package in installed}
    assert not names & {name.lower() for name in program.foreign}
    assert names & {"unison-server", "unison-station", "unison-desktop"} == {program.name}


def _uv(*words: str) -> str:
    return _run([sys.executable, "-m", "uv", "--quiet", *words], ROOT)


def _run(command: list[str], folder: Path) -> str:
    """Run outside the clone's environment."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment = {**kept, "QT_QPA_PLATFORM": "offscreen", "UNISON_DATA": str(folder)}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout

"""The units start programs that are there, with words they know, under rules systemd knows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from unison_server.cli import COMMANDS as SERVER_COMMANDS
from unison_station.cli.main import COMMANDS as STATION_COMMANDS
from unison_station.platform.service_folder import SERVICE_STATE

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "server" / "systemd" / "unison.service"
STATION = ROOT / "station_agent" / "systemd" / "unison-station.service"
UNITS = pytest.mark.parametrize("file", [SERVER, STATION], ids=lambda file: file.name)


class Unit(RawConfigParser):
    """A unit file, names in their own case."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def unit(file: Path) -> Unit:
    parser = Unit(delimiters=("=",))
    parser.read(file)
    return parser


def started(file: Path) -> list[str]:
    return shlex.split(unit(file)["Service"]["ExecStart"])


@UNITS
def test_the_program_is_installed_and_knows_its_words(file: Path) -> None:
    program, *words = started(file)
    assert Path(program).name in {script.name for script in entry_points(group="console_scripts")}
    command = [str(Path(sys.executable).with_name(Path(program).name)), *words, "--help"]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert asked.returncode == 0, asked.stderr
    commands = SERVER_COMMANDS if file == SERVER else STATION_COMMANDS
    assert words[0] in {one.name for one in commands}


@UNITS
def test_it_waits_for_ready_and_is_watched(file: Path) -> None:
    service = unit(file)["Service"]
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) >= 30, "PostgreSQL or a slow disk may hold a beat up"
    assert (service["Restart"], unit(file)["Unit"]["StartLimitIntervalSec"]) == ("always", "0")


def test_the_agents_unit_starts_before_it_is_enrolled_and_looks_where_enrolling_puts_the_identity() -> None:
    assert not [name for name in unit(STATION)["Unit"] if name.startswith(("Condition", "Assert"))]
    data = re.search(r"UNISON_DATA=%S/(\S+)", unit(STATION)["Service"]["Environment"])
    assert data is not None
    assert Path(f"/var/lib/{data[1]}") == SERVICE_STATE
    assert unit(STATION)["Service"]["StateDirectory"] == data[1]


def test_the_agents_unit_closes_no_device() -> None:
    service = unit(STATION)["Service"]
    closing = {"PrivateDevices", "DevicePolicy", "DeviceAllow", "ProtectClock"}
    assert closing.isdisjoint(service)
    groups = "a group some systems lack keeps the unit from starting (216)"
    assert service["SupplementaryGroups"] == "dialout input video", groups


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@UNITS
def test_systemd_understands_it(file: Path, tmp_path: Path) -> None:
    here = tmp_path / file.name
    here.write_text(file.read_text().replace(started(file)[0], sys.executable))
    done = subprocess.run(["systemd-analyze", "verify", here], capture_output=True, text=True, timeout=60)
    told = [line for line in done.stderr.splitlines() if file.name in line]
    assert (done.returncode, told) == (0, []), done.stderr

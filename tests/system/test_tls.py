"""Real server, real agent, a line nobody may tamper with: from the code to renewed and ended certificates."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from unison_server.certificates.authority import authority_folder, load_authority
from unison_server.certificates.tls import authority_file
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.settings import Settings
from unison_station.simulate.wall_clock import VARIABLE, write_offset

from tests.server.cli.test_serve import run, server, token

STATION = Path(sys.executable).with_name("unison-station")
NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME: the test itself goes on asking while the certificate is out of date."""
TWENTY_YEARS = 20 * 365.0 * 86_400


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A server's data folder with one person and a certificate."""
    data = tmp_path / "server"
    add = ("user", "add", "anna", "Anna", "--organization", "ACME", "--create-organization", "Acme", "--role", "admin")
    data.mkdir()
    for words, typed in ((add, "correct horse\n"), (("tls", "setup", "unison.example"), "")):
        done = run(data, *words, typed=typed)
        assert done.returncode == 0, done.stderr
    yield data
    Cluster(data).destroy()


@contextmanager
def agent(folder: Path, clock: Path) -> Iterator[None]:
    """`unison-station run` on a PC whose clock the test sets, until the block ends."""
    (folder / "local.json").unlink(missing_ok=True)
    with (folder / "log").open("a") as log:
        command = [str(STATION), "run", "--data", str(folder), "--port", "0"]
        process = subprocess.Popen(command, stderr=log, env={**os.environ, VARIABLE: str(clock)})
    try:
        wait_for((folder / "local.json").exists)
        yield
    finally:
        process.terminate()
        assert process.wait(60) == 0


def problems(folder: Path) -> list[str]:
    """What the agent's own page says is wrong."""
    url = orjson.loads((folder / "local.json").read_bytes())["url"]
    told: list[str] = httpx.get(f"{url}health", trust_env=False).json()["problems"]
    return told


def wait_for(ready: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_from_the_code_to_a_certificate_that_ended_and_came_back(data: Path, tmp_path: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(authority_file(Settings(data))))
    pc, clock = tmp_path / "pc", tmp_path / "clock"
    write_offset(clock, -TWENTY_YEARS)
    dateless = ssl.create_default_context(cafile=str(authority_file(Settings(data))))
    dateless.verify_flags = ssl.VerifyFlags(dateless.verify_flags | NO_CHECK_TIME)
    with server(data) as (_, plain), httpx.Client(base_url=plain.base_url, verify=dateless, timeout=60) as client:
        anna = token(client)
        made = client.post("/api/v1/agents", json={"name": "Hall 1"}, headers=anna).json()

        def starts() -> list[datetime]:
            told = client.get(f"/api/v1/agents/{made['agent_id']}/events", headers=anna).json()["items"]
            return [datetime.fromisoformat(event["at"]) for event in told if event["kind"] == "agent_started"]

        words = ["enrol", "--server", str(plain.base_url), "--code", made["code"], "--data", str(pc)]
        enrolled = subprocess.run([STATION, *words], capture_output=True, text=True)
        assert enrolled.returncode == 0, enrolled.stderr
        assert "trusts the server's own authority and nothing else" in enrolled.stdout

        with agent(pc, clock):  # twenty years behind: no certificate holds yet by its clock
            wait_for(lambda: len(starts()) == 1)
            wait_for(lambda: problems(pc) == [])
        assert abs(starts()[0] - datetime.now(UTC)) < timedelta(minutes=5)

        write_offset(clock, 0.0)
        issue(data, datetime.now(UTC) - timedelta(days=398))
        address = (str(plain.base_url.host), plain.base_url.port or 0)
        wait_for(lambda: not is_taken(address, trusting))
        with agent(pc, clock):
            wait_for(lambda: any("its certificate ended on" in problem for problem in problems(pc)))
            assert len(starts()) == 1
            assert run(data, "tls", "renew").returncode == 0
            wait_for(lambda: len(starts()) == 2)
            wait_for(lambda: problems(pc) == [])


def issue(data: Path, issued: datetime) -> None:
    """A certificate of the server that was made at some other time."""
    settings = Settings(data)
    authority = load_authority(authority_file(settings), authority_folder(settings))
    (settings.tls_folder / "server.pem").write_bytes(authority.issue(["127.0.0.1"], issued))


def is_taken(address: tuple[str, int], trusting: ssl.SSLContext) -> bool:
    """Whether a new connection finds a certificate that holds."""
    with socket.create_connection(address) as line:
        try:
            trusting.wrap_socket(line, server_hostname=address[0]).close()
        except ssl.SSLCertVerificationError:
            return False
        return True

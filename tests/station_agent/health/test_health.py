"""The local page, its JSON and its metrics, over the real socket."""

import errno
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Event

import httpx
import orjson
import pytest
from unison_domain.sentences import in_language
from unison_station.agent import Agent
from unison_station.health.metrics import exposition
from unison_station.health.page import page
from unison_station.health.server import _Handler, _Server
from unison_station.health.status import Status
from unison_station.store import StoreFull
from unison_station.uplink import enrol

from tests.station_agent.configurations import configuration, device, machine_tags, tag
from tests.station_agent.devices.slave import Slave
from tests.station_agent.engine.press import Press, connected
from tests.station_agent.uplink.server import FakeServer, running
from tests.station_agent.waiting import until


@pytest.fixture
def press() -> Press:
    return Press()


@pytest.fixture
def slave(press: Press) -> Iterator[Slave]:
    with connected(press) as slave:
        slave.holes = {9}
        yield slave


@pytest.fixture
def agent(tmp_path: Path, slave: Slave) -> Iterator[Agent]:
    tags = (*machine_tags("press <1>"), tag("press <1>", "oil", 9))
    with Agent(tmp_path, configuration=configuration(device("press <1>", slave.port, *tags))) as agent:
        until(lambda: [machine.state for machine in agent.status().machines] == ["running"])
        until(lambda: bool(agent.status().devices[0].report.tags))
        yield agent


@pytest.fixture
def client(agent: Agent) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=agent.health.url, trust_env=False) as client:
        yield client


def test_the_page_shows_machines_tags_and_problems(client: httpx.Client) -> None:
    page = client.get("/").text
    assert "running" in page
    assert "press &lt;1&gt;" in page
    assert "<1>" not in page
    assert "21.5 °C" in page
    assert "Modbus exception 2, illegal data address" in page


def test_the_page_leads_to_that_of_the_operators(client: httpx.Client) -> None:
    (target,) = re.findall(r'<a href="([^"]+)">The page of the people at the machines</a>', client.get("/").text)
    assert "/operator/page.css" in client.get(target, follow_redirects=True).text


def test_a_configuration_is_told_by_the_moment_of_its_change(agent: Agent) -> None:
    status = agent.status()
    changed = datetime(2026, 11, 21, 4, 29, 15, 995_000, tzinfo=UTC)
    told = page(replace(status, configuration=int(changed.timestamp() * 1000)))
    assert f"configuration changed {changed.astimezone():%Y-%m-%d %H:%M:%S}, this page made " in told
    assert "configuration 3, " in page(replace(status, configuration=3))


def test_health_names_what_is_wrong(client: httpx.Client) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    told = answer.json()
    assert told["status"] == "degraded"
    assert told["problems"][0].startswith("press <1> degraded: oil: Modbus exception 2")


def test_a_buffer_that_refuses_makes_health_fail(
    client: httpx.Client, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> range:
        raise StoreFull("no room")

    monkeypatch.setattr(agent.store, "is_refusing", True)
    monkeypatch.setattr(agent.store, "commit", refuse)
    until(lambda: client.get("/health").status_code == 503)
    assert client.get("/health").json()["status"] == "failing"
    assert "Nothing is taken any more: no room" in client.get("/").text
    until(lambda: not agent.status().devices[0].is_read)
    told = client.get("/").text
    assert "not read while the buffer is full" in told
    assert "no answer yet" not in told
    assert client.get("/health").json()["problems"] == ["Nothing is taken any more: no room"]
    assert "unison_station_device_online{device" not in client.get("/metrics").text
    monkeypatch.undo()
    until(lambda: client.get("/health").status_code == 200)


def test_a_nearly_full_disk_is_told_with_one_voice(agent: Agent) -> None:
    told = page(replace(agent.status(), takes_samples=False))
    assert "samples are not taken; counts and states still are" in told
    assert "takes counts and states, no samples" in told
    assert "takes everything" not in told


def test_metrics_are_prometheus_text(client: httpx.Client) -> None:
    lines = client.get("/metrics").text.splitlines()
    assert 'unison_station_device_online{device="press <1>"} 1.0' in lines
    assert 'unison_station_device_bad_tags{device="press <1>"} 1.0' in lines
    assert "unison_station_refusing 0.0" in lines


def test_only_this_pc_is_answered(client: httpx.Client, agent: Agent) -> None:
    assert agent.health.url.startswith("http://127.0.0.1:")
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 403
    assert client.get("/dead").status_code == 403
    assert client.get("/dead", headers={b"X-Unison-Key": "Schlüssel".encode()}).status_code == 403
    assert client.post("/dead/retry", content=b"[1]").status_code == 403
    assert client.get("/elsewhere").status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_is_none_is_told(agent: Agent, method: str) -> None:
    address = httpx.URL(agent.health.url)
    with socket.create_connection((address.host, address.port), timeout=60) as line:
        line.sendall(f"{method} http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        with line.makefile("rb") as answer:
            assert answer.readline().startswith(b"HTTP/1.0 400 ")


def test_a_browser_that_goes_away_is_no_failure(
    agent: Agent, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    asked, gone = Event(), Event()

    def status() -> Status:
        asked.set()
        gone.wait(60)
        return agent.status()

    monkeypatch.setattr(agent.health._handler, "status", staticmethod(status))
    address = httpx.URL(agent.health.url)
    with caplog.at_level("DEBUG", "unison_station.health"):
        with socket.create_connection((address.host, address.port), timeout=60) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert asked.wait(60)
        gone.set()
        until(lambda: "went away" in caplog.text)
    assert {record.levelname for record in caplog.records if record.name.endswith("health.server")} == {"DEBUG"}
    assert "Traceback" not in capfd.readouterr().err


def test_the_key_of_the_owner_opens_the_dead_letters(client: httpx.Client, tmp_path: Path) -> None:
    access = tmp_path / "local.json"
    assert access.stat().st_mode & 0o077 == 0
    key = {"X-Unison-Key": orjson.loads(access.read_bytes())["key"]}
    assert client.get("/dead", headers=key).content == b""
    assert client.post("/dead/retry", headers=key, content=b"[]").json() == 0
    for wrong in (b"{}x", b"5", b'["a"]'):
        assert client.post("/dead/retry", headers=key, content=wrong).status_code == 400


def posted_length(client: httpx.Client, length: str, key: dict[str, str]) -> int:
    """The answer to a body that claims to be so long; only a plain connection lets that be said."""
    with closing(HTTPConnection(client.base_url.host, client.base_url.port, timeout=60)) as connection:
        connection.putrequest("POST", "/dead/retry")
        for name, value in {**key, "Content-Length": length}.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status


@pytest.mark.parametrize("number", ["x", "-1", "1.5", str(2**63), "9" * 30, "9" * 5000])
def test_a_number_no_letter_can_have_is_told(client: httpx.Client, tmp_path: Path, number: str) -> None:
    key = {"X-Unison-Key": orjson.loads((tmp_path / "local.json").read_bytes())["key"]}
    listed = client.get(f"/dead?after={number}", headers=key)
    assert (listed.status_code, listed.text) == (400, f"after is a sequence number, from 0 to {2**63 - 1}")
    assert client.post("/dead/retry", content=f"[{number}]".encode(), headers=key).status_code == 400
    assert posted_length(client, number, key) == 400
    assert client.get(f"/dead?after={2**63 - 1}", headers=key).status_code == 200


def test_a_port_that_may_not_be_used_is_no_other_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve = _Server

    def refusing(address: tuple[str, int], handler: type[_Handler]) -> _Server:
        if address[1] == 80:
            raise PermissionError(errno.EACCES, "Permission denied")
        return serve(address, handler)

    monkeypatch.setattr("unison_station.health.server._Server", refusing)
    with Agent(tmp_path, configuration=configuration(), health_port=80) as agent:
        problem = agent.health.problem
        assert problem is not None
        assert problem.startswith("Port 80 can not be used (Permission denied): the operator page is at http")
        assert "ist nicht nutzbar" in in_language(problem, "de")
        assert "health-port" not in [thread.name for thread in threading.enumerate()], "nothing frees it"


def test_a_second_agent_finds_a_port_of_its_own(agent: Agent, tmp_path: Path) -> None:
    taken = int(agent.health.url.rsplit(":", 1)[1].strip("/"))
    with Agent(tmp_path / "second", configuration=configuration(), health_port=taken) as second:
        assert second.health.url != agent.health.url
        assert httpx.get(second.health.url + "health", trust_env=False).json()["status"] == "degraded"


def test_what_a_word_stands_for_is_shown(client: httpx.Client, press: Press) -> None:
    press.registers[:2] = [0, 1]
    until(lambda: "1 (door open)" in client.get("/").text)


def test_an_authority_that_ends_needs_another_way_out(agent: Agent) -> None:
    status = agent.status()
    at = status.true_time
    ending = replace(status, certificate_ends=at + timedelta(days=200), authority_ends=at + timedelta(days=3, hours=1))
    assert [problem for problem in ending.problems if "ends in" in problem] == [
        "The authority this PC was enrolled with ends in 3 days; after that nothing is sent: set the server's "
        "certificates up anew (`unison tls setup`), then enrol this PC again"
    ]
    shown = page(ending)
    assert f"● until {at + timedelta(days=200):%Y-%m-%d}" in shown
    assert f"▲ until {at + timedelta(days=3, hours=1):%Y-%m-%d}" in shown


@pytest.mark.parametrize(
    ("days", "words"), [(31, None), (12, "certificate ends in 12 days; after that nothing is sent"), (-1, "has ended")]
)
def test_the_end_of_the_server_s_certificate_is_told_thirty_days_before(
    agent: Agent, days: int, words: str | None
) -> None:
    status = agent.status()
    ends = status.at + timedelta(days=days, hours=1)
    told = [problem for problem in replace(status, certificate_ends=ends).problems if "certificate" in problem]
    assert [words is not None and words in problem for problem in told] == ([] if words is None else [True])
    shown = exposition(replace(status, certificate_ends=ends)).decode()
    assert (
        float(shown.split("\nunison_station_server_certificate_ends_timestamp_seconds ")[1].split()[0])
        == ends.timestamp()
    )


def test_pictures_that_the_server_does_not_take_are_told(agent: Agent) -> None:
    words = "1 picture is larger than the server takes"
    assert words in replace(agent.status(), picture_problem=words).problems


def test_a_page_whose_port_another_program_has_is_told_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_station.health.server.PORT_RETRY_SECONDS", 0.05)
    monkeypatch.setattr("unison_station.uplink.heartbeat.BEAT_SECONDS", 0.1)

    def told(server: FakeServer, problem: str | None) -> None:
        server.wait_for(lambda: bool(server.heartbeats) and server.heartbeats[-1]["page_problem"] == problem)

    with socket.socket() as another, running(FakeServer()) as server:
        another.bind(("127.0.0.1", 0))
        another.listen()
        port = another.getsockname()[1]
        identity = enrol(tmp_path, server.url, "code_12345678", version="test")
        with Agent(tmp_path, identity=identity, health_port=port) as agent:
            elsewhere = agent.health.url
            problem = agent.health.problem
            assert problem is not None
            assert f"Port {port} is taken" in problem
            assert "or give this agent another port (`--port`)" in problem
            assert elsewhere in problem
            assert problem in agent.status().problems
            assert in_language(problem, "de").startswith(f"Port {port} ist von einem anderen Programm belegt")
            told(server, problem)
            another.close()
            until(lambda: agent.health.url == f"http://127.0.0.1:{port}/")
            told(server, None)
            assert orjson.loads((tmp_path / "local.json").read_bytes())["url"] == agent.health.url
            for url in (agent.health.url, elsewhere):
                assert httpx.get(f"{url}health", trust_env=False).json()["problems"] == agent.status().problems
            assert problem not in agent.status().problems

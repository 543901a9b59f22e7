"""The whole line with its threads, against a real server on loopback."""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.contracts import DeviceReport
from unison_domain.stations.events import DeviceState
from unison_station.configuration_file import load_configuration
from unison_station.store import Store
from unison_station.uplink import (
    CONFIGURATION_FILE,
    EnrolmentFailed,
    Identity,
    LinkState,
    NotEnrolled,
    Uplink,
    enrol,
    load_identity,
    save_identity,
)
from unison_station.uplink.transport import Answer, Transport, Unreachable

from tests.station_agent.store.making import ROOMY, counted
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, TOKEN, Exchange, FakeServer, Shown, running
from tests.station_agent.waiting import until


@contextmanager
def uplink_of(
    store: Store,
    folder: Path,
    taken: list[AgentConfiguration] | None = None,
    on_beat: Callable[[Transport], None] | None = None,
) -> Iterator[Uplink]:
    configurations = [] if taken is None else taken
    with Uplink(
        store,
        folder,
        load_identity(folder),
        version="1.2.3",
        live=Shown,
        running=lambda: configurations[-1].version if configurations else 0,
        on_configuration=configurations.append,
        on_beat=on_beat,
    ) as uplink:
        yield uplink


@pytest.fixture
def enrolled(server: FakeServer, tmp_path: Path) -> Path:
    enrol(tmp_path, server.url, "code_of_the_test", version="1.2.3")
    return tmp_path


def _ends_with(taken: list[AgentConfiguration], wanted: AgentConfiguration) -> bool:
    return taken[-1:] == [wanted]


def wait_until(uplink: Uplink, state: LinkState) -> None:
    until(lambda: uplink.link.state is state)


def test_a_code_becomes_an_identity_only_the_owner_reads(enrolled: Path, server: FakeServer) -> None:
    identity = load_identity(enrolled)
    assert (identity.agent_id, identity.organization_id, identity.device_token) == (AGENT, ORGANIZATION, TOKEN)
    assert stat.S_IMODE((enrolled / "identity.json").stat().st_mode) == 0o600
    assert server.requests[0][1] == "/api/v1/stations/enrol"


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        (None, "wrong_code", "used up or never was"),
        (None, "x", "copy it from the desktop again"),
        ("http://plant.example", "code_of_the_test", "use https://"),
        ("ftp://plant.example", "code_of_the_test", "is no server address"),
        ("http://127.0.0.1:1", "code_of_the_test", "gave no answer"),
        ("https://{server}", "code_of_the_test", "does not speak https: try http://"),
    ],
)
def test_enrolment_says_what_is_wrong(
    server: FakeServer, tmp_path: Path, address: str | None, code: str, words: str
) -> None:
    with pytest.raises(EnrolmentFailed, match=words):
        enrol(tmp_path, (address or server.url).format(server=server.url.partition("//")[2]), code, version="1.2.3")
    with pytest.raises(NotEnrolled, match="unison-station enrol"):
        load_identity(tmp_path)


def test_enrolling_at_something_else_says_so(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        Thread(target=other.handle_request).start()
        with pytest.raises(EnrolmentFailed, match="something answers, but it is no Unison server"):
            enrol(tmp_path, f"http://127.0.0.1:{other.server_port}", "code_of_the_test", version="1.2.3")


def test_a_spoiled_identity_is_told(tmp_path: Path) -> None:
    (tmp_path / "identity.json").write_text('{"server": 7}')
    with pytest.raises(NotEnrolled) as told:
        load_identity(tmp_path)
    says = "is damaged: run `unison-station enrol` with a new code from the desktop"
    assert str(told.value) == f"{tmp_path / 'identity.json'} {says}"


def test_every_answer_of_the_server_is_a_sign_of_life(
    enrolled: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_station.uplink.heartbeat.BEAT_SECONDS", 3600.0)
    with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled) as uplink:
        server.wait_for(lambda: len(server.heartbeats) == 1)
        store.commit([counted(0)])
        wait_until(uplink, LinkState.ONLINE)
        before = store.clock.now()
        assert uplink.answered_at is not None
        assert uplink.answered_at <= before
        store.commit([counted(1)])
        server.wait_for(lambda: server.numbers == [0, 1])
        until(lambda: uplink.answered_at is not None and uplink.answered_at > before)
        assert uplink.answered_at <= store.clock.now()


def test_events_heartbeats_and_configuration_flow(enrolled: Path, server: FakeServer) -> None:
    server.configuration = AgentConfiguration(
        agent_id=AGENT, organization_id=ORGANIZATION, version=3, name="press shop"
    )
    taken: list[AgentConfiguration] = []
    with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled, taken) as uplink:
        store.commit([counted(n) for n in range(1, 701)])
        server.wait_for(lambda: len(server.taken) == 700)
        store.commit([counted(701)])
        server.wait_for(lambda: len(server.taken) == 701)
        wait_until(uplink, LinkState.ONLINE)
        assert [configuration.version for configuration in taken] == [3]
        assert uplink.heartbeat_problem is None
    assert server.numbers == list(range(1, 702))
    assert load_configuration(enrolled / CONFIGURATION_FILE).version == 3


def test_the_mark_of_the_kept_configuration_outlives_a_restart(enrolled: Path, server: FakeServer) -> None:
    """Not so when the configuration itself was lost: then it must be sent again."""
    first, second = (
        AgentConfiguration(agent_id=AGENT, organization_id=ORGANIZATION, version=version, name="press shop")
        for version in (3, 4)
    )
    server.configuration = first
    taken: list[AgentConfiguration] = []
    with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled, taken):
        until(lambda: taken == [first])
    given, server.configuration = server.etag, second
    for known in ([first], list[AgentConfiguration]()):
        with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled, known):
            until(partial(_ends_with, known, second))
    asked = [headers.get("If-None-Match") for method, _, headers in server.requests if method == "GET"]
    assert asked == [None, given, None]


def test_a_configuration_for_another_agent_is_not_run(enrolled: Path, server: FakeServer) -> None:
    server.configuration = AgentConfiguration(agent_id=ORGANIZATION, organization_id=AGENT, version=3, name="mill")
    taken: list[AgentConfiguration] = []
    with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled, taken) as uplink:
        until(lambda: uplink.heartbeat_problem is not None)
        assert "the old one runs on" in (uplink.heartbeat_problem or "")
    assert taken == []


def test_a_restarted_server_is_found_again(enrolled: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_station.uplink.backoff.FIRST_SECONDS", 0.05)
    with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled) as uplink:
        server.faults = [lambda exchange: exchange.cut()] * 3
        store.commit([counted(1)])
        server.wait_for(lambda: server.numbers == [1])
        wait_until(uplink, LinkState.ONLINE)


def test_a_new_enrolment_is_taken_up_while_running(
    enrolled: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_station.uplink.uplink.LOOK_FOR_IDENTITY_SECONDS", 0.02)
    server.token = "the_next_token"
    with Store.open(enrolled, ROOMY) as store:
        store.outgoing.belong_to(str(AGENT))
        store.timeline.learn(store.clock.line.utc - store.clock.line.monotonic)
        with uplink_of(store, enrolled) as uplink:
            store.commit([counted(1)])
            wait_until(uplink, LinkState.UNAUTHORIZED)
            assert "device token is unknown" in (uplink.link.message or "")
            save_identity(
                enrolled,
                Identity(
                    server=server.url, agent_id=AGENT, organization_id=ORGANIZATION, device_token="the_next_token"
                ),
            )
            server.wait_for(lambda: server.numbers == [1])


def test_a_refusal_the_heartbeat_hears_is_told_while_the_sender_waits(
    enrolled: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_station.uplink.backoff.FIRST_SECONDS", 1e6)
    monkeypatch.setattr("unison_station.uplink.backoff.LONGEST_SECONDS", 1e6)
    with Store.open(enrolled, ROOMY) as store:
        store.outgoing.belong_to(str(AGENT))
        store.timeline.learn(store.clock.line.utc - store.clock.line.monotonic)
        server.heartbeat_status = 500
        with uplink_of(store, enrolled) as uplink:
            server.always = lambda exchange: exchange.cut()
            store.commit([counted(1)])
            wait_until(uplink, LinkState.UNREACHABLE)
            assert "It may speak HTTPS now" in (uplink.link.message or "")
            server.heartbeat_status = 401
            wait_until(uplink, LinkState.UNAUTHORIZED)
            assert "New code…, or Enrol a PC… where it is not listed" in (uplink.link.message or "")
            assert store.outgoing.depth == 1
            server.always, server.heartbeat_status = None, 200
            wait_until(uplink, LinkState.ONLINE)
            assert server.numbers == [1]


def test_a_server_that_drips_its_answer_is_given_up(
    enrolled: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(exchange: Exchange) -> bool:
        exchange.handler.send_response(200)
        exchange.handler.send_header("Content-Length", "1000000")
        exchange.handler.end_headers()
        while not exchange.server.stopping.wait(0.01):
            try:
                exchange.handler.wfile.write(b" ")
                exchange.handler.wfile.flush()
            except OSError:
                break
        return True

    monkeypatch.setattr("unison_station.uplink.transport.ANSWER_SECONDS", 0.2)
    with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled):
        server.faults = [drip]
        store.commit([counted(1)])
        server.wait_for(lambda: server.numbers == [1])
        server.wait_for(lambda: len(server.heartbeats) >= 1)


def test_heartbeats_go_on_while_a_batch_hangs(enrolled: Path, server: FakeServer) -> None:
    def hang(exchange: Exchange) -> bool:
        exchange.server.stopping.wait(60)
        return exchange.cut()

    with Store.open(enrolled, ROOMY) as store:
        server.faults = [hang]
        shown = Shown()
        with Uplink(
            store,
            enrolled,
            load_identity(enrolled),
            version="1.2.3",
            live=lambda: shown,
            running=lambda: 0,
            on_configuration=lambda _: None,
        ):
            store.commit([counted(1)])
            server.wait_for(lambda: len(server.batches) == 1)
            shown.devices = (DeviceReport(device_id=AGENT, state=DeviceState.OFFLINE),)
            server.wait_for(lambda: bool(server.heartbeats[-1]["devices"]))
            assert server.numbers == []
            server.stopping.set()


def seconds_to_server(store: Store, server: FakeServer, number: int) -> float:
    seen = len(server.batches)
    began = time.perf_counter()
    store.commit([counted(number)])
    server.wait_for(lambda: len(server.batches) > seen)
    return time.perf_counter() - began


def test_a_state_event_leaves_within_milliseconds(enrolled: Path, server: FakeServer) -> None:
    with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled) as uplink:
        store.commit([counted(0)])
        wait_until(uplink, LinkState.ONLINE)
        delays = [seconds_to_server(store, server, number) for number in range(1, 41)]
        server.wait_for(lambda: len(server.taken) == 41)
    print(f"commit to server: median {sorted(delays)[20] * 1000:.1f} ms, greatest {max(delays) * 1000:.1f} ms")
    assert sorted(delays)[20] < 0.05


def test_an_agent_that_was_killed_sends_what_it_held(server: FakeServer, enrolled: Path) -> None:
    store = Store.open(enrolled, ROOMY)
    store.commit([counted(n) for n in range(1, 51)])
    store.close(clean=False)
    with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled):
        server.wait_for(lambda: len(server.taken) == 50)
    assert server.numbers == list(range(1, 51))


def test_the_server_comes_up_after_the_agent(enrolled: Path, server: FakeServer) -> None:
    late = FakeServer()
    with running(late) as late:
        port = int(late.url.rpartition(":")[2])
    late.stopping.clear()
    save_identity(enrolled, Identity(server=late.url, agent_id=AGENT, organization_id=ORGANIZATION, device_token=TOKEN))
    with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled) as uplink:
        store.commit([counted(1)])
        until(lambda: uplink.heartbeat_problem is not None)
        with running(late, port):
            late.wait_for(lambda: late.numbers == [1])


def test_a_server_that_takes_connections_and_answers_nothing_is_away_after_three_beats(
    server: FakeServer, enrolled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_station.uplink.transport.SILENCE_SECONDS", 3600.0)
    monkeypatch.setattr("unison_station.uplink.heartbeat.BEAT_SECONDS", 0.1)
    monkeypatch.setattr("unison_station.uplink.uplink.SILENT_AFTER_SECONDS", 0.5)
    with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled) as uplink:
        store.commit([counted(1)])
        wait_until(uplink, LinkState.ONLINE)
        server.hangs = True
        wait_until(uplink, LinkState.UNREACHABLE)
        server.hangs = False
        wait_until(uplink, LinkState.ONLINE)


@pytest.mark.parametrize(("status", "says"), [(None, "refused"), (503, "503"), (426, "426")])
def test_a_server_that_takes_no_heartbeat_of_an_idle_agent_is_away_and_the_link_says_why(
    enrolled: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch, status: int | None, says: str
) -> None:
    monkeypatch.setattr("unison_station.uplink.heartbeat.BEAT_SECONDS", 0.1)
    monkeypatch.setattr("unison_station.uplink.heartbeat.SILENT_SECONDS", 0.1)
    monkeypatch.setattr("unison_station.uplink.uplink.SILENT_AFTER_SECONDS", 0.5)

    def refuse(*_: object) -> Answer:
        raise Unreachable("connection refused")

    with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled) as uplink:
        store.commit([counted(1)])
        wait_until(uplink, LinkState.ONLINE)
        if status is None:
            monkeypatch.setattr(Transport, "post", refuse)
        else:
            server.heartbeat_status = status
        until(lambda: uplink.link.state is LinkState.UNREACHABLE and says in str(uplink.link.message))


def test_a_server_that_answers_any_question_is_heard(
    enrolled: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_station.uplink.heartbeat.BEAT_SECONDS", 3600.0)
    monkeypatch.setattr("unison_station.uplink.uplink.SILENT_AFTER_SECONDS", 1.0)
    seen, enough = set[LinkState](), Flag()

    def ask_much(transport: Transport) -> None:
        while not enough.is_set():
            transport.get("/api/v1/time", {})

    with Store.open(enrolled, ROOMY) as store, uplink_of(store, enrolled, on_beat=ask_much) as uplink:
        try:
            store.commit([counted(1)])
            wait_until(uplink, LinkState.ONLINE)
            begun = time.monotonic()

            def has_watched() -> bool:
                seen.add(uplink.link.state)
                return time.monotonic() > begun + 1.5

            until(has_watched)
            assert seen == {LinkState.ONLINE}
        finally:
            enough.set()

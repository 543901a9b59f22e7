"""The commands as a person types them."""

import os
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from unison_domain.stations.batch import Rejected
from unison_domain.stations.contracts import Enrolled
from unison_domain.stations.events import AgentStarted
from unison_station.agent import Agent
from unison_station.cli import main
from unison_station.platform import service_folder
from unison_station.store import Store
from unison_station.uplink.uplink import CONFIGURATION_FILE

from tests.station_agent.configurations import configuration, device, machine_tags, tag
from tests.station_agent.devices.slave import Fault, Slave
from tests.station_agent.engine.press import Press, connected
from tests.station_agent.uplink.server import FakeServer, running

Output = pytest.CaptureFixture[str]


@pytest.fixture
def slave() -> Iterator[Slave]:
    with connected(Press()) as slave:
        yield slave


@pytest.fixture
def file(tmp_path: Path, slave: Slave) -> Path:
    """A configuration of one press in a file."""
    path = tmp_path / "press.json"
    wanted = configuration(device("press", slave.port, *machine_tags("press"), tag("press", "oil", 40)))
    path.write_text(wanted.model_dump_json())
    return path


def test_check_shows_values_registers_and_times(file: Path, capsys: Output) -> None:
    assert main(["check", "--configuration", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "press  127.0.0.1:" in shown
    (temperature,) = (line.split() for line in shown.splitlines() if line.startswith("  temperature"))
    assert temperature[:9] == ["temperature", "holding", "register", "3", "uint16", "21.5", "°C", "good", "00D7"]
    assert temperature[-1] == "ms"
    assert "1 of 1 device as it should be" in shown


def test_check_names_the_exception_and_fails(file: Path, slave: Slave, capsys: Output) -> None:
    slave.holes = {40}
    assert main(["check", "--configuration", str(file)]) == 1
    shown = capsys.readouterr().out
    assert "Modbus exception 2, illegal data address" in shown
    assert "4 of 5 tags with a good value" in shown


def test_check_names_a_silent_device(file: Path, slave: Slave, capsys: Output) -> None:
    slave.break_with(Fault.SILENT)
    assert main(["check", "--configuration", str(file)]) == 1
    assert "nothing is read: no answer within 0.1 s from unit 1" in capsys.readouterr().out


def test_check_shows_what_answers_beside_a_mute_group(tmp_path: Path, slave: Slave, capsys: Output) -> None:
    mute = [tag("press", f"mute {number}", 40 + number, poll_seconds=pace) for number, pace in enumerate((0.1, 0.2))]
    slave.ignored = {40, 41}
    path = tmp_path / "mute.json"
    wanted = configuration(device("press", slave.port, *machine_tags("press"), *mute, timeout_seconds=0.2))
    path.write_text(wanted.model_dump_json())
    assert main(["check", "--configuration", str(path)]) == 1
    shown = capsys.readouterr().out
    assert "silent:" not in shown
    assert "4 of 6 tags with a good value" in shown
    assert shown.count("no answer within 0.2 s from unit 1") == 2


def test_check_asks_a_device_without_tags_whether_it_is_there(tmp_path: Path, slave: Slave, capsys: Output) -> None:
    path = tmp_path / "bare.json"
    path.write_text(configuration(device("press", slave.port)).model_dump_json())
    assert main(["check", "--configuration", str(path)]) == 1
    shown = capsys.readouterr().out
    assert "has no tags" in shown
    assert "0 of 1 device as it should be" in shown
    assert slave.requests == [(1, 3, 0, 1)]
    slave.break_with(Fault.UNPLUGGED)
    assert main(["check", "--configuration", str(path)]) == 1
    assert "nothing is read: " in capsys.readouterr().out


def test_check_folds_neighbours_and_knows_the_numbers_of_manuals(slave: Slave, capsys: Output) -> None:
    slave.holes = set(range(40001, 40301))
    words = ["check", "--device", f"127.0.0.1:{slave.port}", "--read", "holding:40001:200", "--read", "holding:2:2"]
    assert main(words) == 1
    shown = capsys.readouterr().out
    assert shown.count("illegal data address") == 1
    assert "holding register 40001 to 40200" in shown
    assert "what manuals print as 40001 is holding:0.\n" in shown
    assert "2 of 202 tags with a good value" in shown
    main(["check", "--device", f"127.0.0.1:{slave.port}", "--read", "holding:40101:9"])
    assert "what manuals print as 40001 is holding:0, and 40101 is holding:100.\n" in capsys.readouterr().out


def test_check_of_all_tables_is_content_with_one_that_answers(slave: Slave, capsys: Output) -> None:
    survey = ["check", "--device", f"127.0.0.1:{slave.port}"]
    slave.unserved = {1, 2, 4}
    assert main(survey) == 0
    shown = capsys.readouterr().out
    assert ("1 of 4 tags with a good value" in shown, "1 of 1 device as it should be" in shown) == (True, True)
    slave.unserved = {1, 2, 3, 4}
    assert main(survey) == 1


def test_the_data_folder_is_named_before_or_after_the_command(file: Path, tmp_path: Path, capsys: Output) -> None:
    (tmp_path / CONFIGURATION_FILE).write_text(file.read_text())
    assert main(["--data", str(tmp_path), "check"]) == main(["check", "--data", str(tmp_path)]) == 0
    assert main(["--data", str(tmp_path / "other"), "check", "--data", str(tmp_path)]) == 0
    for without in (["ports"], ["replay", "x.jsonl"]):
        with pytest.raises(SystemExit):
            main(["--data", str(tmp_path), *without])
        assert f"{without[0]} takes no --data" in capsys.readouterr().err


def test_check_tries_a_device_nobody_configured(slave: Slave, capsys: Output) -> None:
    words = ["check", "--device", f"127.0.0.1:{slave.port}/7", "--read", "holding:2:2", "--read", "coil:0"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "0064" in shown
    assert {unit for unit, *_ in slave.requests} == {7}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["check", "--device", "a:b:c"], "HOST:PORT/UNIT"),
        (["check", "--device", "127.0.0.1:70000"], "port: must be 65535 or less, not 70000"),
        (["check", "--device", "127.0.0.1/999"], "unit_id: must be 255 or less, not 999"),
        (["check", "--device", "h", "--read", "holding:x"], "TABLE:ADDRESS"),
        (["check", "--device", "h", "--read", "holding:65535:2"], "address"),
        (["check", "--read", "holding:1"], "--read needs --device"),
        (["check", "--configuration", "{tmp}/none.json"], "can not be read"),
        (["check", "--configuration", "{tmp}/bad.json"], "is no agent configuration"),
        (["check", "--data", "{tmp}/empty"], "--configuration"),
        (["run", "--data", "{tmp}/empty"], "unison-station enrol"),
        (["run", "--data", "/proc/nowhere"], "--data"),
        (["replay", "{tmp}/none.jsonl"], "can not be read"),
        (["replay", "{tmp}/bad.json"], "line 1"),
        (["record", "{tmp}/bad.json", "--configuration", "{tmp}/good.json"], "can not be written"),
        (["record", "{tmp}/new.jsonl", "--configuration", "{tmp}/idle.json"], "nothing to record"),
        (["dead", "list", "--data", "{tmp}/empty"], "--data"),
        (
            ["enrol", "--server", "http://127.0.0.1", "--code", "WRONG", "--data", "{tmp}/empty"],
            "at least 8 characters",
        ),
        (["enrol", "--server", "ftp://x", "--code", "12345678", "--data", "{tmp}/empty"], "server address"),
    ],
)
def test_what_is_wrong_is_said_in_words(words: list[str], says: str, tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "bad.json").write_text('{"agent_id": 5}\n')
    (tmp_path / "idle.json").write_text(configuration().model_dump_json())
    (tmp_path / "good.json").write_text(configuration(device("press", 9, *machine_tags("press"))).model_dump_json())
    assert main([word.format(tmp=tmp_path) for word in words]) == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["fly"],
        ["run", "--port", "70000"],
        ["record", "x", "--seconds", "-1"],
        ["dead", "discard"],
        ["dead", "discard", "1"],
        ["dead", "discard", "1", "--reason", " x "],
        [],
    ],
)
def test_wrong_words_exit_2(words: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: unison-station" in capsys.readouterr().err


def test_a_data_folder_without_a_name_is_said(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNISON_DATA", "")
    assert main(["check"]) == 1
    assert "UNISON_DATA is set but empty" in capsys.readouterr().err


def test_a_recording_gives_its_events_again(tmp_path: Path, file: Path, slave: Slave, capsys: Output) -> None:
    recording, events = tmp_path / "shift.jsonl", tmp_path / "events.jsonl"
    assert main(["record", str(recording), "--seconds", "0.8", "--configuration", str(file)]) == 0
    capsys.readouterr()
    assert main(["replay", str(recording)]) == 0
    events.write_text(capsys.readouterr().out)
    kinds = [orjson.loads(line)["kind"] for line in events.read_bytes().splitlines()]
    assert {"device_changed", "state_changed", "sample"} <= set(kinds)
    assert main(["replay", str(recording), "--expect", str(events)]) == 0
    assert f"{len(kinds)} events, all as expected" in capsys.readouterr().out
    lines = events.read_text().splitlines()
    events.write_text("\n".join([*lines[:1], lines[1].replace('"v":1', '"v":2'), *lines[2:]]))
    assert main(["replay", str(recording), "--expect", str(events)]) == 1
    assert "event 2 differs" in capsys.readouterr().out
    events.write_text("\n".join(lines[:-1]))
    assert main(["replay", str(recording), "--expect", str(events)]) == 1
    assert "nothing more" in capsys.readouterr().out
    events.write_text("")
    assert main(["replay", str(recording), "--expect", str(events)]) == 1
    assert f"{events} is empty, and events follow" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["replay", str(recording), "--data", str(tmp_path)])
    assert "replay takes no --data" in capsys.readouterr().err


def test_enrolling_keeps_the_identity(tmp_path: Path, capsys: Output) -> None:
    with running(FakeServer()) as server:
        words = ["enrol", "--server", server.url, "--data", str(tmp_path), "--code"]
        assert main([*words, "wrong-code"]) == 1
        assert "used up" in capsys.readouterr().err
        assert main([*words, "code_12345678"]) == 0
    assert Enrolled.model_fields.keys() & orjson.loads((tmp_path / "identity.json").read_bytes()).keys()


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of a service that is set up on this PC; nobody says where its data lies."""
    state = tmp_path / "unison-station"
    state.mkdir(mode=0o700)
    monkeypatch.setattr(service_folder, "SERVICE_STATE", state)
    monkeypatch.delenv("UNISON_DATA", raising=False)
    return state


def test_enrolling_a_pc_whose_agent_is_a_service_reaches_that_service(service: Path, capsys: Output) -> None:
    with running(FakeServer()) as server:
        assert main(["enrol", "--server", server.url, "--code", "code_12345678"]) == 0
    assert (service / "station" / "identity.json").exists()
    said = capsys.readouterr().out
    assert "systemctl" in said
    assert "unison-station run" not in said


def test_root_enrols_as_the_user_of_the_service(service: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    became: list[tuple[str, object]] = []
    monkeypatch.setattr(service_folder, "_owner_of", lambda _: (4711, 4712))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for name in ("setgroups", "setgid", "setuid"):
        monkeypatch.setattr(os, name, lambda value, name=name: became.append((name, value)))
    with running(FakeServer()) as server:
        assert main(["enrol", "--server", server.url, "--code", "code_12345678"]) == 0
    assert became == [("setgroups", []), ("setgid", 4712), ("setuid", 4711)]


def test_who_may_not_write_for_the_service_is_told_what_to_type(
    service: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr(service_folder, "_owner_of", lambda _: (4711, 4712))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["enrol", "--server", "https://unison.example", "--code", "ACME#12345678"]) == 1
    said = capsys.readouterr().err
    assert str(service) in said
    assert "sudo" in said
    assert not list(service.iterdir())


@pytest.mark.parametrize("named", ["option", "variable"])
def test_who_names_a_folder_enrols_there(
    service: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    other = tmp_path / "other"
    if named == "variable":
        monkeypatch.setenv("UNISON_DATA", str(other))
    words = ["--data", str(other / "station")] if named == "option" else []
    with running(FakeServer()) as server:
        assert main(["enrol", "--server", server.url, "--code", "code_12345678", *words]) == 0
    assert (other / "station" / "identity.json").exists()
    assert not list(service.iterdir())


def refuse_two(folder: Path) -> range:
    """Two events in the buffer that the server refused."""
    with Store.open(folder) as store:
        started = AgentStarted(at=store.clock.now(), version="1", boot_id="b", clean_stop=True)
        sequences = store.commit([started, started])
        for sequence in sequences:
            store.outgoing.refuse(Rejected(seq=sequence, code="no_such_tag", message="no such tag"))
    return sequences


@pytest.mark.parametrize("is_running", [False, True])
def test_dead_letters_are_seen_given_up_and_sent_again(tmp_path: Path, capsys: Output, is_running: bool) -> None:
    first, second = refuse_two(tmp_path)

    def act() -> None:
        data = ["--data", str(tmp_path)]
        assert main(["dead", "list", *data]) == 0
        assert "no_such_tag: no such tag" in capsys.readouterr().out
        assert main(["dead", "export", *data]) == 0
        exported = [orjson.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [(line["seq"], line["event"]["kind"]) for line in exported] == [
            (first, "agent_started"),
            (second, "agent_started"),
        ]
        assert main(["dead", "discard", str(first), "--reason", "a test of the line", *data]) == 0
        assert "1 event is given up" in capsys.readouterr().out
        assert main(["dead", "retry", str(first), *data]) == 1
        assert "no dead letter has the number" in capsys.readouterr().err
        assert main(["dead", "retry", *data]) == 0
        assert "1 event is sent again" in capsys.readouterr().out
        assert main(["dead", "list", *data]) == 0
        assert "There are no dead letters" in capsys.readouterr().out

    if is_running:
        with Agent(tmp_path, configuration=configuration()):
            act()
    else:
        act()

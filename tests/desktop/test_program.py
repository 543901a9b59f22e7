"""The program as people start it: a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.__main__ import main
from unison_desktop.frame.display import lacking_packages
from unison_desktop.kernel.preferences import Preferences

from tests.desktop.fake_server import FakeServer

PNG = b"\x89PNG\r\n"


@contextmanager
def started(
    server: FakeServer, folder: Path, *arguments: str, password: str = "secret"
) -> Iterator[subprocess.Popen[str]]:
    """The program, signed in as Paula, with the stations page open."""
    environment = {**os.environ, "UNISON_DATA": str(folder), "UNISON_PASSWORD": password}
    options = ["--server", server.url, "--organization", "DEMO", "--user", "paula", "--page", "stations", *arguments]
    command = [sys.executable, "-m", "unison_desktop", *options]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        try:
            yield run
        finally:
            run.kill()


def test_it_takes_a_picture_and_ends(server: FakeServer, tmp_path: Path) -> None:
    picture = tmp_path / "stations.png"
    with started(server, tmp_path, "--screenshot", str(picture)) as run:
        _out, said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert picture.read_bytes().startswith(PNG)
    assert "Traceback" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well(qtbot: QtBot, server: FakeServer, tmp_path: Path, number: signal.Signals) -> None:
    with started(server, tmp_path) as run:
        qtbot.waitUntil(lambda: server.streams == 1, timeout=60_000)
        run.send_signal(number)
        _out, said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert not (tmp_path / "desktop" / "fault.txt").exists()
    assert server.asked_for("POST /auth/logout"), "what was not kept is open at the server"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_a_hard_crash_is_noticed_and_leaves_no_lock(qtbot: QtBot, server: FakeServer, tmp_path: Path) -> None:
    with started(server, tmp_path) as run:
        qtbot.waitUntil(lambda: server.streams == 1, timeout=60_000)
        run.send_signal(signal.SIGSEGV)
        run.communicate(timeout=60)
    assert "Segmentation fault" in (tmp_path / "desktop" / "fault.txt").read_text()
    with started(server, tmp_path) as again:
        qtbot.waitUntil(lambda: server.streams == 1, timeout=60_000)
        assert again.poll() is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_a_second_start_raises_the_first_and_ends(qtbot: QtBot, server: FakeServer, tmp_path: Path) -> None:
    with started(server, tmp_path) as first:
        qtbot.waitUntil(lambda: server.streams == 1, timeout=60_000)
        with started(server, tmp_path) as second:
            said, _error = second.communicate(timeout=60)
        assert second.returncode == 0
        assert "already open" in said
        assert first.poll() is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Elsewhere there is always a display")
def test_without_a_display_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 2
    assert "no display here" in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Elsewhere there is always a display")
def test_a_picture_needs_no_display(monkeypatch: pytest.MonkeyPatch, server: FakeServer, tmp_path: Path) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    picture = tmp_path / "stations.png"
    with started(server, tmp_path, "--screenshot", str(picture)) as run:
        _out, said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert picture.read_bytes().startswith(PNG)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Elsewhere there is always a display")
def test_a_display_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":987.0")
    assert main([]) == 2
    assert "the display :987.0, which DISPLAY names, can not be reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("password", "User, organization or password"),
        ("file", "can't be written"),
        ("machine", "no machine"),
    ],
)
def test_a_picture_that_can_not_be_taken_is_told(server: FakeServer, tmp_path: Path, wrong: str, words: str) -> None:
    if wrong == "password":
        server.refuse("POST /auth/login", 401, "login_failed", "User, organization or password is not right.")
    picture = tmp_path / "nowhere" / "e.png" if wrong == "file" else tmp_path / "e.png"
    more = ["--page", "machine/nonsense"] if wrong == "machine" else []
    with started(server, tmp_path, "--screenshot", str(picture), *more) as run:
        _out, said = run.communicate(timeout=60)
    assert run.returncode == 1, said
    assert "no picture was taken: " in said
    assert words in said
    assert not picture.exists()


@pytest.mark.parametrize(
    ("variable", "options", "words"),
    [
        ("", [], "UNISON_PASSWORD can't be right: empty"),
        ("secret", ["--user", "", "--organization", " D "], "--organization, --user can't be right"),
    ],
)
def test_what_nobody_can_sign_in_with_is_told_in_words(
    server: FakeServer, tmp_path: Path, variable: str, options: list[str], words: str
) -> None:
    with started(server, tmp_path, "--screenshot", str(tmp_path / "e.png"), *options, password=variable) as run:
        _out, said = run.communicate(timeout=60)
    assert (run.returncode, words in said, "Traceback" in said) == (1, True, False), said


def test_a_page_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--page", "nonsense"])
    assert "there is no page 'nonsense'; pages are machines" in capsys.readouterr().err


def test_the_help_names_each_page_by_what_people_call_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out.splitlines()
    assert "  equipment         Equipment" in said
    assert "  places            Plants and stores" in said


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Elsewhere Qt brings all it needs")
def test_libraries_that_are_missing_for_windows_are_named() -> None:
    def load(library: str) -> None:
        if library.startswith(("libxcb-icccm", "libxcb-keysyms")):
            raise OSError(f"{library}: cannot open shared object file")

    assert lacking_packages({"DISPLAY": ":1"}, load) == ["libxcb-icccm4", "libxcb-keysyms1"]
    assert lacking_packages({"QT_QPA_PLATFORM": "xcb", "WAYLAND_DISPLAY": "w"}, load)
    assert lacking_packages({"WAYLAND_DISPLAY": "wayland-0"}, load) == []
    assert lacking_packages({"DISPLAY": ":1", "QT_QPA_PLATFORM": "offscreen"}, load) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Elsewhere Qt brings all it needs")
def test_what_is_missing_is_told_before_qt_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("unison_desktop.frame.start.lacking_display", lambda: None)
    monkeypatch.setattr("unison_desktop.frame.start.lacking_packages", lambda: ["libxcb-icccm4"])
    assert main([]) == 2
    assert "apt-get install --no-install-recommends libxcb-icccm4" in capsys.readouterr().err


def test_launcher_and_guide_install_what_the_desktop_asks_for() -> None:
    clone = Path(__file__).parents[2]
    launcher = (clone / "unison").read_text(encoding="utf-8").replace("\\\n", "")
    drawing, windows = (re.findall(rf'^{name}="([^"]+)"', launcher, re.MULTILINE)[0] for name in ("drawing", "windows"))
    assert windows.split() == lacking_packages({"DISPLAY": ":1"}, _load_nothing)
    guide = (clone / "docs" / "running-a-plant.md").read_text(encoding="utf-8").replace("\\\n", "")
    line = guide.partition("## 3. A desktop")[2].partition("python3 -m venv")[0]
    assert set(line.split()) >= {*drawing.split(), *windows.split()}


def _load_nothing(library: str) -> None:
    raise OSError(library)


def test_a_bad_address_is_refused_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--server", "two words"])
    assert "unison.example" in capsys.readouterr().err


def test_it_speaks_the_language_that_is_remembered_from_its_first_text_on(server: FakeServer, tmp_path: Path) -> None:
    preferences = Preferences(tmp_path / "desktop")
    preferences.set("language/choice", "de")
    preferences.save()
    with started(server, tmp_path, "--screenshot", str(tmp_path / "e.png"), "--page", "machine/nonsense") as run:
        _out, said = run.communicate(timeout=60)
    assert run.returncode == 1, said
    assert "„nonsense“ nennt keine Maschine" in said

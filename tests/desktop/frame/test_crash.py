import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame import crash
from unison_desktop.frame.crash import CrashRecorder
from unison_desktop.frame.crash_dialog import CrashDialog
from unison_desktop.frame.theme import Theme


@pytest.fixture
def recorder(qtbot: QtBot, tmp_path: Path) -> Iterator[CrashRecorder]:
    made = CrashRecorder(tmp_path)
    made.install()
    yield made
    made.uninstall()


def fail(name: str) -> None:
    """What an unhandled exception does."""
    try:
        raise KeyError(name)
    except KeyError:
        kind, error, trace = sys.exc_info()
        assert kind is not None
        assert error is not None
        sys.excepthook(kind, error, trace)


def test_a_crash_is_told_once_and_written_each_time(recorder: CrashRecorder, tmp_path: Path) -> None:
    told: list[str] = []
    recorder.crashed.connect(told.append)
    fail("a")
    fail("b")
    assert len(told) == 1
    assert "KeyError: 'a'" in told[0]
    assert "PySide6" in told[0]
    written = [json.loads(line) for line in (tmp_path / "crashes.jsonl").read_text().splitlines()]
    assert ["'a'" in written[0]["report"], "'b'" in written[1]["report"]] == [True, True]


def test_the_log_is_rotated(recorder: CrashRecorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash, "LARGEST_LOG", 10)
    fail("a")
    fail("b")
    assert len((tmp_path / "crashes.jsonl").read_text().splitlines()) == 1
    assert len((tmp_path / "crashes.1.jsonl").read_text().splitlines()) == 1


def test_a_hard_end_is_noticed_at_the_next_start(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "fault.txt").write_text("Fatal Python error: Segmentation fault")
    recorder = CrashRecorder(tmp_path)
    assert "Segmentation fault" in recorder.install()
    recorder.uninstall()
    assert recorder.install() == ""
    recorder.uninstall()


def test_the_report_can_be_copied_and_saved(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    dialog = CrashDialog("the report", theme)
    dialog.copy()
    assert QGuiApplication.clipboard().text() == "the report"
    dialog.save(tmp_path / "report.txt")
    assert (tmp_path / "report.txt").read_text() == "the report"
    dialog.save(tmp_path / "nowhere" / "report.txt")
    assert "can't be written" in dialog.notice.text()
    dialog.close()

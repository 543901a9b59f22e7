from pathlib import Path

from pytestqt.qtbot import QtBot
from unison_desktop.frame.single_instance import SingleInstance


def test_a_second_start_knocks_at_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = SingleInstance(tmp_path), SingleInstance(tmp_path)
    assert first.claim("")
    with qtbot.waitSignal(first.knocked) as told:
        assert not second.claim("machine/7")
    assert told.args == ["machine/7"]
    first.release()
    assert second.claim("")
    second.release()


def test_other_folders_are_other_programs(qtbot: QtBot, tmp_path: Path) -> None:
    one, other = SingleInstance(tmp_path / "a"), SingleInstance(tmp_path / "b")
    assert one.claim("")
    assert other.claim("")
    one.release()
    other.release()

"""Folders, private files, locks and the clock of this boot."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from unison_station.platform.boot import boot_id, boot_seconds
from unison_station.platform.files import allocate, data_folder, held_alone, private_folder, write_private


def test_the_boot_clock_moves_forward_and_the_boot_keeps_its_name() -> None:
    assert boot_seconds() < boot_seconds()
    assert boot_id() == boot_id()


def test_the_data_folder_is_where_it_was_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UNISON_DATA", str(tmp_path))
    assert data_folder() == tmp_path / "station"
    monkeypatch.setenv("UNISON_DATA", "")
    with pytest.raises(ValueError, match="UNISON_DATA is set but empty"):
        data_folder()


def test_private_files_replace_whole_and_are_the_owners(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "agent")
    write_private(folder / "token", b"one")
    write_private(folder / "token", b"two")
    assert (folder / "token").read_bytes() == b"two"
    assert stat.S_IMODE((folder / "token").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["token"]


def test_an_allocated_file_has_its_size_on_the_disk(tmp_path: Path) -> None:
    allocate(tmp_path / "ballast", 100_000)
    status = (tmp_path / "ballast").stat()
    assert status.st_size == 100_000
    assert status.st_blocks * 512 >= 100_000


def test_a_lock_ends_with_its_process_however_it_ends(tmp_path: Path) -> None:
    holding = (
        "import sys, pathlib; from unison_station.platform.files import held_alone\n"
        "with held_alone(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holding, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError), held_alone(tmp_path / "lock"):
            pass
        process.kill()
    with held_alone(tmp_path / "lock"):
        pass

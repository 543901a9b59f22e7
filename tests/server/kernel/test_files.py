"""Stored files come back as they were, per organization, and a full or missing storage is told."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest
from unison_server.kernel.errors import NotFound, Unavailable
from unison_server.kernel.files import Files
from unison_server.kernel.keys import new_id
from unison_server.kernel.settings import Settings, SettingsError

OURS, THEIRS = new_id(), new_id()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files.open(Settings(tmp_path))


def test_a_file_comes_back_as_it_was(files: Files) -> None:
    id_, content = new_id(), os.urandom(3_000_000)
    files.put(OURS, "drawing", id_, io.BytesIO(content))
    pieces = list(files.read(OURS, "drawing", id_))
    assert b"".join(pieces) == content
    assert len(pieces) > 1
    files.put(OURS, "drawing", id_, b"revision B")
    assert b"".join(files.read(OURS, "drawing", id_)) == b"revision B"


def test_another_organization_does_not_reach_it(files: Files) -> None:
    id_ = new_id()
    files.put(OURS, "drawing", id_, b"secret")
    with pytest.raises(NotFound, match=str(id_)):
        files.read(THEIRS, "drawing", id_)


def test_deleting_twice_is_once(files: Files) -> None:
    id_ = new_id()
    files.put(OURS, "drawing", id_, b"x")
    for _ in range(2):
        files.delete(OURS, "drawing", id_)
    with pytest.raises(NotFound):
        files.read(OURS, "drawing", id_)


@pytest.mark.parametrize("kind", ["", "..", "a/b", "Drawing", "../../etc"])
def test_a_kind_never_leads_out_of_the_folder(files: Files, kind: str) -> None:
    with pytest.raises(ValueError, match="kind of file"):
        files.put(OURS, kind, new_id(), b"x")


def test_only_the_owner_reads_the_folder(files: Files, tmp_path: Path) -> None:
    files.probe()
    assert stat.S_IMODE((tmp_path / "files").stat().st_mode) == 0o700


def test_a_storage_that_is_gone_is_told(files: Files, tmp_path: Path) -> None:
    for left in (tmp_path / "files").iterdir():
        left.unlink()
    (tmp_path / "files").rmdir()
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(Unavailable, match=f"The file storage {tmp_path}/files does not take"):
        files.probe()
    with pytest.raises(Unavailable):
        files.put(OURS, "drawing", new_id(), b"x")


def test_a_place_that_can_not_be_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear all")
    with pytest.raises(SettingsError, match="UNISON_FILES is 'gopher://x'"):
        Files.open(Settings(tmp_path, files="gopher://x"))
    with pytest.raises(SettingsError, match="give a folder or s3://bucket/prefix"):
        Files.open(Settings(tmp_path, files=str(tmp_path / "letter" / "files")))

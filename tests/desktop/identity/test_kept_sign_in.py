import stat
import sys
from pathlib import Path

import pytest
from unison_desktop.identity.kept_sign_in import KeptSignIn

SERVER = "http://127.0.0.1:8450"


def test_it_is_kept_for_one_server(tmp_path: Path) -> None:
    KeptSignIn(tmp_path).write(SERVER, "first")
    KeptSignIn(tmp_path).write(SERVER, "second")
    assert KeptSignIn(tmp_path).read(SERVER) == "second"
    assert KeptSignIn(tmp_path).read("http://other") is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows protects the profile, not the file")
def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    KeptSignIn(tmp_path).write(SERVER, "secret")
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_forgetting_leaves_nothing(tmp_path: Path) -> None:
    kept = KeptSignIn(tmp_path)
    kept.write(SERVER, "secret")
    kept.forget()
    kept.forget()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"server": "http://127.0.0.1:8450"}', "null", "\x00"])
def test_a_spoilt_file_reads_as_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "sign-in.json").write_text(content)
    assert KeptSignIn(tmp_path).read(SERVER) is None


def test_what_a_crash_left_half_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "sign-in.new").write_text("{")
    KeptSignIn(tmp_path).write(SERVER, "secret")
    assert KeptSignIn(tmp_path).read(SERVER) == "secret"

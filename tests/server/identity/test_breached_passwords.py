"""Passwords found in breaches: looked up in a file of any size, and nobody gets them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_server.app import create_app
from unison_server.cli import main
from unison_server.identity.breached_passwords import BadLineError, BreachedPasswords, join_ranges
from unison_server.kernel.errors import Unavailable
from unison_server.kernel.settings import Settings, SettingsError

from tests.server.factories import PASSWORD, Made
from tests.server.serving import serving, sign_in

STOLEN = "five lamps over harbour"


def digest_of(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def listed(file: Path, counts: dict[str, int], end: str = "\n") -> BreachedPasswords:
    lines = sorted(f"{digest_of(password)}:{count}" for password, count in counts.items())
    file.write_bytes(end.join([*lines, ""]).encode())
    found = BreachedPasswords.open(str(file))
    assert found is not None
    return found


@given(
    counts=st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=9), st.integers(1, 10**9), min_size=1),
    others=st.sets(st.text(st.characters(codec="utf-8"), max_size=9)),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_all_that_are_in_it_are_found_and_no_others(
    tmp_path_factory: pytest.TempPathFactory, counts: dict[str, int], others: set[str], end: str
) -> None:
    breached = listed(tmp_path_factory.getbasetemp() / "breached.txt", counts, end)
    assert {password: breached.times(password) for password in {*counts, *others}} == {
        password: counts.get(password, 0) for password in {*counts, *others}
    }


def test_nobody_gets_one(made: Made, settings: Settings, tmp_path: Path) -> None:
    listed(tmp_path / "list.txt", {STOLEN: 1_204, "another": 1})
    made.add_user("ida")
    configured = replace(settings, breached_passwords=str(tmp_path / "list.txt"))
    with serving(create_app(configured)) as address, httpx.Client(base_url=address, timeout=10) as client:
        ida = sign_in(client, made, "ida")
        refused = ida.post("/auth/change-password", {"password": PASSWORD, "new_password": STOLEN})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "breached")
        assert "1,204 times" in refused.json()["detail"]
        (tmp_path / "list.txt").unlink()
        unreadable = ida.post("/auth/change-password", {"password": PASSWORD, "new_password": "six lamps and a boat"})
        assert (unreadable.status_code, unreadable.json()["code"]) == (503, "breached_unreadable")
        sign_in(client, made, "ida")


def test_a_file_that_is_none_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("password\n")
    for name, why in (("words.txt", "does not read SHA-1:count"), ("missing.txt", "No such file")):
        with pytest.raises(SettingsError, match=why):
            BreachedPasswords.open(str(tmp_path / name))
    assert BreachedPasswords.open("") is None


def test_what_becomes_unreadable_lets_no_password_pass(tmp_path: Path) -> None:
    breached = listed(tmp_path / "list.txt", {STOLEN: 1})
    (tmp_path / "list.txt").write_text("rubbish\n" * 3)
    with pytest.raises(Unavailable, match="UNISON_BREACHED_PASSWORDS"):
        breached.times(STOLEN)


def test_ranges_are_joined_in_order(tmp_path: Path) -> None:
    counts = {f"word {number}": number + 1 for number in range(200)}
    for digit in "0123456789ABCDEF":
        own = [f"{digest_of(word)[1:]}:{count}" for word, count in counts.items() if digest_of(word)[0] == digit]
        (tmp_path / (digit if digit < "8" else f"{digit}.txt")).write_text("\r\n".join(own))
    (tmp_path / "joined").write_bytes(b"".join(join_ranges(tmp_path, 1)))
    assert main(["breached", "check", str(tmp_path / "joined")]) == 0
    breached = BreachedPasswords(tmp_path / "joined")
    assert {word: breached.times(word) for word in counts} == counts
    (tmp_path / "3").unlink()
    with pytest.raises(BadLineError, match="no file 3"):
        list(join_ranges(tmp_path, 1))


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "list.txt"
    file.write_text("".join(f"{digit * 40}:1\n" for digit in "ACB"))
    assert main(["breached", "check", str(file)]) == 1
    assert "line 3: is not sorted by hash" in capsys.readouterr().err
    assert main(["breached", "prepare", str(tmp_path), str(tmp_path / "made.txt")]) == 1
    assert "has no file 00000" in capsys.readouterr().err
    assert not (tmp_path / "made.txt").exists()
    assert main(["breached", "how"]) == 0
    assert "haveibeenpwned-downloader" in capsys.readouterr().out

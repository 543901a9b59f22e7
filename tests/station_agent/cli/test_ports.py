"""`unison-station ports`: what is there under headings, and what is not, in words."""

from __future__ import annotations

import pytest
from unison_station.cli import main
from unison_station.platform import attached
from unison_station.platform.serial_port import KnownPort


def test_a_port_that_tells_nothing_and_what_is_missing_are_said_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(attached, "known_ports", lambda: [KnownPort("/dev/ttyS0", "/dev/ttyS0", "n/a")])
    monkeypatch.setattr(attached, "known_keyboards", list)
    monkeypatch.setattr(attached, "known_cameras", list)
    assert main(["ports"]) == 0
    title, heading, port, *missing = capsys.readouterr().out.splitlines()
    assert (title, heading.split("  ")[1]) == ("Serial ports:", "NAME TO CONFIGURE")
    assert port.startswith("  /dev/ttyS0 ")
    assert "tells nothing of itself" in port
    assert missing == ["No typing scanners found.", "No cameras found."]


def test_what_can_not_be_listed_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[KnownPort]:
        raise OSError("/sys is gone")

    monkeypatch.setattr(attached, "known_ports", broken)
    assert attached.attached() == ()

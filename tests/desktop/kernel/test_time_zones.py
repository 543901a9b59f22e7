"""Which time zone a new plant begins with."""

import pytest
from PySide6.QtCore import QByteArray, QTimeZone
from unison_desktop.kernel.time_zones import zone_name_here


@pytest.mark.parametrize(
    ("set_to", "offered"),
    [
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("UTC", "Europe/Berlin"),
        ("Etc/UTC", "Europe/Berlin"),
        ("", "Europe/Berlin"),
    ],
)
def test_a_plant_begins_with_the_zone_of_the_pc_else_of_the_organization(
    monkeypatch: pytest.MonkeyPatch, set_to: str, offered: str
) -> None:
    monkeypatch.setattr(QTimeZone, "systemTimeZoneId", lambda: QByteArray(set_to.encode()))
    assert zone_name_here("Europe/Berlin") == offered

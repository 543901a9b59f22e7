from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from unison_desktop.kernel.moments import moment_text

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 10, 25, 0, 50, tzinfo=UTC), "2026-10-25 02:50:00 +02:00"),
        (datetime(2026, 10, 25, 1, 10, tzinfo=UTC), "2026-10-25 02:10:00 +01:00"),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "2026-10-25 03:00:00"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29 03:00:00"),
    ],
)
def test_only_the_repeated_hour_needs_its_offset(moment: datetime, text: str) -> None:
    assert moment_text(moment.astimezone(BERLIN)) == text


def test_a_zone_that_never_changes_repeats_no_hour() -> None:
    assert moment_text(datetime(2026, 10, 25, 2, 30, tzinfo=UTC), "%H:%M") == "02:30"

"""What a code says in the language of the program."""

from collections.abc import Iterator
from datetime import date

import pytest
from unison_desktop.codes.panel import _readings
from unison_desktop.codes.words import said, said_apart
from unison_desktop.kernel.texts import speak
from unison_domain.codes.contracts import ScanReading
from unison_domain.codes.reading import reading_of
from unison_domain.codes.scanned_text import read_scan

from tests.desktop.codes.samples import GS1, PATTERNS


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    """Texts in German while the test runs."""
    speak("de")
    yield
    speak("en")


def reading(raw: str) -> ScanReading:
    return reading_of(read_scan(raw, PATTERNS), date(2026, 6, 1))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("UN1:HU:4711", "Ladeeinheit 4711"),
        ("1234-7", "Bolts: Teil 1234, Charge 7, oder Nuts: Teil 1234"),
        ("1234-A", "vielleicht Teil 1234"),
        ("12", "12"),
    ],
)
def test_what_a_code_says_is_german(raw: str, words: str) -> None:
    assert said(reading(raw)) == said_apart(reading(raw)) == words


def test_what_tells_one_thing_from_the_next_still_stands_in_front() -> None:
    assert said_apart(reading(GS1)).startswith("BATCH/LOT ABC123, GTIN")


def test_the_parts_of_a_code_have_german_names() -> None:
    assert [part[0] for _, parts in _readings(reading("1234-7")) for part in parts] == ["Teil", "Charge", "Teil"]

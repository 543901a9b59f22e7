"""What the station says: refusals and faults have words in each language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import unison_domain
import unison_station
import unison_station.operator as operator
from hypothesis import given
from hypothesis import strategies as st
from unison_station.operator.sentences import GERMAN as OF_INSTRUMENTS
from unison_station.operator.sentences import in_language
from unison_station.operator.texts import LANGUAGES
from unison_station.operator.vision_sentences import GERMAN_OF_VISION

NOT_OF_A_PAGE = {"too_many", "override"}
"""The browser's stream hears the first, which tries again by itself; of the other the page asks for badge and PIN."""


def refusals() -> Iterator[tuple[str, frozenset[str]]]:
    """The code of every refusal in the source, and the parameters that come with it."""
    for file in Path(operator.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("Refused", "_refuse")
            ):
                first = node.args[0 if node.func.id == "Refused" else 2]
                if isinstance(first, ast.Constant):
                    yield str(first.value), frozenset(word.arg for word in node.keywords if word.arg)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_words(language: str) -> None:
    texts = LANGUAGES[language]
    told = {code: names for code, names in refusals() if code not in NOT_OF_A_PAGE}
    assert {"too_fine", "no_such_station", "fault"} <= told.keys()
    assert [code for code in told if f"refused_{code}" not in texts] == []
    assert [
        code for code, names in told.items() if any(f"{{{name}}}" not in texts[f"refused_{code}"] for name in names)
    ] == []


TOLD_AT_THE_STATION = (
    "domain/stations/framing.py",
    "domain/stations/gauge_formats.py",
    "domain/stations/gauge_digits.py",
    "domain/codes/gs1/lost_separator.py",
    "station/peripherals/gauge.py",
    "station/peripherals/gauge_reading.py",
    "station/peripherals/scanner.py",
    "station/peripherals/byte_source.py",
    "station/platform/serial_port.py",
    "station/platform/input_device.py",
    "station/cameras/counting.py",
    "station/cameras/mjpeg.py",
    "station/cameras/sources.py",
    "station/cameras/stills.py",
)
"""What these raise or refuse is read by whoever stands there."""

ROOTS = {"domain": Path(unison_domain.__file__).parent, "station": Path(unison_station.__file__).parent}
GERMAN = {**OF_INSTRUMENTS, **GERMAN_OF_VISION}
FORMS = {english.replace("{}", "\0") for english in GERMAN}


def form(node: ast.AST) -> str | None:
    """A text of the source, with a mark for each value in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
    return None


def sentences(file: Path, callers: tuple[str, ...]) -> set[str]:
    """The texts that are handed to these calls, returned or yielded."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    calls = (node for node in nodes if isinstance(node, ast.Call))
    named = (call for call in calls if getattr(call.func, "id", getattr(call.func, "attr", "")) in callers)
    handed = (word for call in named for word in (*call.args, *(keyword.value for keyword in call.keywords)))
    returned = (node.value for node in nodes if isinstance(node, ast.Return | ast.Yield) and node.value)
    return {text for node in (*handed, *returned) if (text := form(node)) and " " in text}


@pytest.mark.parametrize("name", TOLD_AT_THE_STATION)
def test_what_is_raised_for_a_person_is_there_in_german(name: str) -> None:
    root, _, rest = name.partition("/")
    callers = (
        "ValueError",
        "GaugeFault",
        "NotAtRest",
        "ConnectionError",
        "NoPictures",
        "Waiting",
        "CanNotBe",
        "Frame",
        "Standing",
        "refuse",
    )
    told = {text for text in sentences(ROOTS[root] / rest, callers) if not text.startswith("\0 \0")}
    assert told
    assert told - FORMS == set()


def test_no_german_is_of_a_sentence_that_nobody_says() -> None:
    files = [*ROOTS["domain"].rglob("*.py"), *ROOTS["station"].rglob("*.py")]
    trees = (ast.parse(file.read_text()) for file in files if not file.name.endswith("sentences.py"))
    assert FORMS - {text for tree in trees for node in ast.walk(tree) if (text := form(node))} == set()


def test_every_value_of_a_sentence_is_in_the_german_one() -> None:
    for english, german in GERMAN.items():
        places = {f"{{{number}}}" for number in range(english.count("{}"))}
        assert {part[: part.index("}") + 1] for part in german.split("{")[1:]} == {place[1:] for place in places}


def test_a_fault_within_a_fault_is_told_too() -> None:
    told = "Waage sent '01A+1,2': the scale is overloaded"
    assert in_language(told, "de") == "Waage sandte '01A+1,2': Die Waage ist überladen"
    assert in_language(told, "en") == told
    assert in_language("hand: b'ABC' came without its end and was given up", "de") == (
        "hand: b'ABC' kam ohne sein Ende und wurde aufgegeben"
    )
    swallowed = (
        "(10) A is longer than 20 characters, and it ends like (21) B: the scanner may have dropped a separator; "
    )
    assert in_language(f"{swallowed}have it send GS (ASCII 29)", "de").startswith(
        "(10) A ist länger als 20 Zeichen, und es endet wie (21) B: "
    )
    assert in_language("What nobody wrote", "de") == "What nobody wrote"


@given(st.text(alphabet="abc {}:(),0", max_size=200))
def test_any_sentence_comes_out_whole(sentence: str) -> None:
    said = in_language(sentence, "de")
    assert all(word in said for word in sentence.split() if word in "abc")


def test_what_a_measuring_tool_finds_wrong_is_said_with_decimal_commas() -> None:
    english = (
        "bore: the edge is no circle but like a figure of 6 sides, 4.1 % out of round: measure the distance of two of "
        "its edges instead, or lay the ring around the circle that is meant"
    )
    german = in_language(english, "de")
    assert german.startswith("bore: die Kante ist kein Kreis, sondern wie eine Figur mit 6 Seiten, 4,1 % unrund: statt")

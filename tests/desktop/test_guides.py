"""What the guides print in bold is on the screen: names of buttons, fields and pages as they are."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs").glob("*.md"))
STRESSED = {
    "after that backup",
    "first contact",
    "clock is dead",
    "USB adapters",
    "one",
    "By Bluetooth",
    "It ended all the same?",
    "Without a mail server",
}
"""Bold because it matters, and no name."""
_LEADS = re.compile(r"^(?:\s*(?:- |\d+\. ))?\*\*[^*]+\*\*", re.MULTILINE)
"""The bold words a paragraph or an item begins with say what it is about, unless they name something."""


@cache
def shown() -> frozenset[str]:
    """Every text of the desktop and of the operator page."""
    files = [
        *(ROOT / "desktop" / "unison_desktop").rglob("*.py"),
        *(ROOT / "station_agent").rglob("operator/*texts.py"),
    ]
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def is_shown(name: str) -> bool:
    """Whether a text is that name, but for a unit or a count behind it, or values in it."""
    return any(
        text == name or text.startswith((f"{name} (", f"{name}:")) or _with_values(text, name) for text in shown()
    )


def _with_values(text: str, name: str) -> bool:
    around = re.split(r"\{\w+\}", text)
    return len(around) > 1 and any(around) and re.fullmatch(".+".join(map(re.escape, around)), name) is not None


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_names_in_bold_are_on_the_screen(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    leads = {found.group().lstrip("-0123456789. \n") for found in _LEADS.finditer(text)}
    bold = re.findall(r"\*\*[^*]+\*\*", text)
    names = [" ".join(one.strip("*").split()).rstrip(":") for one in bold if one not in leads]
    assert [name for name in names if name not in STRESSED and not is_shown(name)] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_pictures_and_guides_that_are_named_are_there(guide: Path) -> None:
    links = re.findall(r"\]\(([\w./-]+\.(?:png|md))", guide.read_text(encoding="utf-8"))
    assert [link for link in links if not (guide.parent / link).is_file()] == []


def test_every_picture_is_in_a_guide() -> None:
    told = "".join(guide.read_text(encoding="utf-8") for guide in GUIDES)
    assert [file.name for file in (ROOT / "docs" / "pictures").iterdir() if file.name not in told] == []

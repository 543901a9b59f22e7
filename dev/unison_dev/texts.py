"""`./unison texts`: brings the desktop's catalogues up to date with the texts in its source.

Every text keeps its translation, new ones come without, and those that are gone go. A text stands in the file of its
room; one of several rooms in that of the first by alphabet. What server, domain and agent refuse has its German in the
domain (`unison_domain/sentences/german`), a table for each room; `./unison texts --refusals` says which is missing.
"""

from __future__ import annotations

import argparse
import ast
import json
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import NamedTuple

from unison_desktop.kernel.catalogue import FOLDER, WITHIN, languages, read_catalogue

from unison_dev import refusals
from unison_dev.clone import ROOT

SOURCE = FOLDER.parent
_DOORS = {"_": 1, "pgettext": 2}


class Text(NamedTuple):
    """A text of the source.

    Attributes:
        file: from the package's folder, with `/`.
    """

    key: str
    file: str

    @property
    def room(self) -> str:
        """The folder of the package it stands in."""
        return self.file.partition("/")[0]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--refusals` prints what lacks German, for a program or a person to fill."""
    parser.add_argument(
        "--refusals",
        action="store_true",
        help="print as JSON the sentences of server, domain and agent that lack German, and the table each goes to",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the catalogues anew; 1 where texts are not translated."""
    if arguments.refusals:
        return _print_refusals()
    found = texts()
    missing = 0
    for language in languages():
        known = read_catalogue(language)
        write_catalogue(language, found, known)
        lacking = {text.key for text in found} - known.keys()
        missing += len(lacking)
        print(f"{language}: {len(known.keys() - lacking)} texts, {len(lacking)} without a translation")
        for text in sorted(text for text in found if text.key in lacking):
            print(f"  {(FOLDER / language / text.room).relative_to(ROOT)}.po: {text.key.rpartition(WITHIN)[2]}")
    refused = refusals.lacking()
    if refused:
        print(f"de: {len(refused)} sentences of refusals without German: ./unison texts --refusals")
    return 1 if missing or refused else 0


def _print_refusals() -> int:
    lacking = refusals.lacking()
    print(json.dumps(lacking, ensure_ascii=False, indent=2))
    return 1 if lacking else 0


def texts() -> list[Text]:
    """All texts of the desktop, each where it stands first.

    Raises:
        ValueError: a text is not written where it is asked for, so nobody could find it here.
    """
    first: dict[str, Text] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for text in _texts_of(path):
            first.setdefault(text.key, text)
    return list(first.values())


def _texts_of(path: Path) -> Iterator[Text]:
    file = path.relative_to(SOURCE).as_posix()
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _DOORS
    ]
    for call in sorted(calls, key=lambda one: (one.lineno, one.col_offset)):
        written = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if len(written) != len(call.args) or len(written) != _DOORS[ast.unparse(call.func)]:
            raise ValueError(f"{path}:{call.lineno}: {ast.unparse(call)} is no text as written: put the text there")
        yield Text(WITHIN.join(written), file)


def placeholders(text: str) -> list[str]:
    """The names in braces, with how they are written, in alphabetical order."""
    return sorted(f"{name}:{form}" for _text, name, form, _conversion in Formatter().parse(text) if name is not None)


def write_catalogue(language: str, found: list[Text], known: dict[str, str]) -> None:
    """A file for each room; rooms without a text lose theirs."""
    rooms = sorted({text.room for text in found})
    for file in (FOLDER / language).glob("*.po"):
        if file.stem not in rooms:
            file.unlink()
    for room in rooms:
        head = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        entries = [_entry(text, known.get(text.key, "")) for text in found if text.room == room]
        (FOLDER / language / f"{room}.po").write_text("\n".join([head, *entries]), encoding="utf-8", newline="\n")


def _entry(text: Text, said: str) -> str:
    context, _, english = text.key.rpartition(WITHIN)
    lines = [f"#: {text.file}"]
    lines += [f"msgctxt {_quoted(context)}"] if context else []
    return "\n".join([*lines, f"msgid {_quoted(english)}", f"msgstr {_quoted(said)}", ""])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'

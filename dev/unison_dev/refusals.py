"""Every sentence by which server, domain or station agent refuses, read from the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from unison_domain.sentences import translation
from unison_domain.sentences.german import GERMAN
from unison_domain.sentences.german.values import VALUES

from unison_dev.clone import ROOT
from unison_dev.string_forms import HOLE, Module, Source, argument, called

_FLOORS = {
    "server": ROOT / "server" / "unison_server",
    "domain": ROOT / "domain" / "unison_domain",
    "station": ROOT / "station_agent" / "unison_station",
}
_NOT_FOR_PEOPLE = re.compile(
    r"/(cli|simulate|sentences|message_texts|postgres)/"
    r"|/unison_station/(agent|recording|platform/files|store/pages|cameras/wire)\.py$"
    r"|/unison_server/kernel/(revisions|settings)\.py$"
    r"|/unison_domain/(codes/gs1/dictionary|machines/timescale)\.py$"
)
"""What is read in a terminal, by who runs the commands of a server or a PC, or only by who breaks the program."""

_FIRST = {
    *("Refusal", "NotSignedIn", "NotAllowed", "NotFound", "Clash", "Invalid", "VersionMissing", "TooMany"),
    *("Unavailable", "TooLarge", "IdentityConflict", "_NoRaw"),
    *("ValueError", "LookupError", "GaugeFault", "NotAtRest"),
    *("_Unreadable", "NamesNobody", "CanNotBe", "NotKept", "NoPicture", "NoPictures", "NotMultipart"),
    *(
        "NotMeasurable",
        "CommandFailed",
        "StoreFull",
        "StoreUnavailable",
        "StoreError",
        "Damaged",
        "BadReply",
        "NoAnswer",
    ),
    *("LineEnded", "ConnectionError", "TimeoutError", "Unreachable", "Untrusted", "Doubt"),
    *("TooLate", "Waiting", "NotSentError"),
}
_NAMED = {
    "Fault": (1, "message"),
    "SeparatorLost": (1, "message"),
    "UnreadableValue": (1, "message"),
    "CsvError": (2, "message"),
    "FieldError": (2, "message"),
    "RowError": (3, "message"),
    "Rejected": (2, "message"),
    "Refused": (2, "message"),
    "Problem": (4, "detail"),
    "Frame": (1, "refused"),
    "Measured": (3, "seen"),
    "Standing": (1, "message"),
    "refuse": (1, "words"),
    "Unscanned": (0, "words"),
}
_TELLING = re.compile(
    r"unison_server/(codes/understanding|identity/(known_places|people_import)|machines/(events|run_failures|downtime/station_words)"
    r"|stations/(overriding|quarantine)|quality/usecases)\.py$"
    r"|unison_domain/(machines/gaps|stations/(framing|read_plan|readings|registers)|identity/people_csv)\.py$"
    r"|unison_station/(uplink/(heartbeat|sender|standing|picture_uploads)|vision/strip_edges)\.py$"
)
"""Here functions give sentences back, or take them from a table: all that has three words is one."""
_THREE_WORDS = re.compile(r"([a-z][a-z']+\b.*){3}", re.DOTALL)
_NO_SENTENCE = re.compile(r"[<>=\n\\]|^[\w./{}-]+$|\(\?P")
_TABLES = _FLOORS["domain"] / "sentences" / "german"
_SAID = {"message", "reason", "refusal", "remedy", "words", "problem"}
_CODES = re.compile(r"[a-z]+(_[a-z]+)+|/[a-z0-9/{}]+|GET|POST|PUT")
"""What programs read where sentences stand: reasons by a code, addresses, names of fields."""
"""What else a station agent tells: findings and states of what it reads."""
_LOGGED = {"debug", "info", "warning", "error", "exception"}


class Sentence(NamedTuple):
    """A sentence of the source.

    Attributes:
        form: with `{}` for each value.
        place: file and line of one who says it.
    """

    form: str
    place: str


@cache
def sentences() -> list[Sentence]:
    """All of them, each where it stands first."""
    files = [file for floor in _FLOORS.values() for file in floor.rglob("*.py")]
    source = Source(files)
    found: dict[str, str] = {}
    for module in source.modules:
        if _NOT_FOR_PEOPLE.search(module.path.as_posix()):
            continue
        for node, words in _sites(module):
            for form in source.forms(module, words):
                if _is_sentence(form):
                    found.setdefault(form, f"{module.path.relative_to(ROOT).as_posix()}:{node.lineno}")
    for module in source.modules:
        for form in source.within[id(module)]:
            if _is_sentence(form):
                found.setdefault(form, f"{module.path.relative_to(ROOT).as_posix()}")
    return sorted(Sentence(*one) for one in found.items())


def lacking() -> list[dict[str, Any]]:
    """Sentences without German, each with where it is said and the table it goes to."""
    found = [one for one in sentences() if not is_said(one.form)]
    return [{"sentence": one.form, "said": one.place, "german": "", "table": _table(one.place)} for one in found]


def unused() -> list[str]:
    """What is in German and nobody says: in no file of the three floors are its words. Pydantic's are its own."""
    texts, said = " ".join(_texts()), {one.form for one in sentences()} | set(VALUES)
    return [form for form in GERMAN if form not in said and not all(part in texts for part in form.split(HOLE))]


def is_said(form: str) -> bool:
    """Whether all words of a sentence are said in German, and all its values stay in it."""
    marks = [f"\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}{n};" for n in range(form.count(HOLE))]
    left: list[str] = []

    def show(value: str) -> str:
        left.append(value)
        return value

    between = [*marks, ""]
    sample = "".join(part + mark for part, mark in zip(form.split(HOLE), between, strict=True))
    said = translation(sample, "de", show)
    return said is not None and all(mark in said for mark in marks) and not any(map(_is_sentence, left))


def _texts() -> Iterator[str]:
    for floor in _FLOORS.values():
        for file in floor.rglob("*.py"):
            if not _NOT_FOR_PEOPLE.search(file.as_posix()):
                yield " ".join(
                    node.value
                    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
                    if isinstance(node, ast.Constant) and isinstance(node.value, str)
                )


def _table(place: str) -> str:
    """The room's table, else that of its floor."""
    floor, _package, room = place.split("/")[:3]
    own = {"domain": "contracts", "server": "server", "station_agent": "devices"}[floor]
    name = room if (_TABLES / f"{room}.py").is_file() else own
    return (_TABLES / f"{name}.py").relative_to(ROOT).as_posix()


def _sites(module: Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    if _TELLING.search(module.path.as_posix()):
        yield from ((node, node) for node in _texts_in(module))
    is_station = _FLOORS["station"] in module.path.parents
    for node in module.owner:
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        if name in _FIRST:
            yield from ((node, words) for words in argument(node, 0, "detail"))
        elif name in _NAMED:
            yield from ((node, words) for words in argument(node, *_NAMED[name]))
        elif is_station and name not in _LOGGED:
            yield from ((node, word.value) for word in node.keywords if word.arg in _SAID)


def _texts_in(module: Module) -> Iterator[ast.expr]:
    """Texts that are no docstring, no part of another and in no line of a log."""
    left_out: set[ast.AST] = set()
    for node in module.owner:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Call) and called(node) in _LOGGED):
            left_out.update(one for one in ast.walk(node) if one is not node)
    for node in module.owner:
        if node in left_out or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        text = ast.unparse(node)[1:-1] if isinstance(node, ast.JoinedStr) else str(node.value)
        if _THREE_WORDS.search(text) and not _NO_SENTENCE.search(text):
            yield node


def _is_sentence(form: str) -> bool:
    words = re.sub(r"\b(and|or)\b", "", form.replace(HOLE, ""))
    return bool(re.search(r"[A-Za-z]{2}", words)) and not _CODES.fullmatch(form)

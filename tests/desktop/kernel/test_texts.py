"""Texts in the person's language: the catalogue, what it holds, and how a program comes to speak it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame.application import Application, Options
from unison_desktop.frame.crash import CrashRecorder
from unison_desktop.kernel.catalogue import FOLDER, WITHIN, languages, read_catalogue, read_entries
from unison_desktop.kernel.language import is_spoken, speak_as_remembered, speak_for_toolkit
from unison_desktop.kernel.preferences import Preferences
from unison_desktop.kernel.texts import _ as said
from unison_desktop.kernel.texts import language_for, pgettext, speak, spoken
from unison_dev.texts import Text, placeholders, texts, write_catalogue
from unison_domain.sentences.german import FIELDS as GERMAN_FIELDS
from unison_domain.sentences.german import GERMAN, MADE

from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.inbox_samples import serve_preferences

MEND = "run ./unison texts, then translate what it names"


@pytest.fixture
def german() -> Iterator[None]:
    """Texts in German while the test runs."""
    speak("de")
    yield
    speak("en")


@pytest.mark.parametrize("language", languages())
def test_every_text_is_translated_and_nothing_else(language: str) -> None:
    wanted, known = {text.key for text in texts()}, read_catalogue(language)
    assert wanted - known.keys() == set(), f"not translated to {language}: {MEND}"
    assert known.keys() - wanted == set(), f"translated to {language}, and no longer in the source: {MEND}"


@pytest.mark.parametrize("language", languages())
def test_a_translation_has_the_placeholders_and_edges_of_its_text(language: str) -> None:
    for key, translated in read_catalogue(language).items():
        english = key.rpartition(WITHIN)[2]
        assert placeholders(english) == placeholders(translated), f"other names in braces: {english!r}, {translated!r}"
        assert _edges(english) == _edges(translated), f"another space, line, & or ellipsis: {english!r}, {translated!r}"


@pytest.mark.parametrize("language", languages())
def test_no_text_is_translated_twice(language: str) -> None:
    keys = [key for file in (FOLDER / language).glob("*.po") for key in read_entries(file.read_text(encoding="utf-8"))]
    assert len(keys) == len(set(keys)), MEND


def test_german_has_one_word_for_a_password() -> None:
    """Two of them in one window are read as two things; `fields.py` has the word."""
    told = [*read_catalogue("de").values(), *GERMAN.values(), *GERMAN_FIELDS.values(), *MADE.values()]
    assert [text for text in told if "passwo" in text.lower().replace("password", "").replace("ö", "o")] == []


def test_the_text_of_an_entry_may_be_wrapped_quoted_and_in_a_context() -> None:
    po = """msgid ""
msgstr "Language: de\\n"

#: somewhere.py
msgid "Say \\"{word}\\"\\n"
"and go"
msgstr ""
"„{word}“ sagen\\n"
"und gehen"

msgctxt "key"
msgid "Left"
msgstr "Links"

msgid "Not yet"
msgstr ""

#~ msgid "Gone"
#~ msgstr "Weg"
"""
    assert read_entries(po) == {'Say "{word}"\nand go': "„{word}“ sagen\nund gehen", f"key{WITHIN}Left": "Links"}


def test_what_is_written_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_dev.texts.FOLDER", tmp_path)
    (tmp_path / "de").mkdir()
    (tmp_path / "de" / "gone.po").write_text("", encoding="utf-8")
    found = [Text('a "b"\n\\c', "frame/page.py"), Text(f"key{WITHIN}Left", "machines/page.py")]
    known = {'a "b"\n\\c': '\tx "y"\n\\z', f"key{WITHIN}Left": "Links"}
    write_catalogue("de", found, known)
    files = sorted((tmp_path / "de").iterdir())
    assert [file.name for file in files] == ["frame.po", "machines.po"]
    read = [read_entries(file.read_text(encoding="utf-8")) for file in files]
    assert {**read[0], **read[1]} == known


def test_a_text_must_be_written_where_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_dev.texts.SOURCE", tmp_path)
    (tmp_path / "page.py").write_text('TITLE = "Lots"\nprint(_(TITLE))\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"page\.py:2: _\(TITLE\) is no text as written"):
        texts()


@pytest.mark.parametrize(
    ("wanted", "found"), [("de", "de"), ("de_AT", "de"), ("de-CH", "de"), ("en-GB", "en"), ("fr", "en"), ("C", "en")]
)
def test_a_language_without_a_catalogue_is_english(wanted: str, found: str) -> None:
    assert language_for(wanted) == found


def test_one_word_of_two_meanings(german: None) -> None:
    assert (said("Read"), pgettext("of a message", "Read")) == ("Lesen", "Gelesen")
    speak("en")
    assert (said("Read"), pgettext("of a message", "Read")) == ("Read", "Read")


def test_texts_of_modules_are_in_the_language_that_is_remembered(tmp_path: Path) -> None:
    preferences = Preferences(tmp_path)
    preferences.set("language/choice", "de-AT")
    preferences.save()
    program = (
        "import json, sys; from pathlib import Path;"
        "from unison_desktop.kernel.language import speak_as_remembered;"
        "speak_as_remembered(Path(sys.argv[1]));"
        "from unison_desktop.machines.states import LOOKS;"
        "print(json.dumps([look.text for look in LOOKS.values()]))"
    )
    run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert {"Störung", "Rüsten", "Läuft", "Wartung"} < set(json.loads(run.stdout))


def test_the_program_starts_before_any_text_is_made() -> None:
    program = (
        "import sys, unison_desktop.__main__, unison_desktop.kernel.language;"
        "print([name for name in sys.modules if name.startswith(('unison_desktop.frame', 'unison_desktop.identity'))])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_folder_that_can_not_be_used_remembers_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    speak_as_remembered(tmp_path / "file" / "desktop")
    assert spoken() == "en"


def test_keys_are_called_as_on_the_keyboard_and_mean_the_same(german: None, qapp: QApplication) -> None:
    speak_for_toolkit(qapp)
    try:
        keys = QKeySequence("Ctrl+Shift+S")
        assert keys.toString(QKeySequence.SequenceFormat.NativeText) == "Strg+Umschalt+S"
        assert keys.toString() == "Ctrl+Shift+S"
    finally:
        for translator in qapp.findChildren(QTranslator):
            qapp.removeTranslator(translator)
            translator.deleteLater()


def test_a_language_chosen_elsewhere_is_said_to_come_with_the_next_start(
    qtbot: QtBot, qapp: QApplication, server: FakeServer, tmp_path: Path
) -> None:
    before = QLocale()
    serve_preferences(server, version=3, language="de")
    program = Application(qapp, tmp_path, Options(server.url, "DEMO", "paula", "secret"), CrashRecorder(tmp_path, qapp))
    program.start()
    try:
        qtbot.waitUntil(lambda: bool(program.messages.history), timeout=60_000)
        assert program.messages.history[0].text == "Texts are in Deutsch from the next start of Unison on."
        assert Preferences(tmp_path).text("language/choice") == "de"
        assert not is_spoken("de")
        assert is_spoken("en-GB")
    finally:
        program.stop()
        program.deleteLater()
        QLocale.setDefault(before)


def _edges(text: str) -> tuple[str, ...]:
    start, end = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return start, end, "\n" * text.count("\n"), "&" * text.count("&"), "…" * text.endswith("…")

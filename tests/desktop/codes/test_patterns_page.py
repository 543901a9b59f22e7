"""The page of item patterns and its form."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.codes.page import ScansPage
from unison_desktop.codes.pattern_form import PatternDialog
from unison_desktop.codes.patterns_page import PatternsPage
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.editors import TextEditor
from unison_desktop.frame.place import Place

from tests.desktop.codes.samples import BOLTS, UNUSED, serve_patterns
from tests.desktop.fake_server import FakeServer

POST = "POST /item-code-patterns"


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[PatternsPage]:
    refused = {"id": UUID(int=3), "name": "Ahead", "pattern": r"(?P<lot>\w+)(?=!)", "is_active": True}
    serve_patterns(server, UNUSED.model_copy(update=refused))
    made = PatternsPage(desk, Place("item-patterns"))
    made.resize(1000, 600)
    made.show()
    made.reload()
    qtbot.waitUntil(lambda: made.table.model.rowCount() == 3)
    yield made
    made.close()
    made.deleteLater()


def opened(page: PatternsPage) -> PatternDialog:
    (dialog,) = page.findChildren(PatternDialog)
    return dialog


def fill(dialog: PatternDialog, **typed: str) -> None:
    for name, text in typed.items():
        editor = dialog.form.editor(name)
        assert isinstance(editor, TextEditor)
        editor.line.setText(text)
        editor.line.textEdited.emit(text)


def test_patterns_are_listed_with_their_symbologies(page: PatternsPage) -> None:
    model = page.table.model
    rows = [tuple(column.shown(row) for column in model.columns) for row in model.rows()]
    assert rows == [
        ("Bolts", r"B-(?P<part>\d{4})", "Code 39 (A)", "yes"),
        ("Old", r"(?P<order>B.*)", "any", "no"),
        ("Ahead", r"(?P<lot>\w+)(?=!)", "any", "refused"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("B-1234", "Bolts: part 1234"),
        ("]C0B-1234", "Not understood: no pattern fits, and no standard."),
        ("12345670", "GTIN alone: GTIN 00000012345670"),
        ("UN1:XX:1", "is no kind"),
        ("", ""),
    ],
)
def test_a_text_is_tried_by_all_that_are_in_use(page: PatternsPage, text: str, words: str) -> None:
    page.trial.line.setText(text)
    assert page.trial.says.isVisible() is bool(text)
    assert words in page.trial.says.text()


def test_a_new_pattern_is_tried_as_it_is_typed_and_sent(qtbot: QtBot, page: PatternsPage, server: FakeServer) -> None:
    server.answer(POST, BOLTS, status=201)
    page.trial.line.setText("B-1234")
    page._new()
    dialog = opened(page)
    assert dialog.trial.line.text() == "B-1234"
    fill(dialog, name="Boxes", pattern="(?P<lot>B")
    assert "no regular expression" in dialog.trial.says.text()
    fill(dialog, pattern="(?P<lot>B.*)", symbologies="A, C0")
    assert dialog.trial.says.text().splitlines()[1:] == ["Boxes: lot B-1234", "Bolts: part 1234"]
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for(POST)))
    body = {"name": "Boxes", "pattern": "(?P<lot>B.*)", "symbologies": ["A", "C0"]}
    assert server.asked_for(POST)[0].body == body


def test_tab_goes_from_the_last_field_to_the_text_to_try(page: PatternsPage) -> None:
    page._new()
    dialog = opened(page)
    symbologies = dialog.form.editor("symbologies")
    assert isinstance(symbologies, TextEditor)
    symbologies.line.setFocus()
    QTest.keyClick(symbologies.line, Qt.Key.Key_Tab)
    assert dialog.focusWidget() is dialog.trial.line
    QTest.keyClick(dialog.trial.line, Qt.Key.Key_Tab)
    assert dialog.focusWidget() is dialog.save_button
    dialog.close()


def test_what_would_take_for_ever_is_told_before_it_is_sent(page: PatternsPage, server: FakeServer) -> None:
    page._new()
    dialog = opened(page)
    fill(dialog, name="Ahead", pattern="(?P<lot>" + "a?" * 26 + ")")
    dialog.save()
    assert server.asked_for(POST) == []
    dialog.form.open({})
    dialog.close()


def test_one_is_put_out_of_use(qtbot: QtBot, page: PatternsPage, server: FakeServer) -> None:
    put = f"PUT /item-code-patterns/{BOLTS.id}"
    server.answer(put, BOLTS.model_copy(update={"is_active": False, "version": 2}))
    page.table.view.select_ids([BOLTS.id])
    page._edit()
    dialog = opened(page)
    dialog.trial.line.setText("B-1234")
    assert dialog.trial.says.text() == "Bolts: part 1234"
    dialog.form.fill({"is_active": False})
    dialog.save()
    qtbot.waitUntil(lambda: bool(server.asked_for(put)))
    (asked,) = server.asked_for(put)
    body = {"name": "Bolts", "pattern": r"B-(?P<part>\d{4})", "symbologies": ["A"], "is_active": False}
    assert (asked.headers["if-match"], asked.body) == ('"1"', body)


@pytest.mark.parametrize(
    ("rights", "edit", "empty"),
    [
        (("codes.pattern.create", "codes.pattern.update"), "There is no pattern to change yet.", "“New pattern…”"),
        (("codes.pattern.read",), "(codes.pattern.update)", "(codes.pattern.create)"),
    ],
)
def test_where_there_is_none_nothing_is_offered_that_can_t_be_done(
    qtbot: QtBot, desk: Desk, server: FakeServer, rights: tuple[str, ...], edit: str, empty: str
) -> None:
    assert desk.session.me is not None
    desk.session.me = desk.session.me.model_copy(update={"permissions": list(rights)})
    server.answer("GET /item-code-patterns", [])
    made = PatternsPage(desk, Place("item-patterns"))
    made.reload()
    qtbot.waitUntil(lambda: empty in made.table.view.notice)
    command = next(one for one in made.commands if one.id == "pattern.edit")
    assert not command.isEnabled()
    assert edit in command.toolTip()
    made.deleteLater()


def test_the_scans_lead_to_it(qtbot: QtBot, desk: Desk) -> None:
    scans = ScansPage(desk, Place("scans"))
    with qtbot.waitSignal(scans.go) as went:
        next(command for command in scans.commands if command.id == "scans.patterns").trigger()
    assert went.args == [Place("item-patterns")]
    scans.deleteLater()

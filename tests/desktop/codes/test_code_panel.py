"""What a code says, and what it names."""

from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.codes.page import ScansPage
from unison_desktop.frame.question import Question
from unison_domain.codes.contracts import ScanAnswer, ScanLookup, ScanReference
from unison_domain.codes.reading import reading_of
from unison_domain.codes.scanned_text import read_scan
from unison_domain.kernel.contracts import Page

from tests.desktop import samples
from tests.desktop.codes.samples import GS1, PLANT, scan, serve_scans
from tests.desktop.codes.scans_shown import choose, facts, look_up, said
from tests.desktop.fake_server import Answer, Asked, FakeServer


def test_a_guess_is_told_as_one_wherever_it_is_told(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    serve_scans(server, [scan(0, "]A012345670"), scan(1, "]E04006381333931")])
    page.reload()
    words = ["perhaps GTIN 00000012345670", "GTIN 04006381333931"]
    qtbot.waitUntil(lambda: said(page, "what") == words)
    choose(page, 0)
    assert page.panel.heading.text() == words[0]


def test_the_parts_of_a_code_are_told_with_its_warning(page: ScansPage) -> None:
    choose(page, 0)
    assert facts(page.panel)[:5] == [
        ("GS1", "", ""),
        ("GTIN", "(01)", "09506000134352"),
        ("NET WEIGHT (kg)", "(3103)", "0.125"),
        ("BATCH/LOT", "(10)", "ABC123"),
        ("USE BY or EXPIRY", "(17)", "2025-12-31"),
    ]
    assert not page.panel.odd.isVisible()
    choose(page, 2)
    assert "may have dropped a separator" in page.panel.odd.text()
    assert page.panel.odd.isVisible()


def test_a_text_with_several_readings_shows_each(page: ScansPage) -> None:
    choose(page, 4)
    titles = [what for what, _by, value in facts(page.panel) if not value]
    assert titles == ["Item pattern: Bolts (not certain)", "Item pattern: Nuts (not certain)", "Scan"]


def test_enter_shows_what_a_code_is(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    code = "UN1:MA:S%C3%A4ge/1 a"
    reading = reading_of(read_scan(code.upper()), samples.NOW.date())
    found = ScanLookup(
        reading=reading, reference=ScanReference(type="machine", id=PLANT, code="Säge/1 a", name="Saw", plant_id=PLANT)
    )
    seen: list[str] = []

    def answer(asked: Asked) -> Answer:
        seen.append(asked.body["code"])
        return Answer(found.model_dump(mode="json"))

    server.answer_with("POST /qr-scans/lookup", answer)
    look_up(qtbot, page, code)
    qtbot.waitUntil(lambda: page.panel.heading.text() == "Säge/1 a: Saw")
    assert seen == [code]
    assert not page.panel.undo_button.isVisible()
    assert page.lookup.selectedText() == code


def test_a_code_that_names_nothing_is_told_with_what_was_understood(
    qtbot: QtBot, page: ScansPage, server: FakeServer
) -> None:
    serve_scans(server, [])
    reading = reading_of(read_scan(GS1), samples.NOW.date()).model_dump(mode="json")
    body = {
        "title": "Not found",
        "status": 404,
        "code": "code_unknown",
        "detail": "Nothing here is known by it",
        "parameters": {"reading": reading},
    }
    server.answer("POST /qr-scans/lookup", body, status=404)
    look_up(qtbot, page, "X-1")
    qtbot.waitUntil(lambda: page.panel.odd.text() == "Nothing here is known by it")
    assert ("BATCH/LOT", "(10)", "ABC123") in facts(page.panel)
    qtbot.waitUntil(lambda: facts(page.panel)[-1] == ("never scanned", "", ""))
    server.refuse("POST /qr-scans/lookup", 500, "broken", "It broke")
    look_up(qtbot, page, "X-2")
    qtbot.waitUntil(lambda: page.panel.odd.text() == "It broke")
    assert not page.panel.facts.isVisible()


def test_a_code_of_a_set_is_shown_with_its_others(qtbot: QtBot, page: ScansPage, server: FakeServer) -> None:
    group = UUID(int=77)
    part, serial, alone = (
        scan(0, "PART-1", part="part", group_id=group),
        scan(1, "SN-7", part="serial", group_id=group, undone_at=samples.NOW),
        scan(2, "X"),
    )

    def answer(asked: Asked) -> Answer:
        items = [part, serial] if asked.query.get("group_id") == [str(group)] else [part, serial, alone]
        return Answer(Page[ScanAnswer](items=items).model_dump(mode="json"))

    server.answer_with("GET /qr-scans/history", answer)
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 3)
    choose(page, 0)
    qtbot.waitUntil(lambda: facts(page.panel)[-2:] == [("The set", "", ""), ("serial", "taken back", "SN-7")])
    page.show_newest()
    titles = [what for what, _by, _value in facts(page.panel)]
    assert titles.count("The set") == 1, "it stands while it is read anew"
    qtbot.waitUntil(lambda: page.panel._asking is None)
    assert [what for what, _by, _value in facts(page.panel)] == titles
    choose(page, 2)
    assert "The set" not in [what for what, _by, _value in facts(page.panel)]


def test_a_set_is_taken_back_as_one_after_a_question_that_names_its_codes(
    qtbot: QtBot, page: ScansPage, server: FakeServer
) -> None:
    group = UUID(int=77)
    part, serial = scan(0, "PART-1", part="part", group_id=group), scan(1, "SN-7", part="serial", group_id=group)
    serve_scans(server, [part, serial])
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 2)
    choose(page, 0)
    page.panel.reason.setText("wrong box")
    qtbot.waitUntil(lambda: page.panel.undo_button.text() == "Undo set…" and page.panel.undo_button.isEnabled())
    path = f"POST /qr-scans/{part.id}/undo"
    server.answer(path, part.model_copy(update={"undone_at": samples.NOW}))
    QTest.mouseClick(page.panel.undo_button, Qt.MouseButton.LeftButton)
    (question,) = page.panel.findChildren(Question)
    assert question.text() == "Take back all 2 codes of the set?"
    assert question.informativeText().splitlines()[1:] == ["serial: SN-7", "part: PART-1"]
    question.reject()
    assert server.asked_for(path) == [], "nothing without a yes"
    QTest.mouseClick(page.panel.undo_button, Qt.MouseButton.LeftButton)
    again = next(one for one in page.panel.findChildren(Question) if one.isVisible())
    again.yes.click()
    qtbot.waitUntil(lambda: bool(page.desk.messages.history))
    assert "serial: SN-7, part: PART-1" in page.desk.messages.history[-1].text
    (asked,) = server.asked_for(path)
    assert asked.body == {"reason": "wrong box"}


def test_no_code_of_a_set_is_taken_back_before_its_others_are_known(
    qtbot: QtBot, page: ScansPage, server: FakeServer
) -> None:
    alone = scan(0, "PART-1", part="part", group_id=UUID(int=77))
    serve_scans(server, [alone])
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 1)
    server.refuse("GET /qr-scans/history", 500, "broken", "It broke")
    choose(page, 0)
    page.panel.reason.setText("wrong box")
    qtbot.waitUntil(lambda: page.panel._asking is None)
    assert not page.panel.undo_button.isEnabled()
    says = "The other codes of its set could not be read: choose the scan again."
    assert (page.panel.undo_button.toolTip(), page.panel.refusal.text()) == (says, says)
    assert page.panel.refusal.isVisible()
    serve_scans(server, [alone])
    page.panel.show_scan(page.table.model.rows()[0])
    assert page.panel.undo_button.toolTip() == "The other codes of its set are being read."
    qtbot.waitUntil(page.panel.undo_button.isEnabled)
    assert not page.panel.undo_button.toolTip()
    assert not page.panel.refusal.isVisible()

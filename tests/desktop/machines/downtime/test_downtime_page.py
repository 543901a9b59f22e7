from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.machines.downtime.book import cause_text, class_text
from unison_desktop.machines.downtime.merge_dialog import MergeDialog
from unison_desktop.machines.downtime.page import DowntimePage
from unison_desktop.machines.downtime.scope import ScopeBar
from unison_desktop.machines.downtime.split_dialog import SplitDialog
from unison_domain.machines.contracts import CauseSource
from unison_domain.machines.downtime_contracts import (
    DowntimeCategory,
    DowntimeChangeKind,
    DowntimeEvent,
    DowntimeSplit,
)

from tests.desktop.fake_server import Answer, Asked, FakeServer
from tests.desktop.machines.downtime.samples import FIRST, SECOND, THIRD, change, event, said, serve_downtime


def choose(page: DowntimePage, *events: DowntimeEvent) -> None:
    page.table.view.select_ids([one.id for one in events])
    page._choose([one.id for one in events])


def type_reason(page: DowntimePage, typed: str) -> None:
    page.table.view.row_opened.emit(page.chosen[0])
    QTest.keyClicks(page.panel.picker.line, typed)
    QTest.keyClick(page.panel.picker.line, Qt.Key.Key_Return)


def asked(server: FakeServer, one: DowntimeEvent, step: str = "assign") -> list[Asked]:
    return server.asked_for(f"POST /downtime-events/{one.id}/{step}")


def said_texts(desk: Desk) -> list[str]:
    return [message.text for message in desk.messages.history]


def test_a_number_and_enter_give_a_reason_and_lead_to_the_next(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    server.answer(f"POST /downtime-events/{FIRST.id}/assign", said(FIRST, 111))
    choose(page, FIRST)
    type_reason(page, "111")
    assert page.chosen == [SECOND]
    assert page.panel.picker.line.text() == ""
    qtbot.waitUntil(lambda: "Mill 2: 111 Spindle bearing." in said_texts(shop_desk))
    (request,) = asked(server, FIRST)
    assert request.body == {"downtime_reason_id": str(UUID(int=111))}
    assert request.headers["if-match"] == '"0"'


def test_a_part_of_a_name_finds_a_reason(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    server.answer(f"POST /downtime-events/{FIRST.id}/assign", said(FIRST, 120))
    choose(page, FIRST)
    type_reason(page, "elec")
    qtbot.waitUntil(lambda: bool(asked(server, FIRST)))
    assert asked(server, FIRST)[0].body == {"downtime_reason_id": str(UUID(int=120))}


def test_reasons_of_other_machine_types_and_old_ones_are_not_offered(page: DowntimePage) -> None:
    choose(page, FIRST)
    offered = {one.number for one in page.panel.picker._reasons}
    assert 110 in offered
    assert not {310, 820, 821} & offered


def test_one_reason_for_several_stops_each_as_it_was_seen(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    for one in (FIRST, SECOND):
        server.answer(f"POST /downtime-events/{one.id}/assign", said(one, 810))
    choose(page, FIRST, SECOND)
    type_reason(page, "break")
    qtbot.waitUntil(lambda: bool(asked(server, FIRST)) and bool(asked(server, SECOND)))
    assert page.chosen == [THIRD]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"is_another": False, "change": "annotated", "changed_by": "Ben"}, "Ben changed it meanwhile"),
        ({"is_another": True, "change": "merged", "changed_by": "Ben"}, "Ben changed it meanwhile"),
        ({"is_another": True}, "part of another stop by now, for the machine's states changed"),
    ],
)
def test_a_refusal_names_who_changed_it_last_and_not_who_said_its_cause(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, told: dict[str, Any], words: str
) -> None:
    clash = {"title": "Conflict", "status": 409, "code": "version_clash", "detail": "changed", "parameters": told}
    current = said(FIRST, 200, by="Maria").model_dump(mode="json")
    server.answer(f"POST /downtime-events/{FIRST.id}/assign", {**clash, "current": current}, status=409)
    choose(page, FIRST)
    type_reason(page, "111")
    qtbot.waitUntil(page.clashes.isVisible)
    assert words in page.clashes.words.text()


def test_who_was_quicker_is_told_and_the_own_choice_waits(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    now = said(FIRST, 200, by="Maria")
    clash = {"title": "Conflict", "status": 409, "code": "version_clash", "detail": "changed"}
    current = now.model_dump(mode="json")
    server.answer(f"POST /downtime-events/{FIRST.id}/assign", {**clash, "current": current}, status=409)
    choose(page, FIRST)
    type_reason(page, "111")
    qtbot.waitUntil(page.clashes.isVisible)
    assert "Maria changed it meanwhile" in page.clashes.words.text()
    assert "is now 200 Setup" in page.clashes.words.text()
    assert "You wanted 111 Spindle bearing" in page.clashes.words.text()
    server.answer(f"GET /downtime-events/{FIRST.id}/changes", [])
    page.clashes.look.click()
    assert page.chosen == [now]
    assert page.panel.picker.chosen == UUID(int=111)
    server.answer(f"POST /downtime-events/{FIRST.id}/assign", said(FIRST, 111, version=2))
    QTest.keyClick(page.panel.picker.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(asked(server, FIRST)) == 2)
    assert asked(server, FIRST)[1].headers["if-match"] == '"1"'


def test_a_split_that_clashed_is_asked_for_once_more_where_it_was(
    qtbot: QtBot, page: DowntimePage, server: FakeServer
) -> None:
    now = said(FIRST, 200, by="Maria")
    clash = {"title": "Conflict", "status": 409, "code": "version_clash", "detail": "changed"}
    server.answer(
        f"POST /downtime-events/{FIRST.id}/split", {**clash, "current": now.model_dump(mode="json")}, status=409
    )
    cut = DowntimeSplit(at=FIRST.started_at + timedelta(seconds=61), later_reason_id=UUID(int=111))
    page.editing.split(FIRST, cut)
    qtbot.waitUntil(page.clashes.isVisible)
    shown = f"{cut.at.astimezone(page.book.zone_of(FIRST)):%H:%M:%S}"
    assert page.clashes.words.text().endswith(f"You wanted to split it at {shown}; that is kept for a second try.")
    server.answer(f"GET /downtime-events/{FIRST.id}/changes", [])
    page.clashes.look.click()
    (dialog,) = page.findChildren(SplitDialog)
    assert dialog.line.text() == shown
    with qtbot.waitSignal(dialog.confirmed) as confirmed:
        dialog.yes.click()
    assert confirmed.args == [now, cut]


def test_undo_takes_back_all_that_was_done_at_once(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    for one in (FIRST, SECOND):
        server.answer(f"POST /downtime-events/{one.id}/assign", said(one, 810))
        server.answer(f"POST /downtime-events/{one.id}/undo", one.model_copy(update={"version": 2}))
    choose(page, FIRST, SECOND)
    type_reason(page, "810")
    qtbot.waitUntil(lambda: not page.editing.is_busy)
    page.stop_actions.undo()
    qtbot.waitUntil(lambda: bool(asked(server, FIRST, "undo")) and bool(asked(server, SECOND, "undo")))
    assert asked(server, FIRST, "undo")[0].headers["if-match"] == '"1"'
    qtbot.waitUntil(lambda: sum("Taken back" in text for text in said_texts(shop_desk)) == 2)


def test_what_the_alarm_says_stays_beside_what_a_person_says(
    qtbot: QtBot, page: DowntimePage, server: FakeServer
) -> None:
    both = said(SECOND, 200)
    serve_downtime(server, [], [both])
    page.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 1)
    shown = {column.key: column.shown(page.table.model.row_at(0)) for column in page.table.model.columns}
    assert shown["reason"] == "200 Setup"
    assert shown["machine_says"] == "Spindle hot → 120 Electrical"
    choose(page, both)
    assert "200 Setup (Setup), Maria" in page.panel._facts.text()
    assert "Spindle hot → 120 Electrical" in page.panel._facts.text()


def test_a_stop_that_somebody_else_explains_leaves_the_queue(
    qtbot: QtBot, page: DowntimePage, server: FakeServer
) -> None:
    serve_downtime(server, [SECOND, THIRD], [])
    server.happen("machines.downtime.assigned", FIRST.machine_id)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 2)
    assert page.tabs.tabText(0) == "Without a reason (2)"


def test_a_stop_is_split_at_a_typed_time(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    server.answer(f"POST /downtime-events/{FIRST.id}/split", FIRST.model_copy(update={"version": 1}))
    choose(page, FIRST)
    page.stop_actions.split()
    dialog = page.findChild(SplitDialog)
    assert dialog is not None
    at = page.book.start(FIRST).replace(second=0, microsecond=0)
    at = at.replace(minute=(at.minute + 5) % 60, hour=(at.hour + (at.minute + 5) // 60) % 24)
    dialog.line.selectAll()
    QTest.keyClicks(dialog.line, at.strftime("%H:%M"))
    dialog.yes.click()
    qtbot.waitUntil(lambda: bool(asked(server, FIRST, "split")))
    body = asked(server, FIRST, "split")[0].body
    assert body["at"].startswith(at.astimezone(FIRST.started_at.tzinfo).strftime("%Y-%m-%dT%H:%M:00"))


def test_parts_of_one_stop_become_one(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    assert FIRST.ended_at is not None
    later = event(5, machine_id=FIRST.machine_id, started_at=FIRST.ended_at, version=4)
    serve_downtime(server, [FIRST, later], [])
    server.answer(f"POST /downtime-events/{FIRST.id}/merge", said(FIRST, 200))
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 2)
    choose(page, FIRST)
    page.stop_actions.merge_after()
    qtbot.waitUntil(lambda: bool(asked(server, FIRST, "merge")))
    assert asked(server, FIRST, "merge")[0].body == {"other_id": str(later.id), "other_version": 4}


@pytest.mark.parametrize(
    ("keys", "number"),
    [([Qt.Key.Key_Return], 200), ([Qt.Key.Key_Tab, Qt.Key.Key_Return], 111)],
)
def test_of_two_reasons_the_person_says_which_both_parts_have(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk, keys: list[Qt.Key], number: int
) -> None:
    assert FIRST.ended_at is not None
    mine = said(FIRST, 200)
    other = said(event(5, machine_id=FIRST.machine_id, started_at=FIRST.ended_at), 111, by="Ben", version=4)
    told = [{"id": str(UUID(int=200)), "code": "200", "name": "Setup", "by": "Maria"}]
    told.append({"id": str(UUID(int=111)), "code": "111", "name": "Spindle bearing", "by": "Ben"})

    def merged(request: Asked) -> Answer:
        if "downtime_reason_id" in request.body:
            return Answer(body=said(FIRST, number, version=5))
        problem = {"title": "t", "status": 409, "code": "two_causes", "detail": "d", "parameters": {"reasons": told}}
        return Answer(problem, 409)

    server.answer_with(f"POST /downtime-events/{FIRST.id}/merge", merged)
    page.editing.merge(mine, other)
    qtbot.waitUntil(lambda: page.findChild(MergeDialog) is not None)
    dialog = page.findChild(MergeDialog)
    assert dialog is not None
    assert [one.text() for one in dialog.buttons] == ["200 Setup, said by Maria", "111 Spindle bearing, said by Ben"]
    assert "d" not in said_texts(shop_desk), "it is asked, not refused"
    for key in keys:
        QTest.keyClick(dialog.focusWidget() or dialog, key)
    qtbot.waitUntil(lambda: len(asked(server, FIRST, "merge")) == 2)
    assert asked(server, FIRST, "merge")[1].body == {
        "other_id": str(other.id),
        "other_version": 4,
        "downtime_reason_id": str(UUID(int=number)),
    }


def test_another_refusal_is_told(qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk) -> None:
    server.refuse(f"POST /downtime-events/{FIRST.id}/assign", 422, "inactive", "The reason is no longer used")
    choose(page, FIRST)
    type_reason(page, "111")
    qtbot.waitUntil(lambda: "The reason is no longer used" in said_texts(shop_desk))


def test_without_the_right_nothing_is_sent(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    held = shop_desk.session.me
    assert held is not None
    lacking = [right for right in held.permissions if right != "machines.downtime.assign"]
    shop_desk.session.me = held.model_copy(update={"permissions": lacking})
    choose(page, FIRST)
    type_reason(page, "111")
    assert asked(server, FIRST) == []
    assert any("machines.downtime.assign" in text for text in said_texts(shop_desk))


def test_an_empty_answer_of_the_queue_is_said(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    server.answer_with("GET /downtime-events/unassigned", lambda _asked: Answer({"items": [], "next_cursor": None}))
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 0)
    assert page.head._subtitle.text() == "No stop waits for a reason"


def test_however_old_it_is_a_stop_without_a_reason_can_be_seen(
    qtbot: QtBot, page: DowntimePage, server: FakeServer, shop_desk: Desk
) -> None:
    queue = "GET /downtime-events/unassigned"
    longest = page.scope.period.choice.findText("Last 30 days, and all without a reason")
    page.scope.period.choice.setCurrentIndex(longest)
    page.scope.period.choice.activated.emit(longest)
    qtbot.waitUntil(lambda: server.asked_for(queue)[-1].query["from"] == ["1970-01-01T00:00:00+00:00"])
    page.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: bool(server.asked_for("GET /downtime-events")))
    now = page.contact.now()
    assert page.scope.query(now)["from"] == (now - timedelta(days=30)).isoformat()
    again = ScopeBar(page, shop_desk.layout, has_queue=True)
    assert again.words()[0].endswith("all without a reason")
    assert ScopeBar(page, shop_desk.layout).words()[0].endswith("Last 30 days")


def test_a_class_that_only_the_state_tells_says_so() -> None:
    fault = FIRST.model_copy(
        update={"downtime_category": DowntimeCategory.FAILURE, "cause_source": CauseSource.INFERRED}
    )
    assert (class_text(fault), cause_text(fault)) == ("Failure (inferred)", "Failure (inferred)")
    assert class_text(said(FIRST, 111)) == "Failure"
    assert class_text(FIRST) is None


def test_the_history_tells_who_confirmed_that_a_reason_was_put_away(
    qtbot: QtBot, page: DowntimePage, server: FakeServer
) -> None:
    entries = [change(2, said_by_name="Ben", confirmed_by_name="Quinn"), change(1)]
    server.answer(f"GET /downtime-events/{FIRST.id}/changes", entries)
    choose(page, FIRST)
    qtbot.waitUntil(lambda: page.panel.history.count() == 2)
    lines = page.panel.history.item(0).text().splitlines()
    assert lines[1] == "Another person's reason: confirmed by Quinn"
    assert "confirmed" not in page.panel.history.item(1).text()


def history(page: DowntimePage) -> list[str]:
    return [page.panel.history.item(row).text() for row in range(page.panel.history.count())]


def test_the_history_is_never_that_of_another_stop(qtbot: QtBot, page: DowntimePage, server: FakeServer) -> None:
    of_first, of_second = (f"GET /downtime-events/{one.id}/changes" for one in (FIRST, SECOND))
    server.answer(of_first, [change(1)])
    server.refuse(of_second, 503, "unavailable", "Not now")
    choose(page, FIRST)
    qtbot.waitUntil(lambda: len(history(page)) == 1 and "Maria" in history(page)[0])
    choose(page, SECOND)
    assert history(page) == []
    qtbot.waitUntil(lambda: history(page) == ["Not known while the server is away."])
    server.answer(of_second, [change(2, said_by_name="Ben")])
    page.reload()
    qtbot.waitUntil(lambda: len(history(page)) == 1 and "Ben" in history(page)[0])


def test_a_history_that_comes_late_is_not_shown_beside_the_next_stop(
    qtbot: QtBot, page: DowntimePage, server: FakeServer
) -> None:
    shown: list[str] = []
    page.panel.history.model().rowsInserted.connect(lambda: shown.extend(history(page)))
    server.answer(f"GET /downtime-events/{FIRST.id}/changes", [change(1)])
    choose(page, FIRST)
    choose(page, SECOND)
    qtbot.waitUntil(lambda: "Nobody said anything yet." in shown)
    assert shown == ["Nobody said anything yet."]


@pytest.mark.parametrize(
    ("undone", "reason", "words"),
    [
        (DowntimeChangeKind.SPLIT, 111, "the split"),
        (DowntimeChangeKind.MERGED, 111, "that two stops are one"),
        (DowntimeChangeKind.ANNOTATED, 111, "the notes"),
        (DowntimeChangeKind.ASSIGNED, 111, "111 Spindle bearing"),
        (DowntimeChangeKind.ASSIGNED, None, "that there is no reason"),
        (None, 111, "111 Spindle bearing"),
    ],
)
def test_the_history_says_what_was_taken_back(
    page: DowntimePage, undone: DowntimeChangeKind | None, reason: int | None, words: str
) -> None:
    reason_id = UUID(int=reason) if reason else None
    entry = change(2, kind=DowntimeChangeKind.UNDONE, undone=undone, downtime_reason_id=reason_id)
    assert page.book.change_text(entry, None).endswith(f"Maria took back: {words}")

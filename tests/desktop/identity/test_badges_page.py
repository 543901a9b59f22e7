"""The page of badges: what is read is sent, and shown nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QDate, QDateTime, Qt, QTime
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.editors import ChoiceEditor
from unison_desktop.frame.form.expiry import ExpiryEditor
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.identity.badges.columns import KINDS, STATES
from unison_desktop.identity.badges.form import GiveDialog
from unison_desktop.identity.badges.own_end import OwnBadgeEndDialog
from unison_desktop.identity.badges.page import BadgesPage
from unison_desktop.identity.people.forms import PasswordEditor
from unison_domain.identity.badge_contracts import BadgeAnswer, BadgeKind, BadgeState

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.opened import MINUTE, command, error_beside, newest, opened, said, shown
from tests.desktop.identity.samples import KIEL, anna, badge, badges, plant

TEXT = "]C1NW-004711"


@pytest.fixture
def place() -> Place:
    """Everybody's; a test about one person overrides it."""
    return Place("badges")


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk, place: Place) -> Iterator[BadgesPage]:
    with opened(qtbot, BadgesPage, people_desk, place) as made:
        yield made


def give(qtbot: QtBot, page: BadgesPage) -> GiveDialog:
    command(page, "badge.give").trigger()
    return newest(qtbot, page, GiveDialog)


def read(page: BadgesPage, text: str) -> None:
    """As a reader types it."""
    QTest.keyClicks(page.finder.typed, text)
    QTest.keyClick(page.finder.typed, Qt.Key.Key_Return)


def test_badges_in_use_are_asked_for_and_ended_ones_when_wanted(
    qtbot: QtBot, page: BadgesPage, server: FakeServer
) -> None:
    assert server.asked_for("GET /badges")[-1].query["is_valid"] == ["true"]
    with qtbot.waitSignal(page.loaded, timeout=MINUTE):
        page.ended.click()
    assert "is_valid" not in server.asked_for("GET /badges")[-1].query
    assert [row[:4] for row in shown(page.table, "person", "kind", "label", "state", "expires")] == [
        ("Anna Berger", "Barcode", "No. 1", "in use"),
        ("Boris Chief", "RFID", "", "in use"),
        ("Anna Berger", "Barcode", "No. 3", "lost"),
        ("Otto Former", "Barcode", "Visitor 4", "expired"),
    ]
    assert shown(page.table, "expires")[0] == ("no end",)


def test_a_badge_ends_by_the_clocks_of_its_plant(qtbot: QtBot, page: BadgesPage, server: FakeServer) -> None:
    ends = [datetime(2026, 12, 31, hour, tzinfo=UTC) for hour in (15, 16)]
    server.answer("GET /plants", [plant(KIEL, "K1", "Kiel", "Asia/Tokyo")])
    server.answer("GET /badges", [badge(number, anna(), expires_at=end) for number, end in enumerate(ends)])
    with qtbot.waitSignal(page.loaded, timeout=MINUTE):
        page.reload()
    assert shown(page.table, "expires") == [("2026-12-31",), ("2027-01-01 01:00",)]


def test_a_badge_is_given_by_holding_it_to_the_reader(qtbot: QtBot, page: BadgesPage, server: FakeServer) -> None:
    server.answer("POST /badges", badge(9, anna()), status=201)
    dialog = give(qtbot, page)
    dialog.form.fill({"user_id": str(anna().id), "kind": "rfid"})
    field = dialog.form.editor("text")
    assert isinstance(field, PasswordEditor)
    assert field.line.echoMode() is QLineEdit.EchoMode.Password
    with qtbot.waitSignal(dialog.saved, timeout=MINUTE):
        QTest.keyClicks(field.line, TEXT)
        QTest.keyClick(field.line, Qt.Key.Key_Return)
    assert server.asked_for("POST /badges")[0].body == {
        "user_id": str(anna().id),
        "kind": "rfid",
        "label": None,
        "expires_at": None,
        "own_password": None,
        "text": TEXT,
    }
    assert "Anna Berger is known by No. 9." in said(page)
    assert "004711" not in said(page)


def test_a_badge_is_nobodys_until_somebody_is_chosen(qtbot: QtBot, page: BadgesPage, server: FakeServer) -> None:
    dialog = give(qtbot, page)
    dialog.form.fill({"text": "x1"})
    dialog.save()
    assert error_beside(qtbot, dialog, "user_id") == "This is needed."
    assert error_beside(qtbot, dialog, "text").startswith("must have 4 to 200 characters")
    assert server.asked_for("POST /badges") == []
    dialog._discard()


def test_a_day_badge_ends_with_the_day(qtbot: QtBot, page: BadgesPage, server: FakeServer) -> None:
    server.answer("POST /badges", badge(9, anna()), status=201)
    dialog = give(qtbot, page)
    good = dialog.form.editor("expires_at")
    assert isinstance(good, ExpiryEditor)
    good.box.setCurrentIndex(good.box.findText("today"))
    dialog.form.fill({"user_id": str(anna().id), "text": TEXT})
    with qtbot.waitSignal(dialog.saved, timeout=MINUTE):
        dialog.save()
    end = datetime.fromisoformat(server.asked_for("POST /badges")[0].body["expires_at"])
    there = end.astimezone(ZoneInfo(page.desk.session.zone))
    assert (there.hour, there.minute) == (0, 0), "of the day where Anna works, whatever this PC shows"
    assert timedelta(0) < end - samples.NOW <= timedelta(days=1, hours=1)


def test_a_moment_is_by_the_clocks_where_the_person_works(
    qtbot: QtBot, page: BadgesPage, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    puebla = ZoneInfo("America/Mexico_City")
    monkeypatch.setattr(page, "_zone_of", lambda whose: puebla if whose == anna().id else ZoneInfo("Europe/Berlin"))
    server.answer("POST /badges", badge(9, anna()), status=201)
    dialog = give(qtbot, page)
    good, person = dialog.form.editor("expires_at"), dialog.form.editor("user_id")
    assert isinstance(good, ExpiryEditor)
    assert isinstance(person, ChoiceEditor)
    good.box.setCurrentIndex(good.box.findText("at a moment…"))
    good.box.activated.emit(good.box.currentIndex())
    good.edit.setDateTime(QDateTime(QDate(2031, 2, 3), QTime(17, 0)))
    person.box.setCurrentIndex(person.box.findData(str(anna().id)))
    person.box.activated.emit(person.box.currentIndex())
    dialog.form.fill({"text": TEXT})
    assert good.clocks.text() == "clocks of America/Mexico_City"
    with qtbot.waitSignal(dialog.saved, timeout=MINUTE):
        dialog.save()
    end = datetime.fromisoformat(server.asked_for("POST /badges")[0].body["expires_at"])
    assert end == datetime(2031, 2, 3, 17, tzinfo=puebla)


def test_a_badge_somebody_has_already_is_told_and_can_be_corrected(
    qtbot: QtBot, page: BadgesPage, server: FakeServer
) -> None:
    server.refuse("POST /badges", 409, "taken", "this badge is Boris Chief's; say that it is lost or revoke it first")
    dialog = give(qtbot, page)
    dialog.form.fill({"user_id": str(anna().id), "text": TEXT})
    dialog.save()
    qtbot.waitUntil(lambda: "Boris Chief" in dialog._error.text(), timeout=MINUTE)
    assert dialog.isVisible()
    dialog._discard()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (badges()[0], "Anna Berger: Barcode, No. 1, in use"),
        (badges()[1], "Boris Chief: RFID, in use"),
        (badges()[2], "Anna Berger: Barcode, No. 3, lost. It names nobody at stations any more."),
        (badges()[3], "Otto Former: Barcode, Visitor 4, expired. It names nobody at stations any more."),
    ],
)
def test_whose_badge_it_is(qtbot: QtBot, page: BadgesPage, server: FakeServer, found: BadgeAnswer, words: str) -> None:
    server.answer("POST /badges/find", found)
    read(page, TEXT)
    assert page.finder.typed.text() == "", "the next one is read at once"
    qtbot.waitUntil(lambda: page.finder.told.text() == words, timeout=MINUTE)
    assert server.asked_for("POST /badges/find")[0].body == {"text": TEXT}
    assert page.table.view.selected_ids() == [found.id]


def test_a_badge_nobody_was_given_says_so(qtbot: QtBot, page: BadgesPage, server: FakeServer) -> None:
    server.refuse("POST /badges/find", 404, "badge_unknown", "Nobody was given this badge")
    page.table.view.select_ids([badges()[0].id])
    read(page, TEXT)
    assert page.table.view.selected_ids() == [], "nothing is done to another badge by mistake"
    qtbot.waitUntil(lambda: page.finder.told.text().startswith("Nobody was given this badge. “Give"), timeout=MINUTE)
    read(page, "ab")
    assert "at least 4 characters" in page.finder.told.text()
    assert len(server.asked_for("POST /badges/find")) == 1


@pytest.mark.parametrize(
    ("id_", "verb", "state", "asks"),
    [
        ("badge.lost", "lost", BadgeState.LOST, "Did Anna Berger lose No. 1?"),
        ("badge.revoke", "revoke", BadgeState.REVOKED, "Revoke No. 1 of Anna Berger?"),
    ],
)
def test_a_badge_ends_after_a_question(
    qtbot: QtBot, page: BadgesPage, server: FakeServer, id_: str, verb: str, state: BadgeState, asks: str
) -> None:
    one = badges()[0]
    ended = one.model_copy(update={"state": state, "state_changed_at": samples.NOW})
    server.answer(f"POST /badges/{one.id}/{verb}", ended)
    page.table.view.select_ids([one.id])
    command(page, id_).trigger()
    question = newest(qtbot, page, Question)
    assert question.text() == asks
    assert "once it is back" in question.informativeText()
    server.answer("GET /badges", [])
    question.yes.click()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 0, timeout=MINUTE)
    assert f"No. 1 of Anna Berger is {STATES[state]}." in said(page)


def test_ones_own_badge_ends_with_ones_password(qtbot: QtBot, page: BadgesPage, server: FakeServer) -> None:
    one = badges()[0].model_copy(update={"user_id": samples.me().id})
    page.desk.session.changes.announce("identity.badge.issued", None)
    server.answer("GET /badges", [one])
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 1, timeout=MINUTE)
    page.table.view.select_ids([one.id])
    command(page, "badge.revoke").trigger()
    route = f"POST /badges/{one.id}/revoke"
    server.refuse(route, 403, "password_wrong", "This is not your password")
    dialog = newest(qtbot, page, OwnBadgeEndDialog)
    dialog.form.fill({"own_password": "wrong"})
    dialog.save()
    assert error_beside(qtbot, dialog, "own_password") == "This is not your password"
    server.answer(route, one.model_copy(update={"state": BadgeState.REVOKED, "state_changed_at": samples.NOW}))
    with qtbot.waitSignal(dialog.saved):
        dialog.form.fill({"own_password": "my secret"})
        dialog.save()
    assert server.asked_for(route)[-1].body == {"own_password": "my secret"}


def test_one_that_is_lost_already_stays_so(page: BadgesPage) -> None:
    page.table.view.select_ids([badges()[2].id])
    command(page, "badge.revoke").trigger()
    assert "No. 3 of Anna Berger is lost already." in said(page)
    assert not page.findChildren(Question)


class TestOfOnePerson:
    """As the page of people leads there."""

    @pytest.fixture
    def place(self) -> Place:
        return Place("badges", str(anna().id))

    def test_theirs_alone_are_shown_and_given(self, qtbot: QtBot, page: BadgesPage, server: FakeServer) -> None:
        assert page.title == "Badges of Anna Berger"
        assert server.asked_for("GET /badges")[-1].query["user_id"] == [str(anna().id)]
        dialog = give(qtbot, page)
        assert dialog.form.values()["user_id"] == str(anna().id)
        dialog.reject()
        assert [place.page for _title, place in page.trail()] == ["people", "badges"]


class TestWithoutRights:
    """Somebody who may see badges and nothing else."""

    @pytest.fixture
    def rights(self) -> tuple[str, ...]:
        return ("identity.badge.read",)

    def test_what_is_not_for_them_says_why(self, page: BadgesPage, server: FakeServer) -> None:
        for id_, right in (("give", "create"), ("lost", "revoke"), ("revoke", "revoke")):
            assert not command(page, f"badge.{id_}").isEnabled()
            assert f"identity.badge.{right}" in command(page, f"badge.{id_}").toolTip()
        assert server.asked_for("GET /users") == []


class TestWithoutPeople:
    """Somebody who may give badges, but not see to whom."""

    @pytest.fixture
    def rights(self) -> tuple[str, ...]:
        return ("identity.badge.read", "identity.badge.create")

    def test_giving_says_what_is_lacking(self, page: BadgesPage) -> None:
        assert not command(page, "badge.give").isEnabled()
        assert "identity.user.read" in command(page, "badge.give").toolTip()


def test_every_kind_and_state_has_words() -> None:
    assert set(KINDS) == set(BadgeKind)
    assert set(STATES) == set(BadgeState)

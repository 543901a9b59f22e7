from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame import toasts as toasts_module
from unison_desktop.frame.colours import Tone
from unison_desktop.frame.messages import KEPT, Messages, Offer
from unison_desktop.frame.theme import Theme
from unison_desktop.frame.toasts import MessageCard, MessageHistory, Toasts


@pytest.fixture
def messages(qtbot: QtBot) -> Messages:
    return Messages()


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    return made


def test_messages_bear_the_time_they_are_told(qtbot: QtBot) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    messages = Messages(now=lambda: noon)
    messages.zone = ZoneInfo("Asia/Kathmandu")
    messages.say("Line 2 is silent.")
    assert (messages.history[0].at, f"{messages.history[0].at:%H:%M}") == (noon, "17:45")


def test_the_same_again_counts_up(messages: Messages) -> None:
    for _ in range(3):
        messages.say("Line 2 is silent.", Tone.WARNING)
    messages.say("Line 2 is silent.", Tone.BAD)
    assert [(m.text, m.times) for m in messages.history] == [("Line 2 is silent.", 3), ("Line 2 is silent.", 1)]


def test_old_messages_make_room(messages: Messages) -> None:
    for number in range(KEPT + 5):
        messages.say(f"{number}")
    assert len(messages.history) == KEPT
    assert messages.history[-1].text == f"{KEPT + 4}"


def test_toasts_show_the_newest_and_lie_inside_the_window(messages: Messages, theme: Theme, window: QWidget) -> None:
    toasts = Toasts(messages, theme, window)
    for number in range(6):
        messages.say(f"Message {number}, long enough to be broken into two lines at the least, or so I hope.")
    assert [m.text[:9] for m in toasts.shown] == ["Message 2", "Message 3", "Message 4", "Message 5"]
    assert window.rect().contains(toasts.geometry())


def test_a_toast_goes_by_itself_and_stays_in_the_history(
    qtbot: QtBot, messages: Messages, theme: Theme, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toasts_module, "SHOWN_MS", 30)
    QCursor.setPos(window.pos())  # nothing disappears under the pointer
    toasts = Toasts(messages, theme, window)
    messages.say("Saved.", Tone.GOOD)
    assert toasts.isVisible()
    qtbot.waitUntil(lambda: not toasts.shown)
    assert not toasts.isVisible()
    assert [m.text for m in messages.history] == ["Saved."]


def test_an_offer_runs_and_closes_its_toast(qtbot: QtBot, messages: Messages, theme: Theme, window: QWidget) -> None:
    toasts = Toasts(messages, theme, window)
    ran: list[str] = []
    messages.say("Deleted.", offers=(Offer("Undo", lambda: ran.append("undo")),))
    next(button for button in toasts.findChildren(QPushButton) if button.text() == "Undo").click()
    assert ran == ["undo"]
    assert toasts.shown == []


def test_the_history_shows_all_newest_first(messages: Messages, theme: Theme, window: QWidget) -> None:
    history = MessageHistory(messages, theme, window)
    messages.say("first")
    messages.say("second", Tone.BAD)
    history.open()
    cards = history.findChildren(MessageCard)
    assert [card.message.text for card in cards] == ["second", "first"]
    history.close_card()
    assert not history.isVisible()


def test_what_was_taken_back_is_offered_nowhere_any_more(messages: Messages, theme: Theme, window: QWidget) -> None:
    toasts, history = Toasts(messages, theme, window), MessageHistory(messages, theme, window)
    for number in (1, 2):
        messages.say(f"Done {number}", offers=(Offer("Undo", lambda: None, number), Offer("Open", lambda: None)))
    history.open()
    messages.withdraw(1)
    shown = {button.text() for button in toasts._cards[0].findChildren(QPushButton) if not button.isHidden()}
    assert shown == {"Open"}
    assert [len(message.offers) for message in messages.history] == [1, 2]
    texts = [button.text() for button in history.card.findChildren(QPushButton)]
    assert sorted(texts) == ["Open", "Open", "Undo"]

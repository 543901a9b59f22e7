"""The page of mails to people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.identity.messages.page import MessagesPage
from unison_desktop.identity.messages.words import KINDS, MEANINGS, STATES
from unison_domain.identity.message_contracts import MessageKind, MessageState

from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.opened import MINUTE, opened, shown
from tests.desktop.identity.samples import message


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk) -> Iterator[MessagesPage]:
    with opened(qtbot, MessagesPage, people_desk, Place("messages")) as made:
        yield made


def test_each_says_what_became_of_it_and_why(page: MessagesPage) -> None:
    busy, unknown = "smtp.demo.example: 450 4.2.1 Mailbox busy", "smtp.demo.example: 550 5.1.1 No such mailbox"
    assert shown(page.table, "kind", "recipient", "state", "attempts", "error") == [
        ("Invitation", "ida@demo.example", "sent", "1", ""),
        ("Invitation", "jan@demo.example", "on its way", "3", busy),
        ("Link to a new password", "anna@demo.example", "not sent", "1", unknown),
        ("Link to a new password", "boris@demo.example", "not sent in time", "7", busy),
        ("Invitation", "max@demo.example", "no mail is sent here", "0", ""),
        ("Link to a new password", "", "to nobody", "0", ""),
    ]
    assert page.head.subtitle == "2 could not be sent, 1 not sent yet, tried again"


def test_a_mail_that_goes_out_is_seen_at_once(qtbot: QtBot, page: MessagesPage, server: FakeServer) -> None:
    server.answer("GET /messages", [message(1)])
    server.happen("identity.message.sent", message(1).id)
    qtbot.waitUntil(lambda: shown(page.table, "state") == [("sent",)], timeout=MINUTE)
    assert page.head.subtitle == "Invitations and links to new passwords"


def test_every_kind_and_state_has_words() -> None:
    assert set(KINDS) == set(MessageKind)
    assert set(STATES) == set(MEANINGS) == set(MessageState)

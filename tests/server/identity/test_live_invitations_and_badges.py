"""Invitations, links, badges, PINs and rules of signing on are looked after in the desktop, at a real server."""

from __future__ import annotations

import httpx
import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.identity.badges.form import GiveDialog
from unison_desktop.identity.badges.page import BadgesPage
from unison_desktop.identity.invitations.form import InviteDialog
from unison_desktop.identity.invitations.link import LinkDialog
from unison_desktop.identity.invitations.page import InvitationsPage
from unison_desktop.identity.messages.page import MessagesPage
from unison_desktop.identity.people.page import PeoplePage
from unison_desktop.identity.people.pin_form import PinDialog
from unison_desktop.identity.second_factor.forms import OwnPinDialog
from unison_desktop.identity.second_factor.page import SecondFactorPage
from unison_desktop.stations.sign_on.form import RulesDialog
from unison_desktop.stations.sign_on.page import SignOnPage
from unison_domain.identity.contracts import RoleCode

from tests.desktop.identity.opened import MINUTE, command, newest, opened, said, shown
from tests.server.factories import PASSWORD, Made
from tests.server.serving import SignedIn
from tests.server.stations.test_set_up_in_the_desktop import desk

__all__ = ["desk"]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

SENTENCE = "another long sentence"


@pytest.fixture(autouse=True)
def online(qtbot: QtBot, desk: Desk) -> None:
    """Commands that write are offered from then on."""
    qtbot.waitUntil(lambda: desk.session.is_online, timeout=MINUTE)


def token_of(page: PeoplePage | InvitationsPage, qtbot: QtBot) -> str:
    """What stands behind the `#` of the link that is shown."""
    told = newest(qtbot, page, LinkDialog)
    told.accept()
    return told.secret.text().partition("#")[2]


def post(address: str, path: str, **body: str) -> httpx.Response:
    return httpx.post(f"{address}/api/v1{path}", json=body)


def people_with(role: str, admin: SignedIn) -> list[str]:
    return [one["full_name"] for one in admin.get("/users").json()["items"] if role in one["roles"]]


def test_who_is_invited_comes_in_by_the_link(qtbot: QtBot, desk: Desk, address: str, admin: SignedIn) -> None:
    with opened(qtbot, InvitationsPage, desk, Place("invitations")) as page:
        command(page, "invitation.create").trigger()
        dialog = newest(qtbot, page, InviteDialog)
        dialog.form.fill({"email": "ida@demo.example", "held_roles": [{"role": "operator"}]})
        dialog.save()
        first = token_of(page, qtbot)
        wanted = [("ida@demo.example", "waits", "no mail is sent here")]
        qtbot.waitUntil(lambda: shown(page.table, "email", "state", "mail") == wanted, timeout=MINUTE)
        page.table.view.selectRow(0)
        before = len(page.findChildren(LinkDialog))
        command(page, "invitation.resend").trigger()
        qtbot.waitUntil(lambda: len(page.findChildren(LinkDialog)) > before, timeout=MINUTE)
        token = token_of(page, qtbot)
        assert post(address, "/invitations/look-up", token=first).status_code == 404
        accepted = post(address, "/invitations/accept", token=token, full_name="Ida New", password=SENTENCE)
        assert accepted.status_code == 201, accepted.text
        qtbot.waitUntil(lambda: people_with("operator", admin) == ["Ida New"], timeout=MINUTE)
        page.ended.click()
        qtbot.waitUntil(lambda: shown(page.table, "state") == [("accepted",)], timeout=MINUTE)
    with opened(qtbot, MessagesPage, desk, Place("messages")) as mails:
        assert shown(mails.table, "recipient", "kind")[0] == ("ida@demo.example", "Invitation")


def test_one_that_is_revoked_opens_nothing(qtbot: QtBot, desk: Desk, address: str) -> None:
    with opened(qtbot, InvitationsPage, desk, Place("invitations")) as page:
        command(page, "invitation.create").trigger()
        dialog = newest(qtbot, page, InviteDialog)
        dialog.form.fill({"email": "jan@demo.example"})
        dialog.save()
        token = token_of(page, qtbot)
        qtbot.waitUntil(lambda: page.table.model.rowCount() == 1, timeout=MINUTE)
        page._revoke(page.table.model.rows()[0].invitation)
        qtbot.waitUntil(lambda: page.table.model.rowCount() == 0, timeout=MINUTE)
        assert post(address, "/invitations/look-up", token=token).status_code == 409


def test_who_forgot_the_password_gets_a_link_and_a_pin(qtbot: QtBot, desk: Desk, address: str, made: Made) -> None:
    made.add_user("max", roles=[RoleCode.OPERATOR])
    with opened(qtbot, PeoplePage, desk, Place("people")) as page:
        qtbot.waitUntil(lambda: page.table.model.rowCount() > 1, timeout=MINUTE)
        row = next(row for row in page.table.model.rows() if row.person.username == "max")
        page.table.view.select_ids([row.person.id])
        page._choose([row.person.id])
        command(page, "person.password_link").trigger()
        page.findChildren(Question)[-1].yes.click()
        reset = post(address, "/auth/reset-password", token=token_of(page, qtbot), password=SENTENCE)
        assert reset.status_code == 204, reset.text
        login = post(address, "/auth/login", organization=made.code, user="max", password=SENTENCE)
        assert login.status_code == 200, login.text
        command(page, "person.pin").trigger()
        dialog = newest(qtbot, page, PinDialog)
        dialog.form.fill({"pin": "846291"})
        with qtbot.waitSignal(dialog.saved, timeout=MINUTE):
            dialog.save()
        command(page, "person.remove_pin").trigger()
        page.findChildren(Question)[-1].yes.click()
        qtbot.waitUntil(lambda: "There is no PIN any more" in said(page), timeout=MINUTE)


def test_ones_own_pin_needs_ones_own_password(qtbot: QtBot, desk: Desk) -> None:
    with opened(qtbot, SecondFactorPage, desk, Place("second-factor")) as page:
        command(page, "pin.set_own").trigger()
        dialog = newest(qtbot, page, OwnPinDialog)
        dialog.form.fill({"password": "not mine at all", "pin": "846291"})
        dialog.save()
        line = next(line for line in dialog.form._lines if line.field.name == "password")
        qtbot.waitUntil(lambda: line.error.text() == "This is not your password", timeout=MINUTE)
        dialog.form.fill({"password": PASSWORD})
        with qtbot.waitSignal(dialog.saved, timeout=MINUTE):
            dialog.save()


def test_a_badge_is_given_found_and_lost(qtbot: QtBot, desk: Desk, made: Made) -> None:
    max_ = made.add_user("max", roles=[RoleCode.OPERATOR])
    with opened(qtbot, BadgesPage, desk, Place("badges")) as page:
        qtbot.waitUntil(lambda: max_ in page._people, timeout=MINUTE)
        command(page, "badge.give").trigger()
        dialog = newest(qtbot, page, GiveDialog)
        dialog.form.fill({"user_id": str(max_), "label": "No. 7", "text": "nw-004711"})
        with qtbot.waitSignal(dialog.saved, timeout=MINUTE):
            dialog.save()
        qtbot.waitUntil(lambda: shown(page.table, "label", "state") == [("No. 7", "in use")], timeout=MINUTE)
        name = page.table.model.rows()[0].badge.user_name

        def find(words: str) -> None:
            page.finder.typed.setText("]C1NW-004711")
            page.finder._find()
            qtbot.waitUntil(lambda: page.finder.told.text() == words, timeout=MINUTE)

        find(f"{name}: Barcode, No. 7, in use")
        page._lose(page.table.model.rows()[0].badge)
        qtbot.waitUntil(lambda: page.table.model.rowCount() == 0, timeout=MINUTE)
        find(f"{name}: Barcode, No. 7, lost. It names nobody at stations any more.")
        page.finder.typed.setText("somebody else's")
        page.finder._find()
        qtbot.waitUntil(lambda: page.finder.told.text().startswith("Nobody was given"), timeout=MINUTE)


def test_the_rules_are_those_of_the_server(qtbot: QtBot, desk: Desk) -> None:
    with opened(qtbot, SignOnPage, desk, Place("sign-on")) as page:
        assert "for 24 h" in page.believed.text()
        command(page, "sign_on.rules").trigger()
        dialog = newest(qtbot, page, RulesDialog)
        dialog.form.fill({"roster_hours": 8, "idle_minutes": 10})
        dialog.save()
        qtbot.waitUntil(lambda: "for 8 h" in page.believed.text(), timeout=MINUTE)
        assert "after 10 min" in page.idle.text()

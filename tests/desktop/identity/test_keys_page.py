"""The page of API keys, and the one time a secret is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.expiry import ExpiryEditor
from unison_desktop.frame.place import Place
from unison_desktop.frame.question import Question
from unison_desktop.identity.keys.editors import ScopesEditor
from unison_desktop.identity.keys.forms import KeyDialog, KeyMadeDialog
from unison_desktop.identity.keys.page import KeysPage
from unison_desktop.kernel.own_clock import own_time
from unison_domain.identity.api_key_contracts import ApiKeyMade

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.conftest import TICKED
from tests.desktop.identity.opened import shown
from tests.desktop.identity.samples import SCOPES, key

SECRET = "key_1_notarealsecret"


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk) -> Iterator[KeysPage]:
    made = KeysPage(people_desk, Place("api-keys"))
    made.resize(1200, 700)
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()


def command(page: KeysPage, id_: str) -> Command:
    return next(one for one in page.commands if one.id == id_)


def rows(page: KeysPage) -> list[tuple[str, ...]]:
    columns = [
        next(one for one in page.table.model.columns if one.key == k) for k in ("name", "ending", "state", "used")
    ]
    return [tuple(column.shown(row) for column in columns) for row in page.table.model.rows()]


def opened(qtbot: QtBot, page: KeysPage) -> tuple[KeyDialog, ScopesEditor]:
    command(page, "key.new").trigger()
    (dialog,) = page.findChildren(KeyDialog)
    qtbot.waitUntil(lambda: dialog.scopes.tree.topLevelItemCount() > 0)
    return dialog, dialog.scopes


def item(scopes: ScopesEditor, scope: str) -> QTreeWidgetItem:
    return next(one for one in scopes._items() if one.text(1) == scope)


def test_keys_are_told_apart_by_their_ending_and_last_use(page: KeysPage) -> None:
    assert rows(page) == [("Label printer", "…xY01", "in use", f"{samples.NOW.astimezone():%Y-%m-%d %H:%M}")]
    page.revoked.click()
    assert rows(page)[1] == ("Old scale", "…q9Zz", "revoked", "never")


def test_a_key_of_somebody_who_is_out_is_not_in_use(qtbot: QtBot, page: KeysPage, server: FakeServer) -> None:
    server.answer("GET /api-keys", [key(1, "Label printer", is_let_in=False)])
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert rows(page)[0][2] == "owner has no access"


@pytest.mark.parametrize(
    ("left", "state", "until"),
    [
        (timedelta(days=3, hours=12), "expires soon", "(3 days left)"),
        (timedelta(days=-1), "expired", "(over)"),
        (None, "in use", "never"),
    ],
)
def test_a_key_that_ends_says_so(
    qtbot: QtBot, page: KeysPage, server: FakeServer, left: timedelta | None, state: str, until: str
) -> None:
    expires = None if left is None else samples.NOW + left
    server.answer("GET /api-keys", [key(5, "Ending", expires_at=expires)])
    page.reload()
    qtbot.waitUntil(lambda: rows(page)[0][0] == "Ending")
    assert rows(page)[0][2] == state
    assert shown(page.table, "expires")[0][0].endswith(until)


def test_a_key_that_ends_with_a_day_says_the_day(qtbot: QtBot, page: KeysPage, server: FakeServer) -> None:
    midnight = own_time(samples.NOW + timedelta(days=40)).replace(hour=0, minute=0, second=0, microsecond=0)
    server.answer("GET /api-keys", [key(5, "Ending", expires_at=midnight)])
    page.reload()
    qtbot.waitUntil(lambda: rows(page)[0][0] == "Ending")
    ((until,),) = shown(page.table, "expires")
    assert until.startswith(f"{midnight.date() - timedelta(days=1)} (")
    assert until.endswith(" days left)")


def test_a_new_key_is_held_to_what_is_ticked(qtbot: QtBot, page: KeysPage, server: FakeServer) -> None:
    made = ApiKeyMade(**key(6, "Scale").model_dump(), key=SECRET)
    server.answer("POST /api-keys", made, status=201)
    dialog, scopes = opened(qtbot, page)
    dialog.form.fill({"name": "Scale", "requests_per_minute": 60})
    dialog.save()
    assert server.asked_for("POST /api-keys") == []
    assert "at least 1 are needed" in scopes.tree.accessibleDescription()
    item(scopes, "codes.scan.create").setCheckState(0, TICKED)
    dialog.save()
    qtbot.waitUntil(lambda: bool(page.findChildren(KeyMadeDialog)))
    body = server.asked_for("POST /api-keys")[0].body
    expires = datetime.fromisoformat(body.pop("expires_at"))
    assert timedelta(days=364) < expires - samples.NOW < timedelta(days=366)
    assert body == {"name": "Scale", "scopes": ["codes.scan.create"], "requests_per_minute": 60}
    (shown,) = page.findChildren(KeyMadeDialog)
    assert shown.secret.text() == SECRET
    assert SECRET not in "".join(message.text for message in page.desk.messages.history)
    shown.accept()


def test_a_secret_is_not_lost_by_mistake(qtbot: QtBot, page: KeysPage) -> None:
    shown = KeyMadeDialog(page.desk, ApiKeyMade(**key(6, "Scale").model_dump(), key=SECRET), page)
    shown.open()
    shown.reject()
    assert shown.isVisible()
    assert "never shown again" in shown.question.words.text()
    shown.copy.click()
    assert QGuiApplication.clipboard().text() == SECRET
    assert not shown.question.isVisible()
    shown.reject()
    assert not shown.isVisible()


def test_a_right_one_lacks_is_barred_and_says_why(qtbot: QtBot, page: KeysPage) -> None:
    dialog, scopes = opened(qtbot, page)
    barred = item(scopes, "machines.machine.update")
    assert barred.isDisabled()
    assert "You lack “change machines” (machines.machine.update) yourself" in barred.toolTip(0)
    scopes.reading.click()
    assert scopes.value() == ["codes.scan.read", "machines.machine.read"]
    dialog.form.open(dialog.form.values())
    dialog.close()


def test_rights_and_their_rooms_are_said_in_words(qtbot: QtBot, page: KeysPage) -> None:
    dialog, scopes = opened(qtbot, page)
    rooms = [scopes.tree.topLevelItem(place) for place in range(scopes.tree.topLevelItemCount())]
    assert [room.text(0) for room in rooms if room is not None] == ["Codes and scans", "Machines", "Quality"]
    dialog.close()
    column = next(one for one in page.table.model.columns if one.key == "scopes")
    assert column.shown(page.table.model.rows()[0]) == "see scans, see machines"


def test_rights_are_found_by_a_part_of_their_name(qtbot: QtBot, page: KeysPage) -> None:
    dialog, scopes = opened(qtbot, page)
    scopes.search.setText("scan")
    assert [one.text(1) for one in scopes._items() if not one.isHidden()] == list(SCOPES[:2])
    dialog.close()


def test_an_end_may_be_a_moment_or_never(qtbot: QtBot, page: KeysPage) -> None:
    dialog, _scopes = opened(qtbot, page)
    editor = dialog.form.editor("expires_at")
    assert isinstance(editor, ExpiryEditor)
    editor.set_value(None)
    assert editor.value() is None
    editor.set_value("2031-02-03T04:05:00+00:00")
    assert datetime.fromisoformat(editor.value()) == datetime(2031, 2, 3, 4, 5, tzinfo=UTC)
    assert editor.edit.isVisible()
    assert editor.clocks.text() == f"clocks of {page.desk.session.zone}"
    dialog.form.open(dialog.form.values())
    dialog.close()


def test_a_key_is_revoked_after_a_question(qtbot: QtBot, page: KeysPage, server: FakeServer) -> None:
    known = key(1, "Label printer")
    revoked = known.model_copy(update={"revoked_at": samples.NOW})
    server.answer(f"DELETE /api-keys/{known.id}", revoked)
    page.table.view.select_ids([known.id])
    command(page, "key.revoke").trigger()
    (question,) = page.findChildren(Question)
    assert question.text() == "Revoke Label printer (…xY01)?"
    server.answer("GET /api-keys", [revoked])
    question.yes.click()
    qtbot.waitUntil(lambda: rows(page) == [])


class TestWithoutRights:
    """Somebody who may see keys and nothing else."""

    @pytest.fixture
    def rights(self) -> tuple[str, ...]:
        return ("identity.api_key.read",)

    def test_making_and_revoking_say_why_they_are_not_for_them(self, page: KeysPage) -> None:
        for id_, verb in (("key.new", "create"), ("key.revoke", "revoke")):
            assert not command(page, id_).isEnabled()
            assert f"identity.api_key.{verb}" in command(page, id_).toolTip()

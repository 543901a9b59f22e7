"""One's preferences: shown, changed as a whole, and followed wherever one signs in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QLocale, QObject
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.own_preferences import OwnPreferences
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Scheme, Theme
from unison_desktop.identity.preferences.forms import PreferencesDialog
from unison_desktop.identity.preferences.page import PreferencesPage
from unison_desktop.identity.preferences.words import KINDS
from unison_desktop.identity.session import Session
from unison_desktop.kernel.language import use_remembered_language
from unison_desktop.kernel.own_clock import own_time, own_zone
from unison_desktop.kernel.own_units import are_units_chosen
from unison_desktop.kernel.preferences import Preferences
from unison_domain.identity.preference_contracts import PreferencesAnswer

from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.inbox_samples import serve_preferences

CHOSEN = {
    "version": 3,
    "language": "de",
    "time_zone": "Europe/Berlin",
    "units": "us_customary",
    "theme": "dark",
    "by_priority": {"urgent": "inbox_and_email"},
    "by_kind": {"agent_heard_again": "none"},
}


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[PreferencesPage]:
    serve_preferences(server, **CHOSEN)
    made = PreferencesPage(desk, Place("preferences"))
    made.resize(1000, 700)
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def dialog(page: PreferencesPage) -> PreferencesDialog:
    page.commands[-1].trigger()
    return page.findChildren(PreferencesDialog)[-1]


@pytest.fixture
def own_locale() -> Iterator[None]:
    """Others write as they did before."""
    before = QLocale()
    yield
    QLocale.setDefault(before)


def test_it_shows_what_was_chosen_and_what_differs(page: PreferencesPage) -> None:
    texts = [label.text() for label in page.findChildren(QLabel)]
    for text in (
        "Deutsch (de)",
        "Europe/Berlin",
        "US customary (inch, pound)",
        "dark",
        "in the inbox and by mail",
        "A PC is heard again",
    ):
        assert text in texts
    assert "A PC is silent" not in texts


def test_all_are_sent_at_the_version_that_was_seen(
    qtbot: QtBot, page: PreferencesPage, dialog: PreferencesDialog, server: FakeServer
) -> None:
    server.answer("PUT /preferences", PreferencesAnswer(**{**CHOSEN, "version": 4}))
    dialog.form.editor("theme").set_value("light")
    dialog.form.editor("units").set_value("si")
    dialog.form.editor("kind_agent_silent").set_value("inbox_and_email")
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    (sent,) = server.asked_for("PUT /preferences")
    assert sent.headers["if-match"] == '"3"'
    assert (sent.body["language"], sent.body["theme"], sent.body["units"]) == ("de", "light", "si")
    chosen: dict[str, str | None] = {"agent_heard_again": "none", "agent_silent": "inbox_and_email"}
    assert sent.body["by_kind"] == dict.fromkeys(KINDS) | chosen, "each is named: a kind left out may stay"
    inbox = dict.fromkeys(("high", "normal", "low"), "inbox")
    assert sent.body["by_priority"] == {"urgent": "inbox_and_email", **inbox}


def test_what_was_changed_elsewhere_meanwhile_is_shown(
    qtbot: QtBot, dialog: PreferencesDialog, server: FakeServer
) -> None:
    current = {**CHOSEN, "version": 4, "time_zone": "Asia/Tokyo", "by_kind": {"agent_silent": "none"}}
    clash = {"title": "Clash", "status": 409, "code": "version_clash", "detail": "changed", "current": current}
    server.answer("PUT /preferences", clash, status=409)
    dialog.form.editor("theme").set_value("light")
    dialog.save()
    qtbot.waitUntil(dialog.clash.isVisible)
    assert "Time zone: was Europe/Berlin, is now Asia/Tokyo" in dialog.clash.words.text()
    assert "A PC is silent: was by its priority, is now not at all" in dialog.clash.words.text()
    assert (dialog.version, dialog.form.values()["theme"]) == (4, "light")
    dialog.form.open(dialog.form.values())
    dialog.reject()


def test_the_program_looks_as_its_person_prefers_until_they_choose_otherwise_here(
    qtbot: QtBot, signed_in: Session, theme: Theme, preferences: Preferences, server: FakeServer, own_locale: None
) -> None:
    serve_preferences(server, **CHOSEN)
    owner = QObject()
    OwnPreferences(signed_in, theme, preferences, owner)
    server.happen("identity.preferences.changed")
    qtbot.waitUntil(lambda: theme.scheme is Scheme.DARK)
    assert QLocale().language() is QLocale.Language.German
    assert own_time(datetime(2190, 7, 1, 12, tzinfo=UTC)).hour == 14, "by the clocks of Berlin"
    assert are_units_chosen()
    theme.choose(Scheme.LIGHT)
    server.happen("identity.preferences.changed")
    qtbot.waitUntil(lambda: len(server.asked_for("GET /preferences")) == 2)
    serve_preferences(
        server,
        **{**CHOSEN, "version": 4, "language": None, "time_zone": None, "units": "as_measured", "theme": "system"},
    )
    server.happen("identity.preferences.changed")
    qtbot.waitUntil(lambda: theme.scheme is Scheme.SYSTEM)
    assert QLocale() == QLocale.system()
    assert own_zone() is None, "this PC's again"
    assert not are_units_chosen()
    owner.deleteLater()


def test_who_has_no_address_is_told_that_nothing_is_mailed(dialog: PreferencesDialog, desk: Desk) -> None:
    assert not dialog._intro.isVisible()
    assert desk.session.me
    desk.session.me = desk.session.me.model_copy(update={"email": None})
    without = PreferencesDialog(desk, PreferencesAnswer(version=0), dialog)
    assert without._intro.text().startswith("You have no e-mail address here")


def test_nothing_chosen_changes_nothing(
    qtbot: QtBot, signed_in: Session, theme: Theme, preferences: Preferences, server: FakeServer
) -> None:
    theme.choose(Scheme.LIGHT)
    serve_preferences(server)
    owner = QObject()
    own = OwnPreferences(signed_in, theme, preferences, owner)
    with qtbot.waitSignal(own._reading.read):
        server.happen("identity.preferences.changed")
    assert theme.scheme is Scheme.LIGHT
    owner.deleteLater()


def test_what_was_chosen_last_holds_before_any_server_is_asked(preferences: Preferences, own_locale: None) -> None:
    use_remembered_language(preferences)
    before = QLocale()
    preferences.set("language/choice", "fr")
    use_remembered_language(preferences)
    assert before.language() is not QLocale.Language.French
    assert QLocale().language() is QLocale.Language.French

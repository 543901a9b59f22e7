"""What all tests of the desktop stand on: a server that is real but fake, a desk, and nothing left behind."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["LC_ALL"] = "C.UTF-8"  # the program speaks the language of its PC; tests read English on any

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.frame.messages import Messages
from unison_desktop.frame.theme import Theme
from unison_desktop.identity.kept_sign_in import KeptSignIn
from unison_desktop.identity.session import Session
from unison_desktop.kernel.events import Pace
from unison_desktop.kernel.own_clock import choose_clock
from unison_desktop.kernel.own_units import choose_units
from unison_desktop.kernel.preferences import Preferences
from unison_desktop.kernel.trust import KnownAuthorities
from unison_domain.kernel.units import UnitSystem

from tests.desktop import samples
from tests.desktop.codes.samples import scan, serve_patterns, serve_scans, undone
from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.audit.samples import serve_audit
from tests.desktop.identity.audit.samples import some as some_entries
from tests.desktop.identity.inbox_samples import serve_inbox, serve_preferences
from tests.desktop.identity.inbox_samples import some as some_notifications
from tests.desktop.identity.samples import serve_people
from tests.desktop.machines.downtime.samples import event, serve_downtime
from tests.desktop.machines.samples import serve_machines, shop
from tests.desktop.quality.samples import serve_quality, some
from tests.desktop.sites.samples import serve_sites

QUICK = Pace(silence=10_000, first_wait=20, longest_wait=80)


@pytest.fixture(autouse=True)
def nobodys_clock_and_units() -> Iterator[None]:
    yield
    choose_clock(None)
    choose_units(UnitSystem.AS_MEASURED)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the samples call now is the test's now: a minute later a PC that was heard would be silent."""
    monkeypatch.setattr(samples, "NOW", datetime.now(UTC))


@pytest.fixture(autouse=True)
def keys_released(qapp: QApplication) -> None:
    """Nobody holds Control because the test before pressed it: lists would add to what is chosen."""
    if QApplication.keyboardModifiers():
        QTest.keyRelease(QWidget(), Qt.Key.Key_Control)
    assert not QApplication.keyboardModifiers()


@pytest.fixture
def server(today: None) -> Iterator[FakeServer]:
    """A server that knows Paula Planner and some stations."""
    fake = FakeServer()
    samples.serve_sign_in(fake)
    samples.serve_stations(fake)
    yield fake
    fake.close()


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "desktop")


@pytest.fixture
def theme(qapp: QApplication, preferences: Preferences) -> Iterator[Theme]:
    made = Theme(preferences, qapp)
    yield made
    made.deleteLater()


@pytest.fixture
def session(qtbot: QtBot, server: FakeServer, preferences: Preferences) -> Iterator[Session]:
    """Nobody is signed in yet."""
    authorities = KnownAuthorities(preferences.folder / "authorities")
    made = Session(server.url, KeptSignIn(preferences.folder), pace=QUICK, authorities=authorities)
    yield made
    made.events.stop()
    made.deleteLater()


@pytest.fixture
def signed_in(qtbot: QtBot, session: Session, server: FakeServer) -> Session:
    """Paula Planner is signed in and the stream is open."""
    with qtbot.waitSignal(session.signed_in):
        session.sign_in(server.url, "DEMO", "paula", "secret", keep=False)
    qtbot.waitUntil(lambda: session.is_online)
    return session


@pytest.fixture
def desk(signed_in: Session, theme: Theme, preferences: Preferences) -> Iterator[Desk]:
    """What a page is handed."""
    messages = Messages()
    yield Desk(signed_in, theme, messages, LayoutMemory(preferences))
    messages.deleteLater()


@pytest.fixture
def shop_desk(desk: Desk, server: FakeServer) -> Desk:
    """A desk whose server has machines, so that pages have everything to show."""
    serve_people(server)
    serve_inbox(server, some_notifications())
    serve_preferences(server)
    serve_sites(server)
    serve_audit(server, some_entries())
    serve_machines(server, shop(6))
    serve_downtime(server, [event(0), event(1)], [])
    serve_quality(server, some(30))
    serve_scans(server, [scan(0), undone(1)])
    serve_patterns(server)
    return desk


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform warns of what it can't do; every other warning of Qt fails a test."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


def end_deletions() -> None:
    """Let everything that was told to delete itself do so now."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


@pytest.fixture(autouse=True)
def _nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """A window that outlives its test is held by something: look for a lambda or partial that keeps its widget."""
    yield
    app = QApplication.instance()
    if not isinstance(app, QApplication) or request.node.get_closest_marker("xfail"):
        return
    end_deletions()
    left = [widget for widget in app.topLevelWidgets() if widget.parent() is None]
    names = [repr(widget) for widget in left]
    for widget in left:
        widget.deleteLater()
    end_deletions()
    assert not names, f"left behind: {names}"

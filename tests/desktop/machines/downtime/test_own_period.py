"""Downtime of a period of one's own, the same on all pages that show it."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QDateTime, QTimeZone
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.machines.downtime.scope import ScopeBar
from unison_desktop.machines.downtime.totals_page import TotalsPage

from tests.desktop.fake_server import FakeServer

START, END = datetime(2026, 3, 2, 6, tzinfo=UTC), datetime(2026, 3, 9, 14, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def choose_own(scope: ScopeBar) -> None:
    place = scope.period.choice.findText("From … to …")
    scope.period.choice.setCurrentIndex(place)
    scope.period.choice.activated.emit(place)


def clock(moment: datetime) -> QDateTime:
    """The field keeps the clock of this PC as if it were UTC."""
    return QDateTime.fromSecsSinceEpoch(int(moment.astimezone().replace(tzinfo=UTC).timestamp()), QTimeZone.utc())


def test_totals_are_asked_for_the_two_moments_and_they_are_remembered(
    qtbot: QtBot, shop_desk: Desk, server: FakeServer
) -> None:
    page = TotalsPage(shop_desk, Place("downtime-totals"))
    page.show()
    page.reload()
    assert not page.scope.period.begin.isVisible()
    choose_own(page.scope)
    assert page.scope.period.begin.isVisible()
    page.scope.period.begin.setDateTime(clock(START))
    page.scope.period.end.setDateTime(clock(END))
    wanted = {"from": [START.astimezone().isoformat()], "to": [END.astimezone().isoformat()]}
    route = "GET /downtime-events/summary"
    qtbot.waitUntil(
        lambda: bool(server.asked_for(route)) and wanted.items() <= server.asked_for(route)[-1].query.items()
    )
    again = ScopeBar(page, shop_desk.layout, has_queue=True)
    assert again.query(NOW) == again.queue_query(NOW) == page.scope.query(NOW)
    local = [moment.astimezone().strftime("%Y-%m-%d %H:%M") for moment in (START, END)]
    assert again.words()[0].endswith(" to ".join(local))
    page.deleteLater()


def test_what_was_remembered_wrongly_is_as_it_came(shop_desk: Desk, qtbot: QtBot) -> None:
    shop_desk.layout.save_text("downtime.scope", '{"own": ["2026-03-02T06:00:00", 5]}')
    parent = QWidget()
    qtbot.addWidget(parent)
    assert ScopeBar(parent, shop_desk.layout).words()[0].endswith("Last 14 days")

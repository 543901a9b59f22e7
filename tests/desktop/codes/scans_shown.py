"""What the page of scans shows, and what is chosen on it."""

from uuid import UUID, uuid5

from PySide6.QtCore import QDate, QDateTime, Qt, QTime, QTimeZone
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.codes.page import ScansPage
from unison_desktop.codes.panel import CodePanel
from unison_domain.stations.contracts import StationAnswer

from tests.desktop import samples
from tests.desktop.codes.samples import scan


def said(page: ScansPage, key: str) -> list[str]:
    column = next(one for one in page.table.model.columns if one.key == key)
    return [column.shown(row) for row in page.table.model.rows()]


def facts(panel: CodePanel) -> list[tuple[str, str, str]]:
    found = []
    for n in range(panel.facts.topLevelItemCount()):
        section = panel.facts.topLevelItem(n)
        assert section is not None
        found.append(section)
        found += [item for place in range(section.childCount()) if (item := section.child(place))]
    return [(item.text(0), item.text(1), item.text(2)) for item in found]


def station(code: str, plant_id: UUID) -> StationAnswer:
    return StationAnswer(
        id=uuid5(plant_id, code),
        version=1,
        plant_id=plant_id,
        agent_id=None,
        code=code,
        name=f"Line {code}",
        is_active=True,
        created_at=samples.NOW,
        updated_at=samples.NOW,
    )


def moment(year: int, month: int, day: int, hour: int, minute: int) -> QDateTime:
    return QDateTime(QDate(year, month, day), QTime(hour, minute), QTimeZone.utc())


def choose(page: ScansPage, number: int) -> None:
    place = page.table.model.place_of(scan(number).id)
    assert place is not None
    page.table.view.selectRow(place)


def allow(page: ScansPage, *rights: str) -> None:
    session = page.desk.session
    assert session.me is not None
    session.me = session.me.model_copy(update={"permissions": list(rights)})


def look_up(qtbot: QtBot, page: ScansPage, code: str) -> None:
    page.lookup.setText(code)
    QTest.keyClick(page.lookup, Qt.Key.Key_Return)

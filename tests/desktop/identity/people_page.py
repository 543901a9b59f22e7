"""The page of people, and what is chosen on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.identity.people.page import PeoplePage
from unison_desktop.identity.people.rights_editors import (
    RolesEditor,
)
from unison_desktop.tables.table import Table

from tests.desktop.identity.samples import anna

ANNA = f"/users/{anna().id}"


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk) -> Iterator[PeoplePage]:
    made = PeoplePage(people_desk, Place("people"))
    made.resize(1200, 800)
    made.show()
    with qtbot.waitSignal(made.loaded):
        made.reload()
    for right, table in (
        ("identity.login_history.read", made.sign_ins.attempts),
        ("identity.session.read", made.sign_ins.sessions),
    ):
        if people_desk.session.may(right):
            qtbot.waitUntil(lambda table=table: table.model.rowCount() > 0)  # type: ignore[misc]  # binds the loop's
    yield made
    made.close()
    made.deleteLater()


def shown(table: Table, *keys: str) -> list[tuple[str, ...]]:
    """What stands in these columns."""
    columns = [next(one for one in table.model.columns if one.key == key) for key in keys]
    return [tuple(column.shown(row) for column in columns) for row in table.model.rows()]


def choose(qtbot: QtBot, page: PeoplePage, name: str) -> None:
    row = next(row for row in page.table.model.rows() if row.person.full_name == name)
    page.table.view.selectRow(page.table.model.rows().index(row))
    qtbot.waitUntil(lambda: page.may.model.rowCount() > 0)


def command(page: PeoplePage, id_: str) -> Command:
    return next(one for one in page.findChildren(Command) if one.id == id_)


def tick(editor: RolesEditor, code: str, state: Any) -> None:
    item = editor.item(code)
    assert item is not None
    item.setCheckState(0, state)

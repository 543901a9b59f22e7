"""An opened page, and what tests ask of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.tables.table import Table

MINUTE = 60_000
"""Milliseconds: longer than anything takes, on the slowest machine."""

SomePage = TypeVar("SomePage", bound=Page)
SomeDialog = TypeVar("SomeDialog", bound=QDialog)


@contextmanager
def opened(qtbot: QtBot, kind: Callable[[Desk, Place], SomePage], desk: Desk, place: Place) -> Iterator[SomePage]:
    """The page once it has loaded, for as long as the test runs."""
    page = kind(desk, place)
    page.resize(1200, 700)
    page.show()
    with qtbot.waitSignal(page.loaded, timeout=MINUTE):
        page.reload()
    yield page
    page.close()
    page.deleteLater()


def command(page: Page, id_: str) -> Command:
    """What can be done on the page."""
    return next(one for one in page.findChildren(Command) if one.id == id_)


def shown(table: Table, *keys: str) -> list[tuple[str, ...]]:
    """What stands in these columns."""
    columns = [next(one for one in table.model.columns if one.key == key) for key in keys]
    return [tuple(column.shown(row) for column in columns) for row in table.model.rows()]


def newest(qtbot: QtBot, page: Page, kind: type[SomeDialog]) -> SomeDialog:
    """The dialog that was opened last."""
    qtbot.waitUntil(lambda: bool(page.findChildren(kind)), timeout=MINUTE)
    return page.findChildren(kind)[-1]


def error_beside(qtbot: QtBot, dialog: FormDialog, name: str) -> str:
    """What is said below a field once the answer is there."""
    line = next(line for line in dialog.form._lines if line.field.name == name)
    qtbot.waitUntil(line.error.isVisible, timeout=MINUTE)
    return line.error.text()


def said(page: Page) -> str:
    """All that was told in messages, which are kept and shown to whoever looks."""
    return "\n".join(message.text for message in page.desk.messages.history)

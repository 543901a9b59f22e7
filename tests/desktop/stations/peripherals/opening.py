"""What is opened and chosen on the page of scanners, gauges and cameras."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from PySide6.QtWidgets import QPushButton, QWidget
from unison_desktop.frame.command import Command
from unison_desktop.stations.peripherals.forms import PeripheralDialog
from unison_desktop.stations.peripherals.page import PeripheralsPage

Dialog = TypeVar("Dialog", bound=QWidget)


def run(page: PeripheralsPage, id_: str) -> None:
    next(one for one in page.commands if isinstance(one, Command) and one.id == id_).trigger()


def opened(page: QWidget, kind: type[Dialog]) -> Dialog:
    return page.findChildren(kind)[-1]


def select(page: PeripheralsPage, id_: UUID) -> None:
    place = next(n for n, row in enumerate(page.table.model.rows()) if row.peripheral.id == id_)
    page.table.view.selectRow(place)


def cells(page: PeripheralsPage, key: str) -> list[str]:
    column = next(column for column in page.table.model.columns if column.key == key)
    return [column.shown(row) for row in page.table.model.rows()]


def edit(page: PeripheralsPage, id_: UUID) -> PeripheralDialog:
    select(page, id_)
    run(page, "peripheral.edit")
    return opened(page, PeripheralDialog)


def unfold(dialog: PeripheralDialog) -> None:
    next(one for one in dialog.form.findChildren(QPushButton) if one.isCheckable()).setChecked(True)

"""Values typed on the page of measurements, and what it shows then."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from unison_desktop.frame.desk import Desk
from unison_desktop.quality.page import MeasurementsPage

from tests.desktop.fake_server import Answer, Asked
from tests.desktop.quality.samples import (
    BORE_ID,
    measurement,
)

POST, LIST = "POST /inspection-measurements", "GET /inspection-measurements"
CHART = f"GET /inspection-characteristics/{BORE_ID}/individuals"


def type_in(page: MeasurementsPage, typed: str) -> None:
    page.entry.line.setFocus()
    page.entry.line.selectAll()
    QTest.keyClicks(page.entry.line, typed)
    QTest.keyClick(page.entry.line, Qt.Key.Key_Return)


def shown_values(page: MeasurementsPage) -> list[str]:
    return [str(row.measured_value) for row in page.table.model.rows()]


def said(desk: Desk) -> list[str]:
    return [message.text for message in desk.messages.history]


def taker(number: int = 1000) -> Any:
    """Answers typed values as the server does."""
    taken: dict[str, Any] = {}

    def take(asked: Asked) -> Answer:
        key = asked.headers["idempotency-key"]
        if key not in taken:
            value = asked.body["measured_value"]
            taken[key] = measurement(number + len(taken), value, peripheral_name=None, source="typed")
        return Answer(taken[key].model_dump(mode="json"), 201)

    return take

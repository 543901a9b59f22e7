"""A line of text that ends in an ellipsis where there is no room."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame.elided_label import ElidedLabel


def test_a_cut_line_says_all_in_its_tool_tip(qtbot: QtBot) -> None:
    label = ElidedLabel(None, least=8)
    qtbot.addWidget(label)
    label.setText("Stillstände warten auf einen Grund, und keiner nannte ihn")
    whole = label.sizeHint()
    assert label.minimumSizeHint().width() < whole.width()
    label.resize(whole)
    cut = [label.is_cut]
    QApplication.sendEvent(label, QEvent(QEvent.Type.ToolTip))
    assert label.toolTip() == ""
    label.resize(80, whole.height())
    assert [*cut, label.is_cut] == [False, True]
    QApplication.sendEvent(label, QEvent(QEvent.Type.ToolTip))
    assert label.toolTip() == label.text()
    assert not label.grab().isNull()


def test_a_short_line_stays_whole(qtbot: QtBot) -> None:
    label = ElidedLabel(None, least=8)
    qtbot.addWidget(label)
    label.setText("Scans")
    assert label.minimumSizeHint().width() >= label.fontMetrics().horizontalAdvance("Scans")

"""A tree keeps what is chosen when it is read again, or goes to what that belonged to."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.outline import Node, Outline
from unison_desktop.frame.theme import Theme

FIRST, PC, STATION, DEVICE, OTHER = (
    Node("agent/1", "PC 1", "device"),
    Node("agent/2", "PC 2", "device"),
    Node("station/2", "Line 2", "device", under="agent/2"),
    Node("device/2", "Press", "device", under="station/2"),
    Node("device/3", "Saw", "device", under="station/2"),
)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        ([FIRST, PC, STATION, DEVICE, OTHER], DEVICE),
        ([FIRST, PC, STATION, OTHER], STATION),
        ([FIRST, PC], PC),
        ([FIRST], FIRST),
    ],
)
def test_what_is_gone_gives_the_choice_to_what_it_belonged_to(
    qtbot: QtBot, theme: Theme, left: list[Node], expected: Node
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    tree = Outline(theme, "things", window)
    tree.show_nodes([FIRST, PC, STATION, DEVICE, OTHER])
    tree.choose(DEVICE.key)
    tree.show_nodes([*left, Node("device/9", "New", "device", under=FIRST.key)])
    assert tree.current == expected.key

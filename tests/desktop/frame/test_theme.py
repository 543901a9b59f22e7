from importlib.resources import files
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame.colours import DARK, LIGHT
from unison_desktop.frame.pages import ENTRIES
from unison_desktop.frame.theme import Scheme, Theme, Type
from unison_desktop.kernel.preferences import Preferences

ICONS = sorted(file.name.removesuffix(".svg") for file in files("unison_desktop.frame").joinpath("icons").iterdir())
DRAWN = [name for name in ICONS if not name.startswith("mark-")]


def test_the_choice_is_remembered(qtbot: QtBot, qapp: QApplication, theme: Theme, preferences: Preferences) -> None:
    theme.choose(Scheme.DARK)
    assert qapp.palette().window().color() == QColor(theme.colours.window)
    assert Theme(preferences, qapp).colours is DARK
    with qtbot.waitSignal(theme.changed):
        theme.choose(Scheme.LIGHT)
    assert Theme(preferences, qapp).colours is LIGHT


def test_a_choice_it_does_not_know_is_the_systems(qapp: QApplication, preferences: Preferences) -> None:
    preferences.set("theme/choice", "sepia")
    assert Theme(preferences, qapp).scheme is Scheme.SYSTEM


def test_the_scale_steps_up(theme: Theme) -> None:
    sizes = [theme.font(kind).pointSizeF() for kind in (Type.SMALL, Type.BODY, Type.HEADING, Type.TITLE, Type.FIGURE)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == len(sizes)


def test_rooms_have_icons() -> None:
    assert {entry.icon for entry in ENTRIES} <= set(DRAWN)


@pytest.mark.parametrize("name", DRAWN)
def test_an_icon_is_drawn_in_the_colour_asked_for(theme: Theme, name: str) -> None:
    image = theme.pixmap(name, 48, "#ff0000").toImage().convertToFormat(QImage.Format.Format_ARGB32)
    seen = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    solid = [colour for colour in seen if colour.alpha() == 255]
    assert solid, "nothing is drawn"
    assert all(colour == QColor("#ff0000") for colour in solid)


@pytest.mark.parametrize("name", DRAWN)
def test_icons_share_one_grid(name: str) -> None:
    drawing = ElementTree.fromstring(files("unison_desktop.frame").joinpath("icons", f"{name}.svg").read_text())
    assert drawing.get("viewBox") == "0 0 24 24"
    assert drawing.get("stroke") == "currentColor"

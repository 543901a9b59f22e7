import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTableView, QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.colours import DARK, LIGHT, Colours, Tone
from unison_desktop.frame.theme import Scheme, Theme

TEXT = 4.5
"""WCAG 2.2, 1.4.3: contrast of text with its ground."""
EDGE = 3.0
"""WCAG 2.2, 1.4.11: contrast of the border of what can be used."""


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
class TestContrast:
    def test_of_text(self, colours: Colours) -> None:
        for ground in (colours.window, colours.surface, colours.raised):
            for ink in (colours.text, colours.muted):
                assert contrast(ink, ground) >= TEXT, (ink, ground)
        assert contrast(colours.text, colours.selection) >= TEXT
        assert contrast(colours.on_accent, colours.accent) >= TEXT
        assert contrast(colours.on_accent, colours.accent_hover) >= TEXT
        assert contrast(colours.accent, colours.surface) >= TEXT

    def test_of_the_navigation(self, colours: Colours) -> None:
        for ground in (colours.rail, colours.rail_active):
            for ink in (colours.rail_text, colours.rail_muted):
                assert contrast(ink, ground) >= TEXT, (ink, ground)

    @pytest.mark.parametrize("tone", Tone)
    def test_of_tones(self, colours: Colours, tone: Tone) -> None:
        own = colours.tones[tone]
        assert contrast(own.on_fill, own.fill) >= TEXT
        for ground in (own.tint, colours.surface, colours.window):
            assert contrast(own.ink, ground) >= TEXT, (own.ink, ground)
        assert contrast(own.fill, colours.surface) >= EDGE

    def test_of_edges(self, colours: Colours) -> None:
        assert contrast(colours.edge, colours.surface) >= EDGE


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
@pytest.mark.parametrize("is_enabled", [True, False], ids=["enabled", "disabled"])
@pytest.mark.parametrize("kind", [QLineEdit, QPlainTextEdit, QTableView])
def test_the_hint_in_an_empty_field_is_read_as_other_text_is(
    qtbot: QtBot, theme: Theme, scheme: Scheme, is_enabled: bool, kind: type[QWidget]
) -> None:
    """The style sheet's own hint is half transparent, which its contrast does not survive."""
    theme.choose(scheme)
    field = kind()
    qtbot.addWidget(field)
    field.setEnabled(is_enabled)
    field.show()
    hint = field.palette().color(QPalette.ColorRole.PlaceholderText)
    assert hint.alpha() == 255
    assert contrast(hint.name(), theme.colours.window) >= TEXT
    assert contrast(hint.name(), theme.colours.surface) >= TEXT

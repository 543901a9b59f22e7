"""Light and dark: palette, style sheet, type scale and icons from one table of colours."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from unison_desktop.frame.colours import DARK, LIGHT, Colours, Tone, ToneColours
from unison_desktop.frame.style_sheet import style_sheet
from unison_desktop.kernel.preferences import Preferences

_KEY = "theme/choice"


class Scheme(StrEnum):
    """What the person chose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Type(StrEnum):
    """The type scale: what a text is, not how big it is."""

    TITLE = "title"
    HEADING = "heading"
    BODY = "body"
    STRONG = "strong"
    SMALL = "small"
    FIGURE = "figure"
    """A number to be read across the hall."""
    CODE = "code"
    """Something to be typed exactly."""


_SCALE = {Type.TITLE: 1.55, Type.HEADING: 1.15, Type.SMALL: 0.88, Type.FIGURE: 2.1}
_BOLD = {Type.TITLE, Type.HEADING, Type.STRONG, Type.FIGURE}


class Look(QObject):
    """Colours, type scale and icons to paint with.

    Signals:
        changed: colours are others now; whoever painted or asked for an icon does so again.
    """

    changed = Signal()

    def __init__(self, colours: Colours, app: QApplication, parent: QObject) -> None:
        super().__init__(parent)
        self._app = app
        self.colours = colours

    def colour(self, name: str) -> QColor:
        """A colour by its name in `Colours`, e.g. `muted`."""
        return QColor(getattr(self.colours, name))

    def tone(self, tone: Tone) -> ToneColours:
        """The four colours of a tone in use now."""
        return self.colours.tones[tone]

    def font(self, type_: Type) -> QFont:
        """The font of a kind of text, relative to the font of the system."""
        font = QFont(self._app.font())
        if type_ is Type.CODE:
            font.setFamilies(["Cascadia Mono", "JetBrains Mono", "DejaVu Sans Mono", "Menlo", "monospace"])
            font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPointSizeF(self._app.font().pointSizeF() * _SCALE.get(type_, 1.0))
        font.setWeight(QFont.Weight.DemiBold if type_ in _BOLD else QFont.Weight.Normal)
        return font

    def icon(self, name: str, colour: str = "text") -> QIcon:
        """An icon in a colour of `Colours` or in any #rrggbb, sharp at 16 to 32 px on every screen."""
        icon = QIcon()
        shade = colour if colour.startswith("#") else getattr(self.colours, colour)
        for size in (16, 20, 24, 32, 48):
            icon.addPixmap(_drawn(name, size, shade, 1.0))
            icon.addPixmap(_drawn(name, size, self.colours.edge, 1.0), QIcon.Mode.Disabled)
        return icon

    def pixmap(self, name: str, size: int, colour: str = "text") -> QPixmap:
        """An icon as a picture `size` logical pixels wide; the same object for the same request."""
        shade = colour if colour.startswith("#") else getattr(self.colours, colour)
        return _drawn(name, size, shade, self._app.devicePixelRatio())


class Theme(Look):
    """The look in use, chosen by the person or the system."""

    def __init__(self, preferences: Preferences, app: QApplication) -> None:
        super().__init__(LIGHT, app, app)
        self._preferences = preferences
        chosen = preferences.text(_KEY, Scheme.SYSTEM)
        self.scheme = Scheme(chosen) if chosen in set(Scheme) else Scheme.SYSTEM
        app.setStyle("Fusion")
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_system_changed)
        self._apply()

    def choose(self, scheme: Scheme) -> None:
        """Use a scheme from now on and remember it."""
        self.scheme = scheme
        self._preferences.set(_KEY, scheme.value)
        self._apply()

    def _on_system_changed(self) -> None:
        if self.scheme is Scheme.SYSTEM:
            self._apply()

    def _apply(self) -> None:
        hints = QGuiApplication.styleHints()
        # Platforms that know schemes then draw their own parts (title bars, file dialogs) alike.
        wanted = {Scheme.LIGHT: Qt.ColorScheme.Light, Scheme.DARK: Qt.ColorScheme.Dark}
        hints.setColorScheme(wanted.get(self.scheme, Qt.ColorScheme.Unknown))
        dark = self.scheme is Scheme.DARK or (
            self.scheme is Scheme.SYSTEM and hints.colorScheme() is Qt.ColorScheme.Dark
        )
        self.colours = DARK if dark else LIGHT
        self._app.setPalette(_palette(self.colours))
        self._app.setStyleSheet(style_sheet(self.colours, _marks("dark" if dark else "light")))
        self.changed.emit()


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for place, colour in {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.window,
        role.Text: colours.text,
        role.Button: colours.surface,
        role.ButtonText: colours.text,
        role.BrightText: colours.on_accent,
        role.ToolTipBase: colours.raised,
        role.ToolTipText: colours.text,
        role.PlaceholderText: colours.muted,
        role.Highlight: colours.selection,
        role.HighlightedText: colours.text,
        role.Link: colours.accent,
        role.Light: colours.surface,
        role.Midlight: colours.raised,
        role.Mid: colours.line,
        role.Dark: colours.edge,
        role.Shadow: colours.rail,
        role.Accent: colours.accent,
    }.items():
        palette.setColor(place, QColor(colour))
    for place in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, place, QColor(colours.edge))
    return palette


def _marks(scheme: str) -> dict[str, str]:
    """Files of the marks, with slashes as style sheets want them on every system."""
    folder = files("unison_desktop.frame") / "icons"
    names = ("tick", "up", "down")
    return {name: str(folder / f"mark-{name}-{scheme}.svg").replace("\\", "/") for name in names}


@cache
def _source(name: str) -> bytes:
    return files("unison_desktop.frame").joinpath("icons", f"{name}.svg").read_bytes()


@cache
def _drawn(name: str, size: int, colour: str, ratio: float) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(_source(name).replace(b"currentColor", colour.encode())))
    picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(picture.rect()))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture

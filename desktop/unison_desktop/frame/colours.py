"""The colours of Unison, light and dark. Text on its ground has a contrast of at least 4.5:1 (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What a colour means. Never alone: an icon or a word stands beside it."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    INFO = "info"
    CARE = "care"
    """People at work on it: set-up, cleaning, maintenance."""
    IDLE = "idle"
    """Nothing wrong, nothing going on; also: not known."""


@dataclass(frozen=True, slots=True)
class ToneColours:
    """The colours of one tone.

    Attributes:
        fill: strong, for bars and dots; `on_fill` is text on it.
        tint: quiet ground; `ink` is text on it, readable on the surface too.
    """

    fill: str
    on_fill: str
    tint: str
    ink: str


@dataclass(frozen=True, slots=True)
class Colours:
    """All colours of one scheme, as #rrggbb.

    Attributes:
        window: ground of the window; surface: of cards, tables and fields; raised: of menus and hovered things.
        line: hairlines; edge: borders of fields and buttons (3:1 on the surface, WCAG 1.4.11).
        text, muted: readable on window, surface and raised.
        accent: the one colour of what can be done; `on_accent` is text on it.
        rail, rail_text, rail_muted, rail_active: the navigation.
    """

    window: str
    surface: str
    raised: str
    line: str
    edge: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    selection: str
    rail: str
    rail_text: str
    rail_muted: str
    rail_active: str
    tones: dict[Tone, ToneColours]


LIGHT = Colours(
    window="#f3f5f8",
    surface="#ffffff",
    raised="#e9edf2",
    line="#dce2e9",
    edge="#8a96a5",
    text="#17212b",
    muted="#556170",
    accent="#1c5bb8",
    accent_hover="#174c9b",
    on_accent="#ffffff",
    selection="#d8e6fa",
    rail="#15202c",
    rail_text="#e4eaf1",
    rail_muted="#a3b1c0",
    rail_active="#24384d",
    tones={
        Tone.GOOD: ToneColours("#19774a", "#ffffff", "#e2f3ea", "#125c38"),
        Tone.WARNING: ToneColours("#946000", "#ffffff", "#fcefd4", "#744a00"),
        Tone.BAD: ToneColours("#bd2f28", "#ffffff", "#fbe4e2", "#98201a"),
        Tone.INFO: ToneColours("#1c5bb8", "#ffffff", "#e3ecfa", "#184d9c"),
        Tone.CARE: ToneColours("#6a48a5", "#ffffff", "#ede7f7", "#543489"),
        Tone.IDLE: ToneColours("#5a6674", "#ffffff", "#e8ecf0", "#45505c"),
    },
)

DARK = Colours(
    window="#0f151c",
    surface="#18212b",
    raised="#222d39",
    line="#2a3643",
    edge="#6b7a8a",
    text="#e5ebf1",
    muted="#a0aebc",
    accent="#6ea9fb",
    accent_hover="#8dbbfc",
    on_accent="#08162b",
    selection="#244265",
    rail="#0b1016",
    rail_text="#e4eaf1",
    rail_muted="#94a3b3",
    rail_active="#1d2a38",
    tones={
        Tone.GOOD: ToneColours("#44bf82", "#05180e", "#153324", "#7fdcab"),
        Tone.WARNING: ToneColours("#e0a640", "#1d1300", "#36290f", "#f0c67c"),
        Tone.BAD: ToneColours("#f2766f", "#230504", "#3f1c1c", "#ffa9a3"),
        Tone.INFO: ToneColours("#6ea9fb", "#06152b", "#182a42", "#a9cbff"),
        Tone.CARE: ToneColours("#b498f0", "#160a2b", "#2b2241", "#cfbdf8"),
        Tone.IDLE: ToneColours("#8d9baa", "#0b1117", "#25303b", "#b7c3cf"),
    },
)

"""How each class of reasons looks: tone and, where a tone is shared, a mark; its name always stands beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QIcon, QPainter, QPixmap
from unison_domain.machines.downtime_contracts import DowntimeCategory

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.machines.grounds import paint_ground
from unison_desktop.machines.states import Mark

_SWATCH = QSize(24, 14)

CLASS_LOOKS: dict[DowntimeCategory | None, tuple[Tone, Mark]] = {
    DowntimeCategory.FAILURE: (Tone.BAD, Mark.PLAIN),
    DowntimeCategory.SETUP: (Tone.CARE, Mark.PLAIN),
    DowntimeCategory.MATERIAL: (Tone.WARNING, Mark.STRIPES),
    DowntimeCategory.QUALITY: (Tone.BAD, Mark.STRIPES),
    DowntimeCategory.OPERATOR: (Tone.WARNING, Mark.PLAIN),
    DowntimeCategory.EXTERNAL: (Tone.WARNING, Mark.BARS),
    DowntimeCategory.ORGANIZATION: (Tone.WARNING, Mark.FOOT),
    DowntimeCategory.PLANNED: (Tone.INFO, Mark.PLAIN),
    DowntimeCategory.OTHER: (Tone.INFO, Mark.STRIPES),
    DowntimeCategory.UNKNOWN: (Tone.IDLE, Mark.STRIPES),
    None: (Tone.IDLE, Mark.PLAIN),
}
"""None is a stop without a class."""


@dataclass
class ClassIcons:
    """A swatch per class in the theme's colours, drawn when first asked for."""

    theme: Theme
    _made: dict[tuple[DowntimeCategory | None, str], QIcon] = field(default_factory=dict)

    def of(self, category: DowntimeCategory | None) -> QIcon:
        tone, mark = CLASS_LOOKS[category]
        fill = self.theme.tone(tone).fill
        if (category, fill) not in self._made:
            self._made[category, fill] = self._drawn(tone, mark)
        return self._made[category, fill]

    def _drawn(self, tone: Tone, mark: Mark) -> QIcon:
        picture = QPixmap(_SWATCH)
        painter = QPainter(picture)
        box = QRectF(0, 0, _SWATCH.width(), _SWATCH.height())
        paint_ground(painter, self.theme, tone, mark, box, box.height())
        painter.end()
        return QIcon(picture)

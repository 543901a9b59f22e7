"""From which length on stops count in reports and wait in the queue. Remembered here; nothing stored knows of it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QWidget

from unison_desktop.frame.layout_memory import LayoutMemory
from unison_desktop.kernel.texts import _
from unison_desktop.machines.durations import total_text
from unison_desktop.machines.flow_layout import FlowLayout

TOPIC = "machines.downtime.thresholds_changed"
"""Told in this program alone, to pages that count by them."""
_KEY = "downtime.thresholds"
_DAY = 86_400
_STEP = 10
_OWN = -1
"""What a box holds for each machine's own."""

_Limit = Annotated[int, Field(ge=0, le=_DAY)]


class Thresholds(BaseModel):
    """Seconds.

    Attributes:
        micro_stop: up to which a stop without a reason is a micro-stop; None: each machine's own.
        ignore_under: shorter stops between two runs are left out.
        minimum_run: shorter runs between two stops join them.
        queue: only stops longer than this wait for a reason; None: those beyond each machine's micro-stop.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    micro_stop: _Limit | None = None
    ignore_under: _Limit = 0
    minimum_run: _Limit = 0
    queue: _Limit | None = None

    @classmethod
    def remembered(cls, memory: LayoutMemory) -> Self:
        """As the person left them; what can't be read is as it came."""
        try:
            return cls.model_validate_json(memory.text(_KEY, "{}"))
        except ValidationError:
            return cls()

    def remember(self, memory: LayoutMemory) -> None:
        """Keep them on this PC."""
        memory.save_text(_KEY, self.model_dump_json())

    def of_summary(self) -> dict[str, object]:
        """As the summary takes them."""
        return {
            "micro_stop_seconds": self.micro_stop,
            "ignore_under_seconds": self.ignore_under,
            "minimum_run_seconds": self.minimum_run,
        }

    def of_queue(self) -> dict[str, object]:
        """As the queue takes them."""
        return {"min_seconds": self.queue}


class ThresholdBar(QWidget):
    """A box for each.

    Attributes:
        boxes: by name of the threshold.

    Signals:
        changed: the `Thresholds` the person wants now.
    """

    changed = Signal(object)

    def __init__(self, first: Thresholds, parent: QWidget) -> None:
        super().__init__(parent)
        row = FlowLayout(self, spacing=14)
        own, none = _("each machine's own"), _("none")
        self.boxes: dict[str, QSpinBox] = {}
        for name, label, nothing, least, tip in (
            (
                "micro_stop",
                _("Micro-stops up to"),
                own,
                _OWN,
                _("Stops without a reason up to this length count apart"),
            ),
            ("ignore_under", _("Leave out stops under"), none, 0, _("Between two runs; they count as running")),
            ("minimum_run", _("Join over runs under"), none, 0, _("Between two stops; they count as one stop")),
            ("queue", _("Queue: stops over"), own, _OWN, _("Which stops wait for a reason; own: its micro-stop")),
        ):
            self.boxes[name] = box = self._box(label, nothing, least, tip)
            value = getattr(first, name)
            box.setValue(_OWN if value is None else value)
            box.valueChanged.connect(self._on_value)
            row.addWidget(self._pair(label, box))

    @property
    def thresholds(self) -> Thresholds:
        """What the boxes hold."""
        held = {name: box.value() for name, box in self.boxes.items()}
        return Thresholds.model_validate({name: None if n == _OWN else n for name, n in held.items()})

    def words(self) -> tuple[str, ...]:
        """Those of the summary in a line, as it stands on paper."""
        boxes = [box for name, box in self.boxes.items() if name != "queue"]
        return ("; ".join(f"{box.accessibleName()}: {box.text()}" for box in boxes),)

    def _box(self, label: str, nothing: str, least: int, tip: str) -> QSpinBox:
        box = QSpinBox(self)
        box.setRange(least, _DAY)
        box.setSpecialValueText(nothing)
        box.setSuffix(_(" s"))
        box.setSingleStep(_STEP)
        box.setKeyboardTracking(False)
        box.setAccessibleName(label)
        box.setToolTip(tip)
        return box

    def _pair(self, label: str, box: QSpinBox) -> QWidget:
        pair = QWidget(self)
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        words = QLabel(label, pair)
        words.setBuddy(box)
        row.addWidget(words)
        row.addWidget(box)
        return pair

    def _on_value(self) -> None:
        self.changed.emit(self.thresholds)


def waiting_text(count: int, beyond: int | None) -> str:
    """How many stops wait, and from which length on, where somebody set one."""
    words = _("{n} stops wait for a reason") if count != 1 else _("1 stop waits for a reason")
    text = words.format(n=count) if count else _("No stop waits for a reason")
    return text if beyond is None else _("{text}, of those over {time}").format(text=text, time=total_text(beyond))

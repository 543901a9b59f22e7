"""What a correction would change, told while it is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.frame.tone_label import ToneLabel
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.texts import _

_CALM_MS = 300


class LivePreview(ToneLabel):
    """Asks the server once the person pauses, and shows what it says; what can't be read yet is not asked about."""

    def __init__(
        self,
        theme: Theme,
        contract: type[BaseModel],
        send: Callable[..., Call],
        tell: Callable[[Any], tuple[str, Tone]],
        parent: QWidget,
        *,
        hint: str,
    ) -> None:
        """`send` takes the contract and `owner=`; `tell` makes words of the answer; `hint` stands here before."""
        super().__init__(theme, parent)
        self._contract, self._tell, self._hint = contract, tell, hint
        self._typed: Mapping[str, Any] = {}
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(_CALM_MS)
        self._calm.timeout.connect(self._look)
        self._reading = OneAtATime(send, self)
        self._reading.read.connect(self._show)
        self._reading.failed.connect(self._show_failed)

    def look(self, typed: Mapping[str, Any], *, at_once: bool = False) -> None:
        """What is typed is this now."""
        self._typed = typed
        if at_once:
            self._look()
        else:
            self._calm.start()

    def _look(self) -> None:
        try:
            asked = self._contract.model_validate(self._typed)
        except ValidationError:
            self.say(self._hint)
            return
        self.say(_("Looking what would change…"))
        self._reading.ask(asked)

    def _show(self, found: BaseModel) -> None:
        self.say(*self._tell(found))

    def _show_failed(self, error: ApiError) -> None:
        self.say(error.message, Tone.BAD)

"""What is done with a measurement, wherever it is listed: its picture is looked at, or it is taken back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from unison_domain.quality.contracts import MeasurementAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.page import Page
from unison_desktop.frame.picture_dialog import PictureDialog
from unison_desktop.frame.question import Question
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.quality import calls
from unison_desktop.quality.columns import Clock, measurement_text, value_text
from unison_desktop.stations.calls import PICTURE_RIGHT, picture


class MeasurementActs(QObject):
    """Of one page.

    Signals:
        taken_back: a measurement does not count any more, as it is then.
    """

    taken_back = Signal(object)

    def __init__(self, page: Page, clock: Clock) -> None:
        super().__init__(page)
        self._page, self._desk, self._clock = page, page.desk, clock

    def show_picture(self, one: MeasurementAnswer | None) -> None:
        """What it was measured in, or why nothing is shown."""
        if one is None:
            self._desk.messages.say(_("Choose one value."))
        elif one.picture is None:
            self._desk.messages.say(_("This value has no picture: it was not measured by a camera."))
        elif not self._desk.session.may(PICTURE_RIGHT):
            self._desk.messages.say(self._desk.session.lacks(PICTURE_RIGHT))
        else:
            title = f"{one.characteristic_name} {value_text(one)}"
            facts = measurement_text(one, self._clock(one))
            dialog = PictureDialog(self._desk.theme, self._page, title=title, facts=facts)
            dialog.show_answer(picture(self._desk.session.client, one.picture, owner=dialog))
            dialog.open()

    def ask_take_back(self, one: MeasurementAnswer | None) -> None:
        """Take it back after a question."""
        if one is None or one.undone_at is not None:
            self._desk.messages.say(_("Choose one value that is to be taken back."))
            return
        asks = _("Take back {value}?").format(value=value_text(one))
        explains = _("It leaves the chart and stays in the table, with your name.\n{facts}")
        question = Question(
            one,
            self._desk.theme,
            self._page,
            asks=asks,
            explains=explains.format(facts=measurement_text(one, self._clock(one))),
            yes=_("Take it back"),
        )
        question.confirmed.connect(self.take_back)
        question.open()

    def take_back(self, one: MeasurementAnswer) -> None:
        """Take it back now."""
        call = calls.undo(self._desk.session.client, one.id, owner=self)
        call.done.connect(self._on_taken_back)
        call.failed.connect(self._on_failed)

    def _on_taken_back(self, one: MeasurementAnswer) -> None:
        self.taken_back.emit(one)
        self._desk.messages.say(_("{value} is taken back.").format(value=value_text(one)), Tone.GOOD)

    def _on_failed(self, error: ApiError) -> None:
        self._desk.messages.say(error.message, Tone.BAD)

"""A form for what the server may need long for: it goes on when the dialog is left, and is seen in the next one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from pydantic import BaseModel
from PySide6.QtWidgets import QLabel, QWidget
from unison_domain.kernel.contracts import Page
from unison_domain.machines.tag_runs import RunState, TagRun
from unison_domain.stations.contracts import TagAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.correction_progress import CorrectionProgress
from unison_desktop.stations.configuration.followed_run import RunKind, followed, said_of
from unison_desktop.stations.configuration.live_preview import LivePreview


class RunDialog(FormDialog):
    """Puts something right of a tag. A subclass says what of it can be seen before, and what was done before.

    Attributes:
        told: what it would change, as the server says. before: what was done before.
        progress: how far it is; left meanwhile, the server goes on with it, and what came of it is said then.
    """

    told: LivePreview

    def __init__(
        self,
        desk: Desk,
        kind: RunKind,
        tag: TagAnswer,
        fields: Sequence[Field],
        contract: type[BaseModel],
        *,
        title: str,
        values: Values,
        intro: str,
        save_text: str,
        parent: QWidget,
    ) -> None:
        super().__init__(
            desk, fields, contract, title=title, values=values, intro=intro, save_text=save_text, parent=parent
        )
        self.tag = tag
        self._kind = kind
        self._is_followed = False
        self.told = self.preview()
        self.before = QLabel(self)
        self.before.setProperty("role", "muted")
        self.before.setWordWrap(True)
        self.before.hide()
        self.progress = CorrectionProgress(self)
        self.progress.ended.connect(self._on_ended)
        place = self.column.indexOf(self.form) + 1
        for widget in (self.progress, self.before, self.told):
            self.column.insertWidget(place, widget)
        self.form.changed.connect(self._look)
        self.told.look(self.asked(), at_once=True)
        last = calls.last_runs(desk.session.client, kind.way, tag.id, owner=self)
        last.done.connect(self._show_last)

    @abstractmethod
    def preview(self) -> LivePreview:
        """What tells what would change, of what `asked` says."""

    def asked(self) -> dict[str, object]:
        """What the preview is asked for."""
        return self.typed()

    def show_under_way(self, run: TagRun) -> None:
        """This one was under way before the dialog was opened."""

    def show_last(self, runs: Sequence[TagRun]) -> None:
        """These were the last ones, newest first, and none of them is under way."""

    def send(self, body: BaseModel) -> Call:
        return calls.begin_run(self.desk.session.client, self._kind.way, self.tag.id, body, key=self.key, owner=self)

    def reject(self) -> None:
        """What is under way goes on, and nothing typed is lost with it."""
        if self._is_followed:
            self.desk.messages.say(
                said_of(self.tag, _("the server goes on with it, and it is told here when it is done."))
            )
            self._discard()
        else:
            super().reject()

    def _on_done(self, answer: object) -> None:
        assert isinstance(answer, TagRun)  # noqa: S101 - what `send` reads
        if answer.state.is_over:
            self.desk.messages.say(*self._words_of(answer))
            self._on_ended(answer)
        else:
            self._follow(answer)

    def _follow(self, run: TagRun) -> None:
        self._is_followed = True
        self.form.setEnabled(False)
        self.save_button.setEnabled(False)
        self.leave_button.setText(_("Close"))
        self.leave_button.setToolTip(_("The server goes on with it"))
        self.progress.follow(followed(self.desk, self._kind, self.tag, run))

    def _on_ended(self, run: TagRun) -> None:
        self._is_followed = False
        if run.state is RunState.DONE:
            self.saved.emit(run)
            self.accept()
            return
        self.form.setEnabled(True)
        self.save_button.setEnabled(True)
        self.leave_button.setText(_("Cancel"))
        self.leave_button.setToolTip("")
        self.renew_key()
        self.tell(self._kind.outcome(run)[0])
        self._look()

    def _words_of(self, run: TagRun) -> tuple[str, Tone]:
        words, tone = self._kind.outcome(run)
        return said_of(self.tag, words), tone

    def _show_last(self, page: Page[TagRun]) -> None:
        under_way = next((run for run in page.items if not run.state.is_over), None)
        if under_way is not None and not self._is_followed:
            self.show_under_way(under_way)
            self._follow(under_way)
        elif under_way is None:
            self.show_last(page.items)
            self._say_why(page.items[:1])

    def _say_why(self, newest: Sequence[TagRun]) -> None:
        """Why the last one failed, unless another was begun meanwhile."""
        for run in newest:
            if run.state is RunState.FAILED and run.problem and not self._is_followed:
                self.tell(_("The last time this failed. {why}").format(why=worded(run.problem)))

    def _look(self) -> None:
        self.told.look(self.asked())

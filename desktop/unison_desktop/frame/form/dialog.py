"""A form in a window of its own: sent once, and together with what others changed meanwhile."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from uuid import UUID, uuid4

from pydantic import BaseModel
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QWidget
from unison_domain.kernel.contracts import FieldError

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.frame.form.input_dialog import AnswerBar, InputDialog
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _

CLASH = "version_clash"


class FormDialog(InputDialog):
    """Makes or changes one thing. A subclass says in `send` how.

    Attributes:
        version: of the thing, as the person saw it; None for a new one.
        sending: seen while the server is asked.

    Signals:
        saved: what the server answered.
    """

    saved = Signal(object)

    def __init__(
        self,
        desk: Desk,
        fields: Sequence[Field],
        contract: type[BaseModel],
        *,
        title: str,
        values: Values,
        version: int | None = None,
        intro: str = "",
        save_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """`values` are what is shown first; what of them the contract has and no field shows is sent as it is."""
        super().__init__(
            desk, fields, contract, title=title, values=values, intro=intro, save_text=save_text, parent=parent
        )
        self.version = version
        self.sending = QProgressBar(self)
        self.sending.setRange(0, 0)
        self.sending.setTextVisible(False)
        self.sending.setAccessibleName(_("Saving"))
        place = self.sending.sizePolicy()
        place.setRetainSizeWhenHidden(True)  # nothing moves when it comes
        self.sending.setSizePolicy(place)
        self.sending.hide()
        self.column.insertWidget(self.column.indexOf(self.foot), self.sending)
        self._key = uuid4()
        self._theirs: dict[str, object] = {}
        self.clash = _Clash(self)
        self.clash.theirs.clicked.connect(self._take_theirs)
        self.clash.mine.clicked.connect(self.clash.hide)
        self.column.insertWidget(self.column.indexOf(self.form), self.clash)

    @abstractmethod
    def send(self, body: BaseModel) -> Call:
        """Send what was typed, with `key` or `version`; its answer is told by `saved`."""

    def use(self, body: BaseModel) -> None:
        """Send it."""
        self.tell("")
        self.form.show_errors([])
        self._wait_for_answer(True)
        call = self.send(body)
        call.done.connect(self.sending.hide)
        call.done.connect(self._on_done)
        call.failed.connect(self._on_failed)

    def _wait_for_answer(self, waiting: bool) -> None:
        """Nothing is sent twice, and it is seen that the server is asked."""
        self.save_button.setEnabled(not waiting)
        self.sending.setVisible(waiting)

    @property
    def key(self) -> UUID:
        """What makes a repetition after a time-out the same request."""
        return self._key

    def renew_key(self) -> None:
        """What is sent next is another request, not a repetition of the last one."""
        self._key = uuid4()

    def _on_done(self, answer: object) -> None:
        self.saved.emit(answer)
        self.accept()

    def _on_failed(self, error: ApiError) -> None:
        self._wait_for_answer(False)
        if not error.is_temporary:
            self.renew_key()
        problem = error.problem
        if words := self.own_words(error):
            self.tell(words)
        elif problem is not None and error.code == CLASH and problem.current is not None:
            self._show_clash(self.shown(problem.current))
        elif problem is not None and problem.errors:
            self.show_errors(problem.errors)
        elif problem is not None:
            self.show_errors([FieldError(field="", code=problem.code, message=error.message)])
        else:
            self.tell(error.message)

    def own_words(self, _error: ApiError) -> str:
        """What to say of a refusal in place of the server's words; empty: the server's, beside their fields."""
        return ""

    def shown(self, current: Values) -> Values:
        """The thing as the server has it now, by the names of the form's fields, and its version."""
        return current

    def _show_clash(self, current: Values) -> None:
        """Theirs is taken where only they changed it; where both did, mine stays until the person says otherwise."""
        opened, mine = self.form.opened(), self.form.values()
        self._fixed = self.beside(current)
        self.form.open(current)
        theirs = self.form.values()
        self.form.fill({name: value for name, value in mine.items() if value != opened.get(name)})
        self.version = int(current["version"])
        self._theirs = theirs
        changed = [name for name in theirs if theirs[name] != opened.get(name)]
        self.clash.tell([self._change(name, opened.get(name), theirs[name], mine.get(name)) for name in changed])

    def _change(self, name: str, before: object, theirs: object, mine: object) -> str:
        words = self.form.editor(name).words
        text = _("{field}: was {before}, is now {theirs}")
        if mine not in (before, theirs):
            text = _("{field}: was {before}, is now {theirs}; you want {mine}")
        label = self.form.label_of(name)
        return text.format(field=label, before=words(before), theirs=words(theirs), mine=words(mine))

    def _take_theirs(self) -> None:
        self.form.open(self._theirs)
        self.clash.hide()


class _Clash(AnswerBar):
    """What somebody else changed meanwhile."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("Take theirs"), _("Keep mine"), parent)
        self.theirs, self.mine = self.first, self.second

    def tell(self, changes: Sequence[str]) -> None:
        """Show what was changed."""
        head = _("Somebody changed this meanwhile. Look it over and save again.")
        self.words.setText("\n".join([head, *changes]))
        self.words.setAccessibleName(self.words.text())
        self.show()

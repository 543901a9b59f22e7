"""A form in a window of its own: checked here, sent once, and never lost by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from unison_domain.kernel.contracts import FieldError

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.frame.form.form import Form
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _

CLASH = "version_clash"


class FormDialog(QDialog):
    """Makes or changes one thing. A subclass says in `send` how.

    Attributes:
        form: the fields.
        version: of the thing, as the person saw it; None for a new one.

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
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{title}[*] - Unison")
        self.desk, self.version = desk, version
        self._contract = contract
        self._key = uuid4()
        self._heading = QLabel(title, self)
        self._heading.setFont(desk.theme.font(Type.TITLE))
        self._heading.setWordWrap(True)
        self._intro = QLabel(intro, self)
        self._intro.setWordWrap(True)
        self._intro.setVisible(bool(intro))
        self._error = QLabel(self)
        self._error.setProperty("role", "error")
        self._error.setWordWrap(True)
        self._error.setTextFormat(Qt.TextFormat.PlainText)
        self._error.hide()
        self.form = Form(fields, desk.theme, self)
        self.form.changed.connect(self._on_changed)
        self.clash = _Clash(self)
        self.clash.theirs.clicked.connect(self._take_theirs)
        self.clash.mine.clicked.connect(self.clash.hide)
        self._theirs: dict[str, object] = {}
        self.question = _Question(self)
        self.question.discard.clicked.connect(self._discard)
        self.question.stay.clicked.connect(self._stay)
        self.save_button = QPushButton(save_text or _("Save"), self)
        self.save_button.setProperty("role", "primary")
        self.save_button.setDefault(True)
        self.save_button.setToolTip(_("Ctrl+S"))
        self.save_button.clicked.connect(self.save)
        self._cancel = QPushButton(_("Cancel"), self)
        self._cancel.setAutoDefault(False)
        self._cancel.clicked.connect(self.reject)
        self.foot = QHBoxLayout()
        for keys in ("Ctrl+S", "Ctrl+Return"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.save)
        self._lay_out()
        self._names = {field.name for field in fields}
        self._fixed = self._beside(values)
        self.form.open(values)

    def send(self, body: BaseModel) -> Call:
        """Send what was typed, with `key` or `version`; its answer is told by `saved`."""
        raise NotImplementedError

    def typed(self) -> dict[str, object]:
        """What is sent, before it is checked."""
        return self._fixed | self.form.values()

    def set_intro(self, text: str) -> None:
        """Say below the heading what this is."""
        self._intro.setText(text)
        self._intro.setVisible(bool(text))

    def check(self) -> BaseModel | None:
        """What was typed, as the contract has it; None after its errors were shown."""
        try:
            return self._contract.model_validate(self.typed())
        except ValidationError as error:
            self.show_errors([_field_error(one) for one in error.errors()])
            return None

    def save(self) -> None:
        """Send it, if it is right."""
        if not self.save_button.isEnabled():
            return
        body = self.check()
        if body is None:
            return
        self.tell("")
        self.form.show_errors([])
        self.save_button.setEnabled(False)
        call = self.send(body)
        call.done.connect(self._on_done)
        call.failed.connect(self._on_failed)

    def tell(self, text: str) -> None:
        """Say what is wrong with the whole; nothing hides it."""
        self._error.setText(text)
        self._error.setAccessibleName(_("Error: {text}").format(text=text) if text else "")
        self._error.setVisible(bool(text))

    def reject(self) -> None:
        """Close; what was typed is not lost without a question."""
        if self.form.is_dirty and self.question.isHidden():
            self.question.show()
            self.question.stay.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if not self.question.isHidden():
            self._stay()
            return
        super().reject()

    @property
    def key(self) -> UUID:
        """What makes a repetition after a time-out the same request."""
        return self._key

    def _discard(self) -> None:
        super().reject()

    def _stay(self) -> None:
        self.question.hide()
        self.form.setFocus()

    def _on_changed(self) -> None:
        self.setWindowModified(self.form.is_dirty)

    def _on_done(self, answer: object) -> None:
        self.saved.emit(answer)
        self.accept()

    def _on_failed(self, error: ApiError) -> None:
        self.save_button.setEnabled(True)
        if not error.is_temporary:
            self._key = uuid4()  # the next try is another request, not a repetition of this one
        problem = error.problem
        if words := self.own_words(error):
            self.tell(words)
        elif problem is not None and error.code == CLASH and problem.current is not None:
            self._show_clash(problem.current)
        elif problem is not None and problem.errors:
            self.show_errors(problem.errors)
        elif problem is not None:
            self.show_errors([FieldError(field="", code=problem.code, message=error.message)])
        else:
            self.tell(error.message)

    def own_words(self, _error: ApiError) -> str:
        """What to say of a refusal in place of the server's words; empty: the server's, beside their fields."""
        return ""

    def field_of(self, path: str) -> str:
        """The field an error of the server is about, where its path does not name it."""
        return path

    def show_errors(self, errors: Sequence[FieldError]) -> None:
        """Say what is wrong, beside the fields it is about."""
        placed = [error.model_copy(update={"field": self.field_of(error.field)}) for error in errors]
        rest = self.form.show_errors(placed)
        self.tell("\n".join(error.message for error in rest))

    def _show_clash(self, current: Values) -> None:
        """Theirs is taken where only they changed it; where both did, mine stays until the person says otherwise."""
        opened, mine = self.form.opened(), self.form.values()
        self._fixed = self._beside(current)
        self.form.open(current)
        theirs = self.form.values()
        self.form.fill({name: value for name, value in mine.items() if value != opened.get(name)})
        self.version = int(current["version"])
        self._theirs = theirs
        changed = [name for name in theirs if theirs[name] != opened.get(name)]
        self.clash.tell([self._change(name, opened.get(name), theirs[name], mine.get(name)) for name in changed])

    def _beside(self, values: Values) -> dict[str, object]:
        """What the contract has and the form doesn't: it goes back as it came."""
        known = self._contract.model_fields
        return {name: value for name, value in values.items() if name in known and name not in self._names}

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

    def _lay_out(self) -> None:
        self.setMinimumSize(720, 420)
        self.resize(860, 620)
        self.foot.addStretch(1)
        self.foot.addWidget(self._cancel)
        self.foot.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(26, 20, 20, 18)
        column.setSpacing(10)
        for widget in (self._heading, self._intro, self._error, self.clash):
            column.addWidget(widget)
        column.addWidget(self.form, 1)
        column.addWidget(self.question)
        column.addLayout(self.foot)


def _field_error(error: ErrorDetails) -> FieldError:
    message = error["msg"].removeprefix("Value error, ")
    if error["loc"] and error["input"] is None:
        message = _("This is needed.")
    return FieldError(field=".".join(map(str, error["loc"])), code=error["type"], message=message)


class _Bar(QFrame):
    """A bar with words and two answers, hidden until it is needed."""

    def __init__(self, first: str, second: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "error")
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.first, self.second = QPushButton(first, self), QPushButton(second, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.addWidget(self.words, 1)
        for button in (self.first, self.second):
            button.setAutoDefault(True)
            row.addWidget(button)
        self.hide()


class _Question(_Bar):
    """Whether what was typed is to be lost."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("Discard"), _("Go on editing"), parent)
        self.discard, self.stay = self.first, self.second
        self.words.setText(_("What you typed is not saved. Discard it?"))


class _Clash(_Bar):
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

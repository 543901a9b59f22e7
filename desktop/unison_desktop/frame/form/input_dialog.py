"""Fields in a window of their own: checked, and what was typed never lost by mistake."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from unison_domain.kernel.contracts import FieldError

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.frame.form.form import Form
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.refusals.contract_errors import words_of
from unison_desktop.kernel.texts import _


class InputDialog(QDialog):
    """Asks for what a contract has. A subclass says in `use` what becomes of it.

    Attributes:
        form: the fields. save_button: takes them. leave_button: leaves the window without.
    """

    def __init__(
        self,
        desk: Desk,
        fields: Sequence[Field],
        contract: type[BaseModel],
        *,
        title: str,
        values: Values,
        intro: str = "",
        save_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """`values` are what is shown first; what of them the contract has and no field shows is taken as it is."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{title}[*] - Unison")
        self.desk = desk
        self._contract = contract
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
        self.question = _Question(self)
        self.question.discard.clicked.connect(self._discard)
        self.question.stay.clicked.connect(self._stay)
        self.save_button = QPushButton(save_text or _("Save"), self)
        self.save_button.setProperty("role", "primary")
        self.save_button.setDefault(True)
        self.save_button.setToolTip(_("Ctrl+S"))
        self.save_button.clicked.connect(self.save)
        self.leave_button = QPushButton(_("Cancel"), self)
        self.leave_button.setAutoDefault(False)
        self.leave_button.clicked.connect(self.reject)
        self.foot = QHBoxLayout()
        for keys in ("Ctrl+S", "Ctrl+Return"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.save)
        self._lay_out()
        self._names = {field.name for field in fields}
        self._fixed = self.beside(values)
        self.form.open(values)

    @abstractmethod
    def use(self, body: BaseModel) -> None:
        """Do what is to be done with what was typed, which is right."""

    def typed(self) -> dict[str, object]:
        """What is taken, before it is checked."""
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
        """Take it, if it is right."""
        if not self.save_button.isEnabled():
            return
        body = self.check()
        if body is not None:
            self.use(body)

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

    def _discard(self) -> None:
        super().reject()

    def _stay(self) -> None:
        self.question.hide()
        self.form.setFocus()

    def _on_changed(self) -> None:
        self.setWindowModified(self.form.is_dirty)

    def field_of(self, path: str) -> str:
        """The field an error of the server is about, where its path does not name it."""
        return path

    def show_errors(self, errors: Sequence[FieldError]) -> None:
        """Say what is wrong, beside the fields it is about."""
        placed = [error.model_copy(update={"field": self.field_of(error.field)}) for error in errors]
        rest = self.form.show_errors(placed)
        self.tell("\n".join(error.message for error in rest))

    def beside(self, values: Values) -> dict[str, object]:
        """What the contract has and the form doesn't: it goes back as it came."""
        known = self._contract.model_fields
        return {name: value for name, value in values.items() if name in known and name not in self._names}

    def _lay_out(self) -> None:
        self.setMinimumSize(720, 420)
        self.resize(860, 620)
        self.foot.addStretch(1)
        self.foot.addWidget(self.leave_button)
        self.foot.addWidget(self.save_button)
        column = self.column = QVBoxLayout(self)
        column.setContentsMargins(26, 20, 20, 18)
        column.setSpacing(10)
        for widget in (self._heading, self._intro, self._error):
            column.addWidget(widget)
        column.addWidget(self.form, 1)
        column.addWidget(self.question)
        column.addLayout(self.foot)


def _field_error(error: ErrorDetails) -> FieldError:
    return FieldError(field=".".join(map(str, error["loc"])), code=error["type"], message=words_of(error))


class AnswerBar(QFrame):
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


class _Question(AnswerBar):
    """Whether what was typed is to be lost."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("Discard"), _("Go on editing"), parent)
        self.discard, self.stay = self.first, self.second
        self.words.setText(_("What you typed is not saved. Discard it?"))

"""The forms of one's own password, second factor and PIN.

Each wants the password again: it must be the person who sits there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from pydantic import BaseModel
from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget
from unison_domain.identity.mfa_contracts import TotpBegun, TotpConfirm
from unison_domain.kernel.contracts import FieldError

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import Editor, TextEditor
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.frame.qr_code import QrCode
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.identity import calls
from unison_desktop.identity.own_password_field import own_password
from unison_desktop.identity.people.forms import PasswordEditor, new_password
from unison_desktop.identity.people.pin_form import PIN
from unison_desktop.identity.sent import OwnPasswordGiven, OwnPinGiven, PasswordProof, SecondFactorProof
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _, pgettext

_GROUP = 4
"""Signs of a secret that are typed at once."""
_LONGEST = 40
_SMALLEST = QSize(680, 300)


class CodeEditor(TextEditor):
    """Six digits, however they are set apart."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, longest=12)

    def value(self) -> Any:
        return "".join(self.line.text().split()) or None


class CopyEditor(Editor):
    """Something to be taken over elsewhere exactly: read, and copied.

    Attributes:
        copy: puts what is shown on the clipboard, without the gaps it is read with.
    """

    def __init__(self, parent: QWidget, *, theme: Theme, group: int = 0) -> None:
        """`group`: so many signs are shown together."""
        self.line = QLineEdit()
        super().__init__(self.line, parent)
        self._group, self._value = group, ""
        self.line.setReadOnly(True)
        self.line.setFont(theme.font(Type.CODE))
        self.copy = QPushButton(theme.icon("copy", "text"), _("Copy"), self)
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(self._copy)
        row = QHBoxLayout()
        row.addWidget(self.line, 1)
        row.addWidget(self.copy)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)  # noqa: S101 - every editor has one
        column.addLayout(row)

    def value(self) -> Any:
        return self._value

    def set_value(self, value: Any) -> None:
        self._value = str(value)
        self.line.setText(grouped(self._value, self._group) if self._group else self._value)
        self.line.setCursorPosition(0)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._value)
        self.copy.setText(_("Copied"))


class QrEditor(Editor):
    """A picture of a text, to be read by the camera of another device; nothing can be typed."""

    def __init__(self, parent: QWidget) -> None:
        self.picture = QrCode(parent)
        super().__init__(self.picture, parent)
        self._value = ""

    def value(self) -> Any:
        return self._value

    def set_value(self, value: Any) -> None:
        self._value = str(value)
        self.picture.show_text(self._value)


class _ProvenDialog(FormDialog):
    """A form whose refusals name no field, but say by their code which they are about."""

    about: ClassVar[Mapping[str, str]] = {"password_wrong": "password", "mfa_wrong": "second_factor"}

    def __init__(
        self,
        desk: Desk,
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
        self.setMinimumSize(_SMALLEST)
        self.resize(_SMALLEST)

    def show_errors(self, errors: Sequence[FieldError]) -> None:
        super().show_errors([one.model_copy(update={"field": self.about.get(one.code, one.field)}) for one in errors])


class BeginDialog(_ProvenDialog):
    """Asks for the password; `saved` brings the `TotpBegun`."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(
            desk,
            (own_password(desk),),
            PasswordProof,
            title=_("Set up a second factor"),
            values={},
            intro=_(
                "You need an authenticator, an app for your telephone that shows codes of six digits. "
                "From then on signing in asks for such a code beside your password."
            ),
            save_text=_("Go on"),
            parent=parent,
        )

    def send(self, body: BaseModel) -> Call:
        return calls.begin_second_factor(self.desk.session.client, body, key=self.key, owner=self)


class ConfirmDialog(_ProvenDialog):
    """Shows the secret for the authenticator and asks what it shows; `saved` brings the `RecoveryCodes`."""

    about: ClassVar[Mapping[str, str]] = {"mfa_wrong": "code"}

    def __init__(self, desk: Desk, begun: TotpBegun, parent: QWidget) -> None:
        secret = partial(CopyEditor, theme=desk.theme, group=_GROUP)
        address = partial(CopyEditor, theme=desk.theme)
        super().__init__(
            desk,
            (
                Field(
                    "picture",
                    _("Picture"),
                    QrEditor,
                    _("Scan it with the authenticator. Who can't scan it types the key below."),
                    wide=True,
                ),
                Field(
                    "secret",
                    _("Key"),
                    secret,
                    _("To be typed into the authenticator, which makes codes by time."),
                    wide=True,
                ),
                Field("uri", _("Address"), address, _("Opens an authenticator that is on this device."), wide=True),
                Field(
                    "code", pgettext("one-time", "Code"), CodeEditor, _("The six digits the authenticator shows now.")
                ),
            ),
            TotpConfirm,
            title=_("Tell your authenticator"),
            values={**begun.model_dump(), "picture": begun.uri},
            intro=_(
                "Let it scan the picture, or give it the key or the address: they are shown this once. "
                "Nothing changes before its code is right."
            ),
            save_text=_("Switch it on"),
            parent=parent,
        )
        self.resize(760, 640)
        self.form.editor("code").setFocus()

    def typed(self) -> dict[str, object]:
        """What is shown is the server's own."""
        return {"code": self.form.values()["code"]}

    def show_errors(self, errors: Sequence[FieldError]) -> None:
        words = _("Six digits are needed.")
        is_form = "string_pattern_mismatch"
        super().show_errors(
            [one.model_copy(update={"message": words}) if one.code == is_form else one for one in errors]
        )

    def send(self, body: BaseModel) -> Call:
        return calls.confirm_second_factor(self.desk.session.client, body, key=self.key, owner=self)


class RemoveDialog(_ProvenDialog):
    """Takes one's own away."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(
            desk,
            (own_password(desk), _FACTOR),
            SecondFactorProof,
            title=_("Remove the second factor"),
            values={},
            intro=_("Your password alone lets you in again. Your recovery codes are worthless afterwards."),
            save_text=_("Remove"),
            parent=parent,
        )

    def send(self, body: BaseModel) -> Call:
        return calls.remove_second_factor(self.desk.session.client, body, key=self.key, owner=self)


class NewCodesDialog(_ProvenDialog):
    """Asks for other recovery codes; `saved` brings the `RecoveryCodes`."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(
            desk,
            (own_password(desk), _FACTOR),
            SecondFactorProof,
            title=_("New recovery codes"),
            values={},
            intro=_("Ten new ones take the place of those you have, which are worthless afterwards."),
            save_text=_("Make new ones"),
            parent=parent,
        )

    def send(self, body: BaseModel) -> Call:
        return calls.new_recovery_codes(self.desk.session.client, body, key=self.key, owner=self)


class OwnPasswordDialog(_ProvenDialog):
    """Changes one's own password; `saved` brings None."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(
            desk,
            (_PRESENT_PASSWORD, new_password(desk, "new_password", _("New password"))),
            OwnPasswordGiven,
            title=_("Change my password"),
            values={},
            intro=_("From then on you sign in by the new one. Your other sessions end, this one goes on."),
            save_text=_("Change it"),
            parent=parent,
        )

    def send(self, body: BaseModel) -> Call:
        return calls.change_own_password(self.desk.session.client, body, key=self.key, owner=self)


class OwnPinDialog(_ProvenDialog):
    """Sets one's own PIN for stations; `saved` brings None."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(
            desk,
            (own_password(desk), PIN),
            OwnPinGiven,
            title=_("My PIN for stations"),
            values={},
            intro=_("At stations you sign on by your name and this PIN. One of before is gone."),
            save_text=_("Set the PIN"),
            parent=parent,
        )

    def send(self, body: BaseModel) -> Call:
        return calls.set_own_pin(self.desk.session.client, body, key=self.key, owner=self)


class OwnPinRemoveDialog(_ProvenDialog):
    """Removes one's own PIN; `saved` brings None."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(
            desk,
            (own_password(desk),),
            PasswordProof,
            title=_("Remove my PIN"),
            values={},
            intro=_("At stations you are known by your badge alone then."),
            save_text=_("Remove"),
            parent=parent,
        )

    def send(self, body: BaseModel) -> Call:
        return calls.remove_own_pin(self.desk.session.client, body, key=self.key, owner=self)


def grouped(secret: str, group: int) -> str:
    """In groups, as it is read and typed."""
    return " ".join(secret[start : start + group] for start in range(0, len(secret), group))


_PRESENT_PASSWORD = Field("password", _("Present password"), PasswordEditor, _("The one you sign in with now."))
_FACTOR = Field(
    "second_factor",
    pgettext("one-time", "Code"),
    partial(TextEditor, longest=_LONGEST),
    _("The six digits your authenticator shows now, or a recovery code."),
)

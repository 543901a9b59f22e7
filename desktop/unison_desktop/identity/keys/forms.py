"""A new key: what it is held to, and its secret, which is told once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.identity.api_key_contracts import ApiKeyCreate, ApiKeyMade
from unison_domain.kernel.contracts import Page

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import NumberEditor, TextEditor
from unison_desktop.frame.form.expiry import ExpiryEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.frame.told_once import ToldOnce
from unison_desktop.identity import calls
from unison_desktop.identity.keys.editors import ScopesEditor
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _

PERMISSION = "identity.permission.read"
_SPANS = (
    (timedelta(days=30), _("in 30 days")),
    (timedelta(days=90), _("in 90 days")),
    (timedelta(days=365), _("in a year")),
)
_WARNING = _(
    "Copy it now: it is never shown again, and nobody can look it up. Whoever has it may do what the key may. "
    "Keep it where the program keeps its secrets, not in a mail or a chat."
)


class KeyDialog(FormDialog):
    """Makes a key of the person who is signed in."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        now = desk.session.clock.now()
        fields = (
            Field("name", _("Name"), TextEditor, _("The program that will use it, e.g. Label printer of hall 2.")),
            Field(
                "expires_at",
                _("Expires"),
                partial(ExpiryEditor, now=now, zone=ZoneInfo(desk.session.zone), spans=_SPANS, nothing=_("never")),
                _("A key that is lost is good until then, unless it is revoked."),
            ),
            Field(
                "requests_per_minute",
                _("Requests per minute"),
                NumberEditor,
                _("1 to 60 000; what it asks beyond is refused until the minute is over."),
            ),
            Field(
                "scopes",
                _("Rights"),
                ScopesEditor,
                _("As few as the program needs. It never may more than you may yourself, also later."),
                wide=True,
            ),
        )
        super().__init__(
            desk,
            fields,
            ApiKeyCreate,
            title=_("New API key"),
            values={"requests_per_minute": 600},
            intro=_("A program that sends the key acts for you, within the rights that are ticked."),
            save_text=_("Make the key"),
            parent=parent,
        )
        self.resize(880, 780)
        if desk.session.may(PERMISSION):
            call = calls.permissions(desk.session.client, owner=self)
            call.done.connect(self._show_permissions)
            call.failed.connect(self._on_unknown)
        else:
            self._offer(self._own())

    @property
    def scopes(self) -> ScopesEditor:
        """The ticks of the rights."""
        editor = self.form.editor("scopes")
        assert isinstance(editor, ScopesEditor)  # noqa: S101 - as its field declares
        return editor

    def send(self, body: BaseModel) -> Call:
        return calls.make_api_key(self.desk.session.client, body, key=self.key, owner=self)

    def _own(self) -> list[str]:
        return self.desk.session.gives

    def _show_permissions(self, known: Page[str]) -> None:
        self._offer(known.items)

    def _on_unknown(self, error: ApiError) -> None:
        """One's own are enough to make a key."""
        self._offer(self._own())
        self.tell(_("Only your own rights are shown: {reason}").format(reason=error.message))

    def _offer(self, scopes: list[str]) -> None:
        self.scopes.set_scopes(scopes, self._own(), _("You lack {right} yourself, so no key of yours has it."))


class KeyMadeDialog(ToldOnce):
    """Shows the secret of a new key; closing before it was copied asks."""

    def __init__(self, desk: Desk, made: ApiKeyMade, parent: QWidget) -> None:
        super().__init__(
            desk,
            made.key,
            parent,
            heading=_("{name} is made").format(name=made.name),
            warning=_WARNING,
            called=_("The new key"),
            advice=_("Put it where the program keeps its secrets."),
        )

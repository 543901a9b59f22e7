"""The form by which a badge is handed out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.identity.badge_contracts import BadgeKind
from unison_domain.sites.local_days import today_over

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, TextEditor
from unison_desktop.frame.form.expiry import ExpiryEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.identity import calls
from unison_desktop.identity.badges.columns import KINDS
from unison_desktop.identity.people.forms import PasswordEditor
from unison_desktop.identity.sent import BadgeGiven
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _


class GiveDialog(FormDialog):
    """Hands a badge out; a reader that ends with Enter saves it. `saved` brings the `BadgeAnswer`."""

    def __init__(
        self, desk: Desk, people: Mapping[UUID, str], zone_of: ZoneOf, whose: UUID | None, parent: QWidget
    ) -> None:
        """`people` can be given one; `whose` is chosen at first.

        `zone_of` says by whose clocks the days of somebody end.
        """
        now = desk.session.clock.now().astimezone().replace(microsecond=0)
        kinds = {kind.value: words for kind, words in KINDS.items()}
        names = {str(id_): name for id_, name in sorted(people.items(), key=lambda pair: pair[1].casefold())}
        person = partial(ChoiceEditor, choices=names, nothing=_("Choose a person"))
        good = partial(
            ExpiryEditor,
            now=now,
            zone=zone_of(whose),
            spans=_spans(now, zone_of(whose)),
            nothing=_("until it is lost or revoked"),
        )
        super().__init__(
            desk,
            (
                Field("user_id", _("Person"), person, _("Who is known by it.")),
                Field("kind", _("Read by"), partial(ChoiceEditor, choices=kinds), _("Which reader takes it.")),
                Field("label", _("Label"), TextEditor, _("May be left out: the number printed on it, to tell it by.")),
                Field(
                    "expires_at",
                    _("Good"),
                    good,
                    _("A day badge names the person until the day is over where they work."),
                ),
                Field(
                    "own_password",
                    _("Your password"),
                    PasswordEditor,
                    _("Only for a badge of your own: the one you sign in with."),
                ),
                Field(
                    "text",
                    _("Badge"),
                    PasswordEditor,
                    _("Hold it to the reader at this PC, or type what is on it. Nobody can read it here again."),
                ),
            ),
            BadgeGiven,
            title=_("Give a badge"),
            values={"user_id": str(whose) if whose in people else None, "kind": BadgeKind.BARCODE, "expires_at": None},
            intro=_("Stations know the badge half a minute later, once they fetched the list of people again."),
            save_text=_("Give it"),
            parent=parent,
        )
        self._zone_of = zone_of
        self.form.editor("user_id").changed.connect(self._on_person)
        self.resize(self.minimumSize())
        self.form.editor("text" if whose in people else "user_id").setFocus()

    def _on_person(self) -> None:
        """The end is by the clocks of where they work."""
        editor, whose = self.form.editor("expires_at"), self.form.editor("user_id").value()
        if isinstance(editor, ExpiryEditor):
            editor.set_zone(self._zone_of(UUID(whose) if whose else None))

    def send(self, body: BaseModel) -> Call:
        editor = self.form.editor("expires_at")
        if isinstance(body, BadgeGiven) and isinstance(editor, ExpiryEditor) and editor.box.currentIndex() == _TODAY:
            end = today_over(self.desk.session.clock.now(), self._zone_of(body.user_id))
            body = body.model_copy(update={"expires_at": end})
        return calls.give_badge(self.desk.session.client, body, key=self.key, owner=self)


ZoneOf = Callable[[UUID | None], ZoneInfo]
_TODAY = 0


def _spans(now: datetime, zone: ZoneInfo) -> tuple[tuple[timedelta, str], ...]:
    """The rest of the day where the person works, and a week."""
    return (today_over(now, zone) - now, _("today")), (timedelta(days=7), _("for a week"))

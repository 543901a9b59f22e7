"""The form of a reason."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.machines.downtime_contracts import (
    DowntimeReasonAnswer,
    DowntimeReasonCreate,
    DowntimeReasonUpdate,
)

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, NumberEditor, TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.frame.form.in_use import in_use_field
from unison_desktop.frame.plant_rights import against
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime import calls
from unison_desktop.machines.downtime.book import Book, reason_text

_NUMBER_HELP = _("From 100 to 999; its hundred is the class: 1 failure, 2 setup, 3 material, 4 quality, 5 operator, "
                 "6 external, 7 organization, 8 planned, 9 other. Below another reason: above its number.")  # fmt: skip


class _TypesEditor(TextEditor):
    """Kinds of machines in one line, apart by commas."""

    def value(self) -> Any:
        return [part.strip() for part in self.line.text().split(",") if part.strip()]

    def set_value(self, value: Any) -> None:
        self.line.setText(", ".join(value or ()))

    def words(self, value: Any) -> str:
        return ", ".join(value) if value else "-"


class ReasonDialog(FormDialog):
    """Makes a reason, below another or at the top, or changes one."""

    def __init__(
        self, desk: Desk, book: Book, known: DowntimeReasonAnswer | None, values: Mapping[str, Any], parent: QWidget
    ) -> None:
        """`values` are what is shown first."""
        ranked = sorted(book.reasons.values(), key=lambda one: one.number)
        above = {str(one.id): reason_text(one) for one in ranked if known is None or one.id != known.id}
        why_not = against(desk.session, "machines.downtime_reason.deactivate", None, ends=True)
        fields = (
            *((Field("number", _("Number"), NumberEditor, _NUMBER_HELP),) if known is None else ()),
            Field("name", _("Name"), TextEditor, _("As people choose it, e.g. “Tool broken”.")),
            Field(
                "parent_id",
                _("Below"),
                partial(ChoiceEditor, choices=above, nothing=_("nothing: at the top of its class")),
                _("What it is a kind of."),
            ),
            Field("machine_types", _("Machine types"), _TypesEditor, _("For which it is offered; empty: for all.")),
            *((in_use_field(_("Offered"), _NO_LONGER, why_not),) if known else ()),
        )
        super().__init__(
            desk,
            fields,
            DowntimeReasonUpdate if known else DowntimeReasonCreate,
            title=reason_text(known) if known else _("New reason"),
            values=values,
            version=known.version if known else None,
            parent=parent,
        )
        self._known = known

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if self._known is None or self.version is None:
            return calls.make_reason(client, body, key=self.key, owner=self)
        return calls.change_reason(client, self._known.id, body, version=self.version, owner=self)


_NO_LONGER = _("Off: nobody can choose it any more; old stops keep it.")

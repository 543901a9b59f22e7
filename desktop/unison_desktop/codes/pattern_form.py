"""The form of an item pattern."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel, ValidationError
from PySide6.QtWidgets import QWidget
from unison_domain.codes.contracts import ItemPatternAnswer, ItemPatternReplace
from unison_domain.codes.item_pattern import FIELDS, ItemPattern

from unison_desktop.codes import calls
from unison_desktop.codes.text_trial import TextTrial
from unison_desktop.codes.words import symbologies_text
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import TextEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.frame.form.in_use import in_use_field
from unison_desktop.frame.plant_rights import against
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _


class SymbologiesEditor(TextEditor):
    """AIM identifiers apart by spaces or commas."""

    def value(self) -> Any:
        return re.findall(r"[^\s,;]+", self.line.text())

    def set_value(self, value: Any) -> None:
        super().set_value(" ".join(value or ()))

    def words(self, value: Any) -> str:
        return symbologies_text(value or ())


class PatternDialog(FormDialog):
    """Makes a pattern, or changes one, with a text to try it on.

    Attributes:
        trial: reads the text by the pattern as it is typed, beside the others in use.
    """

    def __init__(
        self, desk: Desk, others: Sequence[ItemPattern], known: ItemPatternAnswer | None, parent: QWidget
    ) -> None:
        why_not = against(desk.session, "codes.pattern.deactivate", None, ends=True)
        fields = PATTERN_FIELDS if known is None else (*PATTERN_FIELDS, in_use_field(_("In use"), _NO_LONGER, why_not))
        super().__init__(
            desk,
            fields,
            ItemPattern if known is None else ItemPatternReplace,
            title=_("New item pattern") if known is None else known.name,
            values=known.model_dump(mode="json") if known else {},
            version=known.version if known else None,
            parent=parent,
        )
        self._known, self._others = known, others
        self.trial = TextTrial(desk.theme, desk.session.clock.now().date(), self)
        self.column.insertWidget(self.column.indexOf(self.form) + 1, self.trial)
        QWidget.setTabOrder(self.form.editor(fields[-1].name).field, self.trial.line)
        self.form.changed.connect(self._try)
        self._try()

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if self._known is None or self.version is None:
            return calls.make_pattern(client, body, key=self.key, owner=self)
        return calls.change_pattern(client, self._known.id, body, version=self.version, owner=self)

    def _try(self) -> None:
        typed = self.form.values()
        tried = {name: typed[name] for name in ("pattern", "symbologies")}
        try:
            own = ItemPattern.model_validate({**tried, "name": typed["name"] or _("This pattern")})
        except ValidationError as error:
            self.trial.use((), worded(error.errors()[0]["msg"]))
            return
        self.trial.use((own, *self._others))


PATTERN_FIELDS = (
    Field("name", _("Name"), TextEditor, _("Whose barcodes these are, e.g. “Bolts Ltd, box label”.")),
    Field(
        "pattern",
        _("Pattern"),
        partial(TextEditor, longest=500, hint=r"B-(?P<part>\d{4})-(?P<lot>\w+)"),
        _("A regular expression of the whole text. Brackets beginning with ?P<…> say what is in them: {names}.").format(
            names=", ".join(FIELDS)
        ),
    ),
    Field(
        "symbologies",
        _("Symbologies"),
        partial(SymbologiesEditor, hint=_("any")),
        _(
            "AIM identifiers of the symbols it comes in, or their letters: A Code 39, C Code 128, d Data Matrix, "
            "Q QR Code. Empty: any."
        ),
    ),
)
_NO_LONGER = _("Off: nothing is read by it any more; scans keep what was read.")

"""The form of a setting: its one value."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.identity.setting_contracts import SettingAnswer, SettingKind, SettingReplace

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, Editor, NumberEditor, SwitchEditor
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.identity.settings import calls
from unison_desktop.identity.settings.words import choices, limits, meaning, name, value_of
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.time_zones import zone_names


class SettingDialog(FormDialog):
    """Sets a value for the organization, or for every organization that sets nothing itself."""

    def __init__(self, desk: Desk, known: SettingAnswer, parent: QWidget, *, of_server: bool) -> None:
        value = Field(
            "value",
            _("Value"),
            _editor(known),
            _("{limits}. Unison's own is {default}.").format(
                limits=limits(known).capitalize(), default=value_of(known, known.default)
            ),
        )
        whom = _("It holds in every organization that sets nothing itself.") if of_server else _("It holds at once.")
        super().__init__(
            desk,
            (value,),
            SettingReplace,
            title=name(known),
            values={"value": known.value},
            version=known.version,
            intro=f"{meaning(known)} {whom}".strip(),
            parent=parent,
        )
        self._known, self._of_server = known, of_server
        self.setMinimumSize(620, 260)
        self.resize(700, 300)

    def send(self, body: BaseModel) -> Call:
        version = self._known.version if self.version is None else self.version
        client = self.desk.session.client
        return calls.set_setting(client, self._known.key, body, version=version, of_server=self._of_server, owner=self)

    def shown(self, current: Values) -> Values:
        return {name: current[name] for name in ("value", "version")}


def _editor(known: SettingAnswer) -> Callable[[QWidget], Editor]:
    if known.kind == SettingKind.CHOICE:
        return partial(ChoiceEditor, choices=choices(known))
    if known.kind == SettingKind.TIME_ZONE:
        return partial(ChoiceEditor, choices={zone: zone for zone in zone_names()})
    if known.kind == SettingKind.YES_OR_NO:
        return partial(SwitchEditor, text=_("Yes"))
    return partial(NumberEditor, hint=str(known.default))

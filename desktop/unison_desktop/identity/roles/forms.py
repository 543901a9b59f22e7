"""The form of a role: what it is called, and which rights it gives."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.identity.role_contracts import RoleAnswer, RoleCreate, RoleReplace

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import TextEditor
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.identity import calls
from unison_desktop.identity.keys.editors import ScopesEditor
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _

_BACK = _("It is out of use and gives nothing. Saving brings it back.")
_HOLDS = _("Whoever has the role may do what is ticked from the moment it is saved.")


class RoleDialog(FormDialog):
    """Makes a role, or changes one of the organization's own."""

    def __init__(
        self, desk: Desk, known: RoleAnswer | None, like: RoleAnswer | None, scopes: Collection[str], parent: QWidget
    ) -> None:
        """`known` is what is changed, None makes a new one, at first `like` another; `scopes` can be ticked."""
        shown = known or like
        values = shown.model_dump(mode="json", include={"name", "description", "permissions"}) if shown else {}
        if known is None and like is not None:
            values["name"] = None
        super().__init__(
            desk,
            (_NAME, _DESCRIPTION, _PERMISSIONS) if known else (_CODE, _NAME, _DESCRIPTION, _PERMISSIONS),
            RoleReplace if known else RoleCreate,
            title=known.name if known else _("New role"),
            values={},
            version=known.version if known else None,
            intro=_BACK if known and not known.is_active else _HOLDS,
            parent=parent,
        )
        self.resize(880, 800)
        self._known = known
        offered = set(scopes).union(values.get("permissions", ()))
        self.scopes.set_scopes(offered, desk.session.gives, _("You lack {right} yourself, so you can't give it."))
        self.form.open({"permissions": [], **values})

    @property
    def scopes(self) -> ScopesEditor:
        """The ticks of the rights."""
        editor = self.form.editor("permissions")
        assert isinstance(editor, ScopesEditor)  # noqa: S101 - as its field declares
        return editor

    def send(self, body: BaseModel) -> Call:
        client = self.desk.session.client
        if self._known is None or self._known.id is None or self.version is None:
            return calls.make_role(client, body, key=self.key, owner=self)
        return calls.change_role(client, self._known.id, body, version=self.version, owner=self)

    def shown(self, current: Values) -> Values:
        return {name: current[name] for name in ("name", "description", "permissions", "version")}


_CODE = Field("code", _("Code"), partial(TextEditor, longest=50), _("What lists and files name it by. It stays."))
_NAME = Field("name", _("Name"), TextEditor, _("What people call it, e.g. Night watch."))
_DESCRIPTION = Field(
    "description", _("What it gives"), partial(TextEditor, longest=500), _("In short, for who gives it. May be empty.")
)
_PERMISSIONS = Field("permissions", _("Rights"), ScopesEditor, wide=True)

"""The forms of what a person may do: roles, and rights in plants and warehouses."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtWidgets import QWidget
from unison_domain.identity.contracts import (
    PlantAssignment,
    RoleAssignment,
    RoleHeld,
    UserAnswer,
    WarehouseAssignment,
)

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.identity import calls
from unison_desktop.identity.people.held_roles import everywhere, held_by, role_text
from unison_desktop.identity.people.held_roles_editor import HeldRolesEditor
from unison_desktop.identity.people.place_fields import PLACE_FIELDS, offer_places
from unison_desktop.identity.people.places import Places
from unison_desktop.identity.people.roles import RoleBook
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _


class RolesGiven(BaseModel):
    """The roles somebody is to have."""

    held_roles: list[RoleHeld]


class PlacesGiven(BaseModel):
    """Where somebody is to do what."""

    plants: list[PlantAssignment]
    warehouses: list[WarehouseAssignment]


class RightsDialog(FormDialog):
    """Gives and takes rights one after the other, each at the version the one before left; what is given stays given
    where a later one is refused.

    Attributes:
        person: as the server had it last.
    """

    def __init__(
        self,
        desk: Desk,
        person: UserAnswer,
        fields: Sequence[Field],
        contract: type[BaseModel],
        *,
        title: str,
        intro: str,
        parent: QWidget,
    ) -> None:
        self.person = person
        self._left: list[calls.Assignment] = []
        super().__init__(
            desk, fields, contract, title=title, values={}, version=person.version, intro=intro, parent=parent
        )
        self.resize(900, 640)

    @abstractmethod
    def steps(self, wanted: BaseModel) -> list[calls.Assignment]:
        """What leads from the person as it is to what is wanted."""

    def use(self, body: BaseModel) -> None:
        self._left = self.steps(body)
        if self._left:
            super().use(self._left[0])
        else:
            self.accept()

    def send(self, body: BaseModel) -> Call:
        assert isinstance(body, calls.Assignment)  # noqa: S101 - what `steps` gives
        assert self.version is not None  # noqa: S101 - of a person that is there
        return calls.assign(self.desk.session.client, self.person.id, body, version=self.version, owner=self)

    def shown(self, current: Values) -> Values:
        self.person = UserAnswer.model_validate(current)
        return _values(self.person)

    def own_words(self, error: ApiError) -> str:
        """A refusal says of which right it is, and that the ones before it are given."""
        if error.code == "version_clash" or error.is_temporary or not self._left:
            return ""
        return _("{right}: {reason}").format(right=self.named(self._left[0]), reason=error.message)

    @abstractmethod
    def named(self, step: calls.Assignment) -> str:
        """What a step is about."""

    def _on_done(self, answer: object) -> None:
        assert isinstance(answer, UserAnswer)  # noqa: S101 - what every assignment brings
        self.person, self.version = answer, answer.version
        self._left.pop(0)
        if self._left:
            super().use(self._left[0])
        else:
            super()._on_done(answer)


class RolesDialog(RightsDialog):
    """Gives and takes roles."""

    def __init__(self, desk: Desk, person: UserAnswer, places: Places, roles: RoleBook, parent: QWidget) -> None:
        self._roles, self._places = roles, places
        super().__init__(
            desk,
            person,
            (Field("held_roles", _("Roles"), HeldRolesEditor, wide=True),),
            RolesGiven,
            title=_("Roles of {name}").format(name=person.full_name),
            intro=_(
                "A person may do what any of the roles gives, in the plants they have access to. "
                "A role for a department counts for what belongs to it alone. A change holds at once."
            ),
            parent=parent,
        )
        if desk.session.me is not None:
            self.editor.offer(roles, places, desk.session.me)
        self.form.open(_values(person))

    def steps(self, wanted: BaseModel) -> list[calls.Assignment]:
        """Giving comes first: who changes from one role to another is never without."""
        assert isinstance(wanted, RolesGiven)  # noqa: S101 - the form's contract
        held = held_by(self.person)
        given = [role for role in wanted.held_roles if role not in held]
        taken = [role for role in held if role not in wanted.held_roles]
        return [
            *(RoleAssignment(role=one.role, **_place_of(one)) for one in given),
            *(RoleAssignment(role=one.role, assigned=False, **_place_of(one)) for one in taken),
        ]

    def named(self, step: calls.Assignment) -> str:
        if not isinstance(step, RoleAssignment):
            return ""
        held = RoleHeld(role=step.role, plant_id=step.plant_id, department_id=step.department_id)
        return role_text(held, self._roles, self._places)

    @property
    def editor(self) -> HeldRolesEditor:
        """The ticks of all places."""
        editor = self.form.editor("held_roles")
        assert isinstance(editor, HeldRolesEditor)  # noqa: S101 - as its field declares
        return editor


class PlacesDialog(RightsDialog):
    """Says what somebody may do in each plant and each warehouse."""

    def __init__(self, desk: Desk, person: UserAnswer, places: Places, roles: RoleBook, parent: QWidget) -> None:
        self._places = places
        intro = _("What the roles give holds in these plants and warehouses. A change holds at once.")
        if reigning := roles.reigning(everywhere(person)):
            role = roles.name(reigning)
            intro = _("The role {role} holds in every plant and warehouse, whatever is ticked here.").format(role=role)
        super().__init__(
            desk,
            person,
            PLACE_FIELDS,
            PlacesGiven,
            title=_("Plants and warehouses of {name}").format(name=person.full_name),
            intro=intro,
            parent=parent,
        )
        offer_places(self.form, places, desk.session.me)
        self.form.open(_values(person))

    def steps(self, wanted: BaseModel) -> list[calls.Assignment]:
        assert isinstance(wanted, PlacesGiven)  # noqa: S101 - the form's contract
        held = PlacesGiven.model_validate(_values(self.person))
        plants = {one.plant_id: one for one in wanted.plants}
        warehouses = {one.warehouse_id: one for one in wanted.warehouses}
        gone: list[calls.Assignment] = [
            *(_nothing_in_plant(one) for one in held.plants if one.plant_id not in plants),
            *(_nothing_in_warehouse(one) for one in held.warehouses if one.warehouse_id not in warehouses),
        ]
        return [
            *gone,
            *(one for one in wanted.plants if one not in held.plants),
            *(one for one in wanted.warehouses if one not in held.warehouses),
        ]

    def named(self, step: calls.Assignment) -> str:
        match step:
            case PlantAssignment():
                return self._places.plant_name(step.plant_id)
            case WarehouseAssignment():
                return self._places.warehouse_name(step.warehouse_id)
        return ""


def _values(person: UserAnswer) -> dict[str, Any]:
    held = [one.model_dump(mode="json") for one in held_by(person)]
    return person.model_dump(mode="json", include={"plants", "warehouses", "version"}) | {"held_roles": held}


def _place_of(held: RoleHeld) -> dict[str, UUID]:
    """As an assignment names it; servers that know no places are sent none."""
    place = {"plant_id": held.plant_id, "department_id": held.department_id}
    return {name: id_ for name, id_ in place.items() if id_ is not None}


def _nothing_in_plant(held: PlantAssignment) -> PlantAssignment:
    return PlantAssignment(plant_id=held.plant_id, can_read=False)


def _nothing_in_warehouse(held: WarehouseAssignment) -> WarehouseAssignment:
    return WarehouseAssignment(warehouse_id=held.warehouse_id, can_read=False)

"""Plants and stores as they were read, and what the person may do there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from unison_domain.identity.contracts import UserAnswer
from unison_domain.sites.contracts import (
    DepartmentAnswer,
    PlantAnswer,
    StorageLocationAnswer,
    WarehouseAnswer,
)

from unison_desktop.frame.plant_rights import against, against_new_plant, held_elsewhere, open_to
from unison_desktop.identity.session import Session
from unison_desktop.kernel.texts import _
from unison_desktop.sites.kinds import LOCATION, PLANT, Kind, Thing, kind_of, name_of

PEOPLE = "identity.user.read"
"""Who may read the names of those who lead."""


class Book:
    """What is known, by kind, and who may change it.

    Attributes:
        people: active accounts by id; empty for who may not see them.
        warehouse: whose places are known; None where none is chosen.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._things: dict[str, list[Thing]] = {}
        self.people: dict[UUID, str] = {}
        self.warehouse: WarehouseAnswer | None = None

    def know(self, kind: Kind, things: Sequence[Thing]) -> None:
        """These are all of a kind."""
        self._things[kind.key] = list(things)
        if self.warehouse is not None and kind.answer is WarehouseAnswer:
            self.warehouse = next((one for one in self.warehouses() if one.id == self.warehouse.id), None)

    def forget(self, kind: Kind) -> None:
        """What is known of a kind is of elsewhere."""
        self._things.pop(kind.key, None)

    def knows(self, kind: Kind) -> bool:
        """Whether those of a kind were read."""
        return kind.key in self._things

    def know_people(self, people: Iterable[UserAnswer]) -> None:
        """These may lead."""
        self.people = {one.id: one.full_name for one in people}

    def things(self, kind: Kind, *, also_unused: bool) -> list[Thing]:
        """Those of a kind that are in use, or all."""
        return [one for one in self._things.get(kind.key, ()) if one.is_active or also_unused]

    def plants(self) -> list[PlantAnswer]:
        """All of them."""
        return [one for one in self._things.get(PLANT.key, ()) if isinstance(one, PlantAnswer)]

    def warehouses(self) -> list[WarehouseAnswer]:
        """All of them."""
        return [one for one in self._things.get("warehouses", ()) if isinstance(one, WarehouseAnswer)]

    def plant(self, id_: UUID) -> PlantAnswer | None:
        """The plant, where it is known."""
        return next((one for one in self.plants() if one.id == id_), None)

    def plant_name(self, id_: UUID) -> str:
        """What a plant is called."""
        plant = self.plant(id_)
        return plant.name if plant else (_("(not assigned)") if self.knows(PLANT) else "")

    def person(self, id_: UUID | None) -> str | None:
        """What somebody who leads is called, for who may see it."""
        return None if id_ is None else self.people.get(id_, _("somebody"))

    def in_use_below(self, thing: Thing) -> list[Thing]:
        """What in a plant is in use itself."""
        kinds = [things for key, things in self._things.items() if key != PLANT.key]
        return [
            one
            for things in kinds
            for one in things
            if one.is_active and isinstance(one, DepartmentAnswer | WarehouseAnswer) and one.plant_id == thing.id
        ]

    # What the person may do. Each answers with the reason against it, empty where there is none.

    def against_new(self, kind: Kind) -> str:
        """Why nothing of this kind can be made here."""
        session = self._session
        if kind is PLANT:
            return against_new_plant(session)
        if not session.may(f"{kind.right}.create"):
            return session.lacks(f"{kind.right}.create")
        if kind is LOCATION:
            return self._against_held(self.warehouse, f"{kind.right}.create") or self.against_places(self.warehouse)
        if not self.plants_to_choose(kind):
            return _("You may not do this: no plant is assigned to you for changes.")
        return ""

    def against_change(self, thing: Thing) -> str:
        """Why it can't be changed."""
        return self._against_place(thing, f"{kind_of(thing).right}.update")

    def against_end(self, thing: Thing) -> str:
        """Why it can't be taken out of use."""
        right = f"{kind_of(thing).right}.deactivate"
        if not self._session.may(right):
            return self._session.lacks(right)
        if not thing.is_active:
            return _("{name} is out of use already.").format(name=name_of(thing))
        return self._against_place(thing, right, ends=True)

    def against_return(self, thing: Thing) -> str:
        """Why it can't be brought back into use."""
        right = f"{kind_of(thing).right}.deactivate"
        if not self._session.may(right):
            return self._session.lacks(right)
        if thing.is_active:
            return _("{name} is in use.").format(name=name_of(thing))
        if refusal := self._against_place(thing, right, ends=True):
            return refusal
        above = self._above(thing)
        if above is None or above.is_active:
            return ""
        return _("{code} ({name}) is out of use: bring that back first.").format(code=above.code, name=above.name)

    def against_places(self, warehouse: WarehouseAnswer | None, *, ends: bool = False) -> str:
        """Why the places of a warehouse can't be changed, or (`ends`) taken out of use."""
        me = self._session.me
        if warehouse is None:
            return _("Choose a warehouse first.")
        if me is None or me.all_plants:
            return ""
        right = next((one for one in me.warehouses if one.warehouse_id == warehouse.id), None)
        text = ""
        if right is None or not right.can_write:
            text = _("Warehouse {code} ({name}) is not assigned to you for changes: you see what is in it.")
        elif ends and not right.can_delete:
            text = _("Warehouse {code} ({name}) is assigned to you for changes, not for taking out of use.")
        return text.format(code=warehouse.code, name=warehouse.name)

    def plants_to_choose(self, kind: Kind) -> dict[str, str]:
        """Names by id of the plants in use that something new of the kind can be in."""
        known = open_to(self._session, f"{kind.right}.create", self.plants())
        return {str(one.id): one.name for one in sorted(known, key=lambda one: one.name.casefold()) if one.is_active}

    def warehouses_to_choose(self) -> dict[str, str]:
        """Names by id of the warehouses in use that a new place can be in."""
        known = sorted(self.warehouses(), key=lambda one: one.name.casefold())
        return {
            str(one.id): f"{one.code} {one.name}" for one in known if one.is_active and not self.against_places(one)
        }

    def assigned(self, warehouse: WarehouseAnswer) -> str:
        """What the person may do with the places and the stock of a warehouse, in few words."""
        if self.against_places(warehouse):
            return _("see")
        return _("change") if self.against_places(warehouse, ends=True) else _("change and deactivate")

    def is_default(self, warehouse: WarehouseAnswer) -> bool:
        """Whether it is where the person works."""
        me = self._session.me
        return me is not None and any(one.is_default and one.warehouse_id == warehouse.id for one in me.warehouses)

    def _above(self, thing: Thing) -> PlantAnswer | WarehouseAnswer | None:
        """What it is in, where that is known; a plant is in nothing."""
        if isinstance(thing, StorageLocationAnswer):
            return next((one for one in self.warehouses() if one.id == thing.warehouse_id), None)
        return None if isinstance(thing, PlantAnswer) else self.plant(thing.plant_id)

    def _against_place(self, thing: Thing, right: str, *, ends: bool = False) -> str:
        if not self._session.may(right):
            return self._session.lacks(right)
        if isinstance(thing, StorageLocationAnswer):
            warehouse = self._above(thing)
            known = warehouse if isinstance(warehouse, WarehouseAnswer) else None
            return self._against_held(known, right) or self.against_places(known, ends=ends)
        if isinstance(thing, WarehouseAnswer):
            return self._against_warehouse(thing, right, ends=ends)
        plant = thing if isinstance(thing, PlantAnswer) else self.plant(thing.plant_id)
        if plant is None:
            return _("The plant of {code} ({name}) is not assigned to you.").format(code=thing.code, name=thing.name)
        department = thing.id if isinstance(thing, DepartmentAnswer) else None
        return against(self._session, right, plant, department, ends=ends)

    def _against_held(self, warehouse: WarehouseAnswer | None, right: str) -> str:
        if warehouse is None or self._session.holds_in(right, warehouse.plant_id):
            return ""
        return held_elsewhere(right, warehouse)

    def _against_warehouse(self, warehouse: WarehouseAnswer, right: str, *, ends: bool) -> str:
        """By its own rights, or those in its plant; who has neither reads of that which is nearer to enough."""
        if elsewhere := self._against_held(warehouse, right):
            return elsewhere
        own, plant = self.against_places(warehouse, ends=ends), self.plant(warehouse.plant_id)
        if not own or plant is None:
            return own
        of_plant = against(self._session, right, plant, ends=ends)
        me = self._session.me
        is_assigned = me is not None and any(one.warehouse_id == warehouse.id for one in me.warehouses)
        return of_plant and (own if is_assigned else of_plant)

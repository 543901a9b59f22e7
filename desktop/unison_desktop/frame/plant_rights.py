"""What the person may do with what belongs to a plant: the same rule, and the same words, on every page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from unison_domain.sites.contracts import PlantAnswer, WarehouseAnswer

from unison_desktop.identity.session import Session
from unison_desktop.kernel.rights import named
from unison_desktop.kernel.texts import _


def against(
    session: Session,
    permission: str,
    plant: PlantAnswer | None,
    department_id: UUID | None = None,
    *,
    ends: bool = False,
) -> str:
    """Why the person may not do what takes the right with what belongs to the plant; empty where they may.

    Args:
        plant: None where it is not known here; then the server says whether they may.
        department_id: of what belongs to one department.
        ends: it is taken out of use by it, or brought back.
    """
    if not session.may(permission):
        return session.lacks(permission)
    if plant is None:
        return ""
    if not session.holds_in(permission, plant.id, department_id):
        return held_elsewhere(permission, plant)
    return against_plant(session, plant, ends=ends)


def against_every_kind(session: Session, permissions: Sequence[str]) -> str:
    """Why the person may do nothing of this, wherever it is; empty where they may do something of it."""
    return "" if any(map(session.may, permissions)) else session.lacks(permissions[-1])


def held_elsewhere(permission: str, place: PlantAnswer | WarehouseAnswer) -> str:
    """That the person has the right, and not there."""
    text = _("You may not do this here: the right {right} is yours for other places, not for {code} ({name}).")
    return text.format(right=named(permission), code=place.code, name=place.name)


def against_plant(session: Session, plant: PlantAnswer, *, ends: bool = False) -> str:
    """Why what belongs to the plant can't be changed, or (`ends`) taken out of use; empty where it can."""
    me = session.me
    if me is None or me.all_plants:
        return ""
    right = next((one for one in me.plants if one.plant_id == plant.id), None)
    text = ""
    if right is None or not right.can_write:
        text = _("Plant {code} ({name}) is not assigned to you for changes.")
    elif ends and not right.can_delete:
        text = _("Plant {code} ({name}) is assigned to you for changes, not for taking out of use.")
    return text.format(code=plant.code, name=plant.name)


def against_any(session: Session, permission: str, plants: Sequence[PlantAnswer]) -> str:
    """Why the person may do it in none of the plants; empty where they may in one, or where no plant is known."""
    reasons = [against(session, permission, plant) for plant in plants] or [against(session, permission, None)]
    return reasons[0] if all(reasons) else ""


def against_all(session: Session, permission: str, plants: Sequence[PlantAnswer]) -> str:
    """Why the person may not do it in all of the plants at once; empty where they may, or where no plant is known."""
    reasons = (against(session, permission, plant) for plant in plants)
    return next(filter(None, reasons), "") if plants else against(session, permission, None)


def against_new_plant(session: Session) -> str:
    """Why the person may make no plant; empty where they may."""
    if not session.may("sites.plant.create"):
        return session.lacks("sites.plant.create")
    return "" if session.may_everywhere else _("You may not do this: it needs write access to all plants.")


def open_to(session: Session, permission: str, plants: Iterable[PlantAnswer]) -> list[PlantAnswer]:
    """Those of the plants in which the person may do what takes the right."""
    return [plant for plant in plants if not against(session, permission, plant)]

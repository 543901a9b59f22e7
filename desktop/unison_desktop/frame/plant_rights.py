"""What the person may do with what belongs to a plant: the same rule, and the same words, on every page."""

from __future__ import annotations

from functools import partial

from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.form.editors import SwitchEditor
from unison_desktop.frame.form.fields import Field
from unison_desktop.identity.session import Session
from unison_desktop.kernel.texts import _


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


def against_ending(session: Session, permission: str, plant: PlantAnswer | None) -> str:
    """Why something of a plant can't be taken out of use, or brought back; of one not known here the server says it."""
    if not session.may(permission):
        return session.lacks(permission)
    return "" if plant is None else against_plant(session, plant, ends=True)


def in_use_field(label: str, help_: str, why_not: str) -> Field:
    """Whether something is in use; who may not end it sees it, with the reason."""
    return Field("is_active", label, partial(SwitchEditor, why_not=why_not), why_not or help_)

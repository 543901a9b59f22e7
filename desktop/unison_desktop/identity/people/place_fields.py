"""The fields of a form that say in which plants and warehouses somebody may do what."""

from __future__ import annotations

from functools import partial

from unison_domain.identity.contracts import Me

from unison_desktop.frame.form.fields import Field
from unison_desktop.frame.form.form import Form
from unison_desktop.identity.people.places import Places
from unison_desktop.identity.people.rights_editors import DEFAULT, DELETE, READ, WRITE, PlacesEditor
from unison_desktop.kernel.texts import _

PLACE_FIELDS = (
    Field(
        "plants",
        _("Plants"),
        partial(PlacesEditor, id_name="plant_id", heading=_("Plant"), verbs=(READ, WRITE, DELETE)),
        wide=True,
    ),
    Field(
        "warehouses",
        _("Warehouses"),
        partial(PlacesEditor, id_name="warehouse_id", heading=_("Warehouse"), verbs=(READ, WRITE, DELETE, DEFAULT)),
        wide=True,
    ),
)


def offer_places(form: Form, places: Places, giver: Me | None) -> None:
    """Offer what the giver may give in them; nothing is ticked yet."""
    if giver is not None:
        place_editor(form, "plants").set_places(places.plant_rows(giver))
        place_editor(form, "warehouses").set_places(places.warehouse_rows(giver))


def place_editor(form: Form, name: str) -> PlacesEditor:
    """The ticks of the plants, or of the warehouses."""
    editor = form.editor(name)
    assert isinstance(editor, PlacesEditor)  # noqa: S101 - as its field declares
    return editor

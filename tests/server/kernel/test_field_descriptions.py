"""The OpenAPI document says of each field what its contract says."""

from __future__ import annotations

from pydantic import BaseModel
from unison_domain.stations.configuration import TagSettings
from unison_server.kernel.field_descriptions import describe_fields, descriptions_of


class Parent(BaseModel):
    """A thing.

    Attributes:
        left, right: where it ends,
            in metres.
    """

    left: float
    right: float
    weight: float
    """In kg,
    with its box."""


class Child(Parent):
    """A thing of its own; its field says more.

    Attributes:
        weight: in kg, without its box.

    Not a field: this is another paragraph.
    """

    colour: str


def test_a_field_is_described_where_it_was_declared_or_declared_anew() -> None:
    metres = "where it ends, in metres."
    assert descriptions_of(Parent) == {"left": metres, "right": metres, "weight": "In kg, with its box."}
    assert descriptions_of(Child)["weight"] == "in kg, without its box."
    assert "colour" not in descriptions_of(Child)


def test_schemas_are_found_by_the_name_of_their_contract() -> None:
    schemas = {"TagSettings": TagSettings.model_json_schema(), "Unknown": {"properties": {"deadband": {}}}}
    describe_fields(schemas)
    assert schemas["TagSettings"]["properties"]["deadband"]["description"].startswith("a sample is sent when it moved")
    assert schemas["Unknown"] == {"properties": {"deadband": {}}}

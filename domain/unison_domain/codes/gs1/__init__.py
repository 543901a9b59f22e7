"""GS1: application identifiers, element strings and Digital Links (GS1 General Specifications)."""

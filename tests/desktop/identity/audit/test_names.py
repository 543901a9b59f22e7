"""Tables and fields of the audit log, and fields of requests, have names in words."""

from collections.abc import Iterator

import pytest
import unison_server.app  # noqa: F401 - all rooms' tables and requests
from unison_desktop.identity.audit.words import field_words, table_words, written_field, written_table
from unison_desktop.kernel.texts import speak
from unison_domain.kernel.contracts import Request
from unison_domain.sentences.german import FIELDS, TABLES
from unison_server.kernel.orm import Identity, Operations

MEND = "write its German into domain/unison_domain/sentences/german/"


@pytest.fixture
def german() -> Iterator[None]:
    """Texts in German while the test runs."""
    speak("de")
    yield
    speak("en")


def models() -> dict[str, set[str]]:
    """All tables of both databases with their columns."""
    found = [*Identity.metadata.tables.values(), *Operations.metadata.tables.values()]
    return {table.name: {column.name for column in table.columns} for table in found}


def requests(contract: type[Request] = Request) -> Iterator[type[Request]]:
    """All contracts of what a client sends."""
    for one in contract.__subclasses__():
        yield one
        yield from requests(one)


def test_every_table_has_a_name_and_no_other() -> None:
    assert models().keys() - TABLES.keys() == set(), f"{MEND}tables.py"
    assert TABLES.keys() - models().keys() == set()


def test_every_field_has_a_name() -> None:
    columns = set[str]().union(*models().values())
    assert columns - FIELDS.keys() == set(), f"{MEND}columns.py"
    ours = [one for one in requests() if one.__module__.startswith(("unison_domain.", "unison_server."))]
    assert {name for one in ours for name in one.model_fields} - FIELDS.keys() == set(), f"{MEND}fields.py"


def test_tables_are_told_apart_by_their_names() -> None:
    assert len({said.casefold() for said in TABLES.values()}) == len(TABLES)


def test_what_is_said_can_be_typed(german: None) -> None:
    assert table_words("storage_locations") == "Lagerplätze"
    assert [name for name in TABLES if written_table(table_words(name)) != name] == []
    assert field_words(written_field("zeitzone")) == "Zeitzone"
    assert written_field("time_zone") == "time_zone"


def test_in_english_names_are_those_of_the_server() -> None:
    assert table_words("storage_locations") == "Storage locations"
    assert written_table("Storage locations") == "storage_locations"

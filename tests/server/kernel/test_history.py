"""What a migration did once it does for ever: databases made today are those that were migrated long ago."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from unison_server.kernel import revisions
from unison_server.kernel.database import Database

from tests.server.conftest import Scratch

DONE = {
    "identity 0001": "d1ef7771e847db19",
    "identity 0002": "f3b2de624f0652f6",
    "identity 0003": "68bb39c83db470ea",
    "identity 0004": "44c88cb4525fece4",
    "identity 0006": "0dfadd4f4f67dbfc",
    "identity 0007": "e28f240712e9cbc0",
    "identity 0008": "89f75b40ab7d19f7",
    "identity 0009": "308d16dfef1eb1ff",
    "identity 0010": "9f42562042287120",
    "identity 0011": "620a348502edb346",
    "identity 0012": "89e224b4cbbe7dbc",
    "identity 0013": "507b651cf4ea10a4",
    "identity 0014": "969abd42df174d18",
    "identity 0015": "c8238e354c1660ef",
    "identity 0016": "eb8836dbd494fa23",
    "identity 0017": "b1e2df370c424799",
    "identity 0018": "016fe72eb6521be5",
    "identity 0019": "9fd726e8dbe32645",
    "identity 0020": "417058f1252c5857",
    "identity 0021": "b58d4b289a5c8798",
    "identity 0022": "95be021aa8bbfa5d",
    "identity 0023": "a41ad68ff173a181",
    "identity 0024": "f11706518a20378f",
    "identity 0025": "6596623ebf757860",
    "identity 0026": "c7fe87d947e69f87",
    "identity 0027": "bc2fe7af1a279201",
    "identity 0028": "229c4759fed2800e",
    "identity 0029": "15db95ff813cca7c",
    "operations 0001": "7d9f586d4649bc7d",
    "operations 0002": "8e75386414301283",
    "operations 0003": "616022da16d3c8f1",
    "operations 0004": "8343f25c3299a0ac",
    "operations 0005": "b4727f6010e258bd",
    "operations 0006": "18866aa255cc40a5",
    "operations 0007": "8e62de9b8fb045de",
    "operations 0008": "f00c7696637f6d2a",
    "operations 0009": "4355ba406213dc07",
    "operations 0010": "258ce0326bb5ca76",
    "operations 0011": "a4e9278b9b0df160",
    "operations 0012": "0ecb20ebc518311c",
    "operations 0013": "473422f32d13e639",
    "operations 0014": "9490319b8ee065a3",
    "operations 0015": "4fec427dc8f7bda5",
    "operations 0016": "9022295fab327bf9",
    "operations 0017": "a7112c8b24e5fcde",
    "operations 0018": "b8e1b8f9bac42ad3",
    "operations 0019": "d1c788bbc8b0afdd",
    "operations 0020": "a75e4c04e8c2d922",
    "operations 0021": "6d335fcdf72b1774",
    "operations 0022": "999c7470e422ef7e",
    "operations 0023": "b3a1ea7057e6c6c7",
    "operations 0024": "7b925e1573388231",
    "operations 0025": "adecb46c1ed6a982",
    "operations 0026": "2f655315c6acb4de",
    "operations 0028": "f8b7aecf60200da8",
    "operations 0029": "90c4a696e82a790f",
    "operations 0030": "dc01f771b2b62c99",
    "operations 0031": "c9902e959efbbfad",
    "operations 0032": "bb6e4076e56f37fb",
    "operations 0033": "32c62852a2ec9d8c",
    "operations 0034": "fab859e53405009d",
    "operations 0035": "ceedf55d6aafd055",
    "operations 0036": "7eefd13b4b1768d3",
    "operations 0037": "2ce1a8d5fc183e17",
    "operations 0038": "773bcd697a0d38c3",
    "operations 0039": "56f20cd126cf210b",
    "operations 0040": "032a8ab2397891b4",
    "operations 0041": "44b91af953c76080",
    "operations 0042": "9b2ba2c3f492d731",
    "operations 0043": "9923ffd1b22eb626",
    "operations 0044": "a914ab066acd4ae4",
    "operations 0046": "dec18c64ca83e7b6",
    "operations 0048": "36f12a303eee2181",
    "operations 0049": "f120c293e11f57e1",
    "operations 0050": "4e97a64bccd6919b",
    "operations 0051": "967e727468fd03c5",
    "operations 0053": "a104aeb93593cd2b",
    "operations 0056": "bac8df8a89d69bf4",
    "operations 0058": "ba18591071320885",
    "operations 0059": "368a367a1de607b8",
    "operations 0060": "7941e74273a47fbd",
}
"""Fingerprints of the statements of each migration; a migration that is released gets its line here."""
MAKERS = {
    "unison_server.kernel.audit",
    "unison_server.kernel.kernel_schema",
    "unison_server.kernel.migrate",
    "unison_server.kernel.rls",
}
"""What a migration may use of the program; of all else it holds its own copy."""
MONTH = re.compile(r"\d{4}[-_]\d{2}([-_]\d{2})?")


def scripts(database: Database) -> Iterator[Any]:
    """Its migrations from the first to the last."""
    return reversed(list(ScriptDirectory(str(revisions.folder(database))).walk_revisions()))


def fingerprint(statements: list[str]) -> str:
    """Alike for statements that differ in white space or in the month they are run in."""
    said = MONTH.sub("", "\n".join(" ".join(statement.split()) for statement in statements))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


@pytest.mark.parametrize("database", Database)
def test_each_migration_does_what_it_did_when_it_was_released(
    database: Database, scratch: Callable[[], Scratch]
) -> None:
    statements: list[str] = []
    found: dict[str, str] = {}
    engine = create_engine(scratch().owner_url)
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
        for script in scripts(database):
            statements.clear()
            script.module.upgrade()
            found[f"{database} {script.revision}"] = fingerprint(statements)
    engine.dispose()
    kept = {name: mark for name, mark in DONE.items() if name.startswith(database)}
    assert {name: found[name] for name in kept} == kept


@pytest.mark.parametrize("database", Database)
def test_a_migration_uses_nothing_of_the_program_that_may_change(database: Database) -> None:
    for script in scripts(database):
        used = ast.walk(ast.parse(Path(script.path).read_text()))
        names = {node.module for node in used if isinstance(node, ast.ImportFrom) and node.module}
        ours = {name for name in names if name.startswith("unison")}
        assert ours <= {*MAKERS, "unison_server.kernel"}, script.path

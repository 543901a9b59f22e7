"""The domain stands on the standard library and pydantic alone; numpy and ortools only inside functions."""

import ast
import sys
from pathlib import Path

import unison_domain

ALLOWED = {*sys.stdlib_module_names, "pydantic", "re2", "unison_domain"}
ALLOWED_WHEN_CALLED = ALLOWED | {"numpy", "ortools"}
FORBIDDEN = {"asyncio", "http", "multiprocessing", "socket", "sqlite3", "ssl", "subprocess", "threading", "urllib"}


def test_domain_imports_only_what_it_may() -> None:
    for path in Path(unison_domain.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text())
        inside = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef)
            for node in ast.walk(function)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for root in {name.split(".")[0] for name in names}:
                allowed = ALLOWED_WHEN_CALLED if id(node) in inside else ALLOWED
                assert root in allowed - FORBIDDEN, f"{path}:{node.lineno} imports {root}"

"""Published inputs with published results, from the JSON files beside this one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


def cases(name: str, operation: str = "") -> list[Any]:
    """Cases of `NAME.json` as pytest parameters under their own ids; `operation` chooses those whose `op` begins so."""
    content = json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    chosen = [case for case in content["cases"] if case.get("op", "").startswith(operation)]
    if not chosen:
        raise ValueError(f"{name}.json has no case whose operation begins with {operation!r}")
    return [pytest.param(case["inputs"], case["expected"], id=case["id"]) for case in chosen]

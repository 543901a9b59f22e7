"""How a bench tells a result: one JSON line per row."""

from __future__ import annotations

import json


def result(
    bench: str,
    row: str,
    value: float,
    unit: str,
    *,
    peer: str | None = None,
    ratio: float | None = None,
    reach: str,
    ok: bool,
) -> bool:
    """Print one row and return whether it reaches its goal.

    Args:
        peer: what the ratio is against, measured in the same run.
        reach: the goal in words, e.g. `ratio <= 1.5`; `information` where there is none.
    """
    row_ = {"bench": bench, "row": row, "value": value, "unit": unit, "peer": peer, "ratio": ratio}
    print(json.dumps({**row_, "reach": reach, "ok": ok}), flush=True)
    return ok

"""Which language a browser wants, by its `Accept-Language` header (RFC 9110, 12.5.4)."""

from __future__ import annotations

from collections.abc import Collection


def wanted_most(accepted: str | None, among: Collection[str]) -> str | None:
    """The primary language, of those there are, that the header wants most; None where it wants none of them."""
    wanted = sorted(map(_weighed, (accepted or "").split(",")), key=lambda pair: -pair[0])
    return next((code for weight, code in wanted if weight > 0 and code in among), None)


def _weighed(item: str) -> tuple[float, str]:
    """Weight and primary language of one entry, e.g. `de-CH;q=0.8`; nonsense weighs nothing."""
    tag, _, weight = item.partition(";q=")
    try:
        return (float(weight) if weight else 1.0), tag.strip().partition("-")[0].lower()
    except ValueError:
        return 0.0, ""

"""What of a tag's settings stands against a way in which a known value was found."""

from __future__ import annotations

from typing import Any

from unison_domain.stations.byte_orders import Candidate

from unison_desktop.frame.form.fields import Values


def against(candidate: Candidate, before: Values) -> dict[str, Any]:
    """The settings that would make another value of it or refuse it, with what they are without a person's word.

    An offset that was there is among them where the way has another.
    """
    back: dict[str, Any] = {}
    if _number(before.get("offset")) not in (None, candidate.offset):
        back["offset"] = candidate.offset
    if before.get("invert"):
        back["invert"] = False
    value = candidate.value
    if value is None or isinstance(value, bool | str):
        return back
    least, most = _number(before.get("minimum")), _number(before.get("maximum"))
    if least is not None and value < least:
        back["minimum"] = None
    if most is not None and value > most:
        back["maximum"] = None
    sentinels = before.get("sentinels") or ()
    if sentinels and (before.get("type") != candidate.type or candidate.raw in sentinels):
        back["sentinels"] = []
    return back


def _number(typed: object) -> float | None:
    return float(typed) if isinstance(typed, int | float) else None

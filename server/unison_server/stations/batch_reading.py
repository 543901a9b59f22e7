"""Reading a batch: its envelope, the order of its events, and what no room could so much as look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError
from unison_domain.stations.batch import PROTOCOL, Batch

from unison_server.kernel.errors import Invalid, Unavailable
from unison_server.stations.arrival import Refused
from unison_server.stations.bodies import NUL
from unison_server.stations.nesting import DEEPEST, is_too_deep, may_nest

OLDEST_PROTOCOL = max(1, PROTOCOL - 2)
PROTOCOL_WAIT_SECONDS = 60
"""How long an agent waits whose protocol is not understood: only an update mends it."""
_MOST_SEQUENCE = 2**63 - 1


class Received(NamedTuple):
    """A batch as it was read.

    Attributes:
        may_hold_nul: a text in it may hold the NUL character, which can't be stored.
        may_nest: an event in it may be nested too deep.
    """

    batch: Batch
    may_hold_nul: bool = False
    may_nest: bool = False


def read_batch(body: bytes) -> Received:
    """Parse the JSON of a batch.

    Raises:
        Invalid: it is no batch, or its events are not in order of `seq`.
        Unavailable: it is of a protocol that is not understood here; the agent keeps its events and waits.
    """
    try:
        plain = orjson.loads(body)
        _demand_protocol(plain)
        batch = Batch.model_validate(plain)
    except (orjson.JSONDecodeError, ValidationError, OverflowError) as error:
        raise Invalid(f"The body is no batch of events: {first_line(error)}", code="batch_invalid") from None
    before = batch.previous_sequence
    for place, event in enumerate(batch.events):
        if type(event) is not dict:
            raise Invalid(f"Event {place} is of type {type(event).__name__}; expected an object", code="batch_invalid")
        seq, kind, at = event.get("seq"), event.get("kind"), event.get("at")
        if type(seq) is not int or not before < seq <= _MOST_SEQUENCE:
            raise Invalid(
                f"Event {place} has seq {_shown(seq)}; expected a whole number above {before}", code="batch_invalid"
            )
        if type(kind) is not str or type(at) is not str:
            said = f"{_shown(kind)} and {_shown(at)}"
            raise Invalid(f"Event {seq} needs kind and at as text, has {said}", code="batch_invalid")
        before = seq
    return Received(batch, NUL in body, may_nest(body, len(batch.events)))


def _demand_protocol(batch: Any) -> None:
    """Whether the version of the batch is understood, before anything of it is read."""
    said = batch.get("protocol") if isinstance(batch, dict) else None
    if type(said) is not int or OLDEST_PROTOCOL <= said <= PROTOCOL:
        return
    way_out = "update the server" if said > PROTOCOL else "update the agent"
    raise Unavailable(
        f"The batch is of protocol {said}; this server understands {OLDEST_PROTOCOL} to {PROTOCOL}: {way_out}",
        code="protocol_unknown",
        headers={"Retry-After": str(PROTOCOL_WAIT_SECONDS)},
        protocol=said,
    )


def unreadable(events: Sequence[dict[str, Any]], may_hold_nul: bool, may_nest: bool) -> list[Refused]:
    """Events that no room could so much as look at."""
    words = f"It is nested deeper than {DEEPEST} levels"
    deep = [Refused(event["seq"], "too_deep", words) for event in events if may_nest and is_too_deep(event)]
    if not may_hold_nul:
        return deep
    known = {one.seq for one in deep}
    words = "A text in it holds the NUL character, which can't be stored"
    return deep + [Refused(e["seq"], "nul", words) for e in events if e["seq"] not in known and _has_nul(e)]


def first_line(error: BaseException | None) -> str:
    """What is wrong, in one line."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error).partition("\n")[0]


def _shown(value: Any) -> str:
    """A wrong value in words; what is nested is only named, for it may be nested without end."""
    return type(value).__name__ if isinstance(value, dict | list) else f"{value!r:.50}"


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(_has_nul, value))

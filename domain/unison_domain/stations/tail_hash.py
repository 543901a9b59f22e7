"""The chain over the events an agent sent, by which a server notices that two histories claim one identity.

Each event that is sent extends the chain: `hash(n) = sha256(hash(n-1), seq, kind, stamped time)`. The chain does not
depend on how events were cut into batches, so a batch that is sent again, shorter or longer, still compares. It covers
the time as first stamped (`stamped_at` where the agent corrected `at` later), which is why a correction does not break
it, and why a cloned disk or a restored backup does: its events have other times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

CHECKPOINTS_KEPT = 64
"""How many checkpoints a server keeps per agent and epoch; a batch from before them can't be told from a fork."""


class Checkpoint(NamedTuple):
    """The chain after the event `sequence`: what `Batch.previous_sequence` and `previous_hash` say together."""

    sequence: int
    hash: str | None


BEGINNING = Checkpoint(0, None)
"""The chain of an epoch nothing was sent from yet."""


class Standing(StrEnum):
    """How a batch stands to what the server holds of the agent's epoch."""

    NEXT = "next"
    """Continues exactly where the server is: take every event."""
    REPEATED = "repeated"
    """Begins before and is the same history: take only events above the newest checkpoint, there may be none."""
    SHORT = "short"
    """Ends before anything it could be compared by: an earlier try that comes late, or another history. Take and
    acknowledge nothing, and say how far the epoch goes (`held_through`): who never made so much says so (`is_all`)."""
    AHEAD = "ahead"
    """Begins after: the server lost what lies between and asks for it with `resend_from` (newest checkpoint + 1)."""
    FORK = "fork"
    """Another history under the same identity, or one too old to compare: 409, take nothing."""


def next_hash(previous: str | None, sequence: int, kind: str, stamped_at: str) -> str:
    """Extend the chain by one event; `stamped_at` is the text as it stands in the event."""
    return sha256(f"{previous or ''}\n{sequence}\n{kind}\n{stamped_at}".encode()).hexdigest()


def extend(previous: Checkpoint, events: Iterable[Mapping[str, Any]]) -> Iterable[Checkpoint]:
    """Yield the checkpoint after each event of a parsed batch, in order."""
    digest = previous.hash
    for event in events:
        digest = next_hash(digest, event["seq"], event["kind"], event.get("stamped_at") or event["at"])
        yield Checkpoint(event["seq"], digest)


def tail(previous: Checkpoint, events: Iterable[Mapping[str, Any]]) -> Checkpoint:
    """Return the checkpoint after the last event; `previous` itself when there is none."""
    *_, last = (previous, *extend(previous, events))
    return last


def standing(
    held: Sequence[Checkpoint], previous: Checkpoint, events: Sequence[Mapping[str, Any]], *, is_all: bool = False
) -> Standing:
    """Compare a batch with the checkpoints the server holds of the epoch.

    The server keeps the newest `CHECKPOINTS_KEPT` checkpoints, one per batch it took (`tail` of that batch), and
    answers: NEXT: take all; REPEATED: take events above the newest checkpoint; AHEAD: `resend_from`; SHORT: take none;
    FORK: 409.

    Args:
        held: checkpoints after the newest batches, oldest first; empty means nothing was taken yet.
        previous: where the batch says it begins.
        events: its parsed events, in order of `seq`.
        is_all: the agent has none after these, so that a batch that is SHORT is a FORK.
    """
    known = dict(held) if held else dict([BEGINNING])
    newest = max(known)
    if previous.sequence > newest:
        return Standing.AHEAD
    if previous.sequence in known and known[previous.sequence] != previous.hash:
        return Standing.FORK
    if previous.sequence == newest:
        return Standing.NEXT
    compared = [(known[point.sequence], point.hash) for point in extend(previous, events) if point.sequence in known]
    if any(ours != theirs for ours, theirs in compared):
        return Standing.FORK
    if compared:
        return Standing.REPEATED
    may_be_ours = previous == BEGINNING or previous.sequence in known
    return Standing.SHORT if may_be_ours and not is_all else Standing.FORK

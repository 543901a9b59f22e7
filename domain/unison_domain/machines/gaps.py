"""Whether parts that a counter moved by while nobody looked are booked, or proposed to a person.

They are booked when one run covers the gap: the machine was producing at the last signal before it, is producing at the
first after it, was not seen standing in between, and the counter was neither set back nor faster than it can be. Else
they may be parts of another job, or none at all (a hand on the register, maintenance), and a person decides. Of a short
gap he does only where signals say that the machine stood on both sides of it; and he does not where another PC read the
counter meanwhile, which the server learns from what that one tells late (`may_be_seen`).
"""

from __future__ import annotations

from datetime import timedelta

from unison_domain.kernel.contracts import OpenEnum

COVERED_BY_ITSELF = timedelta(minutes=1)
"""In a gap of at most so long one run needs no proof. Polls that fail and a service that restarts take seconds, and in
a minute nobody ends one job, sets up the next and runs it: whoever is asked about every poll that a network swallowed
soon accepts without looking. That nothing is known of the machine speaks against no run: the register itself says that
parts were made, and of a machine with a counter alone nothing more is ever known. Only one that stood before it and
after it speaks against a run: it was set up."""

LONGEST_COVERED = timedelta(hours=4)
"""No run is taken to cover a longer gap, whatever the machine did before and after it. The shortest time a plant is
closed for is the night between two shifts, about eight hours; of half of that, nobody comes back to a closed plant."""


class GapRun(OpenEnum):
    """What an agent knows of its machine's run around a gap."""

    COVERED = "covered"
    STOOD = "stood"
    """Signals said so before the gap and after it, and not only a silent counter."""
    STOOD_BEFORE = "stood_before"
    STOOD_WITHIN = "stood_within"
    STOOD_AFTER = "stood_after"
    TOO_FAST = "too_fast"
    """More parts than the counter's greatest rate allows in that time."""
    UNKNOWN = "unknown"
    """The machine's state was not known again in time."""


_DOUBTS = {
    GapRun.STOOD: "the machine stood before the gap and after it",
    GapRun.STOOD_BEFORE: "the machine was not known to produce at the last signal before the gap",
    GapRun.STOOD_WITHIN: "the machine stood in between",
    GapRun.STOOD_AFTER: "the machine did not produce at the first signal after the gap",
    GapRun.TOO_FAST: "these are more parts than the counter's greatest rate allows in that time",
    GapRun.UNKNOWN: "what the machine did after the gap was not known in time",
    None: "nothing tells what the machine did before the gap",
}


def is_short(length: timedelta) -> bool:
    """Whether the parts of a gap are booked unless the machine is known to have stood on both sides of it."""
    return length <= COVERED_BY_ITSELF


def doubt_of_gap(length: timedelta, after_reset: bool, run: GapRun | None) -> str | None:
    """Why a person is to decide about the parts of a gap, in words; None where they are booked.

    Args:
        after_reset: the counter was set back within the gap, as is done where one job ends and the next begins.
        run: None where nobody could know, as after a hand-over, and from agents that do not tell.
    """
    if after_reset:
        return "the counter was set back meanwhile"
    if run in (GapRun.TOO_FAST, GapRun.STOOD):
        return _DOUBTS[run]
    if length > LONGEST_COVERED:
        hours = LONGEST_COVERED // timedelta(hours=1)
        return f"no run is taken to cover more than {hours} hours that nobody saw"
    return None if is_short(length) or run is GapRun.COVERED else _DOUBTS[run]


def may_be_seen(after_reset: bool, run: GapRun | None) -> bool:
    """Whether nobody is to decide after all where another PC read the counter meanwhile and tells how it went on."""
    return not after_reset and run not in (GapRun.TOO_FAST, GapRun.STOOD)

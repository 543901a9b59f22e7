"""Whether parts that a counter moved by while nobody looked are booked, or proposed to a person.

They are booked when one run covers the gap, however short it is: the machine was producing at the last signal before
it, is producing at the first after it, was not seen standing in between, the counter was neither set back nor faster
than it can be, and one PC held it all along. Else they may be parts of another job, or none at all (a hand on the
register, maintenance), and a person decides.
"""

from __future__ import annotations

from datetime import timedelta

from unison_domain.kernel.contracts import OpenEnum

BRIEF = timedelta(minutes=1)
"""In a gap of at most so long the counter's greatest rate is not taken by its word: the polls at its ends count. Agents
of earlier versions tell no run of one; there it is booked: nobody ends a job, sets up and runs the next in a minute."""

LONGEST_COVERED = timedelta(hours=4)
"""No run is taken to cover a longer gap, whatever the machine did before and after it. The shortest time a plant is
closed for is the night between two shifts, about eight hours; of half of that, nobody comes back to a closed plant."""


class GapRun(OpenEnum):
    """What an agent knows of its machine's run around a gap."""

    COVERED = "covered"
    STOOD_BEFORE = "stood_before"
    STOOD_WITHIN = "stood_within"
    STOOD_AFTER = "stood_after"
    HANDED_OVER = "handed_over"
    """Another PC held the counter before."""
    TOO_FAST = "too_fast"
    """More parts than the counter's greatest rate allows in that time."""
    UNKNOWN = "unknown"
    """The machine's state was not known again in time."""


_DOUBTS = {
    GapRun.STOOD_BEFORE: "the machine was not known to produce at the last signal before the gap",
    GapRun.STOOD_WITHIN: "the machine stood in between",
    GapRun.STOOD_AFTER: "the machine did not produce at the first signal after the gap",
    GapRun.HANDED_OVER: "another PC held the counter at the last signal before the gap",
    GapRun.TOO_FAST: "these are more parts than the counter's greatest rate allows in that time",
    GapRun.UNKNOWN: "what the machine did after the gap was not known in time",
    None: "nothing tells what the machine did before the gap",
}


def doubt_of_gap(length: timedelta, after_reset: bool, run: GapRun | None) -> str | None:
    """Why a person is to decide about the parts of a gap, in words; None where they are booked.

    Args:
        after_reset: the counter was set back within the gap, as is done where one job ends and the next begins.
        run: None from agents that do not tell.
    """
    if after_reset:
        return "the counter was set back meanwhile"
    if run in (GapRun.TOO_FAST, GapRun.HANDED_OVER):
        return _DOUBTS[run]
    if length > LONGEST_COVERED:
        hours = LONGEST_COVERED // timedelta(hours=1)
        return f"no run is taken to cover more than {hours} hours that nobody saw"
    is_untold = run is None and length <= BRIEF
    return None if is_untold or run is GapRun.COVERED else _DOUBTS[run]

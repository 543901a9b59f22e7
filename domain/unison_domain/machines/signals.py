"""One signal of a machine: believed only when it holds, and known only while it is fresh."""

from __future__ import annotations

from dataclasses import dataclass, replace

from unison_domain.machines.contracts import MachineState
from unison_domain.stations.readings import Moment

Meaning = bool | MachineState | None
"""What a signal says: yes or no; for a mode word the state it stands for, or None when it leaves that to others."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A changed meaning that must hold for a while; `since` is its first sample."""

    meaning: Meaning
    since: Moment


@dataclass(frozen=True, slots=True)
class Signal:
    """What is believed of one signal.

    Attributes:
        seen: its last good sample, or when it was first expected.
        known_since: first good sample since it was lost; None while it is not known.
        meaning, since: what it says, from when on.
        candidate: a change not yet believed.
        trouble: why the last sample was no good one.
    """

    seen: Moment
    known_since: Moment | None = None
    meaning: Meaning = None
    since: Moment | None = None
    candidate: Candidate | None = None
    trouble: str | None = None

    def sampled(self, meaning: Meaning, moment: Moment, hold_seconds: float) -> Signal:
        """The signal after a good sample; a change is believed when it held so long, and dated at its first sample."""
        if self.known_since is None:
            return Signal(seen=moment, known_since=moment, meaning=meaning, since=moment)
        if meaning == self.meaning:
            return replace(self, seen=moment, candidate=None, trouble=None)
        candidate = self.candidate
        if candidate is None or candidate.meaning != meaning:
            candidate = Candidate(meaning, moment)
        if moment.seconds_since(candidate.since) >= hold_seconds:
            return Signal(seen=moment, known_since=self.known_since, meaning=meaning, since=candidate.since)
        return replace(self, seen=moment, candidate=candidate, trouble=None)

    def confirmed(self, moment: Moment) -> Signal:
        """The signal after an uncertain sample that says the same; it stays known, but nothing becomes known by it."""
        return replace(self, seen=moment) if self.known_since is not None else self

    def missed(self, reason: str | None) -> Signal:
        """The signal after a sample that was no good."""
        return replace(self, trouble=reason)

    def aged(self, now: Moment, stale_seconds: float) -> Signal:
        """The signal at `now`: lost when its last good sample is older than that."""
        if self.known_since is None or not self.is_overdue(now, stale_seconds):
            return self
        return Signal(seen=self.seen, trouble=self.trouble)

    def is_overdue(self, now: Moment, stale_seconds: float) -> bool:
        """Whether no good sample came for longer than that."""
        return now.seconds_since(self.seen) > stale_seconds

    def rebased(self, now: Moment) -> Signal:
        """The signal of an earlier run on the clocks of the present one."""
        candidate = self.candidate and replace(self.candidate, since=self.candidate.since.rebased(now))
        return replace(
            self,
            seen=self.seen.rebased(now),
            known_since=self.known_since and self.known_since.rebased(now),
            since=self.since and self.since.rebased(now),
            candidate=candidate,
        )

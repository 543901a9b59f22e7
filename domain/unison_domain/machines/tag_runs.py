"""What is put right of a tag in the background, however much it is: what crosses the network of any such run."""

from __future__ import annotations

from uuid import UUID

from unison_domain.kernel.contracts import Answer, OpenEnum


class RunState(OpenEnum):
    """How far a run is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self not in (RunState.WAITING, RunState.RUNNING)


class TagRun(Answer):
    """Something that is put right of a tag in the background; one at a time.

    Attributes:
        done: how many counts or samples are looked through by now.
        problem: why it failed, in words; while it is under way, why the last attempt did, which is tried again.
    """

    id: UUID
    tag_id: UUID
    state: RunState
    done: int
    problem: str | None = None

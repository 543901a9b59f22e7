"""Which acts at a station override another person's word or the machine's own, and what right it takes to confirm one.

The one list: stations ask for badge and PIN by it, the server sets aside what comes without and refuses in the desktop
what the person may not do, and settings turn the demand off for each kind.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class OverrideKind(StrEnum):
    """An act that somebody with the right confirms with badge and PIN."""

    STOP_REASON = "stop_reason"
    """The reason of a stop that another person gave is changed or cleared."""
    MACHINE_STATE = "machine_state"
    """A state is set by hand at a machine whose signals say otherwise."""
    SCAN_UNDONE = "scan_undone"
    """A scan that another person made is taken back."""
    READING_UNDONE = "reading_undone"
    """A measured value that another person took is taken back."""
    FAR_VALUE = "far_value"
    """A typed value counts although it is beyond what is plausible (`quality.plausible`): the one kind that is no act
    of stations alone. In the desktop who types it is signed in, and stands behind it by holding the right."""

    @property
    def right(self) -> str:
        """The permission of who confirms it."""
        return _RIGHTS[self]


_RIGHTS = {
    OverrideKind.STOP_REASON: "machines.override.change_reason",
    OverrideKind.MACHINE_STATE: "machines.override.set_state",
    OverrideKind.SCAN_UNDONE: "codes.override.undo_scan",
    OverrideKind.READING_UNDONE: "quality.override.undo_reading",
    OverrideKind.FAR_VALUE: "quality.override.accept_value",
}


class Override(NamedTuple):
    """One override, as station and server see it alike.

    Attributes:
        subject_id: what it is done to: the machine, the scan, the reading taken back, or the characteristic.
        act_id: of the act itself, the same however often it comes.
    """

    kind: OverrideKind
    subject_id: UUID
    act_id: UUID


class Who(NamedTuple):
    """A person as an event names them: an account, a name, both, or nobody."""

    id: UUID | None = None
    name: str | None = None


NOBODY = Who()


def is_anothers(first: Who, second: Who) -> bool:
    """Whether what the first did is another person's to the second; what nobody stands behind is nobody's."""
    if first == NOBODY:
        return False
    if first.id is not None and second.id is not None:
        return first.id != second.id
    if first.name is None or second.name is None:
        return True
    return first.name.casefold() != second.name.casefold()

"""What crosses the network about notifications, and how somebody wants to be told of them."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import Answer, Instant, Known, OpenEnum, Request

E = TypeVar("E", bound=OpenEnum)


class Priority(OpenEnum):
    """How soon somebody should look."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"
    UNKNOWN = "unknown"


class NotificationKind(OpenEnum):
    """What somebody is told of."""

    CALL_RAISED = "call_raised"
    """A machine calls for a person: for somebody this version does not know, and what holds for all the calls of which
    a person says nothing."""
    CALL_SETTER = "call_setter"
    CALL_MAINTENANCE = "call_maintenance"
    CALL_QUALITY = "call_quality"
    CALL_LOGISTICS = "call_logistics"
    AGENT_SILENT = "agent_silent"
    """A PC of the shop floor is not heard any more."""
    AGENT_HEARD_AGAIN = "agent_heard_again"
    AGENT_NEVER_HEARD = "agent_never_heard"
    """A PC was enrolled, and nothing came from it since."""
    AGENT_CONFLICTED = "agent_conflicted"
    """Two PCs say that they are the same one."""
    AGENT_CERTIFICATE_DUE = "agent_certificate_due"
    """A certificate by which a PC trusts the server ends soon, or has ended."""
    EVENTS_WAIT = "events_wait"
    """What a PC told or counted waits for a person to take it or let it be."""
    DEVICE_SILENT = "device_silent"
    """A device of a PC does not answer any more."""
    CERTIFICATE_DUE = "certificate_due"
    """The server's own does."""
    COUNTER_STRAYED = "counter_strayed"
    """A machine's counter jumped in a way that counting does not explain."""
    CORRECTION_DONE = "correction_done"
    """What somebody asked to be put right in the background is; the next two are of such a correction, too."""
    CORRECTION_FAILED = "correction_failed"
    CORRECTION_CANCELLED = "correction_cancelled"
    """By somebody else."""
    INVITATION_ACCEPTED = "invitation_accepted"
    PASSWORD_ASKED = "password_asked"  # noqa: S105 - what happened
    """Somebody waits for a link to a new password, which no mail carries."""
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    """One's own account is signed in to by password alone again."""
    UNKNOWN = "unknown"


CALLS = frozenset(
    {
        NotificationKind.CALL_SETTER,
        NotificationKind.CALL_MAINTENANCE,
        NotificationKind.CALL_QUALITY,
        NotificationKind.CALL_LOGISTICS,
    }
)
"""By whom is called: who answers calls can be told of their own alone."""


class Channel(OpenEnum):
    """How somebody is told."""

    NONE = "none"
    INBOX = "inbox"
    INBOX_AND_EMAIL = "inbox_and_email"
    UNKNOWN = "unknown"


KnownPriority = Known[Priority]
KnownKind = Known[NotificationKind]
KnownChannel = Known[Channel]


class NotificationAnswer(Answer):
    """Something one was told.

    Attributes:
        title, message: in English; `kind` and `parameters` are what they are made of.
        reference_type, reference_id: what it is about and can be opened, e.g. `machine`; None where nothing can.
        occurred_at: when it happened. created_at: when it came into the inbox. read_at: None while it is unread.
    """

    id: UUID
    kind: NotificationKind
    priority: Priority
    title: str
    message: str
    parameters: dict[str, str] = Field(default_factory=dict)
    reference_type: str | None = None
    reference_id: UUID | None = None
    plant_id: UUID | None = None
    occurred_at: Instant
    created_at: Instant
    is_read: bool
    read_at: Instant | None = None


class InboxPage(Answer):
    """A page of one's inbox; `next_cursor` is None on the last.

    Attributes:
        unread: how many there are in the whole inbox, whatever the list is narrowed by.
    """

    items: list[NotificationAnswer]
    next_cursor: str | None = None
    unread: int


class ReadAll(Request):
    """What is marked as read.

    Attributes:
        until: what came by then, so that what comes while somebody looks stays unread; None: everything.
    """

    until: Instant | None = None


class ReadAllAnswer(Answer):
    """How many were unread before."""

    marked: int

"""Who changed what an agent is told to do, and when: derived from the audit, so nothing can change without it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from unison_domain.kernel.contracts import Answer, Instant, OpenEnum


class ConfiguredThing(OpenEnum):
    """What was changed."""

    AGENT = "agent"
    STATION = "station"
    DEVICE = "device"
    PERIPHERAL = "peripheral"
    TAG = "tag"
    MACHINE = "machine"
    UNKNOWN = "unknown"


class ChangeAction(OpenEnum):
    """What was done to it."""

    CREATED = "created"
    UPDATED = "updated"
    DEACTIVATED = "deactivated"
    UNKNOWN = "unknown"


class FieldChange(Answer):
    """One field before and after, as JSON values; `old` is None for a new thing."""

    field: str
    old: Any = None
    new: Any = None


class ConfigurationChange(Answer):
    """One change of one thing.

    Attributes:
        version: of the agent's configuration that came of it; None where the change concerned no agent at the time.
        name: of the thing, after the change.
        person: who it was, by name; None for the server itself, or a person nobody knows any more.
        reason: why it held at once in the middle of a run, where somebody forced it.
    """

    id: UUID
    at: Instant
    version: int | None = None
    thing: ConfiguredThing
    entity_id: UUID
    name: str
    action: ChangeAction
    person_id: UUID | None = None
    person: str | None = None
    reason: str | None = None
    fields: list[FieldChange]

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
    PLANT = "plant"
    REASON = "reason"
    CHARACTERISTIC = "characteristic"
    PATTERN = "pattern"
    UNKNOWN = "unknown"


class ChangeAction(OpenEnum):
    """What was done to it."""

    CREATED = "created"
    UPDATED = "updated"
    DEACTIVATED = "deactivated"
    REACTIVATED = "reactivated"
    UNKNOWN = "unknown"


class FieldChange(Answer):
    """One field before and after, as JSON values; `old` is None for a new thing.

    Attributes:
        old_name, new_name: where a value is the id of another thing: what people call that, as far as they may see it.
    """

    field: str
    old: Any = None
    new: Any = None
    old_name: str | None = None
    new_name: str | None = None


class ConfigurationChange(Answer):
    """One change of one thing.

    Attributes:
        version: of the agent's configuration that came of it; None where the change concerned no agent at the time.
        name: of the thing, after the change.
        actor_kind, actor_id, actor_name, actor_owner: who it was, as in `AuditEntry`.
        reason: why it held at once in the middle of a run, where somebody forced it.
        fields: empty where a person only wanted what had changed before to hold at once.
    """

    id: UUID
    at: Instant
    version: int | None = None
    thing: ConfiguredThing
    entity_id: UUID
    name: str
    action: ChangeAction
    actor_kind: str | None = None
    actor_id: UUID | None = None
    actor_name: str | None = None
    actor_owner: str | None = None
    reason: str | None = None
    fields: list[FieldChange]

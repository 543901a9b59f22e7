"""What crosses the network about who changed what."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from unison_domain.kernel.contracts import Answer, Instant


class AuditEntry(Answer):
    """One change of a row, or something somebody tried and may not.

    Attributes:
        database: where the row is: people and their rights in `identity`, all else in `operations`.
        table_name, entity_id: the row; empty where something was refused.
        action: `insert`, `update`, `delete`; `refused`, of which `new_values` tell what was tried; or `elsewhere`: what
            a person did in another organization, or for the whole server.
        old_values, new_values: the row before and after, without its secrets; of a command to a station's PC, what came
            of it too.
        changed_fields: names of what an update changed, secrets too.
        actor_kind: `user`, `agent`, `key`, `system`, or `superadmin`: a person of another organization.
        actor_name: of a person, an agent or a key, as far as one is known.
        actor_owner: of a key, who made it; of a superadmin, what their organization is called.
        request_id: finds the request in the server's log. address: where it came from.
    """

    id: UUID
    at: Instant
    database: Literal["identity", "operations"]
    table_name: str
    entity_id: UUID | None
    action: str
    old_values: dict[str, Any] | None
    new_values: dict[str, Any] | None
    changed_fields: list[str] | None
    actor_kind: str | None
    actor_id: UUID | None
    actor_name: str | None
    actor_owner: str | None = None
    request_id: str | None
    address: str | None

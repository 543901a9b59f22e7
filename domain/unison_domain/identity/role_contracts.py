"""What crosses the network about roles and what they give."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from unison_domain.identity.api_key_contracts import Permission
from unison_domain.identity.contracts import RoleHeld
from unison_domain.kernel.contracts import Answer, Code, Instant, Name, Request, Text


class RoleCreate(Request):
    """A role of the organization's own, beside the system roles. `code` is what people are given, and stays."""

    code: Code
    name: Name
    description: Text | None = None
    permissions: list[Permission] = Field(max_length=1000)


class RoleReplace(Request):
    """PUT: every field is set; whoever has the role has the new permissions at once."""

    name: Name
    description: Text | None = None
    permissions: list[Permission] = Field(max_length=1000)


class RoleAnswer(Answer):
    """A role.

    Attributes:
        id, version: None of a system role, which is the same in every organization and can't be changed.
        permissions: flat, without patterns. all_places: everywhere, whatever access to plants and warehouses says.
        reads_all_places: the same for reading alone. is_device: what the PCs of stations may; given to nobody.
    """

    id: UUID | None
    version: int | None
    code: str
    name: str
    description: str | None
    is_system: bool
    is_active: bool
    permissions: list[str]
    all_places: bool
    reads_all_places: bool
    is_device: bool = False
    updated_at: Instant | None


class EffectivePermission(Answer):
    """One permission and why somebody has it.

    Attributes:
        given_by: codes of their roles that give it; empty where they lack it.
        held: the same with where each holds.
        counts: whether they may do it anywhere; what is the whole organization's counts only where it holds there.
    """

    permission: str
    given_by: list[str]
    held: list[RoleHeld] = Field(default_factory=list)
    counts: bool = True


class EffectivePermissions(Answer):
    """All that a person may do, and what they may not.

    Attributes:
        all_places: their roles reach every plant and warehouse. reads_all_places: for reading.
    """

    user_id: UUID
    permissions: list[EffectivePermission]
    all_places: bool
    reads_all_places: bool

"""What crosses the network about roles and what they give."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from unison_domain.identity.api_key_contracts import Permission
from unison_domain.identity.contracts import RoleHeld
from unison_domain.kernel.contracts import Answer, Code, Instant, Name, OpenEnum, Request, Text


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


class WhyNot(OpenEnum):
    """What stands against a right."""

    NO_ROLE = "no_role"
    """None of their roles gives it."""
    ROLE_OUT_OF_USE = "role_out_of_use"
    """A role that gave it is out of use."""
    ORGANIZATION_WIDE = "organization_wide"
    """It is about the whole organization, and they hold it in places alone."""
    OF_NO_DEPARTMENT = "of_no_department"
    """What it is about belongs to no department, and they hold it in departments alone."""
    NO_PLANT = "no_plant"
    """No plant is given to them where it holds."""
    READ_ONLY = "read_only"
    """The plants where it holds are given to them for reading alone."""
    NO_ENDING = "no_ending"
    """The plants where it holds are given to them for changes, not for taking out of use."""
    NO_WAREHOUSE = "no_warehouse"
    """No warehouse is given to them for changes."""
    NOT_ALL_PLANTS = "not_all_plants"
    """All plants share it, and they don't write in all of them."""
    NOT_ALL_SEEN = "not_all_seen"
    """It tells of every plant and warehouse, and they don't see all of them."""
    PLACE_OUT_OF_USE = "place_out_of_use"
    """It holds in places alone that are out of use, where nothing new is made."""
    SETTING = "setting"
    """A setting of the organization lets nobody use it."""
    SECOND_FACTOR = "second_factor"
    """One is demanded of them, and they have none."""
    INACTIVE = "inactive"
    """The person is deactivated."""
    ENDED = "ended"
    """Their access has ended."""
    UNKNOWN = "unknown"


class Against(Answer):
    """One reason against a right.

    Attributes:
        roles: codes of those it is about. places: where it is held, or is not enough. setting: its key. at: since when.
    """

    reason: WhyNot
    roles: list[str] = Field(default_factory=list)
    places: list[RoleHeld] = Field(default_factory=list)
    setting: str | None = None
    at: Instant | None = None


class ReachedPlace(Answer):
    """A plant, or one department of it."""

    plant_id: UUID
    department_id: UUID | None = None


class EffectivePermission(Answer):
    """One permission, and why somebody has it or not.

    Attributes:
        given_by: codes of their roles that give it; empty where they lack it.
        held: the same with where each holds.
        reached: where they may do it, as far as it is about plants; None: wherever it is held.
        counts: whether they may do it anywhere. against: what stands against it; of what counts what limits it.
    """

    permission: str
    given_by: list[str]
    held: list[RoleHeld] = Field(default_factory=list)
    reached: list[ReachedPlace] | None = None
    counts: bool = True
    against: list[Against] = Field(default_factory=list)


class EffectivePermissions(Answer):
    """All that a person may do, and what they may not.

    Attributes:
        all_places: their roles reach every plant and warehouse. reads_all_places: for reading.
    """

    user_id: UUID
    permissions: list[EffectivePermission]
    all_places: bool
    reads_all_places: bool

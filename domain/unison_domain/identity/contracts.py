"""What crosses the network about people: how they get in, and what they may do where."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from unison_domain.identity.person_names import PersonName, SignInCode, SignInEmail
from unison_domain.kernel.contracts import Answer, Code, Instant, Name, Request


def _secret_without_nul(secret: SecretStr) -> SecretStr:
    if "\x00" in secret.get_secret_value():
        raise ValueError("must not contain the NUL character")
    return secret


def _long_enough(value: SecretStr) -> SecretStr:
    length = len(value.get_secret_value())
    if not 8 <= length <= 256:
        raise ValueError(f"must have 8 to 256 characters, not {length}")
    return value


MOST_HELD_ROLES = 100
"""That somebody is given at once, over all places."""
MOST_PLACES = 200
"""Plants, and warehouses, that somebody new is given at once."""
Password = Annotated[SecretStr, AfterValidator(_secret_without_nul), Field(min_length=1, max_length=256)]
NewPassword = Annotated[
    SecretStr,
    AfterValidator(_secret_without_nul),
    AfterValidator(_long_enough),
    Field(json_schema_extra={"minLength": 8, "maxLength": 256}),
]


class OwnPasswordChange(Request):
    """One's own new password, proven by the present one."""

    password: Password
    new_password: NewPassword


class Login(Request):
    """Sign in with e-mail, user name or employee number; `organization` may be left out where there is only one."""

    organization: Code | None = None
    user: Name
    password: Password
    second_factor: Annotated[SecretStr, Field(max_length=40)] | None = None
    """Six digits of the authenticator, or a recovery code, where the person has set one up."""
    client: Name | None = None
    """What the person sees in their list of sessions, e.g. `Desktop on PC-17`."""


class Refresh(Request):
    """Trade a refresh token for a new pair."""

    refresh_token: str = Field(min_length=10, max_length=300)


class Tokens(Answer):
    """A short access token (JWT) and the opaque refresh token that replaces it.

    Attributes:
        expires_in: seconds the access token is good for.
    """

    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - the scheme's name of RFC 6750
    expires_in: int


class PlantRight(Answer):
    """What somebody may do in one plant.

    Attributes:
        can_delete: deactivate what belongs to it, and cancel its documents.
    """

    plant_id: UUID
    can_read: bool
    can_write: bool
    can_delete: bool = False


class WarehouseRight(Answer):
    """What somebody may do in one warehouse; its stock is seen by all who may see stock.

    Attributes:
        can_read: its documents. can_write: its stock and places. can_delete: deactivate places, cancel documents.
        is_default: where they work unless they say otherwise.
    """

    warehouse_id: UUID
    can_read: bool
    can_write: bool
    can_delete: bool
    is_default: bool


class RoleHeld(Answer):
    """A role somebody has, and where it holds; without a plant, in the whole organization."""

    role: str
    plant_id: UUID | None = None
    department_id: UUID | None = None


class HeldInPlace(Answer):
    """Permissions that somebody holds in one plant, or in one department of it, and not everywhere."""

    plant_id: UUID
    department_id: UUID | None = None
    permissions: list[str]


RIGHTS_HEADER = "Unison-Rights"
"""Of an event stream: `Me.rights_mark` as it is now. Who was told another one asks again what they may do: it changed
before the stream that ends with a change was there.
"""


class Me(Answer):
    """Who is signed in and what they may do.

    Attributes:
        is_practice: this is a practice organization: nothing done here is real.
        all_plants: may do everything in every plant and warehouse, whatever `plants` and `warehouses` say.
        reads_all_plants: sees every plant, whatever `plants` says.
        plants: where they reach, by what they were given there and by roles for it. warehouses: what they were given.
        roles: codes, wherever they hold; `held_roles` says where. role_names: what those of the organization's own are
            called, by code.
        permissions: flat set of `room.thing.verb`, wherever they hold. placed: those that hold in single places alone.
        withheld: further ones that the settings of the organization let nobody use; who holds them gives them.
        time_zone: of the organization, by which days are over where no plant says otherwise.
        password_length: characters that a new password there has at least.
        second_factor_missing: one is demanded of them and they have none; until it is set up nothing is open to them
            but that, their password and signing out.
        rights_mark: another one as soon as they may do other things or elsewhere; the event stream begins with it.
    """

    id: UUID
    organization_id: UUID
    organization_code: str
    organization_name: str
    is_practice: bool = False
    username: str
    full_name: str
    email: str | None
    employee_code: str | None
    roles: list[str]
    permissions: list[str]
    all_plants: bool
    reads_all_plants: bool = False
    plants: list[PlantRight]
    warehouses: list[WarehouseRight] = Field(default_factory=list)
    held_roles: list[RoleHeld] = Field(default_factory=list)
    role_names: dict[str, str] = Field(default_factory=dict)
    placed: list[HeldInPlace] = Field(default_factory=list)
    withheld: list[str] = Field(default_factory=list)
    time_zone: str = "Europe/Berlin"
    password_length: int = 8
    second_factor_missing: bool = False
    rights_mark: str = ""
    session_id: UUID
    signed_in_at: Instant


class RoleCode(StrEnum):
    """The system roles; an organization has roles of its own beside them."""

    SUPERADMIN = "superadmin"
    ADMIN = "admin"
    PLANT_MANAGER = "plant_manager"
    PLANNER = "planner"
    SUPERVISOR = "supervisor"
    TEAM_LEADER = "team_leader"
    SETTER = "setter"
    OPERATOR = "operator"
    QUALITY_INSPECTOR = "quality_inspector"
    QUALITY_MANAGER = "quality_manager"
    PROCESS_ENGINEER = "process_engineer"
    AUTOMATION_ENGINEER = "automation_engineer"
    WAREHOUSE_MANAGER = "warehouse_manager"
    WAREHOUSE_CLERK = "warehouse_clerk"
    PURCHASER = "purchaser"
    SALES = "sales"
    COST_ACCOUNTANT = "cost_accountant"
    MAINTENANCE_TECHNICIAN = "maintenance_technician"
    AUDITOR = "auditor"
    VIEWER = "viewer"
    STATION = "station"
    """Of the PCs at stations, which have it by being enrolled; it is given to nobody."""


class RoleGiven(Request):
    """A role that is given: in the whole organization, or in one plant or one department.

    Attributes:
        plant_id: may be left out where a department says it.
    """

    role: Code
    plant_id: UUID | None = None
    department_id: UUID | None = None


class _PlaceAssignment(Request):
    can_read: bool = True
    can_write: bool = False
    can_delete: bool = False

    @property
    def gives_anything(self) -> bool:
        """Whether it leaves the person anything there."""
        return self.can_read or self.can_write or self.can_delete

    @model_validator(mode="after")
    def _who_changes_also_reads(self) -> Self:
        if not self.can_read and (self.can_write or self.can_delete):
            raise ValueError(
                "can_read must be true where can_write or can_delete is: nobody changes what they can't see"
            )
        return self


class PlantAssignment(_PlaceAssignment):
    """What somebody may do in a plant; nothing of it takes the access away."""

    plant_id: UUID


class WarehouseAssignment(_PlaceAssignment):
    """What somebody may do in a warehouse; nothing of it takes the access away.

    Attributes:
        is_default: instead of the warehouse that was the default before.
    """

    warehouse_id: UUID
    is_default: bool = False


class RightsGiven(Request):
    """What somebody new is given from the beginning.

    Attributes:
        roles: those that hold in the whole organization; held_roles: further ones, each with where it holds.
        plants, warehouses: where they may do what, each place once; one warehouse at most is the default.
    """

    roles: list[Code] = Field(default_factory=list, max_length=20)
    held_roles: list[RoleGiven] = Field(default_factory=list, max_length=MOST_HELD_ROLES)
    plants: list[PlantAssignment] = Field(default_factory=list, max_length=MOST_PLACES)
    warehouses: list[WarehouseAssignment] = Field(default_factory=list, max_length=MOST_PLACES)

    @field_validator("plants")
    @classmethod
    def _each_plant_once(cls, plants: list[PlantAssignment]) -> list[PlantAssignment]:
        if len({one.plant_id for one in plants}) < len(plants):
            raise ValueError("must name each plant once")
        return [one for one in plants if one.gives_anything]

    @field_validator("warehouses")
    @classmethod
    def _each_warehouse_once(cls, warehouses: list[WarehouseAssignment]) -> list[WarehouseAssignment]:
        if len({one.warehouse_id for one in warehouses}) < len(warehouses):
            raise ValueError("must name each warehouse once")
        if sum(one.is_default for one in warehouses) > 1:
            raise ValueError("must have one default at most")
        return [one for one in warehouses if one.gives_anything or one.is_default]


class UserCreate(RightsGiven):
    """A person. E-mail and employee number may be left out; each is a name to sign in with, and taken only once."""

    username: SignInCode
    full_name: PersonName
    email: SignInEmail | None = None
    employee_code: SignInCode | None = None
    phone: Name | None = None
    password: NewPassword | None = None
    """Nobody signs in without one."""
    access_ends_at: Instant | None = None
    """From then on nobody gets in, e.g. of an agency's staff."""


class UserReplace(Request):
    """PUT: every field is set; what may be empty and is left out is emptied. The password is set by PATCH or a link.

    Attributes:
        own_password: of who changes what they themselves sign in with.
    """

    username: SignInCode
    email: SignInEmail | None = None
    employee_code: SignInCode | None = None
    full_name: PersonName
    phone: Name | None = None
    is_active: bool = True
    access_ends_at: Instant | None = None
    own_password: Password | None = None


class UserUpdate(Request):
    """PATCH: an absent field stays as it is. E-mail and employee number may be emptied; a user name stays needed.

    A person signs in with the new names at once, and with the former ones no more.

    Attributes:
        own_password: of who changes what they themselves sign in with.
    """

    username: SignInCode | None = None
    email: SignInEmail | None = None
    employee_code: SignInCode | None = None
    full_name: PersonName | None = None
    phone: Name | None = None
    password: NewPassword | None = None
    is_active: bool | None = None
    access_ends_at: Instant | None = None
    own_password: Password | None = None


class RoleAssignment(RoleGiven):
    """Gives a role, or takes it away."""

    assigned: bool = True


class UserAnswer(Answer):
    """A person as administrators see them.

    Attributes:
        roles: codes, wherever they hold; `held_roles` says where.
    """

    id: UUID
    version: int
    username: str
    full_name: str
    email: str | None
    employee_code: str | None
    phone: str | None
    is_active: bool
    access_ends_at: Instant | None = None
    roles: list[str]
    plants: list[PlantRight]
    warehouses: list[WarehouseRight] = Field(default_factory=list)
    held_roles: list[RoleHeld] = Field(default_factory=list)
    created_at: Instant
    updated_at: Instant

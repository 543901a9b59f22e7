"""Tables of the database `identity`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    collate,
    column,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.identity.sign_in_contracts import SignInOutcome

from unison_server.kernel.keys import new_id, tenant_fk
from unison_server.kernel.orm import CodeText, Deactivatable, Identity, Master, Tenant, Versioned, enum_check


class Organization(Deactivatable, Versioned, Identity):
    """A company. Read by everybody: who signs in names it before anything else is known, in whatever case.

    `practice_of` is the organization whose practice organization it is; of each there is one that is active.

    Changed only where the session is of it, as row level security demands of every other row.
    """

    __tablename__ = "organizations"
    __table_args__ = (
        Index("uq_organizations_code_folded", func.lower(collate(column("code"), "default")), unique=True),
        ForeignKeyConstraint(["practice_of"], ["organizations.id"], name="fk_organizations_practice_of_organizations"),
        CheckConstraint("practice_of <> id", name="practice_of"),
        Index(
            "uq_organizations_practice_of",
            "practice_of",
            unique=True,
            postgresql_where=text("practice_of is not null and is_active"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[CodeText]
    name: Mapped[str]
    industry: Mapped[str | None]
    address: Mapped[str | None]
    contact_email: Mapped[str | None]
    contact_phone: Mapped[str | None]
    practice_of: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class Visitor(Tenant, Identity):
    """A superadministrator of another organization who did something in this one, as they were called then last."""

    __tablename__ = "visitors"

    full_name: Mapped[str]
    organization_name: Mapped[str]


class User(Master, Identity):
    """A person. `rights_version` grows whenever roles, plants or the person's being active change."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("organization_id", "username"),
        UniqueConstraint("organization_id", "email"),
        UniqueConstraint("organization_id", "employee_code"),
    )

    username: Mapped[CodeText]
    email: Mapped[str | None]
    employee_code: Mapped[CodeText | None]
    full_name: Mapped[str]
    phone: Mapped[str | None]
    hashed_password: Mapped[str | None]
    access_ends_at: Mapped[datetime | None]
    rights_version: Mapped[int] = mapped_column(server_default=text("1"), default=1)


class SignInName(Identity):
    """A name somebody signs in with, folded: one table, so that nobody's user name is another's employee number."""

    __tablename__ = "sign_in_names"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "name"),
        tenant_fk("user_id", "users", ondelete="CASCADE"),
        Index(None, "organization_id", "user_id"),
    )

    organization_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text(collation="C"))
    user_id: Mapped[UUID]


class OwnRole(Master, Identity):
    """A role of the organization's own; the system roles are code."""

    __tablename__ = "roles"
    __table_args__ = (
        UniqueConstraint("organization_id", "code"),
        CheckConstraint("jsonb_typeof(permissions) = 'array'", name="permissions"),
        CheckConstraint("code <> 'station'", name="code"),
    )

    code: Mapped[CodeText]
    name: Mapped[str]
    description: Mapped[str | None]
    permissions: Mapped[list[str]]


class UserRole(Tenant, Identity):
    """A role somebody has, by its code: a system role, or one of the organization's own.

    It holds in the whole organization, or in one plant or department, whose rows are in the other database.
    """

    __tablename__ = "user_roles"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "user_id", "role", "plant_id", "department_id", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint("department_id IS NULL OR plant_id IS NOT NULL", name="place"),
        CheckConstraint("role <> 'station'", name="role"),
        tenant_fk("user_id", "users", ondelete="CASCADE"),
    )

    user_id: Mapped[UUID]
    role: Mapped[str]
    plant_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


_WHO_CHANGES_ALSO_READS = "can_read OR NOT (can_write OR can_delete)"


class UserPlantAccess(Tenant, Identity):
    """What somebody may do in one plant, whose row is in the other database."""

    __tablename__ = "user_plant_access"
    __table_args__ = (
        UniqueConstraint("organization_id", "user_id", "plant_id"),
        CheckConstraint(_WHO_CHANGES_ALSO_READS, name="reads"),
        tenant_fk("user_id", "users", ondelete="CASCADE"),
    )

    user_id: Mapped[UUID]
    plant_id: Mapped[UUID]
    can_read: Mapped[bool]
    can_write: Mapped[bool]
    can_delete: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UserWarehouseAccess(Tenant, Identity):
    """What somebody may do in one warehouse, whose row is in the other database."""

    __tablename__ = "user_warehouse_access"
    __table_args__ = (
        UniqueConstraint("organization_id", "user_id", "warehouse_id"),
        CheckConstraint(_WHO_CHANGES_ALSO_READS, name="reads"),
        Index(
            "uq_user_warehouse_access_default",
            "organization_id",
            "user_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        tenant_fk("user_id", "users", ondelete="CASCADE"),
    )

    user_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    can_read: Mapped[bool]
    can_write: Mapped[bool]
    can_delete: Mapped[bool]
    is_default: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class IdleWarehouse(Tenant, Identity):
    """A warehouse that is out of use, as the other database says: triggers see to it that it is nobody's default."""

    __tablename__ = "idle_warehouses"

    since: Mapped[datetime] = mapped_column(server_default=func.now())


class SignInSession(Tenant, Identity):
    """A signed-in program of somebody: the family of all refresh tokens that grew from one sign-in.

    `real_session_id` is the session of the real organization that one in its practice organization was opened from.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        tenant_fk("user_id", "users", ondelete="CASCADE"),
        Index(None, "organization_id", "user_id"),
        Index(None, "organization_id", "last_used_at"),
        Index(None, "organization_id", "address"),
    )

    user_id: Mapped[UUID]
    client: Mapped[str | None]
    address: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    real_session_id: Mapped[UUID | None]


class RefreshToken(Tenant, Identity):
    """One refresh token, as its SHA-256. `replaced_at` is when it was first traded for the next."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        UniqueConstraint("organization_id", "token_hash"),
        tenant_fk("session_id", "sessions", ondelete="CASCADE"),
        Index(None, "organization_id", "session_id"),
    )

    session_id: Mapped[UUID]
    token_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    replaced_at: Mapped[datetime | None]


class ApiKey(Tenant, Identity):
    """A secret by which a program acts for the person who made it, as its SHA-256.

    `last_used_at` is true to a minute.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        UniqueConstraint("organization_id", "token_hash"),
        tenant_fk("user_id", "users", ondelete="CASCADE"),
        CheckConstraint("requests_per_minute between 1 and 60000", name="rate"),
        CheckConstraint("jsonb_typeof(scopes) = 'array'", name="scopes"),
        Index(None, "organization_id", "user_id"),
    )

    user_id: Mapped[UUID]
    name: Mapped[str]
    token_hash: Mapped[str]
    ending: Mapped[str]
    scopes: Mapped[list[str]]
    requests_per_minute: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class MfaMethod(Tenant, Identity):
    """A person's authenticator (TOTP); its secret is encrypted.

    `last_step` is the newest time step whose code was used: none is taken twice.
    """

    __tablename__ = "mfa_methods"
    __table_args__ = (UniqueConstraint("organization_id", "user_id"), tenant_fk("user_id", "users", ondelete="CASCADE"))

    user_id: Mapped[UUID]
    secret: Mapped[str]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), default=0)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Tenant, Identity):
    """A code that stands for the authenticator once, as its SHA-256."""

    __tablename__ = "recovery_codes"
    __table_args__ = (
        UniqueConstraint("organization_id", "user_id", "code_hash"),
        tenant_fk("user_id", "users", ondelete="CASCADE"),
    )

    user_id: Mapped[UUID]
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]


class LoginHistory(Tenant, Identity):
    """Every attempt to sign in, good or not; `times` is how many refusals of a flood a row stands for.

    `seconds` is over how long these were, up to `at`; without, at most an hour.

    `client` is what a program calls itself, and nothing of ours: why somebody was refused is the code `reason`. Of one
    at a station there are its id and its code of then, and of an override its right, subject and act.
    """

    __tablename__ = "login_history"
    __table_args__ = (
        enum_check("outcome", SignInOutcome),
        Index(None, "organization_id", "user_id", "at"),
        Index(None, "organization_id", "at"),
        CheckConstraint("station_id IS NULL OR station_code IS NOT NULL", name="station"),
        CheckConstraint(
            "num_nulls(purpose, subject_id, act_id) = 3 OR num_nulls(purpose, subject_id, act_id, station_id) = 0",
            name="act",
        ),
        Index(
            "ix_login_history_overrides",
            "organization_id",
            "at",
            "id",
            postgresql_where=text("act_id IS NOT NULL OR outcome = 'not_allowed'"),
        ),
    )

    at: Mapped[datetime] = mapped_column(server_default=func.now())
    outcome: Mapped[str]
    name: Mapped[str]
    user_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    address: Mapped[str]
    client: Mapped[str | None]
    reason: Mapped[str | None]
    station_id: Mapped[UUID | None]
    station_code: Mapped[str | None]
    purpose: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    act_id: Mapped[UUID | None]
    times: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    seconds: Mapped[int | None]


class LoginAttempts(Identity):
    """Attempts in the present window, by what is counted (a name at an address, or an address); lost in a crash."""

    __tablename__ = "login_attempts"
    __table_args__ = (PrimaryKeyConstraint("organization_id", "counted"), {"prefixes": ["UNLOGGED"]})

    organization_id: Mapped[UUID]
    counted: Mapped[str]
    began_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int]

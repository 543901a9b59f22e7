"""The table of what organizations set."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from unison_domain.identity.setting_contracts import SettingValue

from unison_server.kernel.orm import CodeText, Identity, Stamped, Tenant, Versioned


class SettingRow(Tenant, Stamped, Versioned, Identity):
    """What an organization sets, by the setting's key; empty where it does no more, so that versions go on."""

    __tablename__ = "settings"
    __table_args__ = (
        UniqueConstraint("organization_id", "key"),
        CheckConstraint("jsonb_typeof(value) in ('number', 'boolean', 'string')", name="value"),
    )

    key: Mapped[CodeText]
    value: Mapped[SettingValue | None] = mapped_column(JSONB(none_as_null=True))

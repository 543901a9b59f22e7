"""Organizations and settings a server may tell of."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from unison_domain.identity.organization_contracts import OrganizationAnswer
from unison_domain.identity.setting_contracts import (
    PASSWORD_LENGTH,
    PASSWORD_RESET_MINUTES,
    SETTINGS,
    AnySetting,
    SettingAnswer,
)
from unison_domain.kernel.contracts import Page

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer


def organization(number: int, code: str, name: str, **changes: Any) -> OrganizationAnswer:
    """An organization that is active."""
    known: dict[str, Any] = {
        "id": UUID(int=number),
        "code": code,
        "name": name,
        "industry": "Pumps",
        "address": None,
        "contact_email": f"office@{code.lower()}.example",
        "contact_phone": None,
        "is_active": True,
        "version": 1,
        "created_at": samples.NOW,
        "updated_at": samples.NOW,
    }
    return OrganizationAnswer(**{**known, **changes})


def organizations() -> list[OrganizationAnswer]:
    """Our own, another, and one that nobody gets into."""
    return [
        organization(1, "DEMO", "Demo Works"),
        organization(2, "ACME", "Acme", version=3),
        organization(3, "OLD", "Old Works", is_active=False, industry=None),
    ]


def setting(known: AnySetting, **changes: Any) -> SettingAnswer:
    """A setting that nobody set."""
    shown: dict[str, Any] = {
        "key": known.key,
        "kind": known.kind,
        "choices": list(known.choices),
        "unit": known.unit,
        "least": known.least,
        "most": known.most,
        "default": known.default,
        "server_value": None,
        "own_value": None,
        "value": known.default,
        "source": "default",
        "needs": "platform.setting.update" if known.is_of_server else "identity.setting.update",
        "version": 0,
        "updated_at": None,
        "updated_by": None,
    }
    return SettingAnswer(**{**shown, **changes})


def settings() -> list[SettingAnswer]:
    """Longer passwords are our own; how long links are good the server says."""
    own: dict[AnySetting, dict[str, Any]] = {
        PASSWORD_LENGTH: {
            "own_value": 12,
            "value": 12,
            "source": "organization",
            "version": 2,
            "updated_at": samples.NOW,
        },
        PASSWORD_RESET_MINUTES: {"server_value": 30, "value": 30, "source": "server"},
    }
    return [setting(one, **own.get(one, {})) for one in SETTINGS.values()]


def serve_organizations(server: FakeServer) -> None:
    """Answer all that the pages of organizations, practice and settings ask."""
    server.answer("GET /organizations", organizations())
    server.answer("GET /practice-organization", organization(4, "DEMO-PRACTICE", "Demo Works (practice)"))
    server.answer("GET /settings", Page[SettingAnswer](items=settings()))
    of_server = [one.model_copy(update={"needs": "platform.setting.update", "version": 0}) for one in settings()]
    server.answer("GET /server-settings", Page[SettingAnswer](items=of_server))

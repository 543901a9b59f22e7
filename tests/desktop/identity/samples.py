"""People, sessions and keys a server may tell of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from unison_domain.identity.api_key_contracts import ApiKeyAnswer
from unison_domain.identity.contracts import (
    LoginAttemptAnswer,
    SignInOutcome,
    SignInSessionAnswer,
    UserAnswer,
)
from unison_domain.identity.mfa_contracts import MfaAnswer
from unison_domain.identity.organization_contracts import OrganizationAnswer
from unison_domain.identity.role_contracts import EffectivePermission, EffectivePermissions, RoleAnswer
from unison_domain.identity.setting_contracts import (
    PASSWORD_LENGTH,
    PASSWORD_RESET_MINUTES,
    SETTINGS,
    Setting,
    SettingAnswer,
)
from unison_domain.kernel.contracts import Page
from unison_domain.sites.contracts import PlantAnswer, WarehouseAnswer

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer

KIEL, LYON = UUID(int=900), UUID(int=901)
RAW, GOODS = UUID(int=910), UUID(int=911)
SCOPES = (
    "codes.scan.create",
    "codes.scan.read",
    "machines.machine.read",
    "machines.machine.update",
    "quality.measurement.read",
)
RIGHTS = (
    "identity.organization.read",
    "identity.setting.read",
    "identity.setting.update",
    "identity.user.read",
    "identity.user.create",
    "identity.user.update",
    "identity.role.read",
    "identity.role.create",
    "identity.role.update",
    "identity.role.deactivate",
    "identity.session.read",
    "identity.session.end",
    "identity.login_history.read",
    "identity.api_key.read",
    "identity.api_key.create",
    "identity.api_key.revoke",
    "identity.permission.read",
    "sites.plant.read",
    "sites.warehouse.read",
    "codes.scan.create",
    "codes.scan.read",
    "machines.machine.read",
)
"""What an administrator of people may do, who may not change machines."""


def _made() -> dict[str, Any]:
    return {"version": 1, "created_at": samples.NOW, "updated_at": samples.NOW}


def person(number: int, name: str, **changes: Any) -> UserAnswer:
    """Somebody with a user name like the first name."""
    known: dict[str, Any] = {
        "id": UUID(int=number),
        "username": name.split()[0].lower(),
        "full_name": name,
        "email": f"{name.split()[0].lower()}@demo.example",
        "employee_code": f"{1000 + number}",
        "phone": None,
        "is_active": True,
        "roles": ["operator"],
        "plants": [],
        "warehouses": [],
    }
    return UserAnswer(**{**_made(), **known, **changes})


def anna() -> UserAnswer:
    """A planner of Kiel whose stock is the goods."""
    return person(
        11,
        "Anna Berger",
        version=4,
        roles=["planner"],
        plants=[{"plant_id": KIEL, "can_read": True, "can_write": True, "can_delete": False}],
        warehouses=[
            {
                "warehouse_id": GOODS,
                "can_read": True,
                "can_write": True,
                "can_delete": False,
                "is_default": True,
            }
        ],
    )


def people() -> list[UserAnswer]:
    """Anna, an administrator, and one who left."""
    gone = person(13, "Otto Former", is_active=False, email=None, version=7)
    return [anna(), person(12, "Boris Chief", roles=["admin"]), gone]


def role(code: str, name: str, *permissions: str, **changes: Any) -> RoleAnswer:
    """A role with these permissions."""
    known: dict[str, Any] = {
        "id": None,
        "version": None,
        "code": code,
        "name": name,
        "description": None,
        "is_system": True,
        "is_active": True,
        "permissions": list(permissions),
        "all_places": False,
        "reads_all_places": False,
        "updated_at": None,
    }
    return RoleAnswer(**{**known, **changes})


def roles() -> list[RoleAnswer]:
    """Three of the system, and one of the organization's own."""
    return [
        role("admin", "Administrator", *RIGHTS, "machines.machine.update", all_places=True),
        role("planner", "Planner", "machines.machine.read"),
        role("operator", "Operator", "codes.scan.create"),
        role("night", "Night watch", "machines.machine.read", id=UUID(int=70), version=1, is_system=False),
    ]


def session(number: int, user: UserAnswer, **changes: Any) -> SignInSessionAnswer:
    """A session that began so many hours ago."""
    began = samples.NOW - timedelta(hours=number)
    known: dict[str, Any] = {
        "id": UUID(int=500 + number),
        "user_id": user.id,
        "user_name": user.full_name,
        "client": f"Desktop on PC-{number}",
        "address": f"10.0.0.{number}",
        "created_at": began,
        "last_used_at": began + timedelta(minutes=30),
        "expires_at": began + timedelta(days=30),
        "ended_at": None,
        "end_reason": None,
        "is_current": False,
    }
    return SignInSessionAnswer(**{**known, **changes})


def attempt(number: int, outcome: SignInOutcome, user: UserAnswer | None, name: str = "") -> LoginAttemptAnswer:
    """An attempt so many hours ago."""
    return LoginAttemptAnswer(
        id=UUID(int=600 + number),
        at=samples.NOW - timedelta(hours=number),
        outcome=outcome,
        name=name or (user.username if user else "mallory"),
        user_id=user.id if user else None,
        session_id=None,
        address=f"10.0.0.{number}",
        client="Desktop on PC-1",
    )


def attempts() -> list[LoginAttemptAnswer]:
    """Anna got in after a mistake, and somebody whom nobody knows did not."""
    return [
        attempt(1, SignInOutcome.SIGNED_IN, anna()),
        attempt(2, SignInOutcome.WRONG, anna()),
        attempt(3, SignInOutcome.TOO_MANY, None),
    ]


def key(number: int, name: str, **changes: Any) -> ApiKeyAnswer:
    """A key that is in use."""
    known: dict[str, Any] = {
        "id": UUID(int=700 + number),
        "name": name,
        "user_id": UUID(int=7),
        "user_name": "Paula Planner",
        "ending": f"xY{number:02}",
        "scopes": ["codes.scan.read", "machines.machine.read"],
        "requests_per_minute": 600,
        "created_at": samples.NOW,
        "expires_at": samples.NOW + timedelta(days=300),
        "last_used_at": None,
        "revoked_at": None,
    }
    return ApiKeyAnswer(**{**known, **changes})


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
    }
    return OrganizationAnswer(**{**_made(), **known, **changes})


def organizations() -> list[OrganizationAnswer]:
    """Our own, another, and one that nobody gets into."""
    return [
        organization(1, "DEMO", "Demo Works"),
        organization(2, "ACME", "Acme", version=3),
        organization(3, "OLD", "Old Works", is_active=False, industry=None),
    ]


def setting(known: Setting[int] | Setting[bool], **changes: Any) -> SettingAnswer:
    """A setting that nobody set."""
    shown: dict[str, Any] = {
        "key": known.key,
        "kind": "yes_or_no" if isinstance(known.default, bool) else "whole_number",
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
    own: dict[Setting[int] | Setting[bool], dict[str, Any]] = {
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


def serve_people(server: FakeServer) -> None:
    """Answer all that the pages of people, keys and own sessions ask."""
    known = people()
    server.answer("GET /users", known)
    server.answer("GET /roles", Page[RoleAnswer](items=roles()))
    server.answer("GET /plants", [_plant(KIEL, "K1", "Kiel"), _plant(LYON, "L1", "Lyon")])
    server.answer("GET /warehouses", [_warehouse(RAW, "RAW", "Raw material"), _warehouse(GOODS, "FG", "Goods")])
    server.answer("GET /sessions", [session(1, known[0]), session(2, known[1], client=None)])
    server.answer("GET /login-history", attempts())
    for one in known:
        may = [EffectivePermission(permission=scope, given_by=one.roles if "read" in scope else []) for scope in SCOPES]
        answer = EffectivePermissions(user_id=one.id, permissions=may, all_places=False, reads_all_places=False)
        server.answer(f"GET /users/{one.id}/permissions", answer)
    own = person(7, "Paula Planner")
    server.answer("GET /auth/sessions", [session(1, own, is_current=True), session(2, own), session(3, own)])
    server.answer("GET /auth/login-history", [attempt(1, SignInOutcome.SIGNED_IN, own)])
    revoked = key(2, "Old scale", revoked_at=samples.NOW, ending="q9Zz")
    server.answer("GET /mfa", MfaAnswer(confirmed_at=samples.NOW, recovery_codes_left=7))
    server.answer("GET /api-keys", [key(1, "Label printer", last_used_at=samples.NOW), revoked])
    server.answer("GET /organizations", organizations())
    server.answer("GET /practice-organization", organization(4, "DEMO-PRACTICE", "Demo Works (practice)"))
    server.answer("GET /settings", Page[SettingAnswer](items=settings()))
    of_server = [one.model_copy(update={"needs": "platform.setting.update", "version": 0}) for one in settings()]
    server.answer("GET /server-settings", Page[SettingAnswer](items=of_server))
    server.answer("GET /permissions", {"items": list(SCOPES), "next_cursor": None})


def _plant(id_: UUID, code: str, name: str) -> PlantAnswer:
    known = {"time_zone": "Europe/Berlin", "plant_type": None, "address": None, "manager_user_id": None}
    return PlantAnswer(id=id_, code=code, name=name, is_active=True, **_made(), **known)


def _warehouse(id_: UUID, code: str, name: str) -> WarehouseAnswer:
    known = {"warehouse_type": None, "address": None}
    return WarehouseAnswer(id=id_, plant_id=KIEL, code=code, name=name, is_active=True, **_made(), **known)

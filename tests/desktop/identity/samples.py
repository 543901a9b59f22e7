"""People, sessions, invitations, badges and keys a server may tell of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from unison_domain.identity.api_key_contracts import ApiKeyAnswer
from unison_domain.identity.badge_contracts import BadgeAnswer, SignOnRulesAnswer
from unison_domain.identity.contracts import UserAnswer
from unison_domain.identity.invitation_contracts import InvitationAnswer
from unison_domain.identity.message_contracts import MessageAnswer
from unison_domain.identity.mfa_contracts import MfaAnswer, SecondFactorCount, SecondFactorStanding
from unison_domain.identity.password_reset_contracts import PasswordAsked
from unison_domain.identity.role_contracts import EffectivePermission, EffectivePermissions, RoleAnswer
from unison_domain.identity.sign_in_contracts import LoginAttemptAnswer, SignInOutcome, SignInSessionAnswer
from unison_domain.kernel.contracts import Page
from unison_domain.sites.contracts import DepartmentAnswer, PlantAnswer, WarehouseAnswer

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.organization_samples import serve_organizations

KIEL, LYON = UUID(int=900), UUID(int=901)
RAW, GOODS = UUID(int=910), UUID(int=911)
PRESS = UUID(int=920)
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
    "identity.role.import",
    "identity.user.import",
    "identity.second_factor.review",
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
    "identity.invitation.read",
    "identity.invitation.create",
    "identity.invitation.resend",
    "identity.invitation.revoke",
    "identity.message.read",
    "identity.badge.read",
    "identity.badge.create",
    "identity.badge.revoke",
    "identity.badge.configure",
    "stations.agent.read",
    "sites.plant.read",
    "sites.department.read",
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


def second_factors() -> list[SecondFactorStanding]:
    """An administrator who has one, another who must set one up, and somebody of whom none is demanded."""
    known = (
        ("anna", "Anna Admin", samples.NOW, True),
        ("root", "Rut Root", None, True),
        ("ben", "Ben Bauer", None, False),
    )
    return [
        SecondFactorStanding(
            user_id=UUID(int=800 + number),
            username=username,
            full_name=full_name,
            confirmed_at=since,
            is_administrator=is_administrator,
            is_demanded=is_administrator,
        )
        for number, (username, full_name, since, is_administrator) in enumerate(known)
    ]


def second_factor_count() -> SecondFactorCount:
    """Of those."""
    return SecondFactorCount(
        demanded_of="administrators", people=3, people_without=2, administrators=2, administrators_without=1
    )


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


def invitation(number: int, email: str, **changes: Any) -> InvitationAnswer:
    """One that waits, whose mail was sent."""
    known: dict[str, Any] = {
        "id": UUID(int=800 + number),
        "email": email,
        "roles": ["operator"],
        "state": "pending",
        "invited_by": UUID(int=7),
        "invited_by_name": "Paula Planner",
        "created_at": samples.NOW - timedelta(days=1),
        "expires_at": samples.NOW + timedelta(days=6),
        "accepted_at": None,
        "revoked_at": None,
        "user_id": None,
        "message": "sent",
        "message_error": None,
    }
    return InvitationAnswer(**{**known, **changes})


def invitations() -> list[InvitationAnswer]:
    """One of each state, and one whose mail was refused."""
    refused = "smtp.demo.example: 450 4.2.1 Mailbox busy"
    past = samples.NOW - timedelta(hours=2)
    return [
        invitation(1, "ida@demo.example"),
        invitation(2, "jan@demo.example", message="waiting", message_error=refused, roles=["planner", "setter"]),
        invitation(3, "kim@demo.example", state="expired", expires_at=past),
        invitation(4, "lea@demo.example", state="accepted", accepted_at=past, user_id=UUID(int=11)),
        invitation(5, "max@demo.example", state="revoked", revoked_at=past, message="kept"),
    ]


def message(number: int, **changes: Any) -> MessageAnswer:
    """The mail of an invitation, which was sent."""
    known: dict[str, Any] = {
        "id": UUID(int=850 + number),
        "kind": "invitation",
        "recipient": "ida@demo.example",
        "state": "sent",
        "attempts": 1,
        "error": None,
        "created_at": samples.NOW - timedelta(hours=number),
        "expires_at": samples.NOW + timedelta(days=6),
        "sent_at": samples.NOW - timedelta(hours=number),
    }
    return MessageAnswer(**{**known, **changes})


def messages() -> list[MessageAnswer]:
    """One of each state."""
    busy, unknown = "smtp.demo.example: 450 4.2.1 Mailbox busy", "smtp.demo.example: 550 5.1.1 No such mailbox"
    reset = {"kind": "password_reset", "sent_at": None}
    return [
        message(1),
        message(2, recipient="jan@demo.example", state="waiting", attempts=3, error=busy, sent_at=None),
        message(3, recipient="anna@demo.example", state="failed", attempts=1, error=unknown, **reset),
        message(4, recipient="boris@demo.example", state="expired", attempts=7, error=busy, **reset),
        message(5, recipient="max@demo.example", state="kept", attempts=0, sent_at=None),
        message(6, recipient=None, state="nobody", attempts=0, **reset),
    ]


def badge(number: int, user: UserAnswer, **changes: Any) -> BadgeAnswer:
    """One that is in use."""
    known: dict[str, Any] = {
        "id": UUID(int=870 + number),
        "user_id": user.id,
        "user_name": user.full_name,
        "kind": "barcode",
        "label": f"No. {number}",
        "state": "active",
        "created_at": samples.NOW - timedelta(days=number),
        "created_by": UUID(int=7),
        "expires_at": None,
        "has_expired": False,
        "state_changed_at": None,
    }
    return BadgeAnswer(**{**known, **changes})


def badges() -> list[BadgeAnswer]:
    """Two in use, one of them for the day, one lost, one whose day is over."""
    first, second, third = people()
    day = samples.NOW + timedelta(hours=6)
    return [
        badge(1, first),
        badge(2, second, kind="rfid", label=None, expires_at=day),
        badge(3, first, state="lost", state_changed_at=samples.NOW),
        badge(4, third, label="Visitor 4", expires_at=samples.NOW - timedelta(days=1), has_expired=True),
    ]


def serve_people(server: FakeServer) -> None:
    """Answer all that the pages of people, keys and own sessions ask."""
    known = people()
    server.answer("GET /users", known)
    server.answer("GET /password-resets", Page[PasswordAsked](items=[]))
    server.answer("GET /roles", Page[RoleAnswer](items=roles()))
    server.answer("GET /plants", [plant(KIEL, "K1", "Kiel"), plant(LYON, "L1", "Lyon")])
    press = DepartmentAnswer(
        id=PRESS, plant_id=KIEL, code="PRESS", name="Press shop", head_user_id=None, is_active=True, **_made()
    )
    server.answer("GET /departments", [press])
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
    server.answer("GET /second-factors", Page[SecondFactorStanding](items=second_factors()))
    server.answer("GET /second-factors/count", second_factor_count())
    server.answer("GET /api-keys", [key(1, "Label printer", last_used_at=samples.NOW), revoked])
    serve_organizations(server)
    server.answer("GET /invitations", invitations())
    server.answer("GET /messages", messages())
    server.answer("GET /badges", badges())
    server.answer("GET /sign-on-rules", SignOnRulesAnswer(version=3, roster_hours=24, idle_minutes=45))
    server.answer("GET /permissions", {"items": list(SCOPES), "next_cursor": None})


def plant(id_: UUID, code: str, name: str, time_zone: str = "Europe/Berlin") -> PlantAnswer:
    """A plant."""
    known = {"time_zone": time_zone, "plant_type": None, "address": None, "manager_user_id": None}
    return PlantAnswer(id=id_, code=code, name=name, is_active=True, **_made(), **known)


def _warehouse(id_: UUID, code: str, name: str) -> WarehouseAnswer:
    known = {"warehouse_type": None, "address": None}
    return WarehouseAnswer(id=id_, plant_id=KIEL, code=code, name=name, is_active=True, **_made(), **known)

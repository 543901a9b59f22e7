"""What a server would answer, for tests and for looking at pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from unison_domain.identity.contracts import Me, Tokens
from unison_domain.stations.contracts import AgentAnswer, AgentState, EnrolmentAnswer

from tests.desktop.fake_server import FakeServer

ORGANIZATION = UUID(int=1)
NOW = datetime.now(UTC)


def tokens(number: int = 1) -> Tokens:
    """The pair of tokens of the n-th renewal."""
    return Tokens(access_token=f"access-{number}", refresh_token=f"refresh_org_{number}", expires_in=600)


def me(**changes: Any) -> Me:
    """Paula Planner of the demo organization."""
    known: dict[str, Any] = {
        "id": UUID(int=7),
        "organization_id": ORGANIZATION,
        "organization_code": "DEMO",
        "organization_name": "Demo Works",
        "username": "paula",
        "full_name": "Paula Planner",
        "email": "paula@demo.example",
        "employee_code": "1007",
        "roles": ["planner"],
        "permissions": [
            "stations.agent.list_dead_letters",
            "stations.agent.retry_dead_letters",
            "stations.agent.discard_dead_letters",
            "stations.agent.send_log",
            "stations.quarantine.accept",
            "stations.quarantine.discard",
            "codes.pattern.read",
            "codes.scan.read",
            "codes.scan.undo",
            "quality.measurement.read",
            "quality.measurement.create",
            "quality.characteristic.read",
            "machines.machine.read",
            "machines.downtime.read",
            "machines.downtime_reason.read",
            "stations.agent.read",
            "stations.agent.create",
            "stations.tag.read",
            "stations.override.read",
            "stations.peripheral.read",
            "stations.picture.read",
            "machines.machine.update",
            "sites.plant.read",
            "identity.audit.read",
            "identity.second_factor.review",
            "identity.organization.read",
            "identity.setting.read",
            "identity.user.read",
            "identity.session.read",
            "identity.api_key.read",
            "identity.role.read",
            "identity.invitation.read",
            "identity.message.read",
            "identity.badge.read",
        ],
        "all_plants": True,
        "plants": [],
        "session_id": UUID(int=8),
        "signed_in_at": NOW,
    }
    return Me(**{**known, **changes})


def agent(number: int, **changes: Any) -> AgentAnswer:
    """An enrolled agent that was just heard of."""
    known: dict[str, Any] = {
        "id": UUID(int=100 + number),
        "version": 1,
        "name": f"Line {number}",
        "state": AgentState.ENROLLED,
        "hostname": f"line-{number}-pc",
        "agent_version": "0.1.0",
        "platform": "Debian 12",
        "last_seen_at": NOW,
        "queue_depth": 0,
        "oldest_unsent_at": None,
        "clock_offset_seconds": 0.02,
        "configuration_version": 3,
        "configuration_running": 3,
        "is_active": True,
        "created_at": NOW - timedelta(days=30),
        "updated_at": NOW,
    }
    return AgentAnswer(**{**known, **changes})


def enrolment(minutes: float = 15) -> EnrolmentAnswer:
    """A one-time code."""
    return EnrolmentAnswer(
        agent_id=UUID(int=199), code="DEMO-7K4Q-9XWM-2HTP", expires_at=datetime.now(UTC) + timedelta(minutes=minutes)
    )


def serve_sign_in(server: FakeServer) -> None:
    """Let Paula sign in, stay signed in and sign out."""
    server.answer("POST /auth/login", tokens())
    server.answer("POST /auth/refresh", tokens(2))
    server.answer("POST /auth/logout", status=204)
    server.answer("GET /auth/me", me())


def serve_stations(server: FakeServer) -> None:
    """Three agents: one well, one behind, one waiting for its PC."""
    behind = agent(
        2,
        queue_depth=18_240,
        oldest_unsent_at=NOW - timedelta(hours=3),
        last_seen_at=NOW - timedelta(minutes=42),
        clock_offset_seconds=-4.2,
        configuration_running=2,
    )
    waiting = agent(
        3,
        name="Packing",
        state=AgentState.WAITING,
        hostname=None,
        agent_version=None,
        platform=None,
        last_seen_at=None,
        queue_depth=None,
        clock_offset_seconds=None,
        configuration_running=None,
    )
    server.answer("GET /agents", [agent(1), behind, waiting])
    server.answer("GET /stations", [])
    server.answer("GET /devices", [])
    server.answer("GET /tags", [])
    server.answer("GET /peripherals", [])
    server.answer("GET /station-pictures", [])
    server.answer("GET /refused-values", [])
    server.answer("GET /station-overrides", [])
    server.answer("GET /inspection-measurements", [])
    server.answer("GET /plants", [])
    server.answer("GET /work-centers", [])
    server.answer("POST /agents", enrolment())

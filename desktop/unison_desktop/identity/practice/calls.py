"""Requests about the practice organization; going there is the session's."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject
from unison_domain.identity.organization_contracts import OrganizationAnswer

from unison_desktop.kernel.client import ApiClient, Call

_PATH = "/practice-organization"


def practice(client: ApiClient, *, owner: QObject) -> Call:
    """That of one's organization; `done` brings the `OrganizationAnswer`, a 404 says that there is none."""
    return client.get(_PATH, read=OrganizationAnswer, owner=owner)


def make_practice(client: ApiClient, *, key: UUID, owner: QObject) -> Call:
    """Copy masters and people into one; `done` brings the `OrganizationAnswer`."""
    return client.post(_PATH, None, read=OrganizationAnswer, key=key, owner=owner)


def reset_practice(client: ApiClient, one: OrganizationAnswer, *, owner: QObject) -> Call:
    """Make all of it anew; `done` brings the `OrganizationAnswer` of the new one."""
    return client.post(f"{_PATH}/reset", None, version=one.version, read=OrganizationAnswer, owner=owner)

"""Requests about organizations."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject
from unison_domain.identity.organization_contracts import AdministratorMade, OrganizationAnswer, OrganizationMade

from unison_desktop.kernel.client import ApiClient, Call, ListCall


def organizations(client: ApiClient, *, owner: QObject) -> ListCall:
    """One's own, or all for a superadministrator; `done` brings a list of `OrganizationAnswer`."""
    return client.get_all("/organizations", item=OrganizationAnswer, owner=owner)


def make_organization(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """A new one with its first administrator; `done` brings an `OrganizationMade`, which alone has the link."""
    return client.post("/organizations", body, read=OrganizationMade, key=key, owner=owner)


def change_organization(client: ApiClient, id_: UUID, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Set all of one; `done` brings the `OrganizationAnswer`."""
    return client.put(f"/organizations/{id_}", body, version=version, read=OrganizationAnswer, owner=owner)


def add_administrator(client: ApiClient, id_: UUID, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """Somebody who is to look after it; `done` brings an `AdministratorMade`, which alone has the link."""
    return client.post(f"/organizations/{id_}/administrators", body, read=AdministratorMade, key=key, owner=owner)


def deactivate_organization(client: ApiClient, one: OrganizationAnswer, *, owner: QObject) -> Call:
    """Let nobody of it in any more; `done` brings the `OrganizationAnswer`."""
    return client.delete(f"/organizations/{one.id}", version=one.version, read=OrganizationAnswer, owner=owner)


def reactivate_organization(client: ApiClient, one: OrganizationAnswer, *, owner: QObject) -> Call:
    """Let its people in again; `done` brings the `OrganizationAnswer`."""
    path = f"/organizations/{one.id}/reactivate"
    return client.post(path, None, version=one.version, read=OrganizationAnswer, owner=owner)

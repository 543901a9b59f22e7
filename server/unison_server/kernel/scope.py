"""Who acts, and what a database transaction may therefore see and touch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    """What kind of actor it is."""

    USER = "user"
    AGENT = "agent"
    """An installation of the station agent, by device token."""
    KEY = "key"
    """A program with an API key, which does no more than the person who made the key may."""
    SUPERADMIN = "superadmin"
    """A person of another organization who acts in this one by a right over all of them (`kernel/crossing.py`)."""
    SYSTEM = "system"
    """A job or a command of the server itself."""


ALL_PLACES = "*"


@dataclass(frozen=True, slots=True)
class Reach:
    """Places (plants or warehouses) where somebody may read, write and delete; None is every place.

    To delete is to deactivate a master or to cancel a document; to write is every other change.
    """

    read: frozenset[UUID] | None = None
    write: frozenset[UUID] | None = None
    delete: frozenset[UUID] | None = None

    def may_read(self, place_id: UUID) -> bool:
        """Whether what is there is visible."""
        return self.read is None or place_id in self.read

    def may_write(self, place_id: UUID) -> bool:
        """Whether what is there may be changed."""
        return self.write is None or place_id in self.write

    def may_delete(self, place_id: UUID) -> bool:
        """Whether what is there may be deactivated or cancelled."""
        return self.delete is None or place_id in self.delete


EVERYWHERE = Reach()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a transaction is held to; every transaction tells PostgreSQL, whose policies enforce it.

    Attributes:
        organization_id: the one organization whose rows exist for this transaction.
        actor_id: user, agent or key id, of a superadmin that in their own organization; None for the system.
        plants: whose rows it may read and change. warehouses: whose stock and places it may change.
        permissions: flat set of `room.thing.verb`.
        session_id: sign-in session of a user.
        request_id, address: for logs and audit.
    """

    organization_id: UUID
    actor_kind: ActorKind = ActorKind.SYSTEM
    actor_id: UUID | None = None
    plants: Reach = EVERYWHERE
    warehouses: Reach = EVERYWHERE
    permissions: frozenset[str] = field(default_factory=frozenset)
    session_id: UUID | None = None
    request_id: str = ""
    address: str = ""

    @property
    def actor(self) -> str:
        """`user:<id>`, `agent:<id>`, `key:<id>`, `superadmin:<id>` or `system`, as outbox and audit name it."""
        return f"{self.actor_kind}:{self.actor_id}" if self.actor_id else str(self.actor_kind)

    @property
    def user_id(self) -> UUID | None:
        """The person of this organization, where it is one."""
        return self.actor_id if self.actor_kind is ActorKind.USER else None

    def settings(self) -> dict[str, str]:
        """The `app.*` settings that policies and the audit trigger read."""
        return {
            "app.organization_id": str(self.organization_id),
            "app.actor_kind": str(self.actor_kind),
            "app.actor_id": str(self.actor_id or ""),
            "app.request_id": self.request_id,
            "app.address": self.address,
            "app.read_plants": _array(self.plants.read),
            "app.write_plants": _array(self.plants.write),
            "app.write_warehouses": _array(self.warehouses.write),
        }


def _array(places: Iterable[UUID] | None) -> str:
    return ALL_PLACES if places is None else "{" + ",".join(map(str, places)) + "}"

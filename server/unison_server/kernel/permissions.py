"""Which permissions there are, and why somebody who lacks one may not."""

from __future__ import annotations

from collections.abc import Iterable

from unison_domain.identity.right_words import right_named

from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.scope import Scope

_PERMISSIONS: set[str] = set()
PLATFORM = "platform."
"""What permissions over all organizations, or over the server, begin with. The system role superadmin alone gives them:
no role of an organization's own, and no key."""
DEVICE = "device."
"""What rights of stations' PCs begin with. The system role station alone gives them, and nobody has that role."""


def asked_for(permission: str) -> str:
    """Make a permission known that an endpoint asks for in some cases only; gives it back."""
    _PERMISSIONS.add(permission)
    return permission


def demand(scope: Scope, permission: str) -> None:
    """Raises NotAllowed where the actor holds the permission nowhere."""
    if not scope.holds(permission):
        raise lacking(scope, permission)


def lacking(scope: Scope, permission: str, plants: Iterable[str] = ()) -> NotAllowed:
    """Why somebody may not do something; `plants` are called so in which they hold the permission."""
    if permission.startswith(DEVICE):
        return NotAllowed("Only a station agent may call this, with its device token", code="agents_only")
    if not any(permission in held for held in scope.placed.values()):
        return NotAllowed(
            f"You lack the right {right_named(permission)}; ask an administrator for it", permission=permission
        )
    where, what = "for a department", "belongs to no department"
    if names := ", ".join(plants):
        where, what = f"in plant {names}", "is the whole organization's"
    return NotAllowed(
        f"You hold the right {right_named(permission)} only {where}, and this {what}; ask an administrator for it",
        code="held_elsewhere",
        permission=permission,
        plants=sorted({str(place.plant_id) for place, held in scope.placed.items() if permission in held}),
    )


def known_permissions() -> frozenset[str]:
    """Every permission some endpoint asks for; complete once all rooms are imported."""
    return frozenset(_PERMISSIONS)


def tenant_permissions() -> frozenset[str]:
    """Those within one organization, which roles of its own and keys can have."""
    return frozenset(p for p in _PERMISSIONS if not p.startswith((PLATFORM, DEVICE)))

"""What tells of every plant and warehouse is for who sees all of them."""

from __future__ import annotations

from unison_server.kernel.errors import NotAllowed
from unison_server.kernel.scope import Scope


def demand_all_seen(scope: Scope, words: str) -> None:
    """Raises NotAllowed, in these words, where the actor doesn't see all plants and warehouses."""
    if not scope.sees_all_places:
        raise NotAllowed(words, code="organization_wide")

"""What is open to who lacks the second factor they must have: nothing but the endpoints that say so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import Depends, params

from unison_server.kernel.errors import NotAllowed


def second_factor_missing() -> NotAllowed:
    """Why nothing is open to who lacks the second factor they must have."""
    return NotAllowed(
        "Your organization demands a second factor of you, and you have none yet. Until you have set one up "
        "(POST /mfa/totp), nothing is open to you but that, changing your password and signing out",
        code="second_factor_demanded",
    )


async def _is_open() -> None:
    """Marks an endpoint."""


def open_without_second_factor() -> Any:
    """A dependency of endpoints that are open also to who lacks the second factor they must have."""
    return Depends(_is_open)


def is_open_without_second_factor(dependencies: Iterable[params.Depends]) -> bool:
    """Whether an endpoint of these dependencies is."""
    return any(one.dependency is _is_open for one in dependencies)

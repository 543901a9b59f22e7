"""How soon a change of rights in one server process holds in another: two programs over the same databases.

A person asks at the second for one thing again and again, while at the first a role is taken and given back, and at
the end the session is ended. Counted is from the answer to the change until the first answer by the new rights.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
from unison_domain.identity.contracts import RoleCode

from tests.benchmarks.report import result
from tests.benchmarks.server_program import server_beside
from tests.server.factories import Made
from tests.server.serving import SignedIn, sign_in

MOST_SECONDS = 1.0
_PATIENCE = 30.0
_ASKED = "/roles"
"""Needs `identity.role.read`, which an administrator has and an operator has not."""


def effective(bench: str, first: Path, address: str, folder: Path, made: Made, rounds: int) -> bool:
    """Measure it; whether the slowest change keeps the goal."""
    made.add_user("anna")
    person = made.add_user("paula", roles=[RoleCode.OPERATOR])
    with (
        server_beside(first, folder) as other,
        httpx.Client(base_url=f"http://{address}", timeout=60) as here,
        httpx.Client(base_url=f"http://{other}", timeout=60) as there,
    ):
        admin, paula = sign_in(here, made), sign_in(there, made, "paula")
        took = [*_roles(admin, paula, f"/users/{person}", rounds), _session(admin, paula, str(person))]
    return result(
        bench,
        "a change of rights until it holds in another process, slowest",
        round(max(took), 3),
        "s",
        peer=f"median {sorted(took)[len(took) // 2]:.3f} s of {len(took)} changes",
        reach=f"< {MOST_SECONDS:g} s",
        ok=max(took) < MOST_SECONDS,
    )


def _roles(admin: SignedIn, paula: SignedIn, person: str, rounds: int) -> Iterator[float]:
    for number in range(rounds):
        is_given = number % 2 == 0
        version = {"If-Match": admin.get(person).headers["ETag"]}
        changed = admin.post(f"{person}/assign-role", {"role": "admin", "assigned": is_given}, headers=version)
        changed.raise_for_status()
        yield _seconds_until(200 if is_given else 403, lambda: paula.get(_ASKED))


def _session(admin: SignedIn, paula: SignedIn, person: str) -> float:
    session = next(one for one in admin.get("/sessions").json()["items"] if one["user_id"] == person)
    admin.send("DELETE", f"/sessions/{session['id']}").raise_for_status()
    return _seconds_until(401, lambda: paula.get(_ASKED))


def _seconds_until(status: int, ask: Callable[[], httpx.Response]) -> float:
    begin = time.perf_counter()
    while ask().status_code != status:
        if time.perf_counter() - begin > _PATIENCE:
            raise SystemExit(f"after {_PATIENCE:g} s {_ASKED} is still not answered with {status}")
    return time.perf_counter() - begin

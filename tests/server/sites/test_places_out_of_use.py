"""What is out of use takes nothing new, and what it had can be taken away from it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.server.factories import Made
from tests.server.serving import SignedIn, until_answered


def version(admin: SignedIn, path: str) -> dict[str, str]:
    return {"If-Match": admin.get(path).headers["ETag"]}


def made(admin: SignedIn, path: str, **body: Any) -> str:
    answer = admin.post(path, body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def put_out_of_use(admin: SignedIn, path: str) -> None:
    assert admin.send("DELETE", path, headers=version(admin, path)).status_code == 200


def has_default(admin: SignedIn, path: str) -> bool:
    """Whether the person has a default warehouse: one that goes out of use is none a moment later."""
    return any(one["is_default"] for one in admin.get(path).json()["warehouses"])


@pytest.fixture
def plant(admin: SignedIn) -> str:
    return made(admin, "/plants", code="BER", name="Berlin", time_zone="Europe/Berlin")


@pytest.fixture
def warehouse(admin: SignedIn, plant: str) -> str:
    return made(admin, "/warehouses", code="RAW", name="Raw", plant_id=plant)


def test_nothing_new_is_made_there(admin: SignedIn, plant: str, warehouse: str) -> None:
    put_out_of_use(admin, f"/warehouses/{warehouse}")
    location = admin.post("/storage-locations", {"code": "A1", "warehouse_id": warehouse})
    assert (location.status_code, location.json()["code"]) == (409, "out_of_use_above")
    assert "RAW (Raw) is out of use" in location.json()["detail"]
    put_out_of_use(admin, f"/plants/{plant}")
    for path, body in (("/warehouses", {"code": "FG"}), ("/departments", {"code": "PRESS"})):
        refused = admin.post(path, {**body, "name": "New", "plant_id": plant})
        assert (refused.status_code, refused.json()["code"]) == (409, "out_of_use_above"), path


def test_nobody_is_given_rights_there_but_those_they_have_are_taken(
    admin: SignedIn, made: Made, plant: str, warehouse: str
) -> None:
    path = f"/users/{made.add_user('bert', roles=[])}"
    acts: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "assign-role": ({"role": "operator", "plant_id": plant}, {"assigned": False}),
        "assign-plant": ({"plant_id": plant}, {"can_read": False}),
        "assign-warehouse": ({"warehouse_id": warehouse, "is_default": True}, {"can_read": False, "is_default": False}),
    }
    for act, (give, _) in acts.items():
        assert admin.post(f"{path}/{act}", give, headers=version(admin, path)).status_code == 200, act
    put_out_of_use(admin, f"/warehouses/{warehouse}")
    until_answered(200, lambda: httpx.Response(404 if has_default(admin, path) else 200))
    put_out_of_use(admin, f"/plants/{plant}")
    for act, (give, taken) in acts.items():
        refused = admin.post(f"{path}/{act}", give, headers=version(admin, path))
        assert (refused.status_code, refused.json()["code"]) == (409, "out_of_use"), act
        answer = admin.post(f"{path}/{act}", {**give, **taken}, headers=version(admin, path))
        assert answer.status_code == 200, answer.text
    left = admin.get(path).json()
    assert (left["held_roles"], left["plants"], left["warehouses"]) == ([], [], [])

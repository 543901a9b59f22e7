"""Patterns of an organization: who may write them down, and what is read by them."""

from __future__ import annotations

from typing import Any

import pytest
from unison_domain.identity.contracts import RoleCode

from tests.server.codes.scanning import history, look_up, scanned
from tests.server.serving import sign_in
from tests.server.stations.floor import Floor

BOLTS = {"name": "Bolts", "pattern": r"B-(?P<part>\d{4})-(?P<lot>\w+)", "symbologies": ["A0"]}


def test_scans_are_read_by_the_patterns_of_the_organization(floor: Floor) -> None:
    made = floor.admin.post("/item-code-patterns", BOLTS)
    assert made.status_code == 201, made.text
    floor.sender.send([scanned(floor, 0, "B-1234-L7", symbology="A0"), scanned(floor, 1, "B-1234-L7", symbology="Q1")])
    other, own = history(floor)
    assert (own["reading"]["kind"], own["reading"]["words"]) == ("item", "part 1234, lot L7")
    assert own["reading"]["meanings"][0]["pattern"] == "Bolts"
    assert other["reading"]["kind"] == "unknown"
    assert "Perhaps part 1234, lot L7. Nothing here" in look_up(floor, "B-1234-L7").json()["detail"]


def test_two_patterns_that_fit_are_for_a_person_to_decide(floor: Floor) -> None:
    floor.admin.post("/item-code-patterns", BOLTS)
    floor.admin.post("/item-code-patterns", {"name": "All B", "pattern": "B-(?P<part>.+)"})
    floor.sender.send([scanned(floor, 0, "B-1234-L7")])
    (scan,) = history(floor, kind="ambiguous")
    assert scan["reading"]["words"] == "All B: part 1234-L7, or Bolts: part 1234, lot L7"
    assert [one["certain"] for one in scan["reading"]["meanings"]] == [False, False]
    assert "several ways" in look_up(floor, "B-1234-L7").json()["detail"]


def test_what_was_understood_stays_when_a_pattern_changes(floor: Floor) -> None:
    made = floor.admin.post("/item-code-patterns", BOLTS).json()
    floor.sender.send([scanned(floor, 0, "B-1234-L7")])
    path = f"/item-code-patterns/{made['id']}"
    changed = floor.admin.send("PUT", path, {"If-Match": '"1"'}, json={**BOLTS, "pattern": r"B-(?P<order>\d+)-.*"})
    assert changed.json()["pattern"] == r"B-(?P<order>\d+)-.*"
    floor.sender.send([scanned(floor, 1, "B-1234-L7")])
    assert floor.admin.send("DELETE", path, {"If-Match": '"2"'}).json()["is_active"] is False
    floor.sender.send([scanned(floor, 2, "B-1234-L7")])
    assert [one["reading"]["words"] for one in history(floor)] == ["", "order 1234", "part 1234, lot L7"]


@pytest.mark.parametrize(
    "changes",
    [
        {"pattern": "("},
        {"pattern": "(?P<part>a{99999999999999})"},
        {"pattern": "no group"},
        {"pattern": "(?P<colour>x)"},
        {"pattern": ""},
        {"symbologies": ["]A0"]},
        {"name": " "},
        {"pattern": r"(?P<part>\w+)(?=!)"},
        {"pattern": r"(?P<part>\w)\1"},
    ],
)
def test_what_can_not_be_a_pattern_is_refused(floor: Floor, changes: dict[str, Any]) -> None:
    answer = floor.admin.post("/item-code-patterns", {**BOLTS, **changes})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    assert floor.admin.get("/item-code-patterns").json()["items"] == []


def test_stations_are_told_the_patterns_in_use(floor: Floor) -> None:
    def told() -> tuple[Any, int]:
        configuration = floor.told().model_dump(mode="json")
        return configuration["item_patterns"], configuration["version"]

    before, first = told()
    made = floor.admin.post("/item-code-patterns", BOLTS).json()
    written, second = told()
    path = f"/item-code-patterns/{made['id']}"
    floor.admin.send("PUT", path, {"If-Match": '"1"'}, json={**BOLTS, "symbologies": []})
    changed, third = told()
    floor.admin.send("DELETE", path, {"If-Match": '"2"'})
    after, last = told()
    assert (before, written, changed, after) == ([], [BOLTS], [{**BOLTS, "symbologies": []}], [])
    assert first < second < third < last


def test_a_pattern_has_a_name_of_its_own(floor: Floor) -> None:
    assert floor.admin.post("/item-code-patterns", BOLTS).status_code == 201
    assert floor.admin.post("/item-code-patterns", BOLTS).status_code == 409


def test_patterns_are_of_who_may_write_in_all_plants(floor: Floor) -> None:
    floor.made.add_user("mara", roles=[RoleCode.PLANT_MANAGER], writes=[floor.plant_id])
    floor.made.add_user("otto", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])
    mara, otto = (sign_in(floor.admin.client, floor.made, name) for name in ("mara", "otto"))
    refused = mara.post("/item-code-patterns", BOLTS)
    assert (refused.status_code, refused.json()["code"]) == (403, "organization_wide")
    assert otto.post("/item-code-patterns", BOLTS).status_code == 403
    assert otto.get("/item-code-patterns").json()["items"] == []

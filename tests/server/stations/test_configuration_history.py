"""Who changed what a PC is told: each version has its what and its who, on whichever PC the thing is by now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from unison_server.identity.tables import Visitor
from unison_server.kernel.database import Database
from unison_server.kernel.keys import new_id
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.stations.tables import Tag

from tests.server.serving import SignedIn
from tests.server.stations.floor import Floor, enrol


def changes(floor: Floor, agent_id: UUID | str | None = None, **parameters: str) -> list[dict[str, Any]]:
    path = f"/agents/{agent_id or floor.agent_id}/configuration-changes"
    answer = floor.admin.get(path, params={"limit": "200", **parameters})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def newest(floor: Floor) -> tuple[str, str, str, dict[str, Any]]:
    """Thing, name and action of the newest change, and what its fields are now; it made the version there is."""
    change = changes(floor)[0]
    assert change["version"] == version(floor)
    return change["thing"], change["name"], change["action"], {one["field"]: one["new"] for one in change["fields"]}


def version(floor: Floor) -> int:
    now: int = floor.admin.get(f"/agents/{floor.agent_id}").json()["configuration_version"]
    return now


def patch(caller: SignedIn, path: str, method: str = "PATCH", **changed: Any) -> None:
    seen = caller.get(path).json()["version"]
    answer = caller.send(method, path, json=changed or None, headers={"If-Match": f'"{seen}"'})
    assert answer.status_code == 200, answer.text


def rename(floor: Floor, name: str, caller: SignedIn | None = None) -> None:
    """Give the first counter another name."""
    path = f"/tags/{floor.counters[0]}"
    now = floor.admin.get(path).json()
    body = {"name": name, **{key: now[key] for key in ("table", "type", "address", "role", "machine_id")}}
    patch(caller or floor.admin, path, "PUT", **body)


def test_a_station_without_a_pc_has_a_history_too(floor: Floor) -> None:
    rename(floor, "parts here")
    patch(floor.admin, f"/stations/{floor.station_id}", agent_id=None)
    rename(floor, "parts alone")
    path = f"/stations/{floor.station_id}/configuration-changes"
    found = floor.admin.get(path, params={"limit": "200"}).json()["items"]
    told = [(one["thing"], one["name"]) for one in found]
    assert told[:3] == [("tag", "parts alone"), ("station", "Line 1"), ("tag", "parts here")]
    assert {one["thing"] for one in found} == {"station", "device", "machine", "tag"}
    assert {one["version"] for one in found} == {None}
    assert found[0]["actor_id"] is not None
    only = floor.admin.get(path, params={"entity_id": str(floor.counters[0])}).json()["items"]
    assert [one["name"] for one in only] == ["parts alone", "parts here", "good 0"]
    first = floor.admin.get(path, params={"limit": "1"}).json()
    (second,) = floor.admin.get(path, params={"limit": "1", "cursor": first["next_cursor"]}).json()["items"]
    assert [first["items"][0]["id"], second["id"]] == [one["id"] for one in found[:2]]
    assert floor.admin.get(f"/stations/{new_id()}/configuration-changes").status_code == 404


def test_a_pc_keeps_what_was_changed_of_it_while_it_had_the_station(floor: Floor) -> None:
    rename(floor, "parts here")
    other = floor.admin.post("/agents", {"name": "Hall 2"}).json()["agent_id"]
    patch(floor.admin, f"/stations/{floor.station_id}", agent_id=other)
    rename(floor, "parts there")
    former = [(one["thing"], one["name"]) for one in changes(floor)]
    assert former[:2] == [("station", "Line 1"), ("tag", "parts here")]
    assert {"agent", "station", "device", "tag"} == {one["thing"] for one in changes(floor)}, "and what it began with"
    assert ("tag", "parts there") not in former, "that was another PC's by then"
    assert [one["name"] for one in changes(floor, entity_id=str(floor.counters[0]))] == ["parts here", "good 0"]
    moved = changes(floor)[0]["fields"]
    assert [(one["field"], one["old_name"], one["new_name"]) for one in moved] == [("agent_id", "Hall 1", "Hall 2")]
    now = [(one["name"], bool(one["version"])) for one in changes(floor, other) if one["thing"] in ("tag", "station")]
    assert now[:3] == [("parts there", True), ("Line 1", True), ("parts here", False)]


def test_what_all_stations_share_is_the_what_of_their_versions(floor: Floor) -> None:
    plant = str(floor.plant_id)
    reason = floor.admin.post("/downtime-reasons", {"number": 199, "name": "Jam"}).json()["id"]
    assert newest(floor)[:3] == ("reason", "Jam", "created")
    patch(floor.admin, f"/downtime-reasons/{reason}", name="Jammed")
    assert newest(floor) == ("reason", "Jammed", "updated", {"name": "Jammed"})
    wanted = {"plant_id": plant, "characteristic_name": "Bore", "measurement_unit": "mm", "usl": "5.1"}
    bore = floor.admin.post("/inspection-characteristics", wanted)
    assert bore.status_code == 201, bore.text
    assert newest(floor)[:3] == ("characteristic", "Bore", "created")
    patch(floor.admin, f"/inspection-characteristics/{bore.json()['id']}", "DELETE")
    assert newest(floor) == ("characteristic", "Bore", "deactivated", {"is_active": False})
    pattern = floor.admin.post("/item-code-patterns", {"name": "Item", "pattern": "I-(?P<part>[0-9]+)"})
    assert pattern.status_code == 201, pattern.text
    assert newest(floor)[:3] == ("pattern", "Item", "created")
    patch(floor.admin, f"/plants/{plant}", time_zone="Asia/Tokyo")
    assert newest(floor)[2:] == ("updated", {"time_zone": "Asia/Tokyo"})
    raised = floor.rows(
        "select max((new_values ->> 'configuration_version')::bigint) from audit_logs where table_name = 'agents' and"
        " entity_id = :id and changed_fields ? 'configuration_version' group by request_id",
        id=floor.agent_id,
    )
    assert {row[0] for row in raised} == {one["version"] for one in changes(floor)} - {None}
    assert {one["thing"] for one in changes(floor, entity_id=reason)} == {"reason"}


def test_a_plant_nobody_of_here_stands_in_is_none_of_its_history(floor: Floor) -> None:
    elsewhere = floor.made.add_plant("P9")
    patch(floor.admin, f"/plants/{elsewhere}", time_zone="Asia/Tokyo")
    assert "plant" not in {one["thing"] for one in changes(floor)}


def test_everybody_who_changed_something_has_a_name(floor: Floor) -> None:
    floor.made.until_people_are_copied()
    rename(floor, "by a person")
    scopes = ["stations.tag.read", "stations.tag.update"]
    key = floor.admin.post("/api-keys", {"name": "Planner", "scopes": scopes})
    assert key.status_code == 201, key.text
    rename(floor, "by a program", replace(floor.admin, access_token=key.json()["key"]))
    visitor = new_id()
    with floor.made.databases.session(Database.IDENTITY, floor.made.scope) as identity:
        identity.add(Visitor(id=visitor, full_name="Vera", organization_name="Unison Care"))
    for scope in (
        replace(floor.made.scope, actor_kind=ActorKind.SUPERADMIN, actor_id=visitor),
        Scope(floor.made.scope.organization_id),
    ):
        with floor.made.databases.session(Database.OPERATIONS, scope) as session:
            session.need(Tag, floor.counters[0], "tag").name = f"by {scope.actor_kind}"
    found = changes(floor, entity_id=str(floor.counters[0]))[:4]
    assert [(one["actor_kind"], one["actor_name"], one["actor_owner"]) for one in found] == [
        ("system", None, None),
        ("superadmin", "Vera", "Unison Care"),
        ("key", "Planner", "Anna"),
        ("user", "Anna", None),
    ]


def test_another_pc_under_its_name_is_told_with_the_version_that_came_of_it(floor: Floor) -> None:
    again = floor.admin.post(f"/agents/{floor.agent_id}/code", {})
    assert again.status_code in (200, 201), again.text
    before = version(floor)
    enrol(floor.sender.client, again.json()["code"])
    assert version(floor) > before
    assert changes(floor)[0]["version"] == version(floor)


def test_out_of_use_and_back_are_told_as_such(floor: Floor) -> None:
    path = f"/tags/{floor.counters[0]}"
    patch(floor.admin, path, "DELETE")
    assert newest(floor)[2] == "deactivated"
    seen = floor.admin.get(path).json()["version"]
    back = floor.admin.post(f"{path}/reactivate", {}, headers={"If-Match": f'"{seen}"'})
    assert back.status_code == 200, back.text
    assert newest(floor)[2] == "reactivated"

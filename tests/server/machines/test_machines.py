"""Machines over HTTP: masters, the board, counts, utilization, samples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_domain.machines.contracts import MachineAnswer
from unison_server.kernel.database import Database
from unison_server.machines import queries
from unison_server.machines.queries import live_of

from tests.server.factories import Made
from tests.server.serving import sign_in
from tests.server.stations.floor import START, Floor, stamp


def machine_path(floor: Floor, tail: str = "") -> str:
    return f"/machines/{floor.machines[0]}{tail}"


def seconds(moment: datetime) -> float:
    return (moment - START).total_seconds()


def test_a_machine_is_made_read_changed_and_put_away(floor: Floor) -> None:
    answer = floor.admin.get(machine_path(floor))
    machine = MachineAnswer.model_validate_json(answer.content)
    assert (machine.machine_code, machine.plant_name, machine.status) == ("M1", "Plant ", "unknown")
    tagged = {"If-Match": answer.headers["etag"]}
    patched = floor.admin.send("PATCH", machine_path(floor), json={"ideal_cycle_seconds": 4.5}, headers=tagged)
    assert patched.json()["ideal_cycle_seconds"] == 4.5
    assert floor.admin.send("PATCH", machine_path(floor), json={}, headers=tagged).status_code == 409
    tagged = {"If-Match": patched.headers["etag"]}
    put = {"plant_id": str(floor.plant_id), "machine_code": "M1", "name": "Lathe"}
    replaced = floor.admin.send("PUT", machine_path(floor), json=put, headers=tagged)
    assert (replaced.json()["name"], replaced.json()["ideal_cycle_seconds"]) == ("Lathe", None)
    tagged = {"If-Match": replaced.headers["etag"]}
    assert floor.admin.send("DELETE", machine_path(floor), headers=tagged).json()["is_active"] is False
    active = floor.admin.get("/machines", params={"is_active": "true"}).json()["items"]
    assert [one["machine_code"] for one in active] == ["M2"]


def test_a_line_of_another_plant_is_refused(floor: Floor) -> None:
    elsewhere = floor.made.add_plant("Q")
    line = floor.admin.post("/work-centers", {"plant_id": str(elsewhere), "code": "L1", "name": "Line"}).json()
    body = {"plant_id": str(floor.plant_id), "machine_code": "M9", "name": "M9", "work_center_id": line["id"]}
    assert floor.admin.post("/machines", body).json()["code"] == "other_plant"
    body["plant_id"] = str(elsewhere)
    assert floor.admin.post("/machines", body).json()["work_center_name"] == "Line"


def test_two_machines_of_one_code_clash(floor: Floor) -> None:
    body = {"plant_id": str(floor.plant_id), "machine_code": "M1", "name": "again"}
    assert floor.admin.post("/machines", body).status_code == 409


def test_a_plant_out_of_sight_is_404_and_one_out_of_hand_403(floor: Floor, client: httpx.Client, made: Made) -> None:
    other = made.add_plant("Q")
    made.add_user("bert", roles=[RoleCode.SUPERVISOR], reads=[floor.plant_id])
    made.add_user("cleo", roles=[RoleCode.SUPERVISOR], writes=[other])
    reader, stranger = sign_in(client, made, "bert"), sign_in(client, made, "cleo")
    said: dict[str, Any] = {"json": {"state": "setup"}}
    assert reader.get(machine_path(floor)).status_code == 200
    assert reader.send("PUT", machine_path(floor, "/status"), **said).status_code == 403
    assert stranger.get("/machines/live").json()["items"] == []
    for path in ("", "/history", "/counts", "/utilization"):
        assert stranger.get(machine_path(floor, path)).status_code == 404
    assert stranger.send("PUT", machine_path(floor, "/status"), **said).status_code == 404


def test_counts_of_today_begin_at_midnight_in_the_plant(floor: Floor) -> None:
    now = datetime.now(UTC)
    midnight = datetime.now(ZoneInfo("Europe/Berlin")).replace(hour=0, minute=0, second=0, microsecond=0)
    before, after = seconds(midnight - timedelta(seconds=1)), seconds(midnight)
    floor.sender.send([floor.counted(before, 100), floor.counted(after, 7), floor.counted(after, 2, count="scrap")])
    live = floor.admin.get("/machines/live").json()["items"][0]
    assert (live["good"], live["scrap"], live["total"]) == ("7", "2", "9")
    assert datetime.fromisoformat(live["counted_from"]) == midnight.astimezone(UTC)
    assert midnight <= now


def test_counts_over_time_have_every_bucket(floor: Floor) -> None:
    floor.sender.send([floor.counted(10, 2), floor.counted(1000, 3), floor.counted(1000, 1, count="scrap")])
    for bucket, start in ((900, 0), (60, 0), (900, 5)):
        span = {"from": stamp(start), "to": stamp(start + 3600), "bucket": bucket}
        series = floor.admin.get(machine_path(floor, "/counts"), params=span).json()
        points = {point["started_at"]: (point["good"], point["scrap"], point["total"]) for point in series["points"]}
        assert len(points) == 3600 // bucket
        made = {moment: counts for moment, counts in points.items() if counts != ("0", "0", "0")}
        first = start if bucket == 900 else 0
        second = start + 900 if bucket == 900 else 960
        assert made == {stamp(first): ("2", "0", "2"), stamp(second): ("3", "1", "4")}
    many = {"from": stamp(0), "to": stamp(864_000), "bucket": 1}
    assert floor.admin.get(machine_path(floor, "/counts"), params=many).status_code == 422
    backwards = {"from": stamp(10), "to": stamp(0)}
    assert floor.admin.get(machine_path(floor, "/counts"), params=backwards).json()["code"] == "span_invalid"


def test_utilization_names_its_base(floor: Floor) -> None:
    running = floor.changed(0, "running")
    stopped = floor.changed(60, "stopped", running)
    floor.sender.send([running, stopped, floor.changed(100, "unknown", stopped)])
    span = {"from": stamp(0), "to": stamp(200)}
    told = floor.admin.get(machine_path(floor, "/utilization"), params=span).json()
    assert (told["basis"], told["utilization"], told["known_seconds"]) == ("clock_time", 0.3, 100.0)


def test_samples_are_kept_as_they_came(floor: Floor) -> None:
    values: list[Any] = [20.5, True, -3, "hot", None, 2**60 + 1]
    floor.sender.send([floor.sample(n, value, raw=n) for n, value in enumerate(values)])
    params: dict[str, Any] = {"tag_id": str(floor.gauges[0]), "from": stamp(0), "to": stamp(60)}
    path = machine_path(floor, "/samples")
    items = floor.admin.get(path, params=params).json()["items"]
    assert [(i["number"], i["text"]) for i in items] == [
        (20.5, None),
        (1.0, None),
        (-3.0, None),
        (None, "hot"),
        (None, None),
        (float(2**60), str(2**60 + 1)),
    ]
    page = floor.admin.get(path, params={**params, "limit": 4}).json()
    rest = floor.admin.get(path, params={**params, "cursor": page["next_cursor"]}).json()
    assert [*page["items"], *rest["items"]] == items
    assert floor.admin.get(path, params={**params, "cursor": "bm9uc2Vuc2U="}).json()["code"] == "cursor_invalid"
    params["tag_id"] = str(floor.gauges[1])
    assert floor.admin.get(path, params=params).status_code == 404


def test_the_age_of_data_is_that_of_the_newest_good_signal(floor: Floor) -> None:
    floor.sender.send([floor.sample(5), floor.sample(9, quality="bad"), floor.sample(3)])
    live = floor.admin.get("/machines/live", params={"ids": str(floor.machines[0])}).json()["items"][0]
    assert live["last_signal_at"] == stamp(5)


def test_counters_that_strayed_are_kept_for_people(floor: Floor) -> None:
    own = {"machine_id": str(floor.machines[0]), "tag_id": str(floor.counters[0]), "raw_from": 2**63, "raw_to": 3}
    floor.sender.send(
        [floor.sender.event("counter_reset", 1, **own, added=3), floor.sender.event("counter_jumped", 2, **own)]
    )
    assert floor.rows("select kind, added from counter_incidents order by seq") == [
        ("counter_reset", 3),
        ("counter_jumped", None),
    ]
    assert "machines.machine.counter_strayed" in floor.topics()


FILL_MACHINES = """
    insert into machines (organization_id, id, plant_id, machine_code, name, life_cycle, micro_stop_seconds,
        on_delay_seconds, off_delay_seconds)
    select :organization, gen_random_uuid(), :plant, 'B' || n, 'Mill', 'in_service', 120, 1, 1
    from generate_series(1, 200) as n
"""
FILL_STATES = """
    insert into machine_states (organization_id, id, machine_id, state, source, started_at, ended_at)
    select :organization, gen_random_uuid(), id, 'running', 'signal', now() - n * interval '1 hour',
        case when n > 1 then now() - (n - 1) * interval '1 hour' end
    from machines cross join generate_series(1, 50) as n
"""
FILL_SIGNALS = """
    insert into machine_signals (organization_id, id, last_signal_at) select :organization, id, now() from machines
    where organization_id = :organization
"""
FILL_QUARTERS = """
    insert into machine_count_quarters (organization_id, machine_id, started_at, good)
    select :organization, id, date_trunc('day', now()) - interval '2 days' + n * interval '15 minutes', 5
    from machines cross join generate_series(1, 288) as n
"""


def test_the_board_of_two_hundred_machines_uses_indexes(floor: Floor) -> None:
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        for statement in (FILL_MACHINES, FILL_STATES, FILL_SIGNALS, FILL_QUARTERS):
            session.execute(text(statement), {"organization": floor.made.id, "plant": floor.plant_id})
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        assert len(live_of(session, None)) == 202
        counted = live_of(session, [floor.machines[0]])[0]
        assert counted.state == "running"
        assert counted.good % 5 == 0
        plan = "\n".join(_plan_of_board(session))
    assert "Seq Scan on machine_states" not in plan, plan
    assert "Seq Scan on machine_count_quarters" not in plan, plan


def _plan_of_board(session: Any) -> list[str]:
    rows = session.execute(
        text(f"explain analyze {queries._LIVE.text}"), {"organization": session.organization_id, "ids": None}
    )
    return [row[0] for row in rows]

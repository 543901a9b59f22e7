"""Downtime events over HTTP: derived from signals, given causes by people, who never overwrite each other unseen."""

from __future__ import annotations

import csv
import io
import threading
from dataclasses import replace
from itertools import pairwise
from typing import Any

import httpx
import pytest
from unison_server.kernel.database import TenantSession
from unison_server.kernel.keys import new_id
from unison_server.machines.downtime.finding import Asked, Stop, find_stops

from tests.server.stations.floor import Floor, stamp

Json = dict[str, Any]


@pytest.fixture
def reasons(floor: Floor) -> dict[int, str]:
    """Ids of the first set of reasons, by number."""
    answer = floor.admin.post("/downtime-reasons/defaults", {})
    assert answer.status_code == 201, answer.text
    return {item["number"]: item["id"] for item in answer.json()["items"]}


def stand(floor: Floor, *said: tuple[float, str], machine: int = 0, **opened: Any) -> list[Json]:
    """Signals, one after the other."""
    events: list[Json] = []
    for seconds, state in said:
        before = events[-1] if events else None
        details = opened if state == "fault" else {}
        events.append(floor.changed(seconds, state, before, machine=machine, **details))
    floor.sender.send(events)
    return events


def listed(floor: Floor, path: str = "", **filters: Any) -> list[Json]:
    answer = floor.admin.get(f"/downtime-events{path}", params=filters)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


def act(floor: Floor, event: Json, verb: str, **body: Any) -> httpx.Response:
    headers = {"If-Match": f'"{event["version"]}"'}
    return floor.admin.send("POST", f"/downtime-events/{event['id']}/{verb}", json=body, headers=headers)


def done(answer: httpx.Response) -> Json:
    assert answer.status_code in (200, 201), answer.text
    event: Json = answer.json()
    return event


def spans(items: list[Json]) -> list[tuple[str, str | None]]:
    return sorted((item["started_at"], item["ended_at"]) for item in items)


def test_stops_of_signals_are_events_newest_first(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "running"), (10, "stopped"), (15, "fault"), (70, "running"), (100, "stopped"), reason="oil")
    floor.sender.send([floor.fresh()])
    newest, fault = listed(floor)
    assert (fault["started_at"], fault["ended_at"], fault["duration_seconds"]) == (stamp(10), stamp(70), 60)
    assert (fault["duration_minutes"], fault["states"], fault["first_out_alarm"]) == (1.0, ["stopped", "fault"], "oil")
    assert (fault["downtime_category"], fault["cause_source"], fault["is_failure"]) == ("failure", "inferred", False)
    assert (newest["ended_at"], newest["cause_source"], newest["stop_class"]) == (None, None, None)
    assert listed(floor, to=stamp(50)) == [fault]
    assert listed(floor, **{"from": stamp(60), "to": stamp(90)}) == [fault]
    assert listed(floor, downtime_category="failure") == [fault]
    assert [item["id"] for item in listed(floor, min_seconds=61)] == [newest["id"]]
    assert listed(floor, machine_id=str(floor.machines[1])) == []


def test_pages_go_on_where_the_last_ended(floor: Floor) -> None:
    moments = [(n * 3600.0, "stopped" if n % 2 else "running") for n in range(30)]
    stand(floor, *moments)
    whole = listed(floor, limit=500)
    assert len(whole) == 15
    pages, cursor = [], None
    while True:
        page = floor.admin.get("/downtime-events", params={"limit": 4, **({"cursor": cursor} if cursor else {})}).json()
        pages += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [item["id"] for item in pages] == [item["id"] for item in whole]
    assert floor.admin.get("/downtime-events", params={"cursor": "bad"}).status_code == 422


def test_a_reason_survives_signals_and_a_rebuild(floor: Floor, reasons: dict[int, str]) -> None:
    stopped = stand(floor, (0, "running"), (10, "stopped"))[-1]
    event = done(act(floor, listed(floor)[0], "assign", downtime_reason_id=reasons[210], notes="new die"))
    assert (event["id"], event["version"], event["cause_source"]) == (stopped["opened"]["id"], 1, "person")
    assert (event["downtime_reason_code"], event["downtime_category"], event["notes"]) == ("210", "setup", "new die")
    detailed = floor.sender.event(
        "state_detailed", 20, machine_id=str(floor.machines[0]), interval_id=event["id"], reason="oil", alarms=["oil"]
    )
    floor.sender.send([detailed, floor.changed(500, "running", stopped), floor.changed(600, "stopped")])
    assert floor.admin.post(f"/machines/{floor.machines[0]}/rebuild", {}).status_code == 200
    open_, kept = listed(floor)
    assert (kept["downtime_reason_code"], kept["ended_at"], kept["first_out_alarm"]) == ("210", stamp(500), "oil")
    assert open_["cause_source"] is None, "a word is of its own stop"
    done(act(floor, open_, "assign", downtime_reason_id=reasons[310]))
    assert [item["downtime_reason_code"] for item in listed(floor)] == ["310", "210"]


def test_an_old_view_is_refused_with_what_is_there_now(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "stopped"), (500, "running"))
    seen = listed(floor)[0]
    done(act(floor, seen, "assign", downtime_reason_id=reasons[110]))
    late = act(floor, seen, "assign", downtime_reason_id=reasons[310])
    assert (late.status_code, late.json()["code"]) == (409, "version_clash")
    assert late.json()["current"]["downtime_reason_code"] == "110"
    missing = floor.admin.post(f"/downtime-events/{seen['id']}/assign", {"downtime_reason_id": reasons[310]})
    assert missing.status_code == 428
    assert listed(floor)[0]["downtime_reason_code"] == "110"


@pytest.mark.usefixtures("people_copied")
def test_an_old_view_is_told_who_changed_what_or_that_the_states_did(floor: Floor, reasons: dict[int, str]) -> None:
    stopped = stand(floor, (0, "stopped"), (500, "running"))[0]
    seen = listed(floor)[0]
    done(act(floor, seen, "assign", downtime_reason_id=reasons[110]))
    done(act(floor, listed(floor)[0], "annotate", notes="hot"))
    late = act(floor, seen, "assign", downtime_reason_id=reasons[310]).json()
    me = floor.admin.get("/auth/me").json()
    told = late["parameters"]
    assert (told["change"], told["changed_by"], told["is_another"]) == ("annotated", me["full_name"], False)
    assert told["changed_by_id"] == me["id"]
    assert f"{me['full_name']} changed this meanwhile (annotated, " in late["detail"]
    later = stand(floor, (900, "stopped"), (1000, "fault"), (1500, "running"))
    assert stopped["opened"]["id"] == seen["id"]
    inner = {"id": later[1]["opened"]["id"], "version": 0}
    other = act(floor, inner, "assign", downtime_reason_id=reasons[110])
    assert other.status_code == 409, other.text
    assert (other.json()["parameters"]["is_another"], "change" in other.json()["parameters"]) == (True, False)
    assert "The machine's states changed meanwhile: what you saw is part of another event now" in other.json()["detail"]


def test_of_many_at_once_one_is_heard(floor: Floor, address: str, reasons: dict[int, str]) -> None:
    stand(floor, (0, "stopped"), (500, "running"))
    seen, codes = listed(floor)[0], list[int]()

    def speak(number: int) -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            own = replace(floor, admin=replace(floor.admin, client=client))
            codes.append(act(own, seen, "assign", downtime_reason_id=reasons[number]).status_code)

    threads = [threading.Thread(target=speak, args=(number,)) for number in (110, 120, 310, 510)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 409, 409, 409]
    assert listed(floor)[0]["version"] == 1


def test_split_merge_annotate_undo(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "stopped"), (500, "running"))
    event = done(act(floor, listed(floor)[0], "assign", downtime_reason_id=reasons[110]))
    earlier = done(act(floor, event, "split", at=stamp(200), later_reason_id=reasons[310]))
    later = listed(floor)[0]
    assert spans(listed(floor)) == [(stamp(0), stamp(200)), (stamp(200), stamp(500))]
    assert (earlier["downtime_reason_code"], later["downtime_reason_code"]) == ("110", "310")
    noted = done(act(floor, later, "annotate", resolution_notes="truck came"))
    assert (noted["resolution_notes"], noted["resolved_by"] is not None, noted["downtime_reason_code"]) == (
        "truck came",
        True,
        "310",
    )
    both = {"other_id": later["id"], "downtime_reason_id": reasons[110]}
    stale = act(floor, earlier, "merge", **both, other_version=later["version"])
    assert (stale.status_code, stale.json()["code"]) == (409, "version_clash"), "the neighbour was annotated since"
    merged = done(act(floor, earlier, "merge", **both, other_version=noted["version"]))
    assert (merged["started_at"], merged["ended_at"], merged["downtime_reason_code"]) == (stamp(0), stamp(500), "110")
    assert merged["resolution_notes"] == "truck came"
    again = done(act(floor, merged, "undo"))
    assert spans(listed(floor)) == [(stamp(0), stamp(200)), (stamp(200), stamp(500))]
    blocked = act(floor, again, "undo")
    assert (blocked.status_code, blocked.json()["code"]) == (409, "changed_since"), "the later part was annotated"
    later = done(act(floor, listed(floor)[0], "undo"))
    assert later["resolution_notes"] is None
    whole = done(act(floor, listed(floor)[1], "undo"))
    assert (whole["ended_at"], whole["downtime_reason_code"]) == (stamp(500), "110")
    plain = done(act(floor, whole, "undo"))
    assert (plain["cause_source"], plain["can_undo"], plain["id"]) == (None, False, event["id"])
    assert act(floor, plain, "undo").status_code == 422
    changes = listed(floor, f"/{plain['id']}/changes")
    said = ["merged", "annotated", "split", "assigned"]
    assert [c["kind"] for c in changes] == ["undone"] * 4 + said
    assert [c["undone"] for c in changes] == ["assigned", "split", "annotated", "merged"] + [None] * 4
    audited = floor.rows("select distinct table_name from audit_logs where table_name like 'downtime%'")
    assert {row.table_name for row in audited} == {"downtime_reasons", "downtime_causes"}
    assert {"machines.downtime.split", "machines.downtime.undone"} <= set(floor.topics())


def test_what_a_split_leaves_without_a_reason_waits_however_short_it_is(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "stopped"), (180, "running"), (300, "stopped"), (330, "running"))
    done(act(floor, listed(floor)[1], "split", at=stamp(45), later_reason_id=reasons[310]))
    waiting = floor.admin.get("/downtime-events/unassigned", params={"from": stamp(0)}).json()["items"]
    assert spans(waiting) == [(stamp(0), stamp(45))], "a part of three minutes is no micro-stop, and 30 s alone are one"
    assert [event["stop_class"] for event in listed(floor)] == ["micro_stop", "specified", "unspecified"]


def test_a_part_that_begins_with_a_state_is_changed_alone(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "setup"), (100, "fault"), (200, "stopped"), (500, "running"))
    last, fault, first = listed(floor)
    assert spans([last, fault, first]) == [
        (stamp(0), stamp(100)),
        (stamp(100), stamp(200)),
        (stamp(200), stamp(500)),
    ]
    for event, number in ((last, 310), (first, 210)):
        changed = done(act(floor, event, "assign", downtime_reason_id=reasons[number]))
        assert (changed["id"], changed["started_at"]) == (event["id"], event["started_at"])
    assert [item["downtime_reason_code"] for item in listed(floor)] == ["310", None, "210"]
    assert listed(floor, **{"from": stamp(200), "to": stamp(300)}) == listed(floor)[:1]
    assert listed(floor, **{"from": stamp(500)}) == []


@pytest.mark.parametrize("moment", [-5, 0, 500, 900])
def test_a_split_is_inside(floor: Floor, moment: float) -> None:
    stand(floor, (0, "stopped"), (500, "running"))
    assert act(floor, listed(floor)[0], "split", at=stamp(moment)).json()["code"] == "outside"


def test_only_neighbours_of_one_stop_merge(floor: Floor) -> None:
    stand(floor, (0, "stopped"), (500, "running"), (510, "stopped"), (900, "running"))
    newer, older = listed(floor)
    refused = act(floor, newer, "merge", other_id=older["id"], other_version=0)
    assert refused.json()["code"] == "no_neighbours"


def test_a_machine_without_signals_has_the_stops_people_enter(floor: Floor, reasons: dict[int, str]) -> None:
    said = {"machine_id": str(floor.machines[1]), "started_at": stamp(0), "downtime_reason_id": reasons[810]}
    answer = floor.admin.post("/downtime-events", {**said, "ended_at": stamp(600), "notes": "lunch"})
    event = done(answer)
    assert (event["started_at"], event["ended_at"], event["downtime_reason_code"]) == (stamp(0), stamp(600), "810")
    assert listed(floor) == [event]
    twice = floor.admin.post("/downtime-events", {**said, "started_at": stamp(300), "ended_at": stamp(900)})
    assert (twice.status_code, twice.json()["current"]["id"]) == (409, event["id"])
    assert done(act(floor, event, "split", at=stamp(100)))["ended_at"] == stamp(100)
    ahead = floor.admin.post("/downtime-events", {**said, "started_at": "2190-01-01T00:00:00Z"})
    assert ahead.json()["code"] == "in_the_future"
    backwards = floor.admin.post("/downtime-events", {**said, "started_at": stamp(9), "ended_at": stamp(8)})
    assert backwards.json()["code"] == "span_invalid"


def test_what_was_entered_where_nothing_is_known_can_be_taken_back(floor: Floor, reasons: dict[int, str]) -> None:
    said = {"machine_id": str(floor.machines[1]), "started_at": stamp(0), "downtime_reason_id": reasons[810]}
    event = done(floor.admin.post("/downtime-events", {**said, "ended_at": stamp(600)}))
    gone = done(act(floor, event, "undo"))
    assert (gone["id"], gone["version"], gone["can_undo"]) == (event["id"], 2, False)
    assert listed(floor) == []
    assert done(floor.admin.post("/downtime-events", {**said, "ended_at": stamp(300)}))["ended_at"] == stamp(300)


def test_all_the_time_a_person_enters_counts_though_signals_know_parts_of_it(
    floor: Floor, reasons: dict[int, str]
) -> None:
    stand(floor, (100, "stopped"), (200, "unknown"), (300, "stopped"), (400, "unknown"), (700, "running"))
    said = {"machine_id": str(floor.machines[0]), "started_at": stamp(0), "ended_at": stamp(600)}
    event = done(floor.admin.post("/downtime-events", {**said, "downtime_reason_id": reasons[810]}))
    edges = [0, 100, 200, 300, 400, 600]
    assert spans(listed(floor)) == [(stamp(a), stamp(b)) for a, b in pairwise(edges)]
    assert {one["downtime_reason_code"] for one in listed(floor)} == {"810"}
    done(act(floor, event, "undo"))
    assert spans(listed(floor)) == [(stamp(100), stamp(200)), (stamp(300), stamp(400))]


def test_nobody_enters_a_stop_of_a_machine_that_ran(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "running"), (100, "stopped"))
    floor.sender.send([floor.fresh()])
    said = {"machine_id": str(floor.machines[0]), "started_at": stamp(50), "downtime_reason_id": reasons[110]}
    refused = floor.admin.post("/downtime-events", said).json()
    assert (refused["code"], refused["parameters"]["state"]) == ("machine_ran", "running")
    part = done(floor.admin.post("/downtime-events", {**said, "started_at": stamp(200), "ended_at": stamp(300)}))
    assert (part["started_at"], part["ended_at"]) == (stamp(200), stamp(300))
    before = listed(floor, to=stamp(200))[-1]
    assert (before["started_at"], before["ended_at"], before["cause_source"]) == (stamp(100), stamp(200), None)


def test_the_queue_is_of_long_stops_nobody_explains_oldest_first(floor: Floor, reasons: dict[int, str]) -> None:
    stand(
        floor, (0, "stopped"), (100, "running"), (200, "stopped"), (900, "running"), (1000, "fault"), (5000, "running")
    )
    stand(floor, (50, "stopped"), (400, "running"), machine=1)
    span = {"from": stamp(0)}
    queue = listed(floor, "/unassigned", **span)
    assert [(item["machine_code"], item["started_at"]) for item in queue] == [
        ("M2", stamp(50)),
        ("M1", stamp(200)),
        ("M1", stamp(1000)),
    ]
    assert len(listed(floor, "/unassigned", min_seconds=30, **span)) == 4
    assert len(listed(floor, "/unassigned", min_seconds=600, **span)) == 2
    assert listed(floor, "/unassigned", plant_id=str(new_id()), **span) == []
    assert listed(floor, "/unassigned") == [], "by default only what is not older than two weeks"
    assert listed(floor, "/unassigned", **{"from": "1970-01-01T00:00:00Z"}) == queue
    done(act(floor, queue[0], "assign", downtime_reason_id=reasons[510]))
    left = [one["id"] for one in queue[1:]]
    assert [item["id"] for item in listed(floor, "/unassigned", **span)] == left
    assert [item["id"] for item in listed(floor, unassigned=True)] == left[::-1]


def test_an_alarm_that_is_mapped_to_nothing_leaves_a_fault_in_the_queue(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (0, "fault"), (11_000, "running"), reason="drive 17", alarms=["drive 17"])
    stand(floor, (0, "emergency_stop"), (9000, "starved"), (20_000, "running"), machine=1)
    machine = str(floor.machines[0])
    span = {"from": stamp(0)}
    queue = listed(floor, "/unassigned", **span)
    assert [(one["states"], one["stop_class"], one["is_failure"]) for one in queue] == [
        (["fault"], "unspecified", False),
        (["emergency_stop"], "unspecified", False),
    ]
    timeline = floor.admin.get(f"/machines/{machine}/history", params={"from": stamp(0), "to": stamp(20_000)}).json()
    assert [one["stop_class"] for one in timeline["items"] if one["state"] == "fault"] == ["unspecified"]
    rule = {"alarm": "drive 17", "downtime_reason_id": reasons[120]}
    assert floor.admin.post("/alarm-reasons", rule).status_code == 201
    assert [one["states"] for one in listed(floor, "/unassigned", **span)] == [["emergency_stop"]]
    timeline = floor.admin.get(f"/machines/{machine}/history", params={"from": stamp(0), "to": stamp(20_000)}).json()
    assert [one["stop_class"] for one in timeline["items"] if one["state"] == "fault"] == ["specified"]


def test_alarms_mean_reasons_and_people_know_better(floor: Floor, reasons: dict[int, str]) -> None:
    machine = str(floor.machines[0])

    def rule(reason: int, **scope: str) -> httpx.Response:
        return floor.admin.post("/alarm-reasons", {"alarm": "oil", "downtime_reason_id": reasons[reason], **scope})

    assert rule(130).status_code == 201
    assert rule(130).status_code == 409
    assert rule(110, machine_id=machine).status_code == 201
    assert rule(110, machine_id=machine, machine_type="mill").json()["code"] == "two_scopes"
    stand(floor, (0, "fault"), (500, "running"), reason="oil", alarms=["oil", "heat"])
    event = listed(floor)[0]
    assert (event["downtime_reason_code"], event["cause_source"], event["alarms"]) == ("110", "alarm", ["oil", "heat"])
    assert event["is_failure"]
    event = done(act(floor, event, "assign", downtime_reason_id=reasons[310]))
    assert (event["downtime_reason_code"], event["machine_reason_id"]) == ("310", reasons[110])
    event = done(act(floor, event, "assign", downtime_reason_id=None))
    assert (event["downtime_reason_code"], event["cause_source"]) == ("110", "alarm")


def test_a_page_of_one_is_found_in_as_few_looks_as_a_long_one(
    floor: Floor, monkeypatch: pytest.MonkeyPatch, reasons: dict[int, str]
) -> None:
    for place in range(12):
        stand(floor, (1000 * place, "stopped"), (1000 * place + 50, "running"))
    looks: list[int] = []

    def counted(session: TenantSession, asked: Asked, after: Any, limit: int) -> list[Stop]:
        looks.append(limit)
        return find_stops(session, asked, after, limit)

    monkeypatch.setattr("unison_server.machines.downtime.api.find_stops", counted)
    page = floor.admin.get("/downtime-events", params={"limit": 1, "unassigned": True}).json()
    assert (page["items"], page["next_cursor"], looks) == ([], None, [100])


def test_a_csv_holds_what_the_list_shows(floor: Floor) -> None:
    stand(floor, (0, "fault"), (500, "running"), reason="=oil")
    answer = floor.admin.get("/downtime-events/export")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["machine_code"], row["duration_minutes"], row["first_out_alarm"]) == ("M1", "8.33", "'=oil")

"""What a machine that was put away did is known up to then, in every list and sum."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.server.machines.test_downtime import Json, act, done, listed, reasons, stand
from tests.server.machines.test_station_words import state_set
from tests.server.machines.test_told_states import heard as own_states
from tests.server.stations.floor import START, Floor, stamp

__all__ = ["reasons"]


def turn(floor: Floor, verb: str, tail: str = "") -> Json:
    path = f"/machines/{floor.machines[0]}"
    seen = {"If-Match": floor.admin.get(path).headers["etag"]}
    return done(floor.admin.send(verb, f"{path}{tail}", headers=seen))


def put_away(floor: Floor) -> datetime:
    """Put the machine away; the moment that its history says."""
    assert turn(floor, "DELETE")["is_active"] is False
    newest = history(floor)[0]
    assert (newest["state"], newest["ended_at"], newest["source"]) == ("unknown", None, "person")
    return datetime.fromisoformat(newest["started_at"])


def history(floor: Floor) -> list[Json]:
    items: list[Json] = floor.admin.get(f"/machines/{floor.machines[0]}/history").json()["items"]
    return items


def seconds_down(floor: Floor, until: datetime) -> float:
    span = {"from": stamp(0), "to": until.isoformat(), "machine_id": str(floor.machines[0])}
    answer = floor.admin.get("/downtime-events/summary", params=span)
    assert answer.status_code == 200, answer.text
    seconds: float = answer.json()["seconds"]
    return seconds


def waiting(floor: Floor) -> list[Json]:
    return listed(floor, "/unassigned", **{"from": stamp(0)})


def say(floor: Floor, state: str) -> Json:
    answer = floor.admin.send("PUT", f"/machines/{floor.machines[0]}/status", json={"state": state})
    said: Json = answer.json()
    return said


def now() -> float:
    return (datetime.now(UTC) - START).total_seconds()


def test_a_stop_that_a_person_said_ends_when_the_machine_is_put_away(floor: Floor, reasons: dict[int, str]) -> None:
    floor.sender.send([state_set(floor, 0, "running"), state_set(floor, 600, "stopped")])
    (open_,) = waiting(floor)
    assert open_["ended_at"] is None
    ended = put_away(floor)
    (stop,) = waiting(floor)
    assert (stop["id"], stop["ended_at"]) == (open_["id"], history(floor)[1]["ended_at"])
    assert datetime.fromisoformat(stop["ended_at"]) == ended
    lost = stop["duration_seconds"]
    assert seconds_down(floor, ended + timedelta(days=1)) == lost == (ended - START).total_seconds() - 600
    assert floor.admin.get(f"/machines/{floor.machines[0]}").json()["live"]["state"] == "unknown"
    before = history(floor)
    assert done(floor.admin.post(f"/machines/{floor.machines[0]}/rebuild", {}))["intervals"] == 3
    assert history(floor) == before, "a rebuild comes to the same"
    done(act(floor, stop, "assign", downtime_reason_id=reasons[110]))
    assert waiting(floor) == [], "nobody asks for the time since"


def test_what_its_pc_tells_until_it_hears_is_left_out_and_what_it_tells_late_lands(floor: Floor) -> None:
    opened = stand(floor, (0, "running"), (600, "stopped"))[-1]
    floor.sender.send([floor.sample(700)])
    ended = put_away(floor)
    assert [one["state"] for one in history(floor)] == ["unknown", "unknown", "stopped", "running"]
    assert seconds_down(floor, ended + timedelta(days=1)) == 100, "it fell silent before"
    floor.sender.send([floor.changed(800, "running", opened)])
    before = history(floor)
    assert [one["state"] for one in before] == ["unknown", "running", "unknown", "stopped", "running"]
    after = now()
    told = floor.changed(after, "fault", opened, reason="oil")
    word = state_set(floor, after, "stopped", started_at=stamp(after))
    floor.sender.send([told, word, floor.fresh()])
    assert history(floor) == before
    assert floor.admin.get(f"/machines/{floor.machines[0]}").json()["live"]["state"] == "unknown"
    assert floor.rows("select code from quarantine") == [("out_of_use",)], "a person's word waits for a person"


def test_brought_back_it_goes_on_with_what_is_said_then(floor: Floor) -> None:
    floor.sender.send([state_set(floor, 600, "stopped")])
    first = put_away(floor)
    assert say(floor, "running")["code"] == "out_of_use"
    endless = {"machine_id": str(floor.machines[0]), "started_at": first.isoformat()}
    assert floor.admin.post("/downtime-events", endless).json()["code"] == "out_of_use"
    assert turn(floor, "POST", "/reactivate")["is_active"] is True
    assert say(floor, "stopped")["state"] == "stopped"
    second = put_away(floor)
    newest, again, between, _ = history(floor)
    assert (newest["state"], again["state"], between["state"]) == ("unknown", "stopped", "unknown")
    assert datetime.fromisoformat(between["started_at"]) == first < second
    assert floor.admin.get("/downtime-events").json()["items"][0]["ended_at"] == newest["started_at"]


def test_a_state_told_anew_after_it_was_brought_back_stands(floor: Floor) -> None:
    opened = floor.changed(now() - 60, "running")
    floor.sender.send([opened, floor.sample(now() - 1)])
    put_away(floor)
    turn(floor, "POST", "/reactivate")
    assert (own_states(floor.sender)[0]["state"], own_states(floor.sender)[0]["source"]) == ("unknown", None)
    floor.sender.send([floor.changed(now(), "running", opened), floor.fresh()])
    assert own_states(floor.sender)[0]["state"] == "running"
    assert [one["state"] for one in history(floor)][:3] == ["running", "unknown", "running"]

"""What a person set in the office is taken back: the machine is as if it never had been said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode

from tests.server.machines.test_downtime import Json, act, done, listed, reasons, stand
from tests.server.machines.test_putting_away import turn
from tests.server.machines.test_states import live, status
from tests.server.machines.test_station_words import state_set
from tests.server.machines.test_told_states import heard
from tests.server.serving import sign_in
from tests.server.stations.floor import Floor, stamp

__all__ = ["reasons"]


def set_to(floor: Floor, state: str, seconds: float) -> Json:
    said = done(status(floor, state=state, at=stamp(seconds)))
    assert said["word_id"] is not None
    return said


def take_back(floor: Floor, word: Json) -> httpx.Response:
    return floor.admin.post(f"/machines/{floor.machines[0]}/status/{word['word_id']}/undo")


def refused(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()["code"]


def beside(floor: Floor, username: str = "bert") -> Floor:
    """The floor as another person sees it."""
    floor.made.add_user(username, roles=[RoleCode.SUPERVISOR], writes=[floor.plant_id])
    floor.made.until_people_are_copied()
    return replace(floor, admin=sign_in(floor.admin.client, floor.made, username))


def test_a_state_says_who_said_it_and_only_the_offices_how_it_is_taken_back(floor: Floor, people_copied: None) -> None:
    floor.sender.send([state_set(floor, 10, "cleaning", person="Bert at the press")])
    assert (live(floor)["person"], live(floor)["word_id"]) == ("Bert at the press", None)
    word = set_to(floor, "maintenance", 50)
    assert (word["person"], live(floor)["word_id"]) == ("Anna", word["word_id"])
    floor.sender.send([floor.changed(80, "running")])
    assert (live(floor)["person"], live(floor)["word_id"]) == (None, None)


def test_the_signals_say_again_what_the_machine_does_from_when_they_said_it(floor: Floor) -> None:
    stand(floor, (0, "running"), (60, "stopped"))
    floor.sender.send([floor.fresh()])
    told, before = heard(floor.sender), live(floor)
    assert (before["state"], before["word_id"]) == ("stopped", None)
    word = set_to(floor, "maintenance", 100)
    answer = done(take_back(floor, word))
    assert (answer["state"], answer["source"], answer["since"]) == ("stopped", "signal", stamp(60))
    assert floor.history() == [("running", 0, 60), ("stopped", 60, None)]
    assert heard(floor.sender) == told, "and so does the operator page"
    known = floor.topics().count("machines.machine.state_changed")
    done(take_back(floor, word))
    assert floor.topics().count("machines.machine.state_changed") == known, "once more changes nothing"
    assert done(floor.admin.post(f"/machines/{floor.machines[0]}/rebuild", {}))["transitions"] == 2
    assert floor.history() == [("running", 0, 60), ("stopped", 60, None)]
    said = floor.rows("select state from machine_transitions where source = 'person'")
    assert said == [("maintenance",)], "what was said stays in the ledger"


def test_a_word_that_signals_ended_leaves_its_time_to_what_they_told_before(floor: Floor) -> None:
    *_, stopped = stand(floor, (0, "running"), (60, "stopped"))
    word = set_to(floor, "setup", 60)
    floor.sender.send([floor.changed(200, "running", stopped)])
    assert floor.history() == [("running", 0, 60), ("setup", 60, 200), ("running", 200, None)]
    done(take_back(floor, word))
    assert floor.history() == [("running", 0, 60), ("stopped", 60, 200), ("running", 200, None)]


def test_the_word_before_holds_again_and_nothing_where_there_was_none(floor: Floor) -> None:
    floor.sender.send([state_set(floor, 10, "cleaning")])
    done(take_back(floor, set_to(floor, "running", 50)))
    assert floor.history() == [("cleaning", 10, None)]
    first = done(status(floor, 1, state="setup"))
    path = f"/machines/{floor.machines[1]}/status/{first['word_id']}/undo"
    answer = done(floor.admin.post(path))
    assert (answer["state"], answer["since"], answer["word_id"]) == ("unknown", None, None)
    assert floor.history(1) == []


def test_what_the_same_person_said_since_stays(floor: Floor) -> None:
    stand(floor, (0, "running"))
    first = set_to(floor, "setup", 50)
    set_to(floor, "cleaning", 80)
    done(take_back(floor, first))
    assert floor.history() == [("running", 0, 80), ("cleaning", 80, None)]


def test_a_reason_said_of_the_stop_before_is_of_all_of_it_again(floor: Floor, reasons: dict[int, str]) -> None:
    *_, stopped = stand(floor, (0, "running"), (60, "stopped"))
    done(act(floor, listed(floor)[0], "assign", downtime_reason_id=reasons[110]))
    word = set_to(floor, "fault", 300)
    assert [event["downtime_reason_code"] for event in listed(floor)] == [None, "110"]
    done(take_back(floor, word))
    floor.sender.send([floor.changed(900, "running", stopped)])
    (stop,) = listed(floor)
    assert (stop["downtime_reason_code"], stop["duration_seconds"]) == ("110", 840)


def test_nobody_takes_back_what_another_said(floor: Floor, people_copied: None) -> None:
    stand(floor, (0, "running"))
    word = set_to(floor, "setup", 50)
    other = beside(floor)
    answer = take_back(other, word)
    assert refused(answer) == (409, "said_by_another")
    assert "Anna set" in answer.json()["detail"]
    later = set_to(other, "cleaning", 80)
    answer = take_back(floor, word)
    assert refused(answer) == (409, "said_since")
    assert "Bert set" in answer.json()["detail"]
    done(take_back(other, later))
    done(take_back(floor, word))
    assert floor.history() == [("running", 0, None)]


def test_what_another_said_of_why_it_stood_then_is_not_left_without_its_stop(
    floor: Floor, reasons: dict[int, str], people_copied: None
) -> None:
    stand(floor, (0, "running"))
    word = set_to(floor, "stopped", 50)
    other = beside(floor)
    stop = done(act(other, listed(other)[0], "assign", downtime_reason_id=reasons[110]))
    answer = take_back(floor, word)
    assert refused(answer) == (409, "explained_since")
    assert "Bert said since why" in answer.json()["detail"]
    done(act(other, stop, "undo"))
    done(take_back(floor, word))
    assert listed(floor) == []


def test_only_what_was_set_in_the_office_is_taken_back_and_of_a_machine_in_use(floor: Floor) -> None:
    set_there = state_set(floor, 10, "setup")
    floor.sender.send([set_there, floor.changed(5, "running", machine=1)])
    for id_ in (set_there["id"], str(uuid4())):
        assert refused(take_back(floor, {"word_id": id_})) == (404, "not_found")
    word = set_to(floor, "running", 20)
    turn(floor, "DELETE")
    (away,) = floor.rows("select id from machine_transitions where state = 'unknown'")
    assert refused(take_back(floor, word)) == (409, "out_of_use")
    turn(floor, "POST", "/reactivate")
    assert refused(take_back(floor, {"word_id": str(away.id)})) == (404, "not_found")


def test_it_needs_the_right_to_set_states(floor: Floor) -> None:
    word = set_to(floor, "running", 20)
    floor.made.add_user("vera", roles=[RoleCode.VIEWER], writes=[floor.plant_id])
    viewer = replace(floor, admin=sign_in(floor.admin.client, floor.made, "vera"))
    assert take_back(viewer, word).status_code == 403


@pytest.mark.parametrize("rests", ["tag", "device"])
def test_a_machine_whose_state_tags_rest_is_one_without_signals(floor: Floor, rests: str) -> None:
    floor.sender.send([floor.changed(0, "running"), floor.fresh()])
    assert (live(floor)["has_signals"], live(floor)["signals_say"]) == (True, "running")
    path = f"/tags/{floor.counters[0]}" if rests == "tag" else f"/devices/{floor.device_id}"
    version = floor.admin.get(path).headers["etag"]
    done(floor.admin.send("DELETE", path, headers={"If-Match": version}))
    assert (live(floor)["has_signals"], live(floor)["signals_say"]) == (False, None)

"""Scans and readings on the operator page, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.codes.events import ScanSource, ScanTaken, ScanUndone
from unison_domain.quality.events import ReadingSource, ReadingTaken
from unison_domain.stations.events import Event
from unison_station.agent import Agent
from unison_station.operator.doer import Doer
from unison_station.operator.people import Named, People
from unison_station.operator.recent import KEPT, Recent

from tests.station_agent.configurations import SPACE, STATION
from tests.station_agent.operator.instruments_bench import GS1, Bench, agent, bench, page
from tests.station_agent.operator.talk import Page, events_of
from tests.station_agent.peripherals.station import DIAMETER, states, values
from tests.station_agent.waiting import until

__all__ = ["agent", "bench", "page"]

# ---- the fold


def scanned(number: int, at_station: UUID) -> ScanTaken:
    return ScanTaken(
        at="2026-11-21T07:00:00Z", id=UUID(int=number), station_id=at_station, source=ScanSource.TYPED, text="T"
    )


def one_set(number: int, *texts: str) -> list[ScanTaken]:
    """Codes of one picture that only count together."""
    group = UUID(int=1_000_000 + number)
    return [
        scanned(number + place, STATION).model_copy(update={"text": text, "part": f"part {place}", "group_id": group})
        for place, text in enumerate(texts)
    ]


def measured(number: int) -> ReadingTaken:
    return ReadingTaken(
        at="2026-11-21T07:00:00Z",
        id=UUID(int=number),
        station_id=STATION,
        characteristic_id=DIAMETER,
        source=ReadingSource.TYPED,
        value=Decimal("0.120"),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    events: list[Event] = []
    for number in range(draw(st.integers(0, 40))):
        kind = draw(st.integers(0, 3))
        if kind == 0:
            events.append(ScanUndone(at="2026-11-21T07:00:00Z", scan_id=UUID(int=draw(st.integers(0, number)))))
        elif kind == 1:
            events.append(measured(number))
        else:
            events.append(scanned(number, draw(st.sampled_from([STATION, SPACE]))))
    return events


@given(histories(), st.integers(0, 40))
def test_cut_anywhere_dumped_and_loaded_it_is_the_same(events: list[Event], cut: int) -> None:
    recent, stored = Recent(), dict[str, bytes]()
    for part in (events[:cut], events[cut:]):
        recent = Recent.load(stored).after(part)
        stored |= recent.dump(part)
    assert recent == Recent().after(events) == Recent.load(stored)
    for takings in recent.stations.values():
        kinds = [taken.event.kind for taken in takings]
        assert max(map(kinds.count, kinds)) <= KEPT


def test_the_last_ten_are_ten_sets() -> None:
    sets = [one_set(10 * number, "P", "S", "Q") for number in range(12)]
    recent = Recent()
    for each in sets:
        recent = recent.after(each)
    kept = [taken.event for taken in recent.stations[STATION]]
    assert kept == [event for each in sets[-KEPT:] for event in each], "whole ones"
    assert Recent.load(recent.dump(kept)) == recent
    alone = [scanned(number, STATION) for number in range(500, 500 + KEPT)]
    assert [taken.event for taken in recent.after(alone).stations[STATION]] == alone


# ---- what is said


def test_a_typed_code_counts_once_and_can_be_taken_back(agent: Agent, page: Page) -> None:
    typed: dict[str, Any] = {"id": str(uuid4()), "station_id": str(STATION), "text": GS1, "person": "Ada"}
    for _ in range(2):
        assert page.say("scan", **typed).json() == {"undo": True}
    (event,) = events_of(agent, "scan_taken")
    assert (event["text"], event["source"], event["person"]) == (GS1, "typed", "Ada")
    assert page.say("take_back", taking_id=typed["id"]).status_code == 200
    assert page.say("take_back", taking_id=typed["id"]).json()["code"] == "is_so"
    assert page.say("undo", undoes=typed["id"]).json()["code"] == "said_meanwhile"
    assert [event["scan_id"] for event in events_of(agent, "scan_undone")] == [typed["id"]]
    (shown,) = page.hear("takings")["scans"]
    assert shown["undone"]
    assert [part["name"] for part in shown["meanings"][0]] == ["GTIN", "BATCH/LOT", "USE BY or EXPIRY"]


def test_a_set_is_one_row_and_taken_back_at_once(agent: Agent, page: Page) -> None:
    codes = one_set(1, "PART-1", "SN-7", "25")
    agent.desk.take([scanned(9, STATION), *codes], agent.engine, doer=Doer.DEVICE)
    shown, alone = page.hear("takings")["scans"]
    assert (alone["text"], "set" in alone) == ("T", False)
    assert [(code["text"], code["part"]) for code in shown["set"]] == [
        ("PART-1", "part 0"),
        ("SN-7", "part 1"),
        ("25", "part 2"),
    ]
    agent.desk.learn_undone({codes[1].id}, agent.engine)
    until(lambda: len(page.hear("takings")["scans"][0]["set"]) == 2)
    assert page.hear("takings")["scans"][0]["id"] == shown["id"], "the same row, which makes no sound anew"
    assert not page.hear("takings")["scans"][0]["undone"]
    assert page.say("take_back", taking_id=shown["id"]).status_code == 200
    assert [event["scan_id"] for event in events_of(agent, "scan_undone")] == [str(codes[0].id), str(codes[2].id)]
    back, _ = page.hear("takings")["scans"]
    assert (back["undone"], len(back["set"])) == (True, 3)
    assert page.say("take_back", taking_id=shown["id"]).json()["code"] == "is_so"


def test_a_typed_value_keeps_its_digits(agent: Agent, page: Page) -> None:
    typed: dict[str, Any] = {"station_id": str(STATION), "characteristic_id": str(DIAMETER)}
    assert page.say("reading", value="12.110", **typed).status_code == 200
    assert page.say("reading", value=12.11, **typed).status_code == 422
    assert page.say("reading", value="NaN", **typed).status_code == 422
    assert page.say("reading", value="1", **{**typed, "characteristic_id": str(SPACE)}).status_code == 409
    assert page.say("reading", value="1", **{**typed, "station_id": str(SPACE)}).status_code == 404
    assert values(agent) == ["12.110"]
    (shown,) = page.hear("takings")["readings"]
    assert (shown["value"], shown["unit"]) == ("12.110", "mm")
    assert shown["outside"] == {"side": "above", "limit": "12.1"}


def test_who_is_named_at_the_station_scans_and_measures_there_until_another_is(
    tmp_path: Path, agent: Agent, page: Page, bench: Bench
) -> None:
    bench.scanner.scan("BEFORE")
    until(lambda: len(events_of(agent, "scan_taken")) == 1)
    assert page.say("name", station_id=str(STATION), name="Ada").json() == {"undo": False}
    assert page.hear("floor")["person"] == "Ada"
    bench.scanner.scan("AFTER")
    bench.caliper.press(Decimal("12.000"))
    until(lambda: len(events_of(agent, "scan_taken", "reading_taken")) == 3)
    assert [event["person"] for event in events_of(agent, "scan_taken", "reading_taken")] == [None, "Ada", "Ada"]
    agent.__exit__()
    with Agent(tmp_path / "agent", configuration=bench.configuration) as again:
        until(lambda: states(again) == ["online"] * 3)
        with httpx.Client(base_url=again.health.url, trust_env=False) as client:
            other = Page(client)
            assert other.hear("floor")["person"] == "Ada"
            assert other.say("name", station_id=str(SPACE), name="Eve").json()["code"] == "no_such_station"
            assert other.say("name", station_id=str(STATION), name=" ").status_code == 422
            assert other.say("name", station_id=str(STATION)).status_code == 200
            bench.caliper.press(Decimal("12.001"))
            until(lambda: len(events_of(again, "reading_taken")) == 2)
            assert events_of(again, "reading_taken")[-1]["person"] is None


def test_a_name_is_of_one_station_and_changes_nothing_that_names_somebody() -> None:
    people = People().named(STATION, Named(name="Ada")).named(SPACE, Named(name="Eve")).named(SPACE, None)
    own = measured(3).model_copy(update={"person": "Ida"})
    events: list[Event] = [scanned(1, STATION), scanned(2, SPACE), own, ScanUndone(at=own.at, scan_id=own.id)]
    stamped = People.load(people.dump()).stamped(events, datetime.now(UTC))
    assert stamped[0] == scanned(1, STATION).model_copy(update={"person": "Ada"})
    assert stamped[1:] == events[1:]


def test_what_nobody_knows_can_not_be_taken_back_or_asked(agent: Agent, page: Page, bench: Bench) -> None:
    assert page.say("take_back", taking_id=str(uuid4())).json()["code"] == "no_such_taking"
    by_name = {one.name: str(one.id) for one in bench.configuration.peripherals}
    for peripheral in (str(SPACE), by_name["hand scanner"], by_name["mitutoyo"]):
        assert page.say("ask", peripheral_id=peripheral).json()["code"] == "no_such_gauge"
    bench.scale.load(Decimal("7.30"))
    assert page.say("ask", peripheral_id=by_name["mt_sics"]).json() == {"undo": False}
    until(lambda: values(agent) == ["7.30"])


def test_a_gauge_that_is_unplugged_is_not_said_to_be_asked(agent: Agent, page: Page, bench: Bench) -> None:
    scale = next(one.id for one in bench.configuration.peripherals if one.name == "mt_sics")
    bench.scale.cable.unplug()
    until(lambda: "offline" in states(agent))
    refused = page.say("ask", peripheral_id=str(scale))
    assert (refused.status_code, refused.json()["code"]) == (409, "gauge_away")
    standing = next(one for one in agent.peripherals.reports if one.peripheral_id == scale)
    assert refused.json()["message"] == standing.message
    bench.scale.cable.plug()
    until(lambda: states(agent) == ["online"] * 3)
    assert values(agent) == [], "what was refused is not asked later"


def test_a_tap_asks_a_gauge_once_however_often_it_is_said(
    tmp_path: Path, agent: Agent, page: Page, bench: Bench
) -> None:
    scale = next(str(one.id) for one in bench.configuration.peripherals if one.name == "mt_sics")
    tap: dict[str, Any] = {"peripheral_id": scale, "id": str(uuid4())}
    bench.scale.cable.unplug()
    until(lambda: "offline" in states(agent))
    assert page.say("ask", **tap).json()["code"] == "gauge_away"
    bench.scale.cable.plug()
    until(lambda: states(agent) == ["online"] * 3)
    assert page.say("ask", **tap).status_code == 200, "what was refused may be said again"
    until(lambda: values(agent) == ["0.00"])
    assert [page.say("ask", **tap).status_code for _ in range(3)] == [200] * 3
    agent.__exit__()
    with Agent(tmp_path / "agent", configuration=bench.configuration) as again:
        until(lambda: states(again) == ["online"] * 3)
        with httpx.Client(base_url=again.health.url, trust_env=False) as client:
            other = Page(client)
            assert other.say("ask", **tap).json() == {"undo": False}
            assert other.say("ask", peripheral_id=scale).status_code == 200
            until(lambda: values(again) == ["0.00"] * 2)
            bench.scale.load(Decimal("7.30"))
            assert other.say("ask", peripheral_id=scale).status_code == 200
            until(lambda: values(again) == ["0.00", "0.00", "7.30"])
    assert bench.scale.asked == 3, "a repetition asks nothing"

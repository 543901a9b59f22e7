"""A counter's corrected scale puts right what was counted, from what its register moved by; the ledger stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import Database

from tests.server.factories import Made
from tests.server.serving import sign_in
from tests.server.stations.floor import Floor, at, stamp
from tests.server.stations.test_counts_across_gaps import over_night
from tests.server.stations.test_quarantine import decide, listed
from tests.server.stations.test_restored_server import Rig

HOUR = 3600
BLOCK = 4 * HOUR
SCALES = [Decimal(text) for text in ("1", "2", "0.5", "0.3333333333", "7.25")]


@dataclass(frozen=True)
class Count:
    """A counter's advance by `steps`, booked under the scale `booked`."""

    second: int
    steps: int
    booked: Decimal

    @property
    def delta(self) -> int:
        return max(1, int(self.steps * self.booked))


@dataclass(frozen=True)
class Correction:
    """The right scale, None as booked, from second to second."""

    start: int
    seconds: int
    scale: Decimal | None


def send(floor: Floor, *counts: Count, begin: int = 0) -> None:
    floor.sender.send(
        [
            floor.counted(
                begin + one.second,
                one.delta,
                raw_from=100,
                raw_to=100 + one.steps,
                steps=one.steps,
            )
            for one in counts
        ]
    )


def correct(
    floor: Floor, scale: str | None, start: float = 0, end: float | None = HOUR, tail: str = "", **more: Any
) -> httpx.Response:
    body = {"from": stamp(start), "to": None if end is None else stamp(end), "scale": scale}
    reason = {} if tail else {"reason": "One part gives two pulses"}
    return floor.admin.post(f"/tags/{floor.counters[0]}/count-corrections{tail}", {**body, **reason, **more})


def scale_tag(floor: Floor, scale: float, **settings: Any) -> None:
    row = floor.admin.get(f"/tags/{floor.counters[0]}").json()
    body = {"name": "good 0", "table": "holding_register", "type": "uint16", "address": 0, "role": "count_good"}
    put = floor.admin.send(
        "PUT",
        f"/tags/{floor.counters[0]}",
        json={"machine_id": str(floor.machines[0]), **body, "scale": scale, **settings},
        headers={"If-Match": f'"{row["version"]}"'},
    )
    assert put.status_code == 200, put.text


def parts_made(floor: Floor, start: float = 0, end: float = HOUR, bucket: int = 900) -> list[Decimal]:
    """Good parts per bucket: of quarters from their sums, of others from the ledger."""
    asked = {"from": stamp(start), "to": stamp(end), "bucket": bucket}
    answer = floor.admin.get(f"/machines/{floor.machines[0]}/counts", params=asked)
    assert answer.status_code == 200, answer.text
    return [Decimal(point["good"]) for point in answer.json()["points"]]


def ledger(floor: Floor) -> list[Any]:
    return floor.rows("select * from machine_counts order by id")


ACTIONS = st.lists(
    st.one_of(
        st.builds(Count, st.integers(0, BLOCK - 1), st.integers(1, 40), st.sampled_from(SCALES)),
        st.builds(Correction, st.integers(0, BLOCK - 1), st.integers(1, BLOCK), st.sampled_from([*SCALES, None])),
    ),
    min_size=1,
    max_size=14,
)


def right_parts(action: Count, corrections: list[Correction]) -> Decimal:
    """By the newest correction about its moment."""
    about = [one for one in corrections if one.start <= action.second < one.start + one.seconds]
    return Decimal(action.delta) if not about or about[-1].scale is None else action.steps * about[-1].scale


def test_every_sum_is_the_steps_times_the_right_scale_in_whatever_order_it_came(floor: Floor) -> None:
    """Counts before and after the corrections about their time; those over a time, or as booked, one over the other."""
    blocks = count()

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ACTIONS, st.lists(st.integers(1, BLOCK - 1), min_size=1, max_size=4, unique=True))
    def law(actions: list[Count | Correction], changes: list[int]) -> None:
        begin = next(blocks) * 2 * BLOCK  # a correction may reach past its block
        states = [0, *sorted(changes), BLOCK]
        floor.sender.send([floor.changed(begin + second, "running") for second in states])
        for action in actions:
            if isinstance(action, Count):
                send(floor, action, begin=begin)
                continue
            scale = None if action.scale is None else str(action.scale)
            done = correct(floor, scale, begin + action.start, begin + action.start + action.seconds)
            assert done.status_code == 201, done.text
        corrections = [one for one in actions if isinstance(one, Correction)]
        parts = [(one.second, right_parts(one, corrections)) for one in actions if isinstance(one, Count)]

        def between(start: int, end: int) -> Decimal:
            return sum((right for second, right in parts if start <= second < end), Decimal(0))

        for bucket in (900, 60, 7 * 60):
            starts = range(0, BLOCK, bucket)
            found = parts_made(floor, begin, begin + BLOCK, bucket)
            assert found == [between(start, min(start + bucket, BLOCK)) for start in starts], bucket
        span = {"from": stamp(begin), "to": stamp(begin + BLOCK)}
        history = floor.admin.get(f"/machines/{floor.machines[0]}/history", params=span).json()["items"]
        told = {one["started_at"]: Decimal(one["good"]) for one in history}
        for start, end in pairwise(states):
            assert told[stamp(begin + start)] == between(start, end)

    law()


def test_what_was_booked_stays_and_who_corrected_what_and_why_is_told(floor: Floor) -> None:
    send(floor, Count(1, 10, Decimal(1)), Count(1000, 4, Decimal(1)))
    booked = ledger(floor)
    seen = correct(floor, "0.5", tail="/preview").json()
    assert parts_made(floor) == [10, 4, 0, 0], "a look changes nothing"
    done = correct(floor, "0.5")
    assert done.status_code == 201, done.text
    said = done.json()
    assert {name: said[name] for name in seen} == seen
    assert (said["parts_before"], said["parts_after"], said["former_scale"]) == ("14", "7", "1")
    assert (said["counts"], said["changed"], said["unread"]) == (2, 2, 0)
    assert parts_made(floor) == [5, 2, 0, 0]
    assert ledger(floor) == booked
    listed = floor.admin.get(f"/tags/{floor.counters[0]}/count-corrections").json()["items"]
    assert [(one["id"], one["reason"], one["scale"]) for one in listed] == [
        (said["id"], "One part gives two pulses", "0.5")
    ]
    assert floor.rows(
        "select action, actor_kind, new_values ->> 'reason' from audit_logs where table_name = 'count_corrections'"
    ) == [("insert", "user", "One part gives two pulses")]
    told = "select plant_id from {} where topic = 'machines.machine.recomputed'"
    assert floor.rows(f"{told.format('outbox')} union {told.format('events')}") == [(floor.plant_id,)]


def test_the_board_and_what_is_made_today_follow(floor: Floor) -> None:
    ((second,),) = floor.rows("select extract(epoch from now() - :start)", start=at(0))
    send(floor, Count(int(second) - 1, 7, Decimal(1)))
    before = floor.admin.get("/machines/live").json()["items"][0]
    correct(floor, "2.5", int(second) - 60, int(second) + 60)
    after = floor.admin.get("/machines/live").json()["items"][0]
    assert (before["good"], after["good"], after["total"]) in (("7", "17.5", "17.5"), ("0", "0", "0"))  # midnight


def test_the_same_twice_changes_nothing_more_and_another_takes_it_back(floor: Floor) -> None:
    send(floor, Count(1, 9, Decimal(1)))
    correct(floor, "3")
    again = correct(floor, "3").json()
    assert (again["changed"], again["former_scale"]) == (0, "3")
    assert parts_made(floor)[0] == 27
    back = correct(floor, None).json()
    assert (back["parts_before"], back["parts_after"]) == ("27", "9")
    assert parts_made(floor)[0] == 9
    assert floor.rows("select sum(good) from machine_count_quarters")[0][0] == 9


def test_a_repeated_request_corrects_once(floor: Floor) -> None:
    send(floor, Count(1, 9, Decimal(1)))
    body = {"from": stamp(0), "to": stamp(9), "scale": "2", "reason": "doubled"}
    path, key = (
        f"/tags/{floor.counters[0]}/count-corrections",
        {"Idempotency-Key": "0190a7c0-0000-7000-8000-000000000001"},
    )
    first, second = (floor.admin.send("POST", path, json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.json()) == (201, second.json())
    assert floor.rows("select count(*) from count_corrections") == [(1,)]


def test_late_counts_of_the_former_scale_are_put_right_once_and_those_of_the_right_one_stay(floor: Floor) -> None:
    scale_tag(floor, 2.0)
    assert correct(floor, "2", end=None).status_code == 201
    late = [floor.counted(5, 3, steps=3, raw_to=3), floor.counted(9, 8, steps=4, raw_to=7)]
    batch = floor.sender.batch(late)
    assert [floor.sender.post(batch).status_code for _ in range(2)] == [200, 200]
    assert parts_made(floor)[0] == 6 + 8
    assert floor.rows("select quantity from corrected_counts") == [(3,)]


def test_a_correction_without_end_ends_where_the_tag_is_changed(floor: Floor) -> None:
    scale_tag(floor, 2.0)
    correct(floor, "2", end=None)
    scale_tag(floor, 2.0, max_rate=5.0)
    assert floor.rows("select count(*) from count_corrections") == [(1,)]
    scale_tag(floor, 4.0)
    send(floor, Count(1, 10, Decimal(1)))
    ((second,),) = floor.rows("select extract(epoch from clock_timestamp() - :start)", start=at(0))
    send(floor, Count(int(second) + 30, 10, Decimal(4)))
    assert parts_made(floor)[0] == 20, "what was read before is put right still"
    assert sum(parts_made(floor, int(second), int(second) + 60, 60)) == 40
    newest, first = floor.admin.get(f"/tags/{floor.counters[0]}/count-corrections").json()["items"]
    assert (newest["scale"], newest["reason"], newest["former_scale"]) == (None, None, "2")
    assert (first["scale"], first["to"]) == ("2", None)


def test_it_ends_too_where_the_tag_reads_another_register(floor: Floor) -> None:
    correct(floor, "1", end=None)
    scale_tag(floor, 1.0, address=40)
    scales = floor.rows("select scale from count_corrections order by position")
    assert scales == [(1,), (None,)]


def test_agents_that_do_not_say_their_steps_are_understood_by_their_registers(floor: Floor) -> None:
    """By half a part a step, of steps one by one: the first of each pair made no whole part, so it was not told."""
    own = {"rolled_over": False}
    floor.sender.send(
        [
            floor.counted(1, 1, raw_from=65_531, raw_to=65_532, **own),
            floor.counted(2, 1, raw_from=65_533, raw_to=65_534, **own),
            floor.counted(3, 1, raw_from=65_535, raw_to=0, rolled_over=True),
            floor.counted(4, 5, raw_from=900, raw_to=910, **own),  # a leap nobody counted lies before it
            floor.counted(5, 1, raw_from=None, raw_to=911, **own),
        ]
    )
    done = correct(floor, "0.5").json()
    assert (done["unread"], done["parts_before"], done["parts_after"]) == (1, "9", "8.5")
    back = correct(floor, "1", start=2, end=3).json()
    assert (back["former_scale"], back["parts_before"], back["parts_after"]) == ("0.5", "1", "2")


def test_a_counter_that_rolled_over_moved_by_its_modulus_less(floor: Floor) -> None:
    floor.sender.send([floor.counted(1, 6, raw_from=65_533, raw_to=3, rolled_over=True)])
    assert correct(floor, "2").json()["parts_after"] == "12"


def test_who_counts_and_who_corrects_take_turns(floor: Floor) -> None:
    """Whatever order they come in, each count is put right once."""
    rounds = 6
    with ThreadPoolExecutor(2) as pool:
        for place in range(rounds):
            sent = pool.submit(send, floor, *[Count(place * 10 + n, 3, Decimal(1)) for n in range(10)])
            corrected = pool.submit(correct, floor, str(place + 2))
            sent.result()
            assert corrected.result().status_code == 201
    assert sum(parts_made(floor)) == rounds * 10 * 3 * (rounds + 1)
    assert sum(parts_made(floor, bucket=60)) == sum(parts_made(floor))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"end": 0.0}, "span_invalid"),
        ({"scale": "2", "end": None}, "scale_not_set"),
    ],
)
def test_what_can_not_be_right_is_refused(floor: Floor, change: dict[str, Any], code: str) -> None:
    asked = {"scale": "2", **change}
    refused = correct(floor, **asked)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert floor.rows("select count(*) from count_corrections") == [(0,)]


@pytest.mark.parametrize("scale", ["0", "-1", "NaN", "1e99", 2])
def test_a_scale_that_is_none_is_refused(floor: Floor, scale: Any) -> None:
    assert correct(floor, scale).status_code == 422


def test_a_tag_that_counts_nothing_is_refused(floor: Floor) -> None:
    body = {"from": stamp(0), "to": stamp(9), "scale": "2", "reason": "why"}
    refused = floor.admin.post(f"/tags/{floor.gauges[0]}/count-corrections", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "no_counter")


def test_it_asks_for_a_right_of_its_own(floor: Floor, made: Made, client: httpx.Client) -> None:
    made.add_user("mia", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[floor.plant_id])
    body = {"from": stamp(0), "to": stamp(9), "scale": "2", "reason": "why"}
    mia = sign_in(client, made, "mia")
    for tail in ("", "/preview"):
        refused = mia.post(f"/tags/{floor.counters[0]}/count-corrections{tail}", body)
        assert refused.json()["parameters"]["permission"] == "machines.count.correct"


def test_nobody_changes_what_was_corrected(floor: Floor) -> None:
    send(floor, Count(1, 9, Decimal(1)))
    correct(floor, "2")
    for table in ("count_corrections", "corrected_counts"):
        with pytest.raises(DBAPIError, match="permission denied"):
            floor.rows(f"delete from {table} returning 1")


def test_a_restored_server_puts_right_what_it_is_sent_again(floor: Floor, owner_urls: dict[Database, str]) -> None:
    """The backup has the correction, and what was counted came after it."""
    correct(floor, "0.5")
    batch = floor.sender.batch([floor.counted(1, 10, steps=10), floor.counted(20, 6, steps=6)])
    assert floor.sender.post(batch).status_code == 200
    assert parts_made(floor)[0] == 8
    engine = create_engine(owner_urls[Database.OPERATIONS])
    with engine.begin() as connection:
        for table in ("corrected_counts", "machine_counts", "machine_count_quarters", "agent_cursors", "tag_leases"):
            connection.execute(text(f"delete from {table} where organization_id = :id"), {"id": floor.made.id})
    engine.dispose()
    assert parts_made(floor)[0] == 0
    assert floor.sender.post(batch).status_code == 200
    assert parts_made(floor)[0] == 8


def test_parts_a_person_accepts_later_are_put_right_too(floor: Floor) -> None:
    assert correct(floor, "0.5", end=9 * HOUR).status_code == 201
    floor.sender.send([over_night(floor, steps=40)])
    (kept,) = listed(floor)
    assert sum(parts_made(floor, 0, 9 * HOUR)) == 0
    assert decide(floor, kept, "accept").status_code == 200
    assert sum(parts_made(floor, 0, 9 * HOUR)) == 20


def test_where_one_may_only_read_nothing_is_corrected(floor: Floor, made: Made, client: httpx.Client) -> None:
    elsewhere = made.add_plant("Q")
    made.add_user("eve", roles=[RoleCode.PROCESS_ENGINEER], reads=[floor.plant_id], writes=[elsewhere])
    send(floor, Count(1, 9, Decimal(1)))
    body = {"from": stamp(0), "to": stamp(9), "scale": "2", "reason": "why"}
    eve = sign_in(client, made, "eve")
    refused = eve.post(f"/tags/{floor.counters[0]}/count-corrections", body)
    assert refused.status_code == 403, refused.text
    assert floor.rows("select count(*) from count_corrections") == [(0,)]


def test_a_real_agent_says_every_step_of_its_register(floor: Floor, address: str, tmp_path: Path) -> None:
    scale_tag(floor, 0.5)
    rig = Rig(floor, address, tmp_path)
    rig.make(7)
    rig.agent.stop()
    assert rig.counted == 3, "two steps a part; the seventh made none yet"
    now = floor.rows("select extract(epoch from now() - :start)", start=at(0))[0][0]
    done = correct(floor, "1", start=0, end=float(now) + HOUR).json()
    assert (done["parts_before"], done["parts_after"], done["unread"]) == ("3", "6", 0)


def test_a_station_is_told_by_how_much_its_counts_of_today_are_others(floor: Floor) -> None:
    (row,) = floor.rows("select extract(epoch from now() - :start) as second, now()::date as day", start=at(0))
    second = int(row.second)
    beat = {"at": stamp(0), "agent_version": "1.1", "configuration": 1, "queue_depth": 0}
    send(floor, Count(5, 4, Decimal(1)), Count(second, 7, Decimal(1)))
    assert floor.sender.call("POST", "/heartbeat", json=beat).json()["corrected"] == []
    correct(floor, "2.5", 0, second + HOUR)
    (told,) = floor.sender.call("POST", "/heartbeat", json=beat).json()["corrected"]
    assert (told["machine_id"], told["good"], told["scrap"]) == (str(floor.machines[0]), "10.5", "0")
    assert told["day"] >= str(row.day)
    other_life = {**beat, "epoch": "0190a7c0-0000-7000-8000-000000000001"}
    assert floor.sender.call("POST", "/heartbeat", json=other_life).json()["corrected"] == []

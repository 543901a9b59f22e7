"""Corrections of many counts: in the background, wholly or not at all, whatever is killed, and with true progress."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from unison_domain.stations.tail_hash import BEGINNING
from unison_server.kernel.database import Database
from unison_server.kernel.jobs import Worker
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.kernel.settings import Settings
from unison_server.machines import correction_runs, count_correcting
from unison_server.machines.correction_runs import CORRECTING

from tests.server.machines.test_count_correcting import Count, correct, parts_made, send
from tests.server.stations.floor import START, Floor, stamp
from tests.server.stations.test_real_agent import until

MANY = 3_000
SECONDS = 3_400
"""Over so many seconds they lie, some of them in the same."""
_COUNTS = """
    insert into machine_counts (organization_id, id, machine_id, tag_id, agent_id, epoch, seq, kind, delta, started_at,
        at, raw_from, raw_to, steps, across_gap, rolled_over)
    select :organization, gen_random_uuid(), :machine, :tag, :agent, gen_random_uuid(), n, 'good', 2,
        cast(:start as timestamptz),
        cast(:start as timestamptz) + make_interval(secs => (n * :seconds / :many) / 7 * 7),
        0, 2, 2, false, false
    from generate_series(0, :many - 1) as n
"""


@pytest.fixture
def many(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> Floor:
    """More counts than are corrected at once, of two parts and two steps each; several share a moment."""
    monkeypatch.setattr(correction_runs, "AT_ONCE", 500)
    monkeypatch.setattr(correction_runs, "MOST_COUNTS", 1_000)
    monkeypatch.setattr(count_correcting, "MOST_COUNTS", 1_000)
    floor.sender.send([floor.changed(0, "running")])
    fill(floor, MANY)
    return floor


def fill(floor: Floor, many: int) -> None:
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        values: dict[str, Any] = {"organization": floor.made.id, "machine": floor.machines[0], "tag": floor.counters[0]}
        values |= {"agent": floor.agent_id, "start": START, "seconds": SECONDS, "many": many}
        session.execute(text(_COUNTS), values)
        quarters = """
            insert into machine_count_quarters (organization_id, machine_id, started_at, good)
            select organization_id, machine_id, date_bin('15 minutes', at, 'epoch'), sum(delta) from machine_counts
            where tag_id = :tag group by 1, 2, 3
        """
        session.execute(text(quarters), values)


def begin(floor: Floor, scale: str = "0.5", end: float = 3600, **more: Any) -> httpx.Response:
    body = {"from": stamp(0), "to": stamp(end), "scale": scale, "reason": "One part gives two pulses", **more}
    return floor.admin.post(f"/tags/{floor.counters[0]}/count-correction-runs", body)


def run_of(floor: Floor, run: dict[str, Any]) -> dict[str, Any]:
    answer = floor.admin.get(f"/tags/{floor.counters[0]}/count-correction-runs/{run['id']}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def sent_anew(floor: Floor, machine: int) -> httpx.Response:
    """A count of a buffer of its own."""
    before = floor.sender
    floor.sender = replace(before, epoch=uuid4(), taken=BEGINNING, next_seq=1)
    answer = floor.sender.post(floor.sender.batch([floor.counted(5, 4, machine)]))
    floor.sender = before
    return answer


def work(floor: Floor, settings: Settings) -> None:
    Worker(floor.made.databases, settings.operations_system_url, [CORRECTING]).run_waiting()


def seen(floor: Floor) -> list[Any]:
    """All that a correction leaves."""
    return [
        *floor.rows("select count(*), sum(quantity) from corrected_counts"),
        *floor.rows("select count(*) from count_corrections"),
        sum(parts_made(floor)),
        sum(parts_made(floor, bucket=60)),
    ]


NOTHING = [(0, None), (0,), 2 * MANY, 2 * MANY]
HALVED = [(MANY, -MANY), (1,), MANY, MANY]


def test_many_counts_are_corrected_in_the_background_wholly_and_the_sums_follow(
    many: Floor, settings: Settings
) -> None:
    refused = correct(many, "0.5")
    assert (refused.status_code, "count-correction-runs" in refused.json()["detail"]) == (422, True)
    begun = begin(many)
    assert begun.status_code == 202, begun.text
    run = begun.json()
    assert (run["state"], run["counts"], run["done"], run["correction"]) == ("waiting", MANY, 0, None)
    assert seen(many) == NOTHING
    work(many, settings)
    done = run_of(many, run)
    assert (done["state"], done["counts"], done["done"]) == ("done", MANY, MANY)
    made = done["correction"]
    assert (made["id"], made["counts"], made["changed"], made["parts_before"], made["parts_after"]) == (
        run["id"],
        MANY,
        MANY,
        str(2 * MANY),
        str(MANY),
    )
    assert made["created_by"] == many.admin.get("/auth/me").json()["id"]
    assert seen(many) == HALVED
    send(many, Count(5, 4, Decimal(1)))
    assert sum(parts_made(many)) == MANY + 2, "late counts are put right too"
    assert "machines.machine.recomputed" in many.topics()


def test_few_counts_are_corrected_at_once(floor: Floor) -> None:
    send(floor, Count(1, 10, Decimal(1)))
    run = begin(floor).json()
    assert (run["state"], run["done"], run["correction"]["parts_after"]) == ("done", 1, "5")
    assert run_of(floor, run) == run


def test_what_is_counted_meanwhile_comes_again_and_nothing_of_the_correction_is_seen(
    many: Floor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look at all of it from within, after each part."""
    run = begin(many).json()
    looks: list[tuple[int, int]] = []
    tell = correction_runs._tell

    def looking(*told: Any) -> None:
        tell(*told)
        if str(told[2].id) != run["id"]:  # the queue may hold what other tests began
            return
        state = run_of(many, run)
        assert seen(many) == NOTHING
        late, other = sent_anew(many, machine=0), sent_anew(many, machine=1)
        assert (late.status_code, late.json()["code"], late.headers["Retry-After"]) == (503, "counts_withheld", "5")
        assert other.status_code == 200, "other counters go on"
        looks.append((state["done"], state["counts"]))

    monkeypatch.setattr(correction_runs, "_tell", looking)
    work(many, settings)
    assert [done for done, _ in looks] == sorted(done for done, _ in looks)
    assert len(looks) >= 5
    assert looks[-1] == (MANY, MANY)
    assert run_of(many, run)["state"] == "done"
    send(many, Count(5, 4, Decimal(1)))
    assert sum(parts_made(many)) == MANY + 2


def test_killed_in_its_midst_it_leaves_nothing_and_begins_again(
    many: Floor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(many).json()
    program = f"""
import sys
from uuid import UUID, uuid4
from unison_server.kernel.database import Databases
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.machines import correction_runs
correction_runs.AT_ONCE = 10
databases = Databases.connect(sys.argv[1], sys.argv[2])
correction_runs.make(databases, Scope(UUID("{many.made.id}"), ActorKind.SYSTEM), UUID("{run["id"]}"))
"""
    urls = [many.made.databases.engine_for(one).url.render_as_string(hide_password=False) for one in Database]
    with subprocess.Popen([sys.executable, "-c", program, *urls]) as process:
        until(lambda: run_of(many, run)["done"] >= 100)
        process.kill()
    assert run_of(many, run)["state"] == "running"
    assert seen(many) == NOTHING
    scope = Scope(many.made.id, ActorKind.SYSTEM)
    correction_runs.make(many.made.databases, scope, UUID(run["id"]))
    assert run_of(many, run)["state"] == "done"
    assert seen(many) == HALVED
    correction_runs.make(many.made.databases, scope, UUID(run["id"]))
    work(many, settings)
    assert seen(many) == HALVED, "once more does nothing"


def test_a_cancelled_one_has_no_effect(many: Floor, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begin(many).json()
    path = f"/tags/{many.counters[0]}/count-correction-runs/{run['id']}/cancel"
    tell = correction_runs._tell

    def cancelling(*told: Any) -> None:
        if str(told[2].id) == run["id"] and told[-1] > MANY // 2:
            answer = many.admin.post(path, {})
            assert (answer.status_code, answer.json().get("state")) in ((200, "cancelled"), (409, None)), answer.text
        tell(*told)

    monkeypatch.setattr(correction_runs, "_tell", cancelling)
    work(many, settings)
    assert run_of(many, run)["state"] == "cancelled"
    assert seen(many) == NOTHING
    assert many.admin.post(path, {}).json()["code"] == "run_is_over"
    send(many, Count(5, 4, Decimal(1)))
    assert begin(many).status_code == 202, "another can begin"


def test_one_at_a_time_of_a_tag(many: Floor) -> None:
    assert begin(many).status_code == 202
    again = begin(many, "4")
    assert (again.status_code, again.json()["code"]) == (409, "under_way")


def test_what_can_not_be_right_any_more_fails_in_words(many: Floor, settings: Settings) -> None:
    run = begin(many, "1", to=None).json()
    row = many.admin.get(f"/tags/{many.counters[0]}").json()
    kept = {name: row[name] for name in ("machine_id", "name", "table", "type", "address", "role")}
    put = many.admin.send(
        "PUT", f"/tags/{many.counters[0]}", headers={"If-Match": f'"{row["version"]}"'}, json={**kept, "scale": 4.0}
    )
    assert put.status_code == 200, put.text
    work(many, settings)
    failed = run_of(many, run)
    assert (failed["state"], "has the scale 4" in failed["problem"]) == ("failed", True)
    assert seen(many) == NOTHING
    send(many, Count(5, 4, Decimal(1)))


def test_a_preview_of_many_is_reckoned_from_a_part_of_them(many: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = correct(many, "0.5", tail="/preview").json()
    assert (exact["is_estimate"], exact["parts_after"]) == (False, str(MANY))
    monkeypatch.setattr(count_correcting, "MOST_LOOKED_AT", 1_000)
    about = correct(many, "0.5", tail="/preview").json()
    assert (about["is_estimate"], about["counts"], about["changed"]) == (True, MANY, MANY)
    assert (about["parts_before"], about["parts_after"]) == (str(2 * MANY), str(MANY))


def test_another_tags_run_is_not_found(many: Floor) -> None:
    run = begin(many).json()
    for path in (f"/count-correction-runs/{run['id']}", f"/count-correction-runs/{START.year}"):
        assert many.admin.get(f"/tags/{many.counters[1]}{path}").status_code in (404, 422)

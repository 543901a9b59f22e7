"""Any number of samples is computed anew in parts: with true progress, cut off anywhere and gone on with."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from sqlalchemy import text
from unison_domain.machines.recomputing import Recompute
from unison_server.kernel.database import Database, TenantSession
from unison_server.kernel.jobs import Worker
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.kernel.settings import Settings
from unison_server.machines import recompute_runs
from unison_server.machines.recompute_runs import RECOMPUTING
from unison_server.machines.recompute_tables import RecomputeRun
from unison_server.stations.tables import Tag

from tests.server.machines.test_recomputing import scaled, source
from tests.server.stations.floor import START, Floor, at, stamp
from tests.server.stations.test_real_agent import until

MANY, PART = 400, 50
_SAMPLES = """
    insert into samples (organization_id, tag_id, at, epoch, seq, number, quality, raw, source)
    select :organization, :tag, cast(:start as timestamptz) + make_interval(secs => (row ->> 0)::float8), :epoch,
        row_number() over (), (row ->> 1)::float8, row ->> 2, row ->> 3, :source
    from jsonb_array_elements(cast(:rows as jsonb)) as row
"""
Read = tuple[float, float | None, str, str | None]
"""Seconds, value, quality, raw."""


def store(floor: Floor, reads: list[Read], gauge: int = 0, start: datetime = START) -> None:
    """As agents that had the configuration of this moment sent them, of a buffer of its own."""
    values = {"organization": floor.made.id, "tag": floor.gauges[gauge], "start": start, "epoch": uuid4()}
    values |= {"source": source(floor, gauge), "rows": orjson.dumps(reads).decode()}
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.execute(text(_SAMPLES), values)


@pytest.fixture
def many(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> Floor:
    """More samples than are computed anew at once; several share a moment. The scale is put right since."""
    monkeypatch.setattr(recompute_runs, "PART", PART)
    monkeypatch.setattr(recompute_runs, "MOST_AT_ONCE", 100)
    store(floor, [(n // 3, float(n), "good", None) for n in range(MANY)])
    scaled(floor, scale=0.5)
    return floor


def begin(floor: Floor, end: float = 3600, **more: Any) -> httpx.Response:
    body = {"from": stamp(0), "to": stamp(end), **more}
    return floor.admin.post(f"/tags/{floor.gauges[0]}/recompute-runs", body)


def run_of(floor: Floor, run: dict[str, Any]) -> dict[str, Any]:
    answer = floor.admin.get(f"/tags/{floor.gauges[0]}/recompute-runs/{run['id']}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def cancel(floor: Floor, run: dict[str, Any]) -> httpx.Response:
    return floor.admin.post(f"/tags/{floor.gauges[0]}/recompute-runs/{run['id']}/cancel", {})


def work(floor: Floor, settings: Settings) -> None:
    """What is due now; a run that has had its share is due again then."""
    Worker(floor.made.databases, settings.operations_system_url, [RECOMPUTING]).run_waiting()


def part(floor: Floor, run: dict[str, Any]) -> bool:
    """One part; whether there is more to do."""
    return recompute_runs._go_on(floor.made.databases, Scope(floor.made.id, ActorKind.SYSTEM), UUID(run["id"]))


def halved(floor: Floor) -> int:
    """How many values are by the corrected scale; the others are as they were."""
    rows = floor.rows("select number, raw from samples where tag_id = :tag order by at, seq", tag=floor.gauges[0])
    assert all(row.number in (n, n / 2) for n, row in enumerate(rows))
    return sum(row.raw is not None for row in rows)


def audited(floor: Floor) -> list[tuple[str, str, int]]:
    rows = floor.rows("select actor_kind, new_values from audit_logs where action = 'recomputed' order by at")
    return [(row.actor_kind, row.new_values["state"], row.new_values["changed"]) for row in rows]


def test_many_are_computed_in_parts_and_told(many: Floor, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"from": stamp(0), "to": stamp(3600)}
    refused = many.admin.post(f"/tags/{many.gauges[0]}/recompute", asked)
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_samples")
    assert "recompute-runs" in refused.json()["detail"]
    begun = begin(many)
    assert begun.status_code == 202, begun.text
    run = begun.json()
    assert (run["state"], run["samples"], run["done"], run["reached"]) == ("waiting", MANY, 0, None)
    looks: list[tuple[int, int]] = []
    step = recompute_runs._step

    def looking(session: TenantSession, made: RecomputeRun) -> bool:
        if str(made.id) == run["id"]:  # the queue may hold what other tests began
            looks.append((run_of(many, run)["done"], halved(many)))
        return step(session, made)

    monkeypatch.setattr(recompute_runs, "_step", looking)
    monkeypatch.setattr(recompute_runs, "SHARE_SECONDS", 0.0)
    while run_of(many, run)["state"] in ("waiting", "running"):
        work(many, settings)
    done = run_of(many, run)
    assert (done["state"], done["done"], done["samples"], done["late"]) == ("done", MANY, MANY, 0)
    assert (done["outcome"]["samples"], done["outcome"]["changed"]) == (MANY, MANY - 1), "0 stays 0"
    assert [counted for counted, _ in looks] == [*range(0, MANY + 1, PART)]
    assert all(counted == max(0, changed + (changed > 0)) for counted, changed in looks), "each part with its progress"
    assert halved(many) == MANY - 1
    assert audited(many) == [("user", "waiting", 0), ("user", "done", MANY - 1)]
    assert "machines.machine.recomputed" in many.topics()
    (listed,) = many.admin.get(f"/tags/{many.gauges[0]}/recompute-runs").json()["items"]
    assert listed["id"] == run["id"]


def test_few_are_computed_at_once(many: Floor) -> None:
    run = begin(many, end=30).json()
    assert (run["state"], run["done"], run["outcome"]["changed"]) == ("done", 90, 89)
    assert audited(many) == [("user", "done", 89)]
    assert begin(many).status_code == 202


def test_killed_in_its_midst_it_goes_on_from_there(many: Floor, settings: Settings) -> None:
    run = begin(many).json()
    program = f"""
import sys
from threading import Event
from uuid import UUID
from unison_server.kernel.database import Databases
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.machines import recompute_runs
advance = recompute_runs._advance
def hanging(run, *given):
    if run.done >= 30:
        Event().wait()
    advance(run, *given)
recompute_runs._advance, recompute_runs.PART = hanging, 10
databases = Databases.connect(sys.argv[1], sys.argv[2])
recompute_runs.make(databases, Scope(UUID("{many.made.id}"), ActorKind.SYSTEM), UUID("{run["id"]}"))
"""
    urls = [many.made.databases.engine_for(one).url.render_as_string(hide_password=False) for one in Database]
    with subprocess.Popen([sys.executable, "-c", program, *urls]) as process:
        until(lambda: run_of(many, run)["done"] == 30)
        process.kill()
    assert (run_of(many, run)["state"], halved(many)) == ("running", 29)
    work(many, settings)
    done = run_of(many, run)
    assert (done["state"], done["done"], done["outcome"]["changed"]) == ("done", MANY, MANY - 1)
    assert halved(many) == MANY - 1
    work(many, settings)
    assert len(audited(many)) == 2, "once more does nothing"


def test_cancelled_it_says_how_far_it_was_and_asked_again_it_goes_on(many: Floor, settings: Settings) -> None:
    run = begin(many).json()
    assert part(many, run)
    assert part(many, run)
    cancelled = cancel(many, run)
    assert cancelled.status_code == 200, cancelled.text
    told = cancelled.json()
    assert (told["state"], told["done"], told["outcome"]["changed"]) == ("cancelled", 2 * PART, 2 * PART - 1)
    assert told["reached"] == stamp((2 * PART - 1) // 3)
    assert halved(many) == 2 * PART - 1
    assert not part(many, run), "it is over"
    assert cancel(many, run).json()["code"] == "run_is_over"
    assert audited(many)[-1] == ("user", "cancelled", 2 * PART - 1)
    again = begin(many).json()
    assert (again["state"], again["done"], again["reached"]) == ("waiting", 2 * PART, told["reached"])
    work(many, settings)
    done = run_of(many, again)
    assert (done["state"], done["done"], done["outcome"]["changed"]) == ("done", MANY, MANY - 1)
    assert halved(many) == MANY - 1
    assert begin(many).json()["done"] == 0, "what is done is not gone on with"


def test_another_time_begins_anew(many: Floor) -> None:
    run = begin(many).json()
    assert part(many, run)
    assert cancel(many, run).status_code == 200
    assert begin(many, end=3000).json()["done"] == 0


def test_one_at_a_time_of_a_tag(many: Floor) -> None:
    assert begin(many).status_code == 202
    for again in (begin(many), begin(many, end=30)):
        assert (again.status_code, again.json()["code"]) == (409, "under_way")


def test_a_tag_that_is_changed_meanwhile_fails_it_in_words(many: Floor, settings: Settings) -> None:
    run = begin(many).json()
    assert part(many, run)
    scaled(many, scale=0.25)
    work(many, settings)
    failed = run_of(many, run)
    assert (failed["state"], failed["done"]) == ("failed", PART)
    assert "was changed meanwhile" in failed["problem"]
    assert audited(many)[-1] == ("user", "failed", PART - 1)
    again = begin(many).json()
    assert again["done"] == 0
    work(many, settings)
    assert run_of(many, again)["state"] == "done"
    rows = many.rows("select number from samples where tag_id = :tag order by at, seq", tag=many.gauges[0])
    assert [row.number for row in rows] == [n / 4 for n in range(MANY)]


def test_what_comes_meanwhile_is_computed_too(many: Floor, settings: Settings) -> None:
    """From behind where it is and from before it, by the former scale."""
    run = begin(many).json()
    assert part(many, run)
    many.sender.send([many.sample(second, 8, source=source(many)) for second in (0.5, 100.5, 5000)])
    work(many, settings)
    done = run_of(many, run)
    assert (done["state"], done["samples"], done["done"], done["late"]) == ("done", MANY + 2, MANY + 2, 1)
    assert done["outcome"]["changed"] == MANY + 1
    late = many.rows("select number from samples where at = any(:at) order by at", at=[at(0.5), at(100.5), at(5000)])
    assert [row.number for row in late] == [4.0, 4.0, 8.0]


def test_where_one_is_no_number_nothing_is_begun(many: Floor) -> None:
    many.sender.send([many.sample(132.5, "hot", source=source(many))])
    refused = begin(many)
    assert (refused.status_code, refused.json()["code"]) == (422, "raw_missing")
    assert halved_none(many)


def halved_none(floor: Floor) -> bool:
    return floor.rows("select 1 from samples where tag_id = :tag and raw is not null", tag=floor.gauges[0]) == []


def test_another_tags_run_is_not_found(many: Floor) -> None:
    run = begin(many).json()
    assert many.admin.get(f"/tags/{many.gauges[1]}/recompute-runs/{run['id']}").status_code == 404


READS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.5, 1.0, 1.0, 1.0, 3.0, 200.0]),
        st.integers(0, 12),
        st.sampled_from(["good", "good", "good", "uncertain", "bad", "stale"]),
    ),
    min_size=1,
    max_size=14,
)
CUTS = st.lists(st.sampled_from(["go", "go", "kill", "cancel"]), max_size=8)
_DAYS = count()


class _Killed(Exception):
    """The server, in the midst of a part."""


@given(READS, st.integers(1, 4), CUTS, st.sampled_from([0.25, 4.0]))
@tried(
    max_examples=12,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_in_parts_and_cut_off_anywhere_it_makes_what_one_pass_makes(
    floor: Floor, reads: list[tuple[float, int, str]], size: int, cuts: list[str], scale: float
) -> None:
    start = START + timedelta(days=next(_DAYS))
    second = 0.0
    recorded: list[Read] = []
    for seconds, raw, quality in reads:
        second += seconds
        has_value = quality in ("good", "uncertain")
        recorded.append((second, raw * 2.0 if has_value else None, quality, str(raw) if quality != "stale" else None))
    for gauge in (0, 1):
        store(floor, recorded, gauge, start)
        scaled(floor, gauge, scale=scale, max_rate=3.0, maximum=40.0)
    with pytest.MonkeyPatch.context() as patch:
        wanted = one_run(floor, 1, start)
        patch.setattr(recompute_runs, "MOST_AT_ONCE", -1)
        patch.setattr(recompute_runs, "PART", size)
        run = one_run(floor, 0, start)
        for cut in cuts:
            if cut == "kill":
                kill_in_a_part(floor, run)
            elif cut == "cancel" and not is_over(floor, run):
                with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
                    recompute_runs.RECOMPUTE_RUNS.cancel(session, session.need(RecomputeRun, run, "run"))
                run = one_run(floor, 0, start)
            else:
                recompute_runs._go_on(floor.made.databases, floor.made.scope, run)
        recompute_runs.make(floor.made.databases, floor.made.scope, run)
    assert values_of(floor, 0, start) == values_of(floor, 1, start)
    assert outcome_of(floor, run) == outcome_of(floor, wanted)


def one_run(floor: Floor, gauge: int, start: datetime) -> UUID:
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        asked = Recompute.model_validate({"from": start, "to": start + timedelta(days=1)})
        return recompute_runs.begin(session, session.need(Tag, floor.gauges[gauge], "tag"), asked).id


def kill_in_a_part(floor: Floor, run: UUID) -> None:
    def killed(*_given: Any) -> None:
        raise _Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recompute_runs, "_advance", killed)
        with suppress(_Killed):
            recompute_runs._go_on(floor.made.databases, floor.made.scope, run)


def is_over(floor: Floor, run: UUID) -> bool:
    return bool(floor.rows("select state from recompute_runs where id = :id", id=run)[0].state == "done")


def values_of(floor: Floor, gauge: int, start: datetime) -> list[Any]:
    wanted = "select at, number, text, quality, raw from samples where tag_id = :tag and at >= :start order by at, seq"
    return [tuple(row) for row in floor.rows(wanted, tag=floor.gauges[gauge], start=start)]


def outcome_of(floor: Floor, run: UUID) -> tuple[Any, ...]:
    told = "select state, samples, done, late, changed, implausible, plausible from recompute_runs where id = :id"
    return tuple(floor.rows(told, id=run)[0])

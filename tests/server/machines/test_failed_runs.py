"""A run over a tag whose attempts all failed ends as failed, says why and what to do, and can be asked for again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from unison_domain.sentences import in_language
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.jobs import ATTEMPTS, Worker
from unison_server.kernel.settings import Settings
from unison_server.machines import correction_runs, recompute_runs
from unison_server.machines.correction_runs import CORRECTING
from unison_server.machines.recompute_runs import RECOMPUTING
from unison_server.machines.run_failures import given_up, why
from unison_server.machines.tag_run_tasks import end_given_up_runs

from tests.server.machines import test_correction_runs as counts
from tests.server.machines import test_recompute_runs as samples
from tests.server.machines.test_recompute_runs import MANY, PART
from tests.server.stations.floor import Floor

many_samples, many_counts = samples.many, counts.many


def attempt(floor: Floor, settings: Settings, system: Databases) -> None:
    """One attempt of all that is queued, however long it was to wait."""
    with system.operations.begin() as connection:
        connection.execute(text("update procrastinate_jobs set scheduled_at = null where status = 'todo'"))
    Worker(floor.made.databases, settings.operations_system_url, [RECOMPUTING, CORRECTING]).run_waiting()


def watch(settings: Settings, system: Databases) -> None:
    end_given_up_runs(settings, system, datetime.now(UTC))


def test_when_all_attempts_failed_it_has_failed_with_the_reason_and_goes_on_when_asked_again(
    many_samples: Floor, settings: Settings, system_databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor, step = many_samples, recompute_runs._step
    run = samples.begin(floor).json()

    def failing(*given: Any) -> bool:
        if given[1].done >= PART:
            raise OperationalError("update samples", {}, psycopg.errors.DiskFull("no space left on device"))
        return step(*given)

    with monkeypatch.context() as patch:
        patch.setattr(recompute_runs, "_step", failing)
        for _ in range(ATTEMPTS):
            watch(settings, system_databases)
            assert samples.run_of(floor, run)["state"] in ("waiting", "running"), "it is tried again"
            attempt(floor, settings, system_databases)
            assert samples.run_of(floor, run)["problem"] == "the disk of the database is full: make room there"
    watch(settings, system_databases)
    failed = samples.run_of(floor, run)
    assert (failed["state"], failed["done"]) == ("failed", PART)
    (tag,) = floor.rows("select name from tags where id = :id", id=floor.gauges[0])
    assert failed["problem"] == (
        f"All 6 attempts on tag {tag.name} failed, at last because the disk of the database is full: make room there; "
        "then ask for it again"
    )
    assert samples.audited(floor)[-1] == ("user", "failed", PART - 1)
    again = samples.begin(floor)
    assert (again.status_code, again.json()["done"], again.json()["problem"]) == (202, PART, None)
    attempt(floor, settings, system_databases)
    done = samples.run_of(floor, again.json())
    assert (done["state"], done["done"], done["problem"]) == ("done", MANY, None)
    assert samples.halved(floor) == MANY - 1


def test_a_failure_that_passes_is_forgotten_with_the_next_part(
    many_samples: Floor, settings: Settings, system_databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = samples.begin(many_samples).json()
    with monkeypatch.context() as patch:
        patch.setattr(recompute_runs, "_advance", lambda *_given: 1 // 0)
        attempt(many_samples, settings, system_databases)
    assert "ZeroDivisionError" in samples.run_of(many_samples, run)["problem"]
    assert samples.part(many_samples, run)
    assert samples.run_of(many_samples, run)["problem"] is None


def test_a_cancelled_one_keeps_no_problem(
    many_samples: Floor, settings: Settings, system_databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = samples.begin(many_samples).json()
    with monkeypatch.context() as patch:
        patch.setattr(recompute_runs, "_step", lambda *_given: 1 // 0)
        attempt(many_samples, settings, system_databases)
    cancelled = samples.cancel(many_samples, run).json()
    assert (cancelled["state"], cancelled["problem"]) == ("cancelled", None)


def test_counts_come_again_when_their_correction_was_given_up(
    many_counts: Floor, settings: Settings, system_databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor, tell = many_counts, correction_runs._tell
    run = counts.begin(floor).json()

    def failing(*given: Any) -> None:
        tell(*given)
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(correction_runs, "_tell", failing)
        for _ in range(ATTEMPTS):
            attempt(floor, settings, system_databases)
    assert counts.sent_anew(floor, machine=0).status_code == 503, "counts are withheld for it"
    watch(settings, system_databases)
    failed = counts.run_of(floor, run)
    assert (failed["state"], "a fault there (MemoryError" in failed["problem"]) == ("failed", True)
    assert counts.seen(floor) == counts.NOTHING
    assert counts.sent_anew(floor, machine=0).status_code == 200
    again = counts.begin(floor).json()
    attempt(floor, settings, system_databases)
    assert counts.run_of(floor, again)["state"] == "done"


def test_one_whose_server_died_each_time_says_so(
    many_counts: Floor, settings: Settings, system_databases: Databases
) -> None:
    run = counts.begin(many_counts).json()
    with system_databases.operations.begin() as connection:
        dead = text("update procrastinate_jobs set status = 'failed' where args -> 'parameters' ->> 'thing' = :run")
        connection.execute(dead, {"run": run["id"]})
    watch(settings, system_databases)
    failed = counts.run_of(many_counts, run)
    assert failed["state"] == "failed"
    assert "cut off before they could say why: look into the server's log" in failed["problem"]


def test_one_that_is_done_while_it_is_looked_at_stays_done(
    many_samples: Floor, settings: Settings, system_databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = samples.begin(many_samples).json()

    def done_meanwhile(*_given: Any) -> set[Any]:
        attempt(many_samples, settings, system_databases)
        return set()

    monkeypatch.setattr("unison_server.machines.tag_run_tasks.at_work", done_meanwhile)
    watch(settings, system_databases)
    done = samples.run_of(many_samples, run)
    assert (done["state"], done["problem"]) == ("done", None)


@pytest.mark.parametrize(("state", "problem"), [("failed", None), ("done", "no room"), ("cancelled", "no room")])
def test_only_what_failed_has_a_reason_and_that_always(many_samples: Floor, state: str, problem: str | None) -> None:
    run = samples.begin(many_samples).json()
    statement = text("update recompute_runs set state = :state, problem = :problem where id = :id")
    with many_samples.made.databases.session(Database.OPERATIONS, many_samples.made.scope) as session:
        with pytest.raises(IntegrityError, match="says_why_it_failed"):
            session.execute(statement, {"state": state, "problem": problem, "id": run["id"]})
        session.rollback()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationalError("", {}, psycopg.errors.DiskFull()), "make room there"),
        (OperationalError("", {}, psycopg.errors.DeadlockDetected()), "too busy"),
        (OperationalError("", {}, psycopg.OperationalError("connection refused")), "look whether it runs"),
        (OperationalError("", {}, psycopg.errors.AdminShutdown()), "look whether it runs"),
        (OperationalError("", {}, psycopg.errors.UndefinedColumn()), "a fault there (UndefinedColumn, "),
        (DataError("", {}, psycopg.DataError("text can't contain NUL")), "a fault there (DataError, "),
        (InterfaceError("", {}, psycopg.InterfaceError(), connection_invalidated=True), "look whether it runs"),
        (KeyError("x"), "a fault there (KeyError, "),
    ],
)
def test_what_was_wrong_is_told_in_words(error: Exception, said: str) -> None:
    assert said in why(error)
    assert said in given_up("Power", 6, why(error))
    assert " failed" not in in_language(given_up("Power", 6, why(error)), "de")
    assert " the " not in in_language(given_up("Power", 6, why(error)), "de")

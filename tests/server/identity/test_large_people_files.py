"""Files of many people: few statements, and what one row lets go of is there for the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, event, select
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.people_csv import MOST_ROWS, CsvPerson
from unison_server.identity import people_import
from unison_server.identity.people_import_work import TakeOver
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.outbox import events, outbox

from tests.server.factories import Made
from tests.server.identity.people_files import HEADER, PEOPLE, Files, files
from tests.server.serving import SignedIn, sign_in

__all__ = ["files"]


@pytest.fixture(params=[1, 2, 500])
def at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows are written together."""
    monkeypatch.setattr(people_import, "AT_ONCE", request.param)


def test_statements_are_as_many_for_many_people_as_for_few(files: Files, app: FastAPI) -> None:
    engine = app.state.services.databases.identity
    files.done(_file(0, 3))
    with _counted(engine) as few:
        files.done(_file(3, 10))
    with _counted(engine) as many:
        files.done(_file(10, 70))
    assert len(many) <= len(few) + 2, many
    with _counted(engine) as same:
        assert files.done(_file(10, 70)) == []
    assert len(same) < len(few)


@pytest.mark.usefixtures("at_once")
def test_a_name_that_a_row_lets_go_of_is_there_for_the_next(files: Files) -> None:
    files.done(PEOPLE)
    chain = "username,employee_code,full_name\nida2,17,\nmax,18,\nida,19,Ida the Second\n18,20,Eighteen\n"
    told = files.errors(chain)
    assert [(row, column) for row, column, *_ in told] == [(5, "username")], "18 is still a number of Max's"
    done = files.done(chain.replace("18,20,Eighteen\n", ""))
    assert [(one["name"], one["action"]) for one in done] == [
        ("Ida Jäger", "update"),
        ("Max Groß", "update"),
        ("Ida the Second", "create"),
    ]
    assert {name: one["employee_code"] for name, one in files.people().items() if name != "anna"} == {
        "ida2": "17",
        "max": "18",
        "ida": "19",
    }
    assert files.errors("username,employee_code\nida,17\n"), "whose they are now is found by them"


@pytest.mark.usefixtures("at_once")
def test_a_name_that_a_row_takes_is_theirs_for_the_next(files: Files) -> None:
    files.done(PEOPLE)
    told = files.errors("username,employee_code,full_name\nida,99,\nkim,99,Kim\n")
    assert [(row, column) for row, column, *_ in told] == [(3, "username")], told
    assert "row 2 is about the same person, Ida Jäger" in told[0][3]


def test_numbers_that_move_up_one_by_one_are_looked_up_together(files: Files, app: FastAPI) -> None:
    files.done(_file(0, 12))
    rows = "\n".join(f"person{n},E{n + 1}" for n in reversed(range(12)))
    with _counted(app.state.services.databases.identity) as found:
        assert len(files.done(f"username,employee_code\n{rows}\n")) == 12
    looked_up = [one for one in found if "FROM sign_in_names JOIN users" in one.replace("\n", "")]
    assert len(looked_up) == 1, looked_up
    assert files.people()["person3"]["employee_code"] == "E4"


@pytest.mark.usefixtures("at_once")
def test_a_badge_is_handed_out_anew_with_its_end(files: Files) -> None:
    files.done(PEOPLE)
    later = "username,badges,badges_end_at\nida,barcode:10017,2190-01-01\n"
    assert files.done(later)[0]["changes"] == ["+1 badge until the end of 2190-01-01"]
    assert files.done(later) == []
    states = sorted(one["state"] for one in files.admin.get("/badges").json()["items"])
    assert states == ["active", "active", "active", "revoked"]


@pytest.mark.usefixtures("at_once")
def test_one_badge_is_for_one_row(files: Files) -> None:
    told = files.errors("username,full_name,badges\nkim,Kim,7001\nkai,Kai,7001\n")
    assert [(row, column) for row, column, *_ in told] == [(3, "badges")]
    assert "Kim" in told[0][3]


@pytest.mark.usefixtures("at_once")
def test_all_is_told_in_the_order_of_the_file(files: Files, made: Made, databases: Databases) -> None:
    files.done(PEOPLE)
    wanted = "username,full_name,phone,badges\nkim,Kim,,7001\nida,,12,7002\nkai,Kai,,7003 | 7004\n"
    before = len(_told(databases, made))
    files.done(wanted)
    assert _told(databases, made)[before:] == [
        "identity.user.created",
        "identity.badge.issued",
        "identity.user.updated",
        "identity.badge.issued",
        "identity.user.created",
        "identity.badge.issued",
        "identity.badge.issued",
    ]


def test_each_person_is_in_the_audit_log(files: Files) -> None:
    files.done(_file(0, 5))
    files.done("username,phone\nperson1,1\nperson2,2\n")
    items = files.admin.get("/audit-log", params={"limit": "200", "table": "users"}).json()["items"]
    changed = [one["new_values"]["phone"] for one in items if "phone" in (one["changed_fields"] or ())]
    assert sorted(changed) == ["1", "2"]
    made = {one["new_values"]["username"] for one in items if one["action"] == "insert"}
    assert made >= {f"person{number}" for number in range(5)}


@pytest.mark.usefixtures("at_once")
def test_a_mistake_in_the_last_row_takes_all_back(files: Files) -> None:
    told = files.errors(f"{_file(0, 7)}\nlast,,Last,,boss,,,,")
    assert [(row, column) for row, column, *_ in told] == [(9, "roles")]
    assert "person0" not in files.people()


@pytest.mark.usefixtures("at_once")
def test_a_second_row_may_take_what_the_first_gave(files: Files) -> None:
    wanted = f"{HEADER}\nnew,21,New,,planner,KIEL:rw,RAW:rw*,,\nnew,21,New,,viewer,LYON:r,FG:r,,\n"
    assert [(row, column) for row, column, *_ in files.errors(wanted)] == [(3, "username")]


def test_a_file_of_too_many_is_refused(files: Files) -> None:
    told = files.errors("username\n" + "\n".join(f"p{number}" for number in range(MOST_ROWS + 1)))
    assert "10,000" in told[0][3] or str(MOST_ROWS) in told[0][3]


@pytest.mark.parametrize("path", ["/users/import/preview", "/users/import"])
def test_who_leaves_takes_the_file_back_and_holds_up_no_other(
    files: Files, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    left, taken = Event(), list[object]()
    take_some = people_import._take_some

    def taking(work: TakeOver, people: Sequence[CsvPerson]) -> int:
        taken.append(people)
        assert left.wait(60)
        return take_some(work, people)

    monkeypatch.setattr(people_import, "AT_ONCE", 1)
    with monkeypatch.context() as slow:
        slow.setattr(people_import, "_take_some", taking)
        impatient = httpx.Client(base_url=files.admin.client.base_url, timeout=httpx.Timeout(60, read=0.5))
        with impatient, pytest.raises(httpx.ReadTimeout):
            replace(files, admin=replace(files.admin, client=impatient)).send(_file(0, 100), path)
        left.set()
        assert len(files.done(_file(0, 3))) == 3, "they were not made before, and it waits for its turn"
    assert len(taken) < 100
    assert len(files.people()) == 4


@pytest.mark.parametrize("path", ["/users/import/preview", "/users/import"])
def test_who_waits_for_a_file_can_ask_how_far_it_is(
    files: Files, made: Made, client: httpx.Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    reached, go_on, id_ = Event(), Event(), str(uuid4())
    take_some = people_import._take_some

    def taking(work: TakeOver, people: Sequence[CsvPerson]) -> int:
        if people[0].row > 5:
            reached.set()
            assert go_on.wait(60)
        return take_some(work, people)

    def how_far(who: SignedIn, of: str = id_) -> tuple[bool, int, int]:
        said = who.get(f"/users/import/progress/{of}").json()
        return said["is_under_way"], said["done"], said["total"]

    made.add_user("otto", roles=[RoleCode.ADMIN])
    otto = sign_in(client, made, "otto")
    monkeypatch.setattr(people_import, "AT_ONCE", 2)
    monkeypatch.setattr(people_import, "_take_some", taking)
    with ThreadPoolExecutor(1) as others:
        answer = others.submit(files.send, _file(0, 7), path, progress_id=id_)
        assert reached.wait(60)
        told = [how_far(files.admin), how_far(files.admin, str(uuid4())), how_far(otto)]
        go_on.set()
        assert answer.result(60).status_code == 200
    nothing = (False, 0, 0)
    assert told == [(True, 4, 7), nothing, nothing], "nobody else's, and no other file"
    assert how_far(files.admin) == nothing, "it is over"


def _file(first: int, end: int) -> str:
    rows = (
        f"person{n},E{n},Person {n},p{n}@example.org,planner | operator@KIEL,KIEL:rw | LYON,RAW:rw* | FG,9{n:05},"
        for n in range(first, end)
    )
    return "\n".join([HEADER, *rows])


def _told(databases: Databases, made: Made) -> list[str]:
    """Topics in order, also of what the dispatcher has not told yet."""
    topics: dict[UUID, str] = {}
    with databases.session(Database.IDENTITY, made.scope) as session:
        for table in (outbox, events):  # what moves meanwhile is in one of them
            topics |= {row.id: row.topic for row in session.execute(select(table.c.id, table.c.topic))}
    return [topics[id_] for id_ in sorted(topics)]


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    """Statements that write, or read, people: but for those of others in the same process."""
    found: list[str] = []

    def note(*said: Any) -> None:
        statement = said[2]
        if any(table in statement for table in ("user", "badge", "sign_in_names", "search_tokens", "outbox")):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)

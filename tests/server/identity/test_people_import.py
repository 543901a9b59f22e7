"""People from a CSV file: seen before, all or nothing, and the same again changes nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from threading import Thread

import httpx
import pytest
from sqlalchemy import select
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.people_csv import CsvPerson
from unison_server.identity.people_import_work import TakeOver
from unison_server.identity.tables import User
from unison_server.kernel.database import Database, Databases

from tests.server.factories import Made
from tests.server.identity.people_files import HEADER, PEOPLE, Files, files
from tests.server.serving import sign_in, until_answered

__all__ = ["files"]


def test_people_come_with_their_roles_places_and_badges(files: Files) -> None:
    preview = files.preview(PEOPLE)
    assert (preview["rows"], preview["errors"]) == (2, [])
    assert "ida" not in files.people(), "a preview does nothing"
    assert files.done(PEOPLE, seen=preview["seen"]) == preview["changes"]
    assert preview["changes"][1] == {
        "row": 3,
        "name": "Max Groß",
        "action": "create",
        "changes": [
            "username=18",
            "access_ends_at=the end of 2190-12-31",
            "+operator@LYON",
            "+LYON:rwd",
            "+1 badge",
        ],
    }
    ida, max_ = files.people()["ida"], files.people()["18"]
    assert (ida["full_name"], ida["employee_code"], ida["access_ends_at"]) == (
        "Ida Jäger",
        "17",
        "2190-12-31T23:00:00Z",
    )
    assert [(one["role"], one["plant_id"] is None, one["department_id"] is None) for one in ida["held_roles"]] == [
        ("operator", False, True),
        ("planner", True, True),
        ("team_leader", False, False),
    ]
    assert sorted((one["can_write"], one["can_delete"]) for one in ida["plants"]) == [(False, False), (True, False)]
    assert sorted((one["can_write"], one["is_default"]) for one in ida["warehouses"]) == [(False, False), (True, True)]
    assert max_["email"] is None
    found = files.admin.post("/badges/find", {"text": "04A1B2C3"}).json()
    assert (found["user_name"], found["kind"]) == ("Ida Jäger", "rfid")


def test_the_same_again_changes_nothing(files: Files) -> None:
    files.done(PEOPLE)
    before = files.people()
    assert files.done(PEOPLE) == []
    assert files.people() == before
    assert len(files.admin.get("/badges").json()["items"]) == 3


def test_an_export_says_what_is_there_and_is_read_again(files: Files) -> None:
    files.done(PEOPLE)
    ida = next(one for one in files.file() if one["username"] == "ida")
    assert ida["roles"] == "operator@KIEL | planner | team_leader@KIEL/PRESS"
    assert (ida["plants"], ida["warehouses"]) == ("KIEL:rw | LYON:r", "FG:r | RAW:rw*")
    file = files.admin.get("/users/people.csv")
    assert int(file.headers["X-Rows"]) == len(files.file())
    assert files.done(file.content.decode("utf-8-sig")) == []


def test_somebody_deactivated_is_let_in_again_by_a_row_that_says_so(files: Files) -> None:
    files.done(PEOPLE)
    (out,) = files.done("username,is_active\nida,no\n")
    assert out["changes"] == ["is_active=no"]
    assert files.people()["ida"]["is_active"] is False
    (told,) = files.errors("username,full_name\nida,Ida Jaeger\n")
    assert told[:3] == (2, "username", "ida")
    assert "Ida Jäger is deactivated: yes in is_active lets them in again" in told[3]
    again = "username,full_name,is_active,badges\nida,Ida Jaeger,yes,rfid:04A1B2C4\n"
    (change,) = files.done(again)
    assert change["changes"] == ["full_name", "is_active=yes", "+1 badge"]
    assert files.people()["ida"]["is_active"] is True
    assert files.done(again) == []


def test_somebody_whose_access_has_ended_is_changed_by_a_row_that_says_until_when(files: Files) -> None:
    files.done(PEOPLE)
    files.done("username,access_ends_at\nida,2020-12-31\n")
    (told,) = files.errors("username,phone\nida,12\n")
    assert "the access of Ida Jäger has ended: say another end in access_ends_at, or - for none" in told[3]
    assert files.done("username,phone,access_ends_at\nida,12,-\n")[0]["changes"] == ["access_ends_at=-", "phone"]
    assert files.people()["ida"]["access_ends_at"] is None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("ida,Ida,perhaps", "is neither yes nor no"),
        ("new,New,no", "nobody is called new; who is new is active"),
        ("ida,Ida,-", "must not be empty"),
    ],
)
def test_what_says_not_whether_somebody_is_active_is_told(files: Files, row: str, words: str) -> None:
    files.done(PEOPLE)
    (told,) = files.errors(f"username,full_name,is_active\n{row}\n")
    assert (told[1], words in told[3]) == ("is_active", True), told


def test_no_cell_is_a_formula(files: Files) -> None:
    name = '=HYPERLINK("http://evil")'
    files.admin.post("/users", {"username": "eve", "full_name": name, "phone": "+49 431 1"}).raise_for_status()
    eve = next(one for one in files.file() if one["username"] == "eve")
    assert (eve["full_name"], eve["phone"]) == (f"'{name}", "'+49 431 1")
    exported = files.admin.get("/users/people.csv").content.decode("utf-8-sig")
    assert files.done(exported) == [], "an import knows them without the apostrophe"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_files_of_spreadsheets_are_read(files: Files, encoding: str) -> None:
    file = "Employee_Code;Username;Full_Name;Roles\r\n0042;jörg;Jörg Müßig;operator@KIEL\r\n"
    files.done(file, encoding)
    assert files.people()["jörg"]["full_name"] == "Jörg Müßig"
    assert files.people()["jörg"]["employee_code"] == "0042"


def test_all_that_is_wrong_is_told_at_once(files: Files) -> None:
    file = f"""{HEADER}
ida,17,Ida,nonsense,boss,NOWHERE:rw,RAW* | FG*,,next year
max,18,Max,,planner@NOWHERE | operator@KIEL/PAINT,KIEL:*,RAW:* | FG:*,rfid:123,
,,Nobody,,,,,,
new,,,,,,,,
"""
    told = files.errors(file)
    assert [(row, column, value) for row, column, value, _ in told] == [
        (2, "access_ends_at", "next year"),
        (2, "email", "nonsense"),
        (2, "plants", "NOWHERE:rw"),
        (2, "roles", "boss"),
        (2, "warehouses", "RAW*"),
        (2, "warehouses", "FG*"),
        (3, "badges", "…23"),
        (3, "plants", "KIEL:*"),
        (3, "roles", "planner@NOWHERE"),
        (3, "roles", "operator@KIEL/PAINT"),
        (3, "warehouses", "RAW:* | FG:*"),
        (4, "username", None),
        (5, "full_name", None),
    ]
    words = " ".join(message for *_, message in told)
    for way_out in (
        "e.g. anna@example.org",
        "there are KIEL, LYON",
        "there is PRESS",
        "such as 2026-12-31",
        "operator",
    ):
        assert way_out in words


def test_the_rest_of_a_row_is_looked_at_whoever_it_is_about(files: Files) -> None:
    files.done(PEOPLE)
    wrong = "boss,NOWHERE:rw,NOSTORE,rfid:123"
    rest = [("badges", "…23"), ("plants", "NOWHERE:rw"), ("roles", "boss"), ("warehouses", "NOSTORE")]
    head = "username,employee_code,full_name,roles,plants,warehouses,badges\n"
    for person, column, told in (
        ("new,,", "full_name", "a new person needs “full_name”"),
        (f"new,,{'x' * 300}", "full_name", "at most 200"),
        (f"{'x' * 60},,Nobody", "username", "at most 50"),
        ("ida,18,", "username", "a row is about one person"),
    ):
        errors = files.errors(f"{head}{person},{wrong}\n")
        assert sorted((name, value) for _, name, value, _ in errors if name != column) == rest
        ((_, _, _, message),) = [one for one in errors if one[1] == column]
        assert told in message


def test_a_second_row_of_somebody_new_is_looked_at_too(files: Files) -> None:
    head = "username,full_name,roles,plants,badges\n"
    errors = files.errors(f"{head}new,New,planner,KIEL:rw,10017\nnew,New,planner | boss,KIEL:r,10017\n")
    assert [(row, column) for row, column, *_ in errors] == [(3, "roles"), (3, "username")]


@pytest.mark.parametrize(
    ("file", "column", "told"),
    [
        ("", None, "names no column; what a file has at least is “username”"),
        ("name\nx", "username", "one of the columns “username”, “employee_code”, “email” is needed"),
        ("name\nx", "username", "the file has “name”"),
        ("username\n" + "x" * 140_000, None, "a cell has more than 131072 characters"),
        ("username,plants\nx,KIEL:q", "plants", "q says no rights: r reads, w writes, d takes out of use"),
        ("username,roles\nx,planner@KIEL/NIX", "roles", "there is no department NIX in KIEL; there"),
        ("username,shoe_size\nx,9", "shoe_size", "there is no such column"),
        ("username\nx", "full_name", "nobody is called x; a new person needs “full_name”"),
    ],
)
def test_a_file_that_is_none_is_a_clear_error(files: Files, file: str, column: str | None, told: str) -> None:
    errors = files.errors(file)
    assert column in [one[1] for one in errors]
    assert told in " ".join(message for *_, message in errors)


@pytest.mark.parametrize("file", [b"\xff\xfeu\x00s\x00", b"u\x00s\x00", b"\x00\x01\x02"])
def test_what_is_no_text_is_told(files: Files, file: bytes) -> None:
    answer = files.admin.post("/users/import", {"file": b64encode(file).decode()})
    assert (answer.status_code, "neither UTF-8 nor Windows-1252" in answer.json()["detail"]) == (422, True)
    assert files.admin.post("/users/import", {"file": "no base64!"}).status_code == 422


def test_one_row_a_person(files: Files) -> None:
    files.done(PEOPLE)
    twice = "username,employee_code\nida,\n,17\n"
    assert files.errors(twice) == [
        (3, "employee_code", "17", "row 2 is about the same person, Ida Jäger: leave one of them")
    ]
    mixed = "username,employee_code\nida,18\n"
    ((row, column, _, message),) = files.errors(mixed)
    assert (row, column) == (2, "username")
    assert "ida is Ida Jäger's" in message or "username is Ida Jäger's" in message


def test_empty_leaves_and_a_dash_empties(files: Files) -> None:
    files.done(PEOPLE)
    assert files.done("username,email,roles,plants\nida,,,\n") == []
    (change,) = files.done("username,email,roles,warehouses,access_ends_at\nida,-,planner,-,-\n")
    assert sorted(change["changes"][4:]) == ["-FG", "-RAW"]
    assert change["changes"][:4] == [
        "access_ends_at=-",
        "email",
        "-operator@KIEL",
        "-team_leader@KIEL/PRESS",
    ]
    ida = files.people()["ida"]
    assert (ida["email"], ida["roles"], ida["warehouses"], ida["access_ends_at"]) == (None, ["planner"], [], None)
    assert len(ida["plants"]) == 2, "of which the file said nothing"


def test_a_badge_of_somebody_else_stops_all(files: Files) -> None:
    files.done(PEOPLE)
    ((row, column, value, message),) = files.errors("username,full_name,badges\nnew,New,\nkai,Kai,10018\n")[-1:]
    assert (row, column, value) == (3, "badges", "…18")
    assert "Max Groß" in message
    assert "kai" not in files.people()


def test_what_was_agreed_to_is_what_is_done(files: Files) -> None:
    seen = files.preview(PEOPLE)["seen"]
    files.admin.post("/users", {"username": "ida", "full_name": "Ida Jäger"}).raise_for_status()
    refused = files.send(PEOPLE, seen=seen)
    assert (refused.status_code, refused.json()["code"]) == (409, "changed_since_preview")
    assert "18" not in files.people()


def test_nobody_takes_over_rights_they_lack(files: Files, made: Made, client: httpx.Client) -> None:
    rights = ["identity.user.read", "identity.user.import"]
    files.admin.post("/roles", {"code": "hr", "name": "HR", "permissions": rights}).raise_for_status()
    made.add_user("helga", roles=[])
    files.done("username,roles\nhelga,hr\n")
    helga = Files(sign_in(client, made, "helga"), files.kiel)
    until_answered(200, lambda: helga.send("username,full_name\nkim,Kim\n", "/users/import/preview"))
    told = helga.errors("username,full_name,roles,plants\nkim,Kim,admin | viewer@KIEL,\nanna,Other,,\n")
    assert [(row, column) for row, column, *_ in told] == [(2, "roles"), (2, "roles"), (3, "full_name")]
    assert helga.done("username,full_name\nkim,Kim\n")[0]["action"] == "create"
    made.add_user("nina", roles=[RoleCode.PLANNER])
    assert Files(sign_in(client, made, "nina"), files.kiel).send(PEOPLE).status_code == 403


def test_places_out_of_sight_have_their_codes(files: Files, made: Made, client: httpx.Client) -> None:
    files.done(PEOPLE)
    places = {one["id"] for path in ("plants", "warehouses") for one in files.admin.get(f"/{path}").json()["items"]}
    rights = ["identity.user.read", "identity.user.import"]
    files.admin.post("/roles", {"code": "hr", "name": "HR", "permissions": rights}).raise_for_status()
    made.add_user("helga", roles=[])
    files.done("username,roles\nhelga,hr\n")
    helga = Files(sign_in(client, made, "helga"), files.kiel)
    until_answered(200, lambda: helga.send("username,full_name\nkim,Kim\n", "/users/import/preview"))
    ida = next(one for one in helga.file() if one["username"] == "ida")
    assert ida["roles"] == "operator@KIEL | planner | team_leader@KIEL/PRESS"
    assert (ida["plants"], ida["warehouses"]) == ("KIEL:rw | LYON:r", "FG:r | RAW:rw*")
    assert helga.done(helga.admin.get("/users/people.csv").content.decode("utf-8-sig")) == [], "it is read again"
    file = f"username,roles,plants,warehouses\nida,team_leader@KIEL/PRESS,{files.kiel}:r,RAW\n18,,KIEL,\n"
    told = helga.errors(file)
    assert not [one for one in told if any(id_ in str(message) for id_ in places for message in one)]
    assert (3, "plants", "KIEL", "there is no plant KIEL; there are none") in told, "Max has nothing there"
    assert not [id_ for id_ in places if id_ in str(helga.preview(file))]


def test_the_last_administrator_stays_one(files: Files) -> None:
    ((row, column, value, message),) = files.errors("username,roles\nanna,viewer\n")
    assert (row, column, value) == (2, "roles", "admin")
    assert "last active administrator" in message


def test_two_at_once_take_turns(files: Files) -> None:
    answers: list[httpx.Response] = []
    workers = [Thread(target=lambda: answers.append(files.send(PEOPLE))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sorted(len(answer.json()["changes"]) for answer in answers) == [0, 0, 0, 2]


def test_no_badge_is_in_what_is_kept(files: Files) -> None:
    key = {"Idempotency-Key": "d3b0a6ac-0000-4000-8000-000000000001"}
    file = b64encode(PEOPLE.encode()).decode()
    first = files.admin.send("POST", "/users/import", json={"file": file}, headers=key)
    again = files.admin.send("POST", "/users/import", json={"file": file}, headers=key)
    assert (first.status_code, again.json()) == (200, first.json())
    assert "10017" not in first.text
    assert "10017" not in files.admin.get("/audit-log?limit=200").text


def test_a_default_warehouse_changes_whichever_was_given_first(files: Files) -> None:
    head = "username,full_name,warehouses\n"
    files.done(f"{head}ida,Ida,RAW:rw\n")
    files.done(f"{head}ida,Ida,FG:r* | RAW:rw\n")
    (change,) = files.done(f"{head}ida,Ida,FG:r | RAW:rw*\n")
    assert change["changes"] == ["+FG:r", "+RAW:rw*"]
    assert next(one for one in files.file() if one["username"] == "ida")["warehouses"] == "FG:r | RAW:rw*"


def test_a_preview_waits_for_nobody(files: Files, databases: Databases, made: Made) -> None:
    files.done(PEOPLE)
    with databases.session(Database.IDENTITY, made.scope) as session:
        session.scalars(select(User).order_by(User.id).with_for_update()).all()
        assert files.preview(PEOPLE)["changes"] == []


def test_a_file_holds_up_nobodys_notification(
    files: Files, databases: Databases, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.done(PEOPLE)
    look_up, referred_to = TakeOver.look_up, list[User]()

    def then_another_refers_to_them(work: TakeOver, people: Sequence[CsvPerson]) -> None:
        look_up(work, people)
        with databases.session(Database.IDENTITY, made.scope) as session:
            as_foreign_keys_do = select(User).with_for_update(read=True, key_share=True, nowait=True)
            referred_to.extend(session.scalars(as_foreign_keys_do))

    monkeypatch.setattr(TakeOver, "look_up", then_another_refers_to_them)
    files.done(PEOPLE)
    assert len(referred_to) == 3


def test_what_others_write_meanwhile_is_told(
    files: Files, databases: Databases, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = TakeOver.look_up

    def then_another_takes_the_name(work: TakeOver, people: Sequence[CsvPerson]) -> None:
        look_up(work, people)
        monkeypatch.undo()
        made.add_user("max")

    monkeypatch.setattr(TakeOver, "look_up", then_another_takes_the_name)
    answer = files.send("username,full_name\nmax,Max\n")
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_since_preview")
    assert "People changed while the file was taken over; look at a new preview" in answer.json()["detail"]

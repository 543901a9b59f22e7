"""One's own inbox and preferences over HTTP: live, and nobody else's."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import Databases
from unison_server.stations.silence import HEARD_AGAIN

from tests.server.factories import Made, make_organization
from tests.server.identity.test_invitations import accept, invite, token_of
from tests.server.identity.test_notifier import agent, happen
from tests.server.listening import Listener, listening
from tests.server.serving import SignedIn, sign_in

CHOSEN = {"language": "de", "time_zone": "Europe/Berlin", "units": "us_customary", "theme": "dark"}


def inbox(signed: SignedIn, **query: Any) -> dict[str, Any]:
    answer = signed.get("/notifications", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def until_told(signed: SignedIn, count: int) -> list[dict[str, Any]]:
    """The inbox once as much is in it."""
    deadline = time.monotonic() + 60
    while len(items := inbox(signed)["items"]) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return list(items)


def heard(listener: Listener, count: int = 1) -> list[tuple[str, str]]:
    """The next happenings to inboxes and preferences, and whose they are."""
    found: list[tuple[str, str]] = []
    while len(found) < count:
        told = listener.happening("identity")
        thing = told["topic"].split(".")[1]
        found += [(thing, told["entity"])] if thing in ("inbox", "preferences") else []
    return found


def put(signed: SignedIn, body: dict[str, Any], version: int | None = 0) -> httpx.Response:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return signed.send("PUT", "/preferences", json=body, headers=headers)


def test_what_happened_is_in_the_inbox_and_is_read_once(admin: SignedIn, made: Made) -> None:
    pc = agent(made, "Packing")
    happen(made, pc, [None])
    until_told(admin, 1)
    happen(made, pc, [None], HEARD_AGAIN)
    again, silent = until_told(admin, 2)
    assert (silent["title"], silent["kind"], silent["priority"]) == ("Packing is silent", "agent_silent", "high")
    assert (silent["reference_type"], silent["reference_id"]) == ("agent", str(pc))
    assert (silent["parameters"], silent["is_read"], silent["read_at"]) == ({"agent": "Packing"}, False, None)
    assert (again["priority"], inbox(admin)["unread"]) == ("low", 2)
    read = admin.send("PUT", f"/notifications/{silent['id']}/read").json()
    assert read["is_read"]
    assert admin.send("PUT", f"/notifications/{silent['id']}/read").json() == read
    assert [one["id"] for one in inbox(admin, is_read="false")["items"]] == [again["id"]]
    assert [one["id"] for one in inbox(admin, priority="high")["items"]] == [silent["id"]]
    assert [one["id"] for one in inbox(admin, kind="agent_heard_again")["items"]] == [again["id"]]
    first = inbox(admin, limit=1)
    assert (first["items"][0]["id"], first["unread"]) == (again["id"], 1)
    assert [one["id"] for one in inbox(admin, limit=1, cursor=first["next_cursor"])["items"]] == [silent["id"]]


def test_who_was_invited_and_came_is_told_to_those_who_invite(admin: SignedIn, client: httpx.Client) -> None:
    accepted = accept(client, token_of(invite(admin)))
    assert accepted.status_code == 201, accepted.text
    (told,) = until_told(admin, 1)
    assert (told["title"], told["message"]) == (
        "Ida Ilse accepted the invitation",
        "ida@example.org has an account now.",
    )


def test_what_comes_while_somebody_looks_stays_unread(admin: SignedIn, made: Made) -> None:
    happen(made, agent(made), [None])
    (seen,) = until_told(admin, 1)
    happen(made, agent(made), [None])
    until_told(admin, 2)
    assert admin.send("PUT", "/notifications/read-all", json={"until": seen["created_at"]}).json() == {"marked": 1}
    assert inbox(admin)["unread"] == 1
    assert admin.send("PUT", "/notifications/read-all").json() == {"marked": 1}
    assert admin.send("PUT", "/notifications/read-all").json() == {"marked": 0}
    assert inbox(admin)["unread"] == 0


def test_nobody_reads_or_marks_anybody_elses(
    admin: SignedIn, made: Made, client: httpx.Client, databases: Databases, system_databases: Databases
) -> None:
    made.add_user("ben", roles=[RoleCode.OPERATOR])
    other = make_organization(databases, system_databases)
    other.add_user("anna")
    happen(made, agent(made), [None])
    (told,) = until_told(admin, 1)
    for stranger in (sign_in(client, made, "ben"), sign_in(client, other)):
        assert inbox(stranger) == {"items": [], "next_cursor": None, "unread": 0}
        assert stranger.send("PUT", f"/notifications/{told['id']}/read").status_code == 404
        assert stranger.send("PUT", "/notifications/read-all").json() == {"marked": 0}
    assert inbox(admin)["unread"] == 1
    assert admin.send("PUT", f"/notifications/{uuid4()}/read").status_code == 404


def test_only_who_is_told_hears_that_their_inbox_changed(admin: SignedIn, made: Made, client: httpx.Client) -> None:
    made.add_user("ida")
    ida = sign_in(client, made, "ida")
    me, idas_id = (one.get("/auth/me").json()["id"] for one in (admin, ida))
    with listening(admin) as ours, listening(ida) as idas:
        for listener in (ours, idas):
            assert listener.next()
        assert put(ida, {}).status_code == 200
        happen(made, agent(made), [None])
        assert heard(ours) == [("inbox", me)]
        assert heard(idas, 2) == [("preferences", idas_id), ("inbox", idas_id)]
        assert admin.send("PUT", "/notifications/read-all").json() == {"marked": 1}
        assert heard(ours) == [("inbox", me)]
        happen(made, agent(made), [None])
        assert heard(idas) == [("inbox", idas_id)], "and not that somebody else read theirs"


@pytest.mark.parametrize("bad", [{"kind": "fire"}, {"priority": "unknown"}, {"is_read": "perhaps"}, {"until": "2026"}])
def test_what_narrows_nothing_is_refused(admin: SignedIn, bad: dict[str, str]) -> None:
    assert admin.get("/notifications", params=bad).status_code == 422


def test_programs_have_no_inbox_and_no_preferences(admin: SignedIn, client: httpx.Client) -> None:
    key = admin.post("/api-keys", {"name": "Reports", "scopes": ["sites.plant.read"]}).json()["key"]
    program = SignedIn(client, key, "")
    for method, path in (("GET", "/notifications"), ("PUT", "/notifications/read-all"), ("GET", "/preferences")):
        refused = program.send(method, path)
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in"), path
    assert put(program, {}).status_code == 401


def test_preferences_are_those_of_the_device_until_chosen(admin: SignedIn) -> None:
    unchosen = admin.get("/preferences")
    assert (unchosen.json()["version"], unchosen.headers["ETag"], unchosen.json()["theme"]) == (0, '"0"', "system")
    wanted = {**CHOSEN, "by_priority": {"urgent": "inbox_and_email"}, "by_kind": {"agent_silent": "none"}}
    chosen = put(admin, wanted)
    assert (chosen.status_code, chosen.headers["ETag"]) == (200, '"1"')
    assert admin.get("/preferences").json() == {"version": 1, **wanted}
    changed = put(admin, {"theme": "light", "language": None, "by_kind": {}}, 1).json()
    assert (changed["version"], changed["theme"], changed["language"], changed["by_kind"]) == (2, "light", None, {})


def test_an_older_program_takes_nothing_away_that_it_does_not_know(admin: SignedIn) -> None:
    kinds = {"agent_silent": "none", "call_quality": "inbox_and_email", "call_setter": "none"}
    put(admin, {**CHOSEN, "by_kind": kinds})
    unknowing = put(admin, {"language": None, "time_zone": None, "theme": "light", "by_priority": {}}, 1).json()
    assert (unknowing["language"], unknowing["theme"]) == (None, "light")
    assert (unknowing["units"], unknowing["by_kind"]) == ("us_customary", kinds)
    former = put(admin, {"units": "metric", "by_kind": {"call_raised": "inbox"}}, 2).json()
    assert former["units"] == "us_customary"
    assert former["by_kind"] == {"call_raised": "inbox", "call_quality": "inbox_and_email", "call_setter": "none"}
    knowing = put(admin, {"by_kind": {"call_quality": None, "call_setter": "inbox"}}, 3).json()
    assert knowing["by_kind"] == {"call_setter": "inbox"}
    assert put(admin, {"units": None}, 4).json()["errors"][0]["field"] == "units"


def test_preferences_are_changed_by_who_saw_them(admin: SignedIn) -> None:
    assert put(admin, CHOSEN, None).status_code == 428
    assert put(admin, CHOSEN, 3).json()["current"]["version"] == 0
    assert put(admin, CHOSEN).status_code == 200
    clash = put(admin, {})
    assert (clash.status_code, clash.json()["code"]) == (409, "version_clash")
    assert clash.json()["current"] == admin.get("/preferences").json()
    assert put(admin, {"theme": "pink"}, 1).json()["errors"][0]["field"] == "theme"


def patch(person: SignedIn, body: dict[str, Any], version: int | None = 0) -> httpx.Response:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return person.send("PATCH", "/preferences", json=body, headers=headers)


def test_some_preferences_are_changed_and_the_others_stay(admin: SignedIn) -> None:
    begun = patch(admin, {"theme": "dark", "by_kind": {"agent_silent": "none"}})
    assert (begun.status_code, begun.headers["ETag"]) == (200, '"1"')
    assert (begun.json()["theme"], begun.json()["language"]) == ("dark", None), "what nobody chose is the usual"
    assert begun.json()["units"] == "as_measured"
    changed = patch(admin, {"language": "de"}, 1).json()
    assert (changed["version"], changed["language"], changed["theme"]) == (2, "de", "dark")
    assert changed["by_kind"] == {"agent_silent": "none"}
    emptied = patch(admin, {"language": None, "by_kind": {}}, 2).json()
    assert (emptied["language"], emptied["by_kind"], emptied["theme"]) == (None, {}, "dark")
    assert patch(admin, {}, 3).json() == emptied, "nothing is changed by nothing"
    assert patch(admin, {"language": "en"}, None).status_code == 428
    clash = patch(admin, {"language": "en"}, 1)
    assert (clash.status_code, clash.json()["current"]) == (409, emptied)
    wrongs = (
        {"theme": None},
        {"theme": "pink"},
        {"units": None},
        {"units": "imperial"},
        {"by_kind": None},
        {"colour": "red"},
    )
    for wrong in wrongs:
        refused = patch(admin, wrong, 3)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, next(iter(wrong))), wrong


@pytest.mark.parametrize("told", ["metric", "us", "unknown"])
def test_units_that_programs_of_before_tell_were_chosen_by_nobody(admin: SignedIn, told: str) -> None:
    changed = put(admin, {**CHOSEN, "units": told})
    assert (changed.status_code, changed.json()["theme"], changed.json()["units"]) == (200, "dark", "as_measured")
    assert patch(admin, {"units": "si"}, 1).json()["units"] == "si"
    assert patch(admin, {"units": told, "theme": "light"}, 2).json()["units"] == "si"


def test_of_two_who_change_some_at_once_one_is_written(admin: SignedIn) -> None:
    bodies = [{"language": language} for language in ("de", "en", "fr", "it")]
    for version in (0, 1):
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(patch, [admin] * 4, bodies, [version] * 4))
        bodies = [{**body, "theme": "dark"} for body in bodies]
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


def test_of_two_at_once_one_is_written(admin: SignedIn) -> None:
    bodies = [{"language": language} for language in ("de", "en", "fr", "it", "es", "pt")]
    for version in (0, 1):
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(put, [admin] * 6, bodies, [version] * 6))
        bodies = [{**body, "theme": "dark"} for body in bodies]
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]


def test_who_changed_what_they_prefer_is_in_the_audit_log(admin: SignedIn) -> None:
    put(admin, CHOSEN)
    (line,) = admin.get("/audit-log", params={"table": "user_preferences"}).json()["items"]
    assert (line["action"], line["new_values"]["theme"]) == ("insert", "dark")

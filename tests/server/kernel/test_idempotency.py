"""A request sent twice takes effect once."""

from __future__ import annotations

import threading
import time

import httpx
from unison_domain.identity.contracts import RoleCode

from tests.server.factories import Made
from tests.server.listening import DEADLINE
from tests.server.serving import SignedIn, sign_in

PLANT = {"code": "BER", "name": "Berlin", "time_zone": "Europe/Berlin"}
KEY = {"Idempotency-Key": "0190-aaaa-bbbb"}


def codes(admin: SignedIn) -> list[str]:
    return [plant["code"] for plant in admin.get("/plants").json()["items"]]


def test_the_second_gets_the_first_answer(admin: SignedIn) -> None:
    first, second = admin.post("/plants", PLANT, headers=KEY), admin.post("/plants", PLANT, headers=KEY)
    assert (second.status_code, second.content, second.headers["etag"]) == (201, first.content, '"1"')
    assert second.headers["idempotent-replay"] == "true"
    assert codes(admin) == ["BER"]


def test_another_body_under_the_same_key_is_refused(admin: SignedIn) -> None:
    admin.post("/plants", PLANT, headers=KEY)
    other = admin.post("/plants", {**PLANT, "code": "MUC"}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert codes(admin) == ["BER"]


def test_a_refused_request_may_be_mended_under_its_key(admin: SignedIn) -> None:
    assert admin.post("/plants", {**PLANT, "name": ""}, headers=KEY).status_code == 422
    assert admin.post("/plants", PLANT, headers=KEY).status_code == 201


def test_twins_at_the_same_time_take_effect_once(admin: SignedIn) -> None:
    answers: list[httpx.Response] = []
    barrier = threading.Barrier(6)

    def send() -> None:
        barrier.wait()
        answers.append(admin.post("/plants", PLANT, headers=KEY))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replay" not in answer.headers for answer in answers) == 1
    assert codes(admin) == ["BER"]


def test_keys_of_two_people_are_apart(admin: SignedIn, client: httpx.Client, made: Made) -> None:
    made.add_user("bert")
    assert admin.post("/plants", PLANT, headers=KEY).status_code == 201
    bert = sign_in(client, made, "bert")
    assert bert.post("/plants", {**PLANT, "code": "MUC"}, headers=KEY).status_code == 201


def test_who_may_not_do_it_any_more_is_not_told_again(admin: SignedIn, client: httpx.Client, made: Made) -> None:
    user_id = made.add_user("bert", roles=[RoleCode.ADMIN])
    bert = sign_in(client, made, "bert")
    assert bert.post("/plants", PLANT, headers=KEY).status_code == 201
    taken = {"role": "admin", "assigned": False}
    seen = {"If-Match": admin.get(f"/users/{user_id}").headers["etag"]}
    assert admin.post(f"/users/{user_id}/assign-role", taken, headers=seen).status_code == 200
    until = time.monotonic() + DEADLINE
    while bert.post("/plants", {**PLANT, "code": "NEW"}).status_code != 403:
        assert time.monotonic() < until, "the right holds on"
    again = bert.post("/plants", PLANT, headers=KEY)
    assert (again.status_code, again.json()["parameters"]["permission"]) == (403, "sites.plant.create")
    told = admin.get("/audit-log", params={"action": "refused"}).json()["items"]
    assert len(told) >= 2, "both refusals are told"


def test_a_bad_key_is_refused(admin: SignedIn) -> None:
    for key in ("short", "has a space in it", "x" * 201):
        assert admin.post("/plants", PLANT, headers={"Idempotency-Key": key}).status_code == 422

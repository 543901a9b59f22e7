import threading
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from unison_desktop.kernel import client as client_module
from unison_desktop.kernel.client import ApiClient, Call, ListCall
from unison_desktop.kernel.errors import ApiError, Trouble
from unison_domain.sites.contracts import PlantUpdate
from unison_domain.stations.contracts import AgentAnswer, EnrolmentAnswer, EnrolmentCreate

from tests.desktop import samples
from tests.desktop.conftest import end_deletions
from tests.desktop.fake_server import Answer, Asked, FakeServer, problem


def outcome(qtbot: QtBot, call: Call | ListCall) -> Any:
    """The answer or the error, whichever comes."""
    got: list[Any] = []
    call.done.connect(got.append)
    call.failed.connect(got.append)
    qtbot.waitUntil(lambda: bool(got))
    return got[0]


def failure(qtbot: QtBot, call: Call | ListCall) -> ApiError:
    error = outcome(qtbot, call)
    assert isinstance(error, ApiError)
    return error


def get_agent(client: ApiClient, owner: QObject) -> Call:
    return client.get("/agents/1", read=AgentAnswer, owner=owner)


def test_an_answer_is_read_with_its_contract(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    server.answer("GET /agents/1", samples.agent(1))
    assert outcome(qtbot, get_agent(client, owner)) == samples.agent(1)
    assert server.asked[0].headers["authorization"] == "Bearer access-1"


def test_a_list_is_read_to_its_end(qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject) -> None:
    def page(asked: Asked) -> Answer:
        number = int(asked.query.get("cursor", ["1"])[0])
        items = [samples.agent(number).model_dump(mode="json")]
        return Answer({"items": items, "next_cursor": str(number + 1) if number < 3 else None})

    server.answer_with("GET /agents", page)
    agents = outcome(qtbot, client.get_all("/agents", item=AgentAnswer, owner=owner))
    assert agents == [samples.agent(n) for n in (1, 2, 3)]


def test_times_and_lists_survive_the_address(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    server.answer("GET /agents/1", samples.agent(1))
    at = datetime(2026, 11, 20, 8, tzinfo=UTC).isoformat()
    query = {"from": at, "id": [1, 2], "q": "A&B=ü +%", "left_out": None}
    outcome(qtbot, client.get("/agents/1", read=AgentAnswer, owner=owner, query=query))
    assert server.asked[0].query == {"from": [at], "id": ["1", "2"], "q": ["A&B=ü +%"]}


def test_deleting_the_owner_cancels_without_a_word(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    hold = threading.Event()
    server.answer("GET /agents/1", samples.agent(1), wait=hold)
    server.answer("GET /agents/2", samples.agent(2))
    page = QObject()
    told: list[object] = []
    call = client.get("/agents/1", read=AgentAnswer, owner=page)
    call.done.connect(told.append)
    call.failed.connect(told.append)
    qtbot.waitUntil(lambda: len(server.asked) == 1)
    page.deleteLater()
    end_deletions()
    hold.set()
    outcome(qtbot, client.get("/agents/2", read=AgentAnswer, owner=owner))
    assert told == []


def test_a_problem_becomes_an_error_with_its_fields(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    body = {
        "title": "Invalid",
        "status": 422,
        "code": "invalid",
        "detail": "The name can't be used.",
        "errors": [{"field": "name", "code": "too_long", "message": "at most 200 characters"}],
    }
    server.answer("GET /agents/1", body, status=422)
    error = failure(qtbot, get_agent(client, owner))
    assert (error.trouble, error.status, error.code) == (Trouble.REFUSED, 422, "invalid")
    assert error.message == "The name can't be used.\nName: at most 200 characters"


def test_an_error_page_of_a_proxy_is_told_by_its_status(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    server.answer("GET /agents/1", status=502, raw=b"<html>Bad gateway</html>")
    error = failure(qtbot, get_agent(client, owner))
    assert error.problem is None
    assert "502" in error.message
    assert error.is_temporary


def test_an_answer_that_breaks_the_contract_is_an_error(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    server.answer("GET /agents/1", {"id": "not an id"})
    error = failure(qtbot, get_agent(client, owner))
    assert error.trouble is Trouble.UNREADABLE
    assert "/agents/1" in error.message


def test_an_empty_answer_is_nothing_only_where_nothing_is_expected(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    server.answer("POST /agents/1/wake", status=204)
    server.answer("GET /agents/1", status=204)
    assert outcome(qtbot, client.post("/agents/1/wake", None, read=None, owner=owner)) is None
    assert failure(qtbot, get_agent(client, owner)).trouble is Trouble.UNREADABLE


def test_no_server_is_unreachable(qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject) -> None:
    server.close()
    with qtbot.waitSignal(client.unreachable):
        call = get_agent(client, owner)
        error: list[ApiError] = []
        call.failed.connect(error.append)
    qtbot.waitUntil(lambda: bool(error))
    assert error[0].trouble is Trouble.UNREACHABLE
    assert error[0].is_temporary


def test_a_server_that_says_nothing_times_out(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "TIME_OUT_MS", 60)
    hold = threading.Event()
    server.answer("GET /agents/1", samples.agent(1), wait=hold)
    error = failure(qtbot, get_agent(client, owner))
    hold.set()
    assert error.trouble is Trouble.TIMED_OUT


def signed_with(token: str) -> Any:
    """An answer for those who have the renewed token."""

    def answer(asked: Asked) -> Answer:
        if asked.headers["authorization"] == f"Bearer {token}":
            return Answer(samples.agent(1).model_dump(mode="json"))
        return problem(401, "not_signed_in", "The token has expired.")

    return answer


def test_an_expired_token_is_renewed_once_for_all_who_wait(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    server.answer_with("GET /agents/1", signed_with("access-2"))
    got: list[object] = []
    for _ in range(5):
        get_agent(client, owner).done.connect(got.append)
    qtbot.waitUntil(lambda: len(got) == 5)
    assert len(server.asked_for("POST /auth/refresh")) == 1
    assert server.asked_for("POST /auth/refresh")[0].body == {"refresh_token": "refresh_org_1"}


def test_a_token_refused_again_is_an_error_not_a_loop(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    server.refuse("GET /agents/1", 401, "not_signed_in", "No.")
    assert failure(qtbot, get_agent(client, owner)).status == 401
    assert len(server.asked_for("POST /auth/refresh")) == 1


def test_a_refused_renewal_forgets_the_tokens(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    server.answer_with("GET /agents/1", signed_with("never"))
    server.refuse("POST /auth/refresh", 401, "not_signed_in", "Signed out elsewhere.")
    with qtbot.waitSignal(client.tokens_changed):
        call = get_agent(client, owner)
        told: list[ApiError] = []
        call.failed.connect(told.append)
    assert client.tokens is None
    assert told[0].message == "Signed out elsewhere."


def test_a_renewal_that_fails_for_now_keeps_the_tokens(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    server.answer_with("GET /agents/1", signed_with("never"))
    server.refuse("POST /auth/refresh", 503, "unavailable", "Later.")
    assert failure(qtbot, get_agent(client, owner)).is_temporary
    assert client.tokens == samples.tokens()


def test_a_post_can_be_repeated_as_the_same_request(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    key = uuid4()
    for _ in range(2):
        body = EnrolmentCreate(name="Line 4")
        outcome(qtbot, client.post("/agents", body, read=EnrolmentAnswer, owner=owner, key=key))
    outcome(qtbot, client.post("/agents", body, read=EnrolmentAnswer, owner=owner))
    keys = [asked.headers["idempotency-key"] for asked in server.asked]
    assert keys[0] == keys[1] == str(key)
    assert keys[2] != keys[0]


def test_a_change_names_its_version_and_only_what_is_given(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    server.answer("PATCH /plants/1", samples.agent(1))
    call = client.patch("/plants/1", PlantUpdate(address=None), version=7, read=AgentAnswer, owner=owner)
    outcome(qtbot, call)
    assert server.asked[0].headers["if-match"] == '"7"'
    assert server.asked[0].body == {"address": None}


def test_a_call_that_has_ended_can_be_forgotten(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    call = get_agent(client, owner)
    with qtbot.waitSignal(call.destroyed):
        pass
    call.cancel()


def test_a_call_can_be_cancelled(qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject) -> None:
    server.answer("GET /agents/1", samples.agent(1))
    told: list[object] = []
    call = get_agent(client, owner)
    call.done.connect(told.append)
    call.failed.connect(told.append)
    call.cancel()
    assert outcome(qtbot, get_agent(client, owner)) == samples.agent(1)
    assert told == []


def test_a_retry_time_is_read(qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject) -> None:
    server.refuse("GET /agents/1", 429, "too_many", "Slow down.", {"Retry-After": "17"})
    assert failure(qtbot, get_agent(client, owner)).retry_after == 17


def test_a_proxy_that_refuses_the_renewal_signs_nobody_out(
    qtbot: QtBot, server: FakeServer, client: ApiClient, owner: QObject
) -> None:
    server.refuse("GET /agents/1", 401, "token_expired", "The token has expired.")
    server.answer("POST /auth/refresh", raw=b"<html>Sign in to the guest network</html>", status=403)
    error = failure(qtbot, get_agent(client, owner))
    assert error.is_temporary
    assert client.tokens is not None


def test_who_hears_the_answer_may_end_the_page_that_asked(qtbot: QtBot, server: FakeServer, client: ApiClient) -> None:
    server.answer("GET /agents/1", samples.agent(1))
    page = QObject()
    heard: list[object] = []

    def end_page(answer: object) -> None:
        shiboken6.delete(page)
        heard.append(answer)

    get_agent(client, page).done.connect(end_page)
    qtbot.waitUntil(lambda: bool(heard))
    end_deletions()
    assert heard == [samples.agent(1)]


def test_a_request_in_flight_ends_with_the_client_it_was_sent_by(qtbot: QtBot, server: FakeServer) -> None:
    hold = threading.Event()
    server.answer("GET /agents/1", samples.agent(1), wait=hold)
    client, page = ApiClient(server.url), QObject()
    told: list[object] = []
    call = get_agent(client, page)
    call.done.connect(told.append)
    call.failed.connect(told.append)
    qtbot.waitUntil(lambda: bool(server.asked))
    shiboken6.delete(client)
    hold.set()
    end_deletions()
    shiboken6.delete(page)
    end_deletions()
    assert told == []

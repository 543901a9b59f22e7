"""Commands to agents: asked for with a right of their own, fetched while they wait, answered once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from unison_domain.identity.contracts import RoleCode
from unison_domain.stations.commands import CommandState
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.settings import Settings
from unison_server.stations.commands import MOST_WAITING
from unison_server.stations.retention import forget_old_incidents
from unison_server.stations.waiting_events import WAIT_BEGAN

from tests.server.factories import Made
from tests.server.listening import listening
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import Floor, Sender

LOG = {"kind": "send_log", "parameters": {"lines": 50}}
RETRY = {"kind": "retry_dead_letters", "parameters": {"epoch": str(uuid4()), "sequences": [4, 7]}}


def read_of(floor: Floor) -> dict[str, Any]:
    return {"kind": "test_read", "parameters": {"tag_id": str(floor.gauges[0])}}


def ask(floor: Floor, body: dict[str, Any]) -> dict[str, Any]:
    answer = floor.admin.post(f"/agents/{floor.agent_id}/commands", body)
    assert answer.status_code == 201, answer.text
    asked: dict[str, Any] = answer.json()
    return asked


def fetched(floor: Floor) -> list[str]:
    answer = floor.sender.call("GET", "/commands")
    assert answer.status_code == 200, answer.text
    return [command["id"] for command in answer.json()["items"]]


def state_of(floor: Floor, command: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = floor.admin.get(f"/agents/{floor.agent_id}/commands/{command['id']}").json()
    return answer


def answered(floor: Floor, command: dict[str, Any], **fields: Any) -> dict[str, Any]:
    said = {"ok": True, "answer": {"lines": ["started"]}, **fields}
    return floor.sender.event("command_answered", command_id=command["id"], **said)


def move_expiry(floor: Floor, seconds: float) -> None:
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        statement = "update agent_commands set expires_at = expires_at + make_interval(secs => :seconds)"
        session.execute(text(statement), {"seconds": seconds})


def test_a_command_waits_is_fetched_and_its_answer_is_kept(floor: Floor) -> None:
    asked = ask(floor, LOG)
    assert (asked["state"], asked["parameters"]) == (CommandState.WAITING, {"lines": 50})
    assert fetched(floor) == [asked["id"]]
    floor.sender.send([answered(floor, asked)])
    done = state_of(floor, asked)
    assert (done["state"], done["answer"], done["message"]) == (CommandState.DONE, {"lines": ["started"]}, None)
    assert done["answered_at"] is not None
    assert fetched(floor) == []
    assert {"stations.agent.commanded", "stations.agent.command_answered"} <= set(floor.topics())


def test_the_first_answer_stands_and_a_batch_sent_again_changes_nothing(floor: Floor) -> None:
    asked = ask(floor, LOG)
    batch = floor.sender.batch([answered(floor, asked, ok=False, message="the disk refuses", answer={})])
    for _ in range(2):
        assert floor.sender.post(batch).status_code == 200
    once = floor.topics().count("stations.agent.command_answered")
    assert once == 1
    other = Sender(floor.sender.client, floor.agent_id, floor.sender.token)
    later = other.event("command_answered", command_id=asked["id"], ok=True, answer={"lines": []})
    assert other.post(other.batch([later])).status_code == 200
    kept = state_of(floor, asked)
    assert (kept["state"], kept["message"]) == (CommandState.FAILED, "the disk refuses")


def test_a_test_read_expires_by_the_server_s_clock_and_is_not_given_out_late(floor: Floor) -> None:
    asked = ask(floor, read_of(floor))
    assert 29 < seconds_between(asked["created_at"], asked["expires_at"]) <= 30
    move_expiry(floor, -31)
    assert fetched(floor) == []
    assert state_of(floor, asked)["state"] == CommandState.EXPIRED


def test_what_was_read_in_time_counts_when_its_answer_is_late(floor: Floor) -> None:
    asked = ask(floor, read_of(floor))
    move_expiry(floor, -31)
    floor.sender.send([answered(floor, asked, answer={"registers": ["0005"]})])
    assert state_of(floor, asked)["state"] == CommandState.DONE


def test_a_retry_waits_for_as_long_as_it_takes(floor: Floor) -> None:
    assert ask(floor, RETRY)["expires_at"] is None


def test_a_heartbeat_tells_how_many_wait(floor: Floor) -> None:
    beat = {"at": "2026-03-02T06:00:00Z", "agent_version": "1.1", "configuration": 1, "queue_depth": 0}
    for expected in range(2):
        assert floor.sender.call("POST", "/heartbeat", json=beat).json()["commands"] == expected
        ask(floor, LOG)


def test_the_agent_is_told_at_once_and_nothing_else(floor: Floor) -> None:
    agent = SignedIn(floor.sender.client, floor.sender.token, "")
    with listening(agent) as listener:
        assert listener.next() is not None
        tag = {"name": "x", "table": "coil", "address": 0, "type": "bool", "device_id": str(floor.device_id)}
        floor.admin.post("/tags", tag)
        other = floor.admin.post("/agents", {"name": "Hall 2"}).json()
        floor.admin.client.post(
            "/api/v1/stations/enrol",
            json={"code": other["code"], "hostname": "pc-2", "version": "1", "platform": "linux"},
        )
        floor.admin.post(f"/agents/{other['agent_id']}/commands", LOG)
        ask(floor, LOG)
        told = listener.event("stations")
    assert (told.data["topic"], told.data["entity"]) == ("stations.agent.commanded", str(floor.agent_id))


def test_people_are_told_when_the_answer_is_there(floor: Floor) -> None:
    asked = ask(floor, LOG)
    with listening(floor.admin) as listener:
        assert listener.next() is not None
        floor.sender.send([answered(floor, asked)])
        while (told := listener.event("stations")).data["topic"] != "stations.agent.command_answered":
            pass
    assert told.data["entity"] == str(floor.agent_id)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "test_read"}, "name a tag_id"),
        ({"kind": "test_read", "parameters": {"tag_id": "no"}}, "valid UUID"),
        ({"kind": "discard_dead_letters", "parameters": RETRY["parameters"]}, "parameters.reason"),
        (
            {"kind": "retry_dead_letters", "parameters": {"epoch": str(uuid4()), "sequences": []}},
            "parameters.sequences",
        ),
        ({"kind": "send_log", "parameters": {"lines": 10**9}}, "parameters.lines"),
        ({"kind": "send_log", "parameters": {"file": "/etc/passwd"}}, "parameters.file"),
        ({"kind": "format_disk"}, "no such command"),
    ],
)
def test_a_command_that_can_not_be_carried_out_is_refused_with_its_reason(
    floor: Floor, body: dict[str, Any], words: str
) -> None:
    refused = floor.admin.post(f"/agents/{floor.agent_id}/commands", body)
    assert refused.status_code == 422, refused.text
    assert words in refused.text


def test_only_what_is_configured_and_the_agent_s_own_is_read(floor: Floor) -> None:
    other = floor.admin.post("/agents", {"name": "Hall 2"}).json()["agent_id"]
    foreign = floor.admin.post(f"/agents/{other}/commands", read_of(floor))
    assert (foreign.status_code, foreign.json()["code"]) == (422, "not_of_agent")
    nowhere = {"kind": "test_read", "parameters": {"device_id": str(uuid4()), "table": "coil", "address": 0}}
    assert floor.admin.post(f"/agents/{floor.agent_id}/commands", nowhere).status_code == 404
    gone = floor.admin.send("DELETE", f"/tags/{floor.gauges[0]}", headers={"If-Match": '"1"'})
    assert gone.status_code == 200
    refused = floor.admin.post(f"/agents/{floor.agent_id}/commands", read_of(floor))
    assert (refused.status_code, refused.json()["code"]) == (422, "not_configured")


def test_an_agent_without_a_pc_is_asked_nothing(floor: Floor) -> None:
    other = floor.admin.post("/agents", {"name": "Hall 2"}).json()["agent_id"]
    refused = floor.admin.post(f"/agents/{other}/commands", LOG)
    assert (refused.status_code, refused.json()["code"]) == (409, "agent_not_enrolled")


def test_commands_do_not_pile_up(floor: Floor) -> None:
    insert = """insert into agent_commands (organization_id, id, agent_id, kind, parameters)
        select :organization, gen_random_uuid(), :agent, 'retry_dead_letters', '{}' from generate_series(1, :n)"""
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        said = {"organization": floor.made.id, "agent": floor.agent_id, "n": MOST_WAITING}
        session.execute(text(insert), said)
    assert floor.admin.post(f"/agents/{floor.agent_id}/commands", LOG).status_code == 429


def test_each_kind_asks_for_a_right_of_its_own(floor: Floor, made: Made, client: httpx.Client) -> None:
    made.add_user("sam", roles=[RoleCode.SUPERVISOR], writes=[floor.plant_id])
    made.add_user("mia", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[floor.plant_id])
    for body in (read_of(floor), LOG, RETRY):
        refused = sign_in(client, made, "sam").post(f"/agents/{floor.agent_id}/commands", body)
        assert refused.status_code == 403
        assert refused.json()["parameters"]["permission"] == f"stations.agent.{body['kind']}"
        assert sign_in(client, made, "mia").post(f"/agents/{floor.agent_id}/commands", body).status_code == 201


def test_a_device_of_another_plant_is_not_read(floor: Floor, made: Made, client: httpx.Client) -> None:
    made.add_user("mia", roles=[RoleCode.MAINTENANCE_TECHNICIAN], reads=[floor.plant_id], writes=[made.add_plant("P9")])
    refused = sign_in(client, made, "mia").post(f"/agents/{floor.agent_id}/commands", read_of(floor))
    assert (refused.status_code, refused.json()["code"]) == (403, "place_read_only")


def test_who_asked_for_what_is_in_the_audit_without_the_answer(floor: Floor) -> None:
    asked = ask(floor, LOG)
    floor.sender.send([answered(floor, asked, answer={"lines": ["a secret of the log"]})])
    rows = floor.rows(
        "select action, actor_kind, new_values::text as new from audit_logs where entity_id = :id order by at",
        id=UUID(asked["id"]),
    )
    assert [(row.action, row.actor_kind) for row in rows] == [("insert", "user"), ("update", "agent")]
    assert not any("secret" in row.new for row in rows)


def test_the_audit_log_has_one_entry_of_a_command_with_what_came_of_it(floor: Floor) -> None:
    floor.made.until_people_are_copied()
    asked, waits = ask(floor, read_of(floor)), ask(floor, LOG)
    floor.sender.send([answered(floor, asked, ok=False, message="no route to the device", answer={})])
    log = floor.admin.get("/audit-log", params={"table": "agent_commands"}).json()["items"]
    assert [(one["entity_id"], one["action"], one["actor_name"]) for one in log] == [
        (waits["id"], "insert", "Anna"),
        (asked["id"], "insert", "Anna"),
    ]
    open_, done = (one["new_values"] for one in log)
    assert (done["kind"], done["parameters"]) == ("test_read", asked["parameters"])
    assert (done["ok"], done["message"], done["answered_at"] is None) == (False, "no route to the device", False)
    assert (open_["ok"], open_["answered_at"]) == (None, None)


def test_an_answer_that_nobody_here_waits_for_calls_nobody(floor: Floor) -> None:
    """A restored server never gave the commands that were asked after its backup; agents send their answers again."""
    command = ask(floor, LOG)
    lost = floor.sender.event("command_answered", command_id=str(uuid4()), ok=True)
    floor.sender.send([lost, answered(floor, command)])
    assert state_of(floor, command)["state"] == CommandState.DONE
    assert floor.rows("select code from quarantine") == []
    assert WAIT_BEGAN not in floor.topics()


def test_old_commands_are_forgotten_unless_they_wait(
    floor: Floor, settings: Settings, system_databases: Databases
) -> None:
    done, _, waits = ask(floor, LOG), ask(floor, read_of(floor)), ask(floor, RETRY)
    floor.sender.send([answered(floor, done)])
    later = datetime.now(UTC) + timedelta(days=settings.incidents_kept_days)
    forget_old_incidents(settings, system_databases, later - timedelta(hours=1))
    assert len(floor.rows("select id from agent_commands")) == 3
    forget_old_incidents(settings, system_databases, later + timedelta(hours=1))
    assert [str(row.id) for row in floor.rows("select id from agent_commands")] == [waits["id"]]


def test_two_pcs_of_one_identity_are_given_nothing(floor: Floor) -> None:
    ask(floor, RETRY)
    with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
        session.execute(text("update agents set state = 'conflict'"))
    assert fetched(floor) == []


def seconds_between(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def test_what_came_of_a_command_is_for_those_who_may_ask_the_same(floor: Floor, client: httpx.Client) -> None:
    asked = ask(floor, LOG)
    floor.sender.send([answered(floor, asked, message="as it stands", answer={"lines": ["SECRET"]})])
    floor.made.add_user("susi", roles=[RoleCode.SUPERVISOR], reads=[floor.plant_id])
    floor.made.add_user("mona", roles=[RoleCode.MAINTENANCE_TECHNICIAN], reads=[floor.plant_id])
    commands = f"/agents/{floor.agent_id}/commands"
    susi, mona = (sign_in(client, floor.made, name) for name in ("susi", "mona"))
    for path in (commands, f"{commands}/{asked['id']}"):
        seen = susi.get(path)
        assert (seen.status_code, CommandState.DONE in seen.text) == (200, True)
        assert "SECRET" not in seen.text
        assert "as it stands" not in seen.text
        assert "SECRET" in mona.get(path).text
    assert state_of(floor, asked)["answer"] == {"lines": ["SECRET"]}

"""The event stream over real HTTP: nothing missed, nothing foreign, and an end when it has to end."""

from __future__ import annotations

import threading
import time
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from unison_domain.identity.contracts import RoleAssignment, RoleCode
from unison_server.app import create_app
from unison_server.identity import usecases
from unison_server.identity.tables import User
from unison_server.kernel import stream
from unison_server.kernel.access import Caller
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import new_epoch, record
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings
from unison_server.kernel.stream import Sent, Subscriber

from tests.server.factories import Made, make_organization
from tests.server.listening import DEADLINE, listening
from tests.server.serving import SignedIn, serving, sign_in


def happen(made: Made, topic: str = "sites.plant.created", plant_id: UUID | None = None) -> UUID:
    with made.databases.session(Database.OPERATIONS, made.scope) as session:
        return record(session, topic, new_id(), plant_id=plant_id, version=1)


def test_what_happens_is_told_with_its_position(admin: SignedIn, made: Made) -> None:
    with listening(admin) as listener:
        ready = listener.next()
        assert ready is not None
        assert ready.name == "ready"
        plant = admin.post("/plants", {"code": "BER", "name": "Berlin", "time_zone": "Europe/Berlin"}).json()
        told = listener.event()
    assert (told.data["topic"], told.data["entity"]) == ("sites.plant.created", plant["id"])
    assert told.data["version"] == 1
    assert told.data["organization_id"] == str(made.id)
    assert told.data["actor"].startswith("user:")
    epoch, _, position = told.id.partition(".")
    assert ready.id.startswith(epoch + ".")
    assert int(position) > int(ready.id.partition(".")[2])


@pytest.mark.parametrize("topic", ["nonsense", "sites.plant", "sites.plant.created.twice", "Sites.plant.created", ""])
@pytest.mark.parametrize("database", Database)
def test_a_topic_of_another_form_is_refused(made: Made, database: Database, topic: str) -> None:
    with (
        pytest.raises(DBAPIError, match="ck_outbox_topic"),
        made.databases.session(database, made.scope) as session,
    ):
        record(session, topic)


def test_it_continues_where_it_broke(admin: SignedIn, made: Made) -> None:
    with listening(admin) as listener:
        ready = listener.next()
        assert ready is not None
    missed = [happen(made) for _ in range(5)]
    with listening(admin, ready.id) as listener:
        assert [UUID(listener.happening()["id"]) for _ in missed] == missed
        later = happen(made)
        assert UUID(listener.happening()["id"]) == later


def test_a_busy_time_is_told_whole_to_those_who_break_and_return(admin: SignedIn, made: Made) -> None:
    """Whenever a client breaks and comes back, it sees each event once and in order."""
    with listening(admin) as listener:
        ready = listener.next()
        assert ready is not None
    last = ready.id
    seen: list[UUID] = []
    written: list[UUID] = []

    def write() -> None:
        for _ in range(60):
            written.append(happen(made))

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive() or len(seen) < len(written):
        with listening(admin, last) as listener:
            for _ in range(7):
                if len(seen) == len(written) and not writer.is_alive():
                    break
                told = listener.event()
                last = told.id
                seen.append(UUID(told.data["id"]))
    assert seen == written


@pytest.mark.parametrize("last_id", ["gone.7", "x", "", "%00", ".", "7"])
def test_an_unknown_id_is_a_reset(admin: SignedIn, made: Made, last_id: str) -> None:
    with listening(admin, last_id) as listener:
        told = listener.next()
        assert told is not None
        assert told.name in ("reset", "ready" if last_id == "" else "reset")
        happened = happen(made)
        assert UUID(listener.happening()["id"]) == happened


def test_a_position_never_given_is_a_reset(admin: SignedIn) -> None:
    with listening(admin) as listener:
        ready = listener.next()
        assert ready is not None
    epoch = ready.id.partition(".")[0]
    with listening(admin, f"{epoch}.{10**12}") as listener:
        told = listener.next()
        assert told is not None
        assert told.name == "reset"


def test_a_pruned_position_is_a_reset(admin: SignedIn, system_databases: Databases) -> None:
    with listening(admin) as listener:
        ready = listener.next()
        assert ready is not None
    epoch, _, position = ready.id.partition(".")
    set_pruned = text(
        "update platform_settings set value = to_jsonb(cast(:p as int)) where key = 'events.pruned_through'"
    )
    with system_databases.operations.begin() as connection:
        connection.execute(set_pruned, {"p": int(position)})
    with listening(admin, f"{epoch}.{int(position) - 1}") as listener:
        told = listener.next()
        assert told is not None
        assert told.name == "reset"
    with system_databases.operations.begin() as connection:
        connection.execute(set_pruned, {"p": 0})


def test_only_what_one_may_know_is_told(
    client: httpx.Client, made: Made, databases: Databases, system_databases: Databases
) -> None:
    here, there = made.add_plant("HERE"), made.add_plant("THERE")
    made.add_user("olga", roles=[RoleCode.OPERATOR], reads=[here])
    other = make_organization(databases, system_databases)
    with listening(sign_in(client, made, "olga")) as listener:
        listener.next()
        happen(other)
        happen(made, plant_id=there)
        happen(made, "identity.user.created")
        expected = [happen(made, plant_id=here), happen(made)]
        assert [UUID(listener.happening()["id"]) for _ in expected] == expected


def test_identity_is_told_on_the_same_stream(admin: SignedIn, made: Made) -> None:
    with listening(admin) as listener:
        listener.next()
        user = made.add_user("bert")
        while (told := listener.happening("identity"))["entity"] != str(user):
            pass
    assert told["topic"] == "identity.user.created"


def test_signing_out_ends_it(client: httpx.Client, made: Made) -> None:
    made.add_user()
    signed, other = sign_in(client, made), sign_in(client, made)
    with listening(signed) as listener, listening(other) as staying:
        listener.next()
        staying.next()
        client.post("/api/v1/auth/logout", json={"refresh_token": signed.refresh_token})
        while (told := listener.next()) is not None:
            assert told.data["topic"].startswith("identity.")
        happened = happen(made)
        while UUID(staying.happening()["id"]) != happened:
            pass


def test_changed_rights_end_it(client: httpx.Client, made: Made) -> None:
    user = made.add_user("olga", roles=[RoleCode.OPERATOR])
    with listening(sign_in(client, made, "olga")) as listener:
        listener.next()
        with made.databases.session(Database.IDENTITY, made.scope) as session:
            role = RoleAssignment(role=RoleCode.OPERATOR, assigned=False)
            usecases.assign_role(session, session.need(User, user, "user"), role)
        assert listener.next() is None


def end_listeners(cluster: Cluster, databases: Databases, database: Database) -> int:
    """End the connections that listen, as a restart of PostgreSQL does; gives how many."""
    name = databases.engine_for(database).url.database
    assert name
    with cluster.connect(name, autocommit=True) as connection:
        ended = connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name like 'unison listens%'"
        )
        return len(ended.fetchall())


def test_what_happens_while_the_listener_is_gone_is_told_afterwards(
    admin: SignedIn, made: Made, cluster: Cluster
) -> None:
    with listening(admin) as listener:
        listener.next()
        assert end_listeners(cluster, made.databases, Database.OPERATIONS) >= 1
        happened = [happen(made) for _ in range(3)]
        assert [UUID(listener.happening()["id"]) for _ in happened] == happened


def test_while_nobody_listens_for_changes_a_signed_out_session_is_refused_at_once(
    app: FastAPI, client: httpx.Client, made: Made, cluster: Cluster
) -> None:
    made.add_user()
    signed = sign_in(client, made)
    assert signed.get("/auth/me").status_code == 200
    assert end_listeners(cluster, made.databases, Database.IDENTITY) >= 1
    until = time.monotonic() + DEADLINE
    while app.state.services.access.listening:
        assert time.monotonic() < until
    client.post("/api/v1/auth/logout", json={"refresh_token": signed.refresh_token})
    assert signed.get("/auth/me").status_code == 401


def until_listening(app: FastAPI, *, listens: bool) -> None:
    """Wait until changes of rights reach the server, or until they do no more."""
    until = time.monotonic() + DEADLINE
    while app.state.services.access.listening is not listens:
        assert time.monotonic() < until
        time.sleep(0.001)


def test_a_session_that_ended_while_nobody_listened_is_told_nothing_afterwards(
    app: FastAPI, client: httpx.Client, made: Made, cluster: Cluster
) -> None:
    made.add_user()
    signed = sign_in(client, made)
    with listening(signed) as listener:
        listener.next()
        until_listening(app, listens=True)
        assert end_listeners(cluster, made.databases, Database.IDENTITY) >= 1
        until_listening(app, listens=False)
        client.post("/api/v1/auth/logout", json={"refresh_token": signed.refresh_token})
        until_listening(app, listens=True)
        happen(made)
        while (told := listener.next()) is not None:
            assert told.data["topic"].startswith("identity."), "of before"


def test_while_nobody_listens_a_busy_stream_is_asked_after_every_moment(
    settings: Settings, made: Made, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "ASKED_SECONDS", 0.3)
    monkeypatch.setattr("unison_server.kernel.listen._RETRY_SECONDS", 60.0)
    made.add_user()
    app = create_app(settings)
    with serving(app) as address, httpx.Client(base_url=address) as client:
        signed = sign_in(client, made)
        with listening(signed) as listener:
            listener.next()
            until_listening(app, listens=True)
            end_listeners(cluster, made.databases, Database.IDENTITY)
            until_listening(app, listens=False)
            client.post("/api/v1/auth/logout", json={"refresh_token": signed.refresh_token})
            until = time.monotonic() + DEADLINE
            while listener.told.empty() or listener.told.get_nowait() is not None:
                assert time.monotonic() < until, "it goes on"
                happen(made)


def test_without_a_token_there_is_no_stream(client: httpx.Client) -> None:
    assert client.get("/api/v1/events").status_code == 401


def test_an_expired_token_ends_it(client: httpx.Client, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_server.kernel.access.ACCESS_SECONDS", 1)
    made.add_user()
    with listening(sign_in(client, made)) as listener:
        while listener.next() is not None:
            pass


def test_silence_is_broken_by_heartbeats(admin: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    headers = {"Authorization": f"Bearer {admin.access_token}"}
    with admin.client.stream("GET", "/api/v1/events", headers=headers) as answer:
        beats = 0
        for chunk in answer.iter_raw():
            beats += chunk.count(b":\n\n")
            if beats >= 3:
                break
    assert beats >= 3


def test_a_stopping_server_ends_its_streams(settings: Settings, made: Made) -> None:
    made.add_user()
    app = create_app(settings)
    with serving(app) as address, httpx.Client(base_url=address) as client:
        signed = sign_in(client, made)
        opened = listening(signed)
        listener = opened.__enter__()
        listener.next()
    while (told := listener.next()) is not None:
        assert told.name == "happening"  # of what was made before, relayed late
    opened.__exit__(None, None, None)


def sent(organization: UUID, position: int) -> Sent:
    values = (new_id(), "sites.plant.created", organization, None, None, None, None, None, None)
    return Sent("epoch", position, values)


def test_a_slow_client_is_reset_and_takes_no_memory() -> None:
    scope = Scope(new_id(), permissions=frozenset({"sites.plant.read"}))
    subscriber = Subscriber(Caller(scope, "token"))
    for position in range(1, stream.MOST_WAITING + 500):
        subscriber.offer(sent(scope.organization_id, position))
    assert subscriber.lost
    assert len(subscriber.waiting) == 0


def test_a_restore_resets_everybody(settings: Settings, made: Made, system_databases: Databases) -> None:
    made.add_user()
    with serving(create_app(settings)) as address, httpx.Client(base_url=address) as client:
        signed = sign_in(client, made)
        with listening(signed) as listener:
            ready = listener.next()
    assert ready is not None
    with system_databases.operations.begin() as connection:
        new_epoch(connection)
    with serving(create_app(settings)) as address, httpx.Client(base_url=address) as client:
        again = SignedIn(client, signed.access_token, signed.refresh_token)
        with listening(again, ready.id) as listener:
            told = listener.next()
    assert told is not None
    assert told.name == "reset"
    assert told.id.partition(".")[0] != ready.id.partition(".")[0]


def test_from_commit_to_client_is_quick(admin: SignedIn, made: Made) -> None:
    """Also when the commit was in another process, which can't wake the dispatcher."""
    with listening(admin) as listener:
        listener.next()
        taken = []
        for _ in range(20):
            begun = time.perf_counter()
            happen(made)
            listener.happening()
            taken.append(time.perf_counter() - begun)
    assert sorted(taken)[10] < 0.25, taken

"""Everybody who can do something about a happening is told of it once, whatever is killed, down or restored."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import NullPool
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.notification_contracts import NotificationKind
from unison_domain.identity.preference_contracts import PreferencesReplace
from unison_server.app import create_app, tasks
from unison_server.identity import certificate
from unison_server.identity.message_tables import Message
from unison_server.identity.notices import IDENTITY_NOTICES, Notice, Sources, Subject
from unison_server.identity.notification_tables import Notification
from unison_server.identity.notifier import CURSOR, MOST_MAILED, Notifier, forget_notifications
from unison_server.identity.preferences import replace_preferences
from unison_server.identity.tables import OwnRole, UserRole
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.dispatcher import number
from unison_server.kernel.jobs import Worker
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import Recorded, new_epoch, outbox, record_all
from unison_server.kernel.settings import Settings
from unison_server.stations.silence import HEARD_AGAIN, SILENT
from unison_server.stations.tables import Agent
from unison_server.workers import NOTICES, SETTLEMENTS

from tests.server.factories import Made, make_organization
from tests.server.identity.mailing import wait_for_job
from tests.server.mail_server import MailServer
from tests.server.serving import serving


@pytest.fixture(scope="module", autouse=True)
def rights(settings: Settings) -> None:
    """What endpoints ask for is known once there is an application; it serves nothing here."""
    create_app(settings)


@pytest.fixture
def made(databases: Databases, system_databases: Databases) -> Made:
    """An organization, with everything told that happened before it."""
    made = make_organization(databases, system_databases)
    settle(system_databases)
    return made


def notifier(system: Databases, *, sends_mail: bool = True, notices: Iterable[Notice] = NOTICES) -> Notifier:
    return Notifier(system.operations, notices, SETTLEMENTS, sends_mail=sends_mail)


def dispatch(system: Databases) -> None:
    with system.operations.begin() as operations:
        while number(operations):
            pass


def settle(system: Databases, *, sends_mail: bool = True, notices: Iterable[Notice] = NOTICES) -> None:
    """All that happened is told."""
    dispatch(system)
    made = notifier(system, sends_mail=sends_mail, notices=notices)
    for _ in range(2):  # the first look of all tells nothing
        with system.identity.begin() as identity:
            while made.step(identity):
                pass


def environment_of(settings: Settings) -> dict[str, str]:
    """For a program that works over the same databases."""
    named = [f"{database}{role}" for database in Database for role in ("_url", "_owner_url", "_system_url")]
    return {
        **os.environ,
        "UNISON_DATA": str(settings.data),
        **{f"UNISON_{name.upper()}": getattr(settings, name) for name in named},
    }


def agent(made: Made, name: str = "Hall 1") -> UUID:
    with made.databases.session(Database.OPERATIONS, made.scope) as session:
        row = Agent(name=name)
        session.add(row)
        session.flush()
        return row.id


def happen(made: Made, entity: UUID | None, plants: Iterable[UUID | None], topic: str = SILENT) -> None:
    with made.databases.session(Database.OPERATIONS, made.scope) as session:
        record_all(session, [Recorded(topic, entity, plant) for plant in plants])


def told(made: Made) -> list[tuple[UUID, str]]:
    """Whom, of what, in the order it was told."""
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        found = session.execute(select(Notification.user_id, Notification.kind).order_by(Notification.created_at))
        return [(row.user_id, row.kind) for row in found]


def mail(made: Made) -> list[Message]:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        return list(session.scalars(select(Message)))


def prefer(made: Made, user: UUID, **wanted: Any) -> None:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        replace_preferences(session, user, PreferencesReplace.model_validate(wanted), 0)


def test_those_are_told_who_may_do_something_about_it_there(made: Made, system_databases: Databases) -> None:
    here, there = made.add_plant(), made.add_plant()
    admin = made.add_user("anna")
    technician = made.add_user("tom", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[here])
    made.add_user("tim", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[there])
    made.add_user("tina", roles=[RoleCode.MAINTENANCE_TECHNICIAN], reads=[here])
    made.add_user("otto", roles=[RoleCode.OPERATOR], writes=[here])
    made.add_user("audrey", roles=[RoleCode.AUDITOR])
    gone = made.add_user("gone")
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text("update users set is_active = false where id = :id"), {"id": gone})
    happen(made, agent(made), [here])
    settle(system_databases)
    assert set(told(made)) == {(admin, "agent_silent"), (technician, "agent_silent")}


def test_a_role_of_the_organizations_own_counts_too(made: Made, system_databases: Databases) -> None:
    here = made.add_plant()
    user = made.add_user("rita", roles=[RoleCode.OPERATOR], writes=[here])
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.add(OwnRole(code="pc", name="PCs", permissions=["stations.agent.update"]))
        session.add(UserRole(user_id=user, role="pc"))
    happen(made, agent(made), [here])
    settle(system_databases)
    assert told(made) == [(user, "agent_silent")]


def test_once_however_often_it_is_killed_and_in_however_many_plants(made: Made, system_databases: Databases) -> None:
    admin, pc = made.add_user("anna"), agent(made)
    happen(made, pc, [made.add_plant(), made.add_plant()])
    happen(made, pc, [None], HEARD_AGAIN)
    dispatch(system_databases)
    for _ in range(2):
        with system_databases.identity.connect() as identity:  # as if killed before the commit
            notifier(system_databases).step(identity)
    assert told(made) == []
    for _ in range(3):
        settle(system_databases)
    assert told(made) == [(admin, "agent_silent"), (admin, "agent_heard_again")]


def test_what_is_about_the_whole_server_is_told_each_time(made: Made, system_databases: Databases) -> None:
    admin = made.add_user("anna")
    made.add_user("otto", roles=[RoleCode.OPERATOR])
    for _ in range(2):
        happen(made, None, [None], certificate.TOPIC)
    settle(system_databases)
    assert told(made) == [(admin, "certificate_due")] * 2


def test_a_fault_in_the_words_of_one_keeps_nobody_from_hearing_of_the_others(
    made: Made, system_databases: Databases
) -> None:
    admin, broken, well = made.add_user("anna"), agent(made), agent(made, "Hall 2")

    def describe(sources: Sources, _organization: UUID, entity: UUID | None) -> Subject:
        if entity == broken:
            sources.operations.execute(text("select no_such_column from agents"))
        return Subject({"agent": "Hall 2"})

    at_fault = Notice(SILENT, NotificationKind.AGENT_SILENT, "stations.agent.update", describe)
    happen(made, broken, [None])
    happen(made, well, [None])
    happen(made, None, [None], certificate.TOPIC)
    settle(system_databases, notices=[at_fault, *IDENTITY_NOTICES])
    assert told(made) == [(admin, "agent_silent"), (admin, "certificate_due")]


KILLED = """
import os, sys
from unison_server.app import create_app
from unison_server.workers import NOTICES, SETTLEMENTS
from unison_server.identity.notifier import Notifier
from unison_server.kernel.dispatcher import Worker
from unison_server.kernel.settings import Settings
settings = Settings.load()
create_app(settings)
system = settings.system_databases()
step = Notifier(system.operations, NOTICES, SETTLEMENTS, sends_mail=True).step
Worker("unison.notifier", system.identity, step, poll_seconds=0.001).start()
print("up", flush=True)
sys.stdin.read()
"""


def test_killed_again_and_again_it_tells_each_once(made: Made, settings: Settings, system_databases: Databases) -> None:
    admin = made.add_user("anna", email="anna@example.org")
    prefer(made, admin, by_priority={"high": "inbox_and_email"})
    happened = 0
    for _ in range(2):
        with subprocess.Popen([sys.executable, "-c", KILLED], env=environment_of(settings), stdin=-1, stdout=-1) as one:
            assert one.stdout
            assert one.stdout.readline() == b"up\n"
            deadline, before = time.monotonic() + 60, len(told(made))
            while len(told(made)) < before + 3:  # it is at work when it is killed
                assert time.monotonic() < deadline
                happen(made, agent(made), [None])
                happened += 1
                dispatch(system_databases)
            one.kill()
    settle(system_databases)
    assert told(made) == [(admin, "agent_silent")] * happened
    assert len(mail(made)) == min(happened, MOST_MAILED)


def test_two_at_once_tell_once(made: Made, system_databases: Databases) -> None:
    admin = made.add_user("anna")
    for _ in range(5):
        happen(made, agent(made), [None])
    dispatch(system_databases)

    def step() -> None:
        with system_databases.identity.begin() as identity:
            notifier(system_databases).step(identity)

    threads = [threading.Thread(target=step) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert told(made) == [(admin, "agent_silent")] * 5


def test_after_a_restore_nobody_is_told_again_and_news_is_told(made: Made, system_databases: Databases) -> None:
    admin = made.add_user("anna", email="anna@example.org")
    prefer(made, admin, by_priority={"high": "inbox_and_email"})
    happen(made, agent(made), [None])
    settle(system_databases)
    with system_databases.operations.begin() as operations:
        new_epoch(operations)
    happen(made, agent(made), [None])
    settle(system_databases)
    assert told(made) == [(admin, "agent_silent")] * 2
    assert len(mail(made)) == 2


def test_of_what_happened_before_it_first_looked_nobody_is_told(made: Made, system_databases: Databases) -> None:
    made.add_user("anna")
    happen(made, agent(made), [None])
    dispatch(system_databases)
    with system_databases.identity.begin() as identity:
        identity.execute(text("delete from platform_settings where key = :key"), {"key": CURSOR.name})
    settle(system_databases)
    assert told(made) == []


def test_while_operations_is_down_nothing_is_lost(made: Made, system_databases: Databases) -> None:
    admin = made.add_user("anna")
    happen(made, agent(made), [None])
    nowhere = create_engine("postgresql+psycopg://127.0.0.1:1/none", poolclass=NullPool)
    with pytest.raises(DBAPIError), system_databases.identity.begin() as identity:
        Notifier(nowhere, NOTICES, SETTLEMENTS, sends_mail=False).step(identity)
    settle(system_databases)
    assert told(made) == [(admin, "agent_silent")]


def test_organizations_hear_nothing_of_each_other(
    made: Made, databases: Databases, system_databases: Databases
) -> None:
    other = make_organization(databases, system_databases)
    ours, theirs = made.add_user("anna"), other.add_user("anna")
    happen(other, agent(made), [None])  # of a thing of ours, which is none of theirs
    settle(system_databases)
    assert (told(made), told(other)) == ([], [])
    happen(other, agent(other), [None])
    happen(made, agent(made), [None])
    settle(system_databases)
    assert (told(made), told(other)) == ([(ours, "agent_silent")], [(theirs, "agent_silent")])


def test_who_chose_no_time_zone_is_mailed_by_the_organizations_clock(made: Made, system_databases: Databases) -> None:
    prefer(made, made.add_user("anna", email="anna@example.org"), by_priority={"high": "inbox_and_email"})
    happen(made, agent(made, "Packing"), [None])
    settle(system_databases)
    (message,) = mail(made)
    assert message.parameters["occurred"].endswith("(Europe/Berlin)")


def test_people_are_told_as_they_prefer(made: Made, system_databases: Databases) -> None:
    anna = made.add_user("anna", email="anna@example.org")
    made.add_user("none", email="none@example.org")
    nomail = made.add_user("nomail")
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        none = session.execute(text("select id from users where username = 'none'")).scalar_one()
    mailed = {"by_priority": {"high": "inbox_and_email"}}
    prefer(made, anna, **mailed, time_zone="Asia/Tokyo")
    prefer(made, nomail, **mailed)
    prefer(made, none, **mailed, by_kind={"agent_silent": "none"})
    happen(made, agent(made, "Packing"), [None])
    settle(system_databases)
    assert set(told(made)) == {(anna, "agent_silent"), (nomail, "agent_silent")}
    (message,) = mail(made)
    assert (message.recipient, message.state, message.secret) == ("anna@example.org", "waiting", None)
    assert message.parameters["title"] == "Packing is silent"
    assert message.parameters["occurred"].endswith("(Asia/Tokyo)")
    with system_databases.identity.connect() as identity:
        waiting = select(outbox.c.topic, outbox.c.entity).where(outbox.c.organization_id == made.id)
        happened = {(row.topic, row.entity) for row in identity.execute(waiting)}
    assert {("identity.message.written", message.id), ("identity.inbox.changed", anna)} <= happened


def test_old_news_and_a_server_without_mail_send_none(made: Made, system_databases: Databases) -> None:
    anna = made.add_user("anna", email="anna@example.org")
    prefer(made, anna, by_priority={"high": "inbox_and_email"})
    with system_databases.operations.begin() as operations:
        long_ago = datetime.now(UTC) - timedelta(days=2)
        row = {"organization_id": made.id, "id": new_id(), "topic": SILENT, "entity": agent(made)}
        operations.execute(insert(outbox), {**row, "occurred_at": long_ago})
    settle(system_databases)
    happen(made, agent(made), [None])
    settle(system_databases, sends_mail=False)
    assert len(told(made)) == 2
    assert mail(made) == []


def test_where_much_happens_at_once_mail_ends_and_says_so(made: Made, system_databases: Databases) -> None:
    anna = made.add_user("anna", email="anna@example.org")
    prefer(made, anna, by_priority={"high": "inbox_and_email"})
    for _ in range(MOST_MAILED + 3):
        happen(made, agent(made), [None])
    settle(system_databases)
    assert len(told(made)) == MOST_MAILED + 3
    last = ["more is in your inbox" in message.parameters["message"] for message in mail(made)]
    assert sorted(last) == [False] * (MOST_MAILED - 1) + [True]
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        session.execute(text("update messages set created_at = created_at - interval '1 hour'"))
    happen(made, agent(made), [None])
    settle(system_databases)
    assert len(mail(made)) == MOST_MAILED + 1


def test_who_did_it_knows_but_of_ones_own_account_one_is_told(made: Made, system_databases: Databases) -> None:
    anna, ida = made.add_user("anna"), made.add_user("ida")
    with system_databases.operations.begin() as operations:
        row = {"organization_id": made.id, "actor": f"user:{anna}"}
        removed = {"topic": "identity.user.second_factor_removed", "entity": anna}
        operations.execute(insert(outbox), [{**row, "id": new_id(), **removed}])
        operations.execute(insert(outbox), [{**row, "id": new_id(), "topic": SILENT, "entity": agent(made)}])
    settle(system_databases)
    assert set(told(made)) == {(anna, "second_factor_removed"), (ida, "agent_silent")}


def test_what_was_read_long_ago_is_forgotten(made: Made, settings: Settings, system_databases: Databases) -> None:
    made.add_user("anna")
    for _ in range(2):
        happen(made, agent(made), [None])
    settle(system_databases)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        read = session.scalars(select(Notification).limit(1)).one()
        read.read_at = datetime.now(UTC) + timedelta(seconds=1)
    for days, left in ((29, 2), (31, 1), (366, 0)):
        forget_notifications(settings, system_databases, datetime.now(UTC) + timedelta(days=days))
        assert len(told(made)) == left


def test_the_database_itself_tells_nobody_twice(made: Made) -> None:
    anna = made.add_user("anna")
    row = {"user_id": anna, "kind": "certificate_due", "parameters": {}, "occurred_at": datetime.now(UTC)}
    with (
        pytest.raises(IntegrityError, match="uq_notifications_happening"),
        made.databases.session(Database.IDENTITY, made.scope) as session,
    ):
        session.add_all([Notification(**row), Notification(**row)])


def test_it_comes_by_mail_once(made: Made, mailing: tuple[Settings, MailServer], system_databases: Databases) -> None:
    settings, mailbox = mailing
    anna = made.add_user("anna", email="packing@example.org")
    prefer(made, anna, by_kind={"agent_silent": "inbox_and_email"})
    with serving(create_app(settings)):
        happen(made, agent(made, "Packing <1>"), [None])
        wait_for_job(settings, made)
    Worker(made.databases, settings.operations_system_url, tasks(settings)).run_waiting()
    (letter,) = [one for one in mailbox.letters if one["To"] == "packing@example.org"]
    assert letter["Subject"] == "Packing <1> is silent"
    plain, html = (part.get_content() for part in letter.iter_parts())
    assert f"Company {made.code}, " in plain
    assert "<strong>Packing &lt;1&gt; is silent</strong>" in html
    settle(system_databases)
    assert [message.state for message in mail(made)] == ["sent"]

"""Messages are sent once, tried again while there is hope, and hold their secret no longer than needed."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from unison_domain.identity.message_contracts import MessageKind
from unison_domain.identity.preference_contracts import PreferencesReplace
from unison_server.certificates.authority import make_authority
from unison_server.identity.languages import clock_of
from unison_server.identity.message_tables import Message
from unison_server.identity.messages import MOST_ATTEMPTS, InHandError, Post, Postman, let_messages_go
from unison_server.identity.preferences import replace_preferences
from unison_server.kernel import mail
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.dispatcher import number
from unison_server.kernel.jobs import Worker
from unison_server.kernel.relay import Relay
from unison_server.kernel.settings import Settings

from tests.server.factories import Made
from tests.server.mail_server import HANG_UP, MailServer, mail_server
from tests.server.serving import SignedIn

TOKEN = "invitation_0_a-token-of-tests"
ENCRYPTION = MultiFernet([Fernet(Fernet.generate_key())])


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def post(mailbox: MailServer) -> Post:
    server = mail.MailServer("127.0.0.1", mailbox.port, "none", "unison@example.org")
    return Post(ENCRYPTION, "https://unison.example.org", server)


def write(post: Post, made: Made, recipient: str | None = "ida@example.org", hours: int = 1) -> UUID:
    parameters = {"inviter": "Anna <b>", "organization": "Pumps & Valves\nLtd"}
    until = datetime.now(UTC) + timedelta(hours=hours)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        return post.write(session, MessageKind.INVITATION, recipient, TOKEN, until, parameters).id


def read(made: Made, message_id: UUID) -> Message:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        return session.need(Message, message_id, "message")


def deliver(post: Post, made: Made, message_id: UUID) -> None:
    post.deliver(made.databases, made.scope, message_id)


def test_it_arrives_as_text_and_html_with_its_link(post: Post, made: Made, mailbox: MailServer) -> None:
    message_id = write(post, made)
    assert TOKEN not in str(read(made, message_id).secret)
    deliver(post, made, message_id)
    (letter,) = mailbox.letters
    assert (letter["To"], letter["Subject"]) == ("ida@example.org", "Anna <b> invites you to Pumps & Valves Ltd")
    plain, html = (part.get_content() for part in letter.iter_parts())
    assert f"https://unison.example.org/accept-invitation#{TOKEN}" in plain
    assert "Anna &lt;b&gt; invites you to work with Unison at Pumps &amp; Valves Ltd" in html
    sent = read(made, message_id)
    assert (sent.state, sent.attempts, sent.secret, sent.error) == ("sent", 1, None, None)
    deliver(post, made, message_id)
    assert len(mailbox.letters) == 1


def test_its_end_is_told_by_the_clock_of_who_reads_it(post: Post, made: Made, mailbox: MailServer) -> None:
    until = datetime(2190, 7, 1, 12, tzinfo=UTC)
    parameters = {"inviter": "Anna", "organization": "Pumps"}
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        here = (session, MessageKind.INVITATION, "ida@example.org", TOKEN, until, parameters)
        message_id = post.write(*here, clock="Europe/Berlin").id
    deliver(post, made, message_id)
    (letter,) = mailbox.letters
    assert all("2190-07-01 14:00 (Europe/Berlin)" in part.get_content() for part in letter.iter_parts())


def test_who_chose_a_time_zone_reads_by_it_others_by_the_organizations(made: Made) -> None:
    ida, ben = made.add_user("ida"), made.add_user("ben")
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        replace_preferences(session, ida, PreferencesReplace(time_zone="Asia/Tokyo"), 0)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        assert [clock_of(session, one) for one in (ida, ben, None)] == ["Asia/Tokyo", "Europe/Berlin", "Europe/Berlin"]


def test_the_job_is_deferred_by_what_was_committed_and_sends_it_once(
    post: Post, made: Made, mailbox: MailServer, settings: Settings, system_databases: Databases
) -> None:
    message_id = write(post, made)
    relay = Relay(system_databases.identity, Postman(post.errand()))
    with system_databases.identity.begin() as identity:
        while number(identity):
            pass
    for _ in range(2):
        with system_databases.operations.connect() as operations:  # as if killed before the commit
            relay.step(operations)
    with system_databases.operations.begin() as operations:
        while relay.step(operations):
            pass
        relay.step(operations)
        with system_databases.identity.connect() as identity:
            Postman(post.errand()).start_over(identity, operations)
    Worker(made.databases, settings.operations_system_url, [post.errand()]).run_waiting()
    assert [letter["Message-ID"] for letter in mailbox.letters] == [f"<{message_id}@example.org>"]
    assert read(made, message_id).state == "sent"


@pytest.mark.parametrize(
    ("command", "answer", "state", "error"),
    [
        ("RCPT", "550 no such mailbox", "failed", "550 no such mailbox"),
        ("RCPT", "450 try later", "waiting", "450 try later"),
        ("DATA", "554 spam", "failed", "554 spam"),
        ("DATA", "451 full", "waiting", "451 full"),
    ],
)
def test_what_the_server_says_is_kept(
    post: Post, made: Made, mailbox: MailServer, command: str, answer: str, state: str, error: str
) -> None:
    mailbox.usual[command].append(answer)
    message_id = write(post, made)
    if state == "waiting":
        with pytest.raises(mail.NotSentError, match=error):
            deliver(post, made, message_id)
    else:
        deliver(post, made, message_id)
    refused = read(made, message_id)
    assert (refused.state, refused.error, refused.claimed_until) == (state, error, None)
    assert (refused.secret is None) == (state == "failed")
    deliver(post, made, message_id)
    assert read(made, message_id).state == ("sent" if state == "waiting" else "failed")


def test_a_line_that_breaks_before_the_answer_brings_it_again_under_the_same_id(
    post: Post, made: Made, mailbox: MailServer
) -> None:
    mailbox.usual["DATA"].append(HANG_UP)
    message_id = write(post, made)
    with pytest.raises(mail.NotSentError):
        deliver(post, made, message_id)
    deliver(post, made, message_id)
    assert len({letter["Message-ID"] for letter in mailbox.letters}) == 1
    assert read(made, message_id).state == "sent"


def test_it_is_given_up_after_some_attempts_and_says_why(post: Post, made: Made) -> None:
    assert post.server
    nowhere = replace(post, server=replace(post.server, port=1))
    message_id = write(post, made)
    for _ in range(MOST_ATTEMPTS - 1):
        with pytest.raises(mail.NotSentError, match=r"127\.0\.0\.1:1"):
            deliver(nowhere, made, message_id)
    deliver(nowhere, made, message_id)
    failed = read(made, message_id)
    assert (failed.state, failed.attempts, failed.secret) == ("failed", MOST_ATTEMPTS, None)
    assert "refused" in str(failed.error)


def test_two_jobs_send_it_once_and_a_killed_one_is_taken_over(post: Post, made: Made, mailbox: MailServer) -> None:
    message_id = write(post, made)
    mailbox.hold.clear()
    first = threading.Thread(target=deliver, args=(post, made, message_id))
    first.start()
    assert mailbox.arrived.wait(60)
    with pytest.raises(InHandError):
        deliver(post, made, message_id)
    mailbox.hold.set()
    first.join(60)
    assert (read(made, message_id).state, len(mailbox.letters)) == ("sent", 1)
    killed = write(post, made)
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        lapsed = "update messages set attempts = 1, claimed_until = now() - interval '1 second' where id = :id"
        session.execute(text(lapsed), {"id": killed})
    deliver(post, made, killed)
    assert (read(made, killed).state, read(made, killed).attempts) == ("sent", 2)


def test_what_is_over_or_not_to_be_sent_is_not(
    post: Post, made: Made, mailbox: MailServer, settings: Settings, system_databases: Databases
) -> None:
    late, also_late = write(post, made, hours=-1), write(post, made, hours=-1)
    deliver(post, made, late)
    let_messages_go(settings, system_databases, datetime.now(UTC))
    silent = replace(post, server=None)
    kept, nobody = write(silent, made), write(post, made, recipient=None)
    states = {read(made, one).state: read(made, one).secret for one in (late, also_late, kept, nobody)}
    assert states == {"expired": None, "kept": None, "nobody": None}
    lost = replace(post, encryption=MultiFernet([Fernet(Fernet.generate_key())]))
    unreadable = write(post, made)
    deliver(lost, made, unreadable)
    assert "encryption key" in str(read(made, unreadable).error)
    assert mailbox.letters == []
    let_messages_go(settings, system_databases, datetime.now(UTC) + timedelta(days=100))
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        assert session.find(Message, kept) is None


def test_no_message_that_is_over_holds_a_secret(post: Post, made: Made) -> None:
    message_id = write(post, made)
    for change in ("state = 'failed'", "state = 'sent', secret = null", "recipient = null"):
        with pytest.raises(IntegrityError), made.databases.session(Database.IDENTITY, made.scope) as session:
            session.execute(text(f"update messages set {change} where id = :id"), {"id": message_id})


def test_who_looks_after_people_sees_what_became_of_them(post: Post, made: Made, admin: SignedIn) -> None:
    sent, kept = write(post, made), write(replace(post, server=None), made)
    deliver(post, made, sent)
    listed = admin.get("/messages").json()["items"]
    assert [(one["id"], one["state"]) for one in listed] == [(str(kept), "kept"), (str(sent), "sent")]
    assert "secret" not in str(listed)
    assert [one["id"] for one in admin.get("/messages", params={"state": "sent"}).json()["items"]] == [str(sent)]


def test_the_line_is_encrypted_and_the_server_known(
    made: Made, post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    authority = make_authority(tmp_path / "authority.pem", tmp_path, "Mail of tests", now)
    (tmp_path / "server.pem").write_bytes(authority.issue(["127.0.0.1"], now))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    with mail_server(context) as encrypting:
        there = mail.MailServer(
            "127.0.0.1", encrypting.port, "starttls", "unison@example.org", "unison", "long & secret"
        )
        message_id = write(post, made)
        with pytest.raises(mail.NotSentError, match="certificate"):
            deliver(replace(post, server=there), made, message_id)
        assert encrypting.log_ins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        deliver(replace(post, server=there), made, message_id)
        assert (encrypting.encrypted, encrypting.log_ins) == ([True], [("unison", "long & secret")])
    assert "long & secret" not in repr(there)

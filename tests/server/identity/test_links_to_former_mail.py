"""No link to a password goes to an e-mail that a person had before, whatever the mail server did meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from unison_server.app import create_app
from unison_server.identity.messages import OTHER_MAIL, Post
from unison_server.kernel.database import Database
from unison_server.kernel.mail import NotSentError
from unison_server.kernel.settings import Settings

from tests.server.factories import Made
from tests.server.mail_server import MailServer
from tests.server.serving import SignedIn, serving, sign_in

FORMER, NOW = "ida@example.org", "ilse@example.org"


@contextmanager
def administrator(settings: Settings, made: Made) -> Iterator[SignedIn]:
    made.add_user("anna")
    with serving(create_app(settings)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield sign_in(client, made)


def messages(admin: SignedIn) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = admin.get("/messages", params={"kind": "password_reset"}).json()["items"]
    return items


def link_made(admin: SignedIn, ida: UUID) -> UUID:
    """A link on its way; gives the id of its message."""
    made = admin.post(f"/users/{ida}/password-reset")
    assert (made.status_code, made.json()["link"]) == (200, None), made.text
    return UUID(messages(admin)[0]["id"])


def refused_once(post: Post, made: Made, mailbox: MailServer, message_id: UUID) -> None:
    """The mail server is asked and takes nothing yet."""
    mailbox.usual["RCPT"].append("451 later")
    with pytest.raises(NotSentError):
        post.deliver(made.databases, made.scope, message_id)


def sent_to(mailbox: MailServer, made: Made) -> list[str]:
    return [str(one["To"]) for one in mailbox.letters if made.code in str(one["Subject"])]


def test_a_letter_that_waits_is_withdrawn_with_the_mailbox(made: Made, mailing: tuple[Settings, MailServer]) -> None:
    settings, mailbox = mailing
    post, ida = Post.of(settings), made.add_user("ida", email=FORMER)
    with administrator(settings, made) as admin:
        waiting = link_made(admin, ida)
        refused_once(post, made, mailbox, waiting)
        seen = {"If-Match": admin.get(f"/users/{ida}").headers["ETag"]}
        assert admin.send("PATCH", f"/users/{ida}", json={"email": NOW}, headers=seen).status_code == 200
        (told,) = messages(admin)
        assert (told["state"], told["recipient"], told["error"]) == ("expired", FORMER, OTHER_MAIL)
        post.deliver(made.databases, made.scope, waiting)
        assert sent_to(mailbox, made) == []
        post.deliver(made.databases, made.scope, link_made(admin, ida))
        assert sent_to(mailbox, made) == [NOW]
        assert [one["state"] for one in messages(admin)] == ["sent", "expired"]


def test_a_letter_of_another_person_or_kind_is_not_withdrawn(made: Made, mailing: tuple[Settings, MailServer]) -> None:
    settings, mailbox = mailing
    post, ida, ben = Post.of(settings), made.add_user("ida", email=FORMER), made.add_user("ben", email="b@x.org")
    with administrator(settings, made) as admin:
        waiting = link_made(admin, ben)
        seen = {"If-Match": admin.get(f"/users/{ida}").headers["ETag"]}
        assert admin.send("PATCH", f"/users/{ida}", json={"email": NOW}, headers=seen).status_code == 200
        post.deliver(made.databases, made.scope, waiting)
        assert sent_to(mailbox, made) == ["b@x.org"]


def test_a_link_made_while_the_mailbox_changed_is_not_sent(made: Made, mailing: tuple[Settings, MailServer]) -> None:
    """As of two transactions at once: the link still opens something, and its letter was not there to be withdrawn."""
    settings, mailbox = mailing
    post, ida = Post.of(settings), made.add_user("ida", email=FORMER)
    with administrator(settings, made) as admin:
        waiting = link_made(admin, ida)
        with made.databases.session(Database.IDENTITY, made.scope) as session:
            session.execute(text("update users set email = :now where id = :ida"), {"now": NOW, "ida": ida})
        post.deliver(made.databases, made.scope, waiting)
        (told,) = messages(admin)
        assert (told["state"], told["error"], sent_to(mailbox, made)) == ("expired", OTHER_MAIL, [])


def test_a_link_that_was_ended_is_not_sent(made: Made, mailing: tuple[Settings, MailServer]) -> None:
    settings, mailbox = mailing
    post, ida = Post.of(settings), made.add_user("ida", email=FORMER)
    with administrator(settings, made) as admin:
        waiting = link_made(admin, ida)
        refused_once(post, made, mailbox, waiting)
        seen = {"If-Match": admin.get(f"/users/{ida}").headers["ETag"]}
        body = {"password": "another four words put together"}
        assert admin.send("PATCH", f"/users/{ida}", json=body, headers=seen).status_code == 200
        post.deliver(made.databases, made.scope, waiting)
        assert (messages(admin)[0]["state"], sent_to(mailbox, made)) == ("expired", [])


def test_a_link_nobody_knows_any_more_is_not_sent(made: Made, mailing: tuple[Settings, MailServer]) -> None:
    settings, mailbox = mailing
    post, ida = Post.of(settings), made.add_user("ida", email=FORMER)
    with administrator(settings, made) as admin:
        waiting = link_made(admin, ida)
        with made.databases.session(Database.IDENTITY, made.scope) as session:
            session.execute(text("delete from password_resets where user_id = :ida"), {"ida": ida})
        post.deliver(made.databases, made.scope, waiting)
        assert (messages(admin)[0]["state"], sent_to(mailbox, made)) == ("expired", [])

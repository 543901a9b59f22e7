"""People are written to in the language they prefer, else in that of their organization."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import httpx
import pytest
from unison_domain.identity.languages import Written
from unison_domain.identity.message_contracts import MessageKind
from unison_domain.identity.preference_contracts import PreferencesReplace
from unison_domain.identity.setting_contracts import GERMAN_BY_DEFAULT
from unison_server.app import create_app, tasks
from unison_server.identity.letters import write_letter
from unison_server.identity.preferences import replace_preferences
from unison_server.identity.settings import set_here
from unison_server.kernel.database import Database
from unison_server.kernel.jobs import Worker
from unison_server.kernel.settings import Settings

from tests.server.factories import Made
from tests.server.identity.mailing import wait_for_job
from tests.server.identity.test_notifier import agent, happen
from tests.server.mail_server import MailServer
from tests.server.serving import SignedIn, serving, sign_in

NOW = datetime(2026, 3, 31, 6, tzinfo=UTC)
PARAMETERS = {
    name: f"the {name}"
    for name in ("inviter", "organization", "code", "link", "expires", "username", "title", "message", "occurred")
}


@dataclass
class Mailing:
    """A server that mails, and what arrives of one organization."""

    made: Made
    settings: Settings
    mailbox: MailServer
    admin: SignedIn
    client: httpx.Client

    def letter_to(self, recipient: str) -> tuple[EmailMessage, str, str]:
        """The one letter to somebody, with its plain text and its HTML."""
        wait_for_job(self.settings, self.made)
        Worker(self.made.databases, self.settings.operations_system_url, tasks(self.settings)).run_waiting()
        (letter,) = [one for one in self.mailbox.letters if one["To"] == recipient]
        plain, html = (str(part.get_content()) for part in letter.iter_parts())
        return letter, plain, html


@pytest.fixture
def mailer(made: Made, mailing: tuple[Settings, MailServer]) -> Iterator[Mailing]:
    settings, mailbox = mailing
    made.add_user("anna")
    with serving(create_app(settings)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield Mailing(made, settings, mailbox, sign_in(client, made), client)


def prefer(made: Made, user: UUID, **wanted: Any) -> None:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        replace_preferences(session, user, PreferencesReplace.model_validate(wanted), 0)


def write_german_by_default(made: Made) -> None:
    with made.databases.session(Database.IDENTITY, made.scope) as session:
        set_here(session, GERMAN_BY_DEFAULT.key, True, 0)


def test_who_is_invited_is_written_to_in_the_language_of_the_organization(mailer: Mailing) -> None:
    write_german_by_default(mailer.made)
    assert mailer.admin.post("/invitations", {"email": "ida@example.org", "roles": ["operator"]}).status_code == 201
    letter, plain, html = mailer.letter_to("ida@example.org")
    assert letter["Subject"] == f"Anna lädt zu Company {mailer.made.code} ein"
    assert "Bitte diesen Link öffnen und ein Kennwort wählen" in plain
    assert '<html lang="de">' in html
    assert "Bitte diesen Link öffnen und ein Kennwort wählen" in html


def test_a_new_password_is_mailed_in_the_language_of_the_person(mailer: Mailing) -> None:
    ida = mailer.made.add_user("ida", email="ida@example.org")
    prefer(mailer.made, ida, language="de-AT")
    forgotten = {"organization": mailer.made.code, "user": "ida"}
    assert mailer.client.post("/api/v1/auth/forgot-password", json=forgotten).status_code == 202
    letter, plain, _html = mailer.letter_to("ida@example.org")
    assert letter["Subject"] == f"Neues Kennwort für ida bei Company {mailer.made.code}"
    assert "https://unison.example.org/reset-password#" in plain


def test_a_notification_is_mailed_and_shown_in_the_language_of_the_person(mailer: Mailing) -> None:
    made = mailer.made
    german = made.add_user("tom", email="tom@example.org")
    english = made.add_user("ben", email="ben@example.org")
    write_german_by_default(made)
    by_mail = {"agent_silent": "inbox_and_email"}
    prefer(made, german, by_kind=by_mail)
    prefer(made, english, language="en-GB", by_kind=by_mail)
    happen(made, agent(made, "Halle <1>"), [None])
    letter, plain, html = mailer.letter_to("tom@example.org")
    assert letter["Subject"] == "Halle <1> ist stumm"
    assert "in den eigenen Einstellungen" in plain
    assert "<strong>Halle &lt;1&gt; ist stumm</strong>" in html
    assert mailer.letter_to("ben@example.org")[0]["Subject"] == "Halle <1> is silent"
    shown = {
        name: sign_in(mailer.client, made, name).get("/notifications").json()["items"][0]["title"]
        for name in ("tom", "ben")
    }
    assert shown == {"tom": "Halle <1> ist stumm", "ben": "Halle <1> is silent"}


@pytest.mark.parametrize("language", Written)
@pytest.mark.parametrize("kind", [kind for kind in MessageKind if kind is not MessageKind.UNKNOWN])
def test_every_letter_is_there_in_every_language_and_says_all_it_should(kind: MessageKind, language: Written) -> None:
    addresses = {"sender": "unison@example.org", "recipient": "ida@example.org"}
    letter = write_letter(kind, PARAMETERS, language, **addresses, key="1", written_at=NOW)
    english = write_letter(kind, PARAMETERS, Written.ENGLISH, **addresses, key="1", written_at=NOW)
    for part, same in zip(letter.iter_parts(), english.iter_parts(), strict=True):
        said, meant = str(part.get_content()), str(same.get_content())
        assert {name for name in PARAMETERS.values() if name in said} == {
            name for name in PARAMETERS.values() if name in meant
        }

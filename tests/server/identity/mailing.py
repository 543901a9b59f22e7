"""A server that sends mail, for tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from unison_server.kernel.settings import Settings

from tests.server.factories import Made
from tests.server.mail_server import MailServer, mail_server


def wait_for_job(settings: Settings, made: Made) -> None:
    """Until the relay has deferred a job of the organization."""
    jobs = text("select count(*) from procrastinate_jobs where args ->> 'organization_id' = :id")
    system, deadline = settings.system_databases(), time.monotonic() + 60
    with system.operations.connect() as connection:
        while not connection.execute(jobs, {"id": str(made.id)}).scalar_one():
            connection.rollback()
            assert time.monotonic() < deadline
            time.sleep(0.02)
    system.dispose()


@pytest.fixture
def mailing(settings: Settings) -> Iterator[tuple[Settings, MailServer]]:
    """Settings of a server that sends mail, and where it arrives."""
    with mail_server() as mailbox:
        yield (
            replace(
                settings,
                smtp_host="127.0.0.1",
                smtp_port=mailbox.port,
                smtp_tls="none",
                mail_from="unison@example.org",
                public_address="https://unison.example.org",
            ),
            mailbox,
        )

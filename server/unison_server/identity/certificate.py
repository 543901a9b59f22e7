"""Who looks after an installation is told in time that its certificate of HTTPS ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, union

from unison_server.certificates.tls import held_certificates
from unison_server.identity.tables import Organization
from unison_server.kernel.database import Databases
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import events, outbox
from unison_server.kernel.settings import Settings, SettingsError

TOPIC = "server.certificate.came_due"
"""For who holds `server.certificate.read`; the endpoint of that name says when it ends."""
EVERY = timedelta(days=1)


def tell_of_certificate(settings: Settings, system: Databases, now: datetime) -> None:
    """Record the happening for every organization, once a day from 30 days before the end on."""
    try:
        held = held_certificates(settings)
    except SettingsError:
        return  # health tells of files that can't be read
    if not held or not held[0].ends_soon(now):
        return
    with system.identity.begin() as connection:
        organizations = connection.scalars(select(Organization.id).where(Organization.is_active)).all()
    with system.operations.begin() as connection:
        told = _told_since(connection, now - EVERY)
        rows = [
            {"organization_id": organization, "id": new_id(), "topic": TOPIC, "actor": "system"}
            for organization in organizations
            if organization not in told
        ]
        if rows:
            connection.execute(insert(outbox), rows)


def _told_since(connection: Connection, since: datetime) -> set[object]:
    numbered = select(events.c.organization_id).where(events.c.topic == TOPIC, events.c.at > since)
    waiting = select(outbox.c.organization_id).where(outbox.c.topic == TOPIC)
    return set(connection.scalars(union(numbered, waiting)))

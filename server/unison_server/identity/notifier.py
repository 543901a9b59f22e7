"""Makes notifications of what happened, exactly once, and reads those that are over for people who did not.

A worker reads the events of operations, which identity's are carried into, and writes to identity: the rows of
everybody who is told, the messages of those who want mail, what tells open programs of it, and how far it has read,
all in one transaction there. Killed at any moment, or with either database down, it begins anew after the last commit.
A row can't be there twice (`uq_notifications_happening`): where positions of before mean nothing any more, after a
restore, all events that are kept are read again, and who was told of one is not told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, Row, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from unison_domain.identity.languages import Written
from unison_domain.identity.message_contracts import MessageKind, MessageState
from unison_domain.identity.notification_contracts import Channel, NotificationKind
from unison_domain.identity.notification_words import words_of

from unison_server.identity.message_tables import Message
from unison_server.identity.messages import LANGUAGE
from unison_server.identity.notices import Notice, Settlement, Sources, Subject
from unison_server.identity.notification_tables import Notification
from unison_server.identity.receivers import Receiver, receivers_of
from unison_server.identity.tables import Organization
from unison_server.kernel.cursor import Cursor, Lookout, state_of
from unison_server.kernel.database import Databases
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import events, outbox
from unison_server.kernel.settings import Settings

log = structlog.get_logger(__name__)

CURSOR = Cursor("notifier.operations")
CHANGED = "identity.inbox.changed"
"""Happens to a person, who alone is told."""
POLL_SECONDS = 0.2
BATCH = 500
MAILED_WITHIN = timedelta(days=1)
"""What happened longer ago is in the inbox alone: mail about it is no news."""
MOST_MAILED, WITHIN = 20, timedelta(hours=1)
"""To one person: where a switch of the network fails, all its PCs are silent at once. The last says that it is."""
_LAST_OF_MANY = {
    Written.ENGLISH: f"This is mail number {MOST_MAILED} within an hour; for a while, more is in your inbox alone.",
    Written.GERMAN: f"Das ist Mail Nummer {MOST_MAILED} in einer Stunde; für eine Weile steht mehr nur im Posteingang.",
}
READ_KEPT, UNREAD_KEPT = timedelta(days=30), timedelta(days=365)
"""Longer than events are kept, so that reading those again tells nobody twice."""


@dataclass(frozen=True, slots=True)
class _News:
    """One event of which people are told."""

    event: Row[Any]
    notice: Notice
    subject: Subject

    @property
    def kind(self) -> NotificationKind:
        return self.subject.kind or self.notice.kind

    def row(self, receiver: Receiver) -> dict[str, Any]:
        """The notification of one of them."""
        return {
            "organization_id": self.event.organization_id,
            "id": new_id(),
            "user_id": receiver.id,
            "kind": self.kind,
            "entity": self.event.entity,
            "parameters": dict(self.subject.parameters),
            "reference_type": self.subject.reference_type,
            "reference_id": self.subject.reference_id,
            "plant_id": self.event.plant_id,
            "occurred_at": self.event.occurred_at,
        }

    def message(self, receiver: Receiver, organization: str, number: int) -> dict[str, Any]:
        """The mail to one of them, the how many-th of late."""
        words = words_of(self.kind, self.subject.parameters, receiver.language)
        at = self.event.occurred_at.astimezone(receiver.zone)
        return {
            "organization_id": self.event.organization_id,
            "id": new_id(),
            "kind": MessageKind.NOTIFICATION,
            "recipient": receiver.email,
            "parameters": {
                "title": words.title,
                "message": f"{words.message} {_LAST_OF_MANY[receiver.language]}"
                if number == MOST_MAILED
                else words.message,
                "organization": organization,
                LANGUAGE: receiver.language,
                "occurred": f"{at:%Y-%m-%d %H:%M} ({receiver.zone.key})",
            },
            "state": MessageState.WAITING,
            "expires_at": self.event.occurred_at + MAILED_WITHIN,
        }


class Notifier:
    """The step of the worker, and its `lookout`; both engines as the system role.

    Args:
        settlements: what ends that people need look at what they were told.
        sends_mail: there is a mail server.
    """

    def __init__(
        self, operations: Engine, notices: Iterable[Notice], settlements: Iterable[Settlement], *, sends_mail: bool
    ) -> None:
        self._operations = operations
        self._notices: Mapping[str, Notice] = {notice.topic: notice for notice in notices}
        self._settlements: Mapping[str, Settlement] = {one.topic: one for one in settlements}
        self._sends_mail = sends_mail
        self.lookout = Lookout(operations)

    def step(self, identity: Connection) -> bool:
        """Tell of one batch; True when there may be more at once."""
        with self._operations.connect() as operations:
            there = state_of(operations)
            seen = CURSOR.read(identity)
            if seen is None:  # of what happened before this was looked at nobody is told
                CURSOR.move(identity, there.epoch, there.position)
                return False
            after = CURSOR.lock(identity) if seen.epoch == there.epoch else 0
            if seen.epoch == there.epoch and after >= there.position:
                self.lookout.reached = there
                return False
            statement = select(events).where(events.c.position > after, events.c.position <= there.position)
            topics = {*self._notices, *self._settlements}
            concerning = statement.where(events.c.topic.in_(topics)).order_by(events.c.position).limit(BATCH)
            found = operations.execute(concerning).all()
            self._tell(Sources(identity, operations), found)
            is_full = len(found) == BATCH
            CURSOR.move(identity, there.epoch, found[-1].position if is_full else there.position)
            return is_full

    def _tell(self, sources: Sources, found: Iterable[Row[Any]]) -> None:
        people: dict[UUID, list[Receiver]] = {}
        for event in found:
            organization = event.organization_id
            if organization not in people and event.topic in self._notices:
                people[organization] = receivers_of(sources.identity, organization)
            try:
                with sources.identity.begin_nested(), sources.operations.begin_nested():
                    if event.topic in self._settlements:
                        _settle(sources, event, self._settlements[event.topic])
                    if event.topic in self._notices:
                        self._tell_one(sources, event, people[organization])
            except OperationalError:  # a database is gone: the batch is begun anew
                raise
            except Exception:  # a fault in the words of one is no reason to tell nobody of anything else, for ever
                log.exception("nobody is told of this", topic=event.topic, event_id=str(event.id))

    def _tell_one(self, sources: Sources, event: Row[Any], people: Iterable[Receiver]) -> None:
        notice = self._notices[event.topic]
        told = [one for one in people if notice.concerns(one, event.entity, event.plant_id, event.actor)]
        sources = replace(sources, causation=event.causation, actor=event.actor)
        subject = notice.describe(sources, event.organization_id, event.entity) if told else None
        if subject is None:
            return
        news = _News(event, notice, subject)
        told = [one for one in told if one.channel(news.kind) != Channel.NONE]
        if not told:
            return
        made = _insert(sources.identity, [news.row(one) for one in told])
        new = [one for one in told if one.id in made]
        happenings = [_happening(event, CHANGED, one.id) for one in new]
        messages = self._messages(sources.identity, news, new)
        if messages:
            sources.identity.execute(insert(Message), messages)
            happenings += [_happening(event, "identity.message.written", one["id"]) for one in messages]
        if happenings:
            sources.identity.execute(insert(outbox), happenings)

    def _messages(self, identity: Connection, news: _News, told: Iterable[Receiver]) -> list[dict[str, Any]]:
        mailed = [one for one in told if one.email and one.channel(news.kind) == Channel.INBOX_AND_EMAIL]
        if not (self._sends_mail and mailed) or news.event.occurred_at < datetime.now(UTC) - MAILED_WITHIN:
            return []
        organization = select(Organization.name).where(Organization.id == news.event.organization_id)
        name = identity.execute(organization).scalar_one()
        sent = _mailed_of_late(identity, news.event.organization_id, mailed)
        numbered = [(one, sent.get(str(one.email), 0) + 1) for one in mailed]
        return [news.message(one, name, number) for one, number in numbered if number <= MOST_MAILED]


def forget_notifications(_settings: Settings, system: Databases, now: datetime) -> None:
    """Forget what was read a month ago, and what nobody read for a year."""
    with system.identity.begin() as connection:
        read, unread = Notification.read_at < now - READ_KEPT, Notification.created_at < now - UNREAD_KEPT
        connection.execute(delete(Notification).where(or_(read, unread)))


def _mailed_of_late(identity: Connection, organization_id: UUID, people: Iterable[Receiver]) -> dict[str, int]:
    """How many notifications were mailed to each address, where there were any."""
    statement = (
        select(Message.recipient, func.count())
        .where(
            Message.organization_id == organization_id,
            Message.created_at > func.now() - WITHIN,
            Message.kind == MessageKind.NOTIFICATION,
            Message.recipient.in_({one.email for one in people}),
        )
        .group_by(Message.recipient)
    )
    return {str(recipient): count for recipient, count in identity.execute(statement)}


def _settle(sources: Sources, event: Row[Any], settlement: Settlement) -> None:
    """Nobody has to read what is over."""
    if event.entity is None or not settlement.is_over(sources, event.organization_id, event.entity):
        return
    unread = update(Notification).where(
        Notification.organization_id == event.organization_id,
        Notification.entity == event.entity,
        Notification.kind.in_(settlement.kinds),
        Notification.occurred_at <= event.occurred_at,
        Notification.read_at.is_(None),
    )
    read_at = func.greatest(func.clock_timestamp(), Notification.created_at)
    readers = set(sources.identity.scalars(unread.values(read_at=read_at).returning(Notification.user_id)))
    if readers:
        sources.identity.execute(insert(outbox), [_happening(event, CHANGED, reader) for reader in sorted(readers)])


def _insert(identity: Connection, rows: list[dict[str, Any]]) -> set[UUID]:
    """Write notifications; gives whose are new."""
    statement = insert(Notification).on_conflict_do_nothing(constraint="uq_notifications_happening")
    return set(identity.scalars(statement.returning(Notification.user_id), rows))


def _happening(event: Row[Any], topic: str, entity: UUID) -> dict[str, Any]:
    return {
        "organization_id": event.organization_id,
        "id": new_id(),
        "topic": topic,
        "entity": entity,
        "actor": "system",
        "causation": event.id,
    }

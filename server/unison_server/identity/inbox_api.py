"""Endpoints of one's own inbox and preferences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import ColumnElement, func, select, update
from unison_domain.identity.languages import Written
from unison_domain.identity.notification_contracts import (
    InboxPage,
    KnownKind,
    NotificationAnswer,
    NotificationKind,
    ReadAll,
    ReadAllAnswer,
)
from unison_domain.identity.notification_words import PRIORITIES, priority_of, words_of
from unison_domain.identity.preference_contracts import PreferencesAnswer, PreferencesReplace, PreferencesUpdate

from unison_server.identity.languages import language_of
from unison_server.identity.notification_tables import Notification
from unison_server.identity.notifier import CHANGED
from unison_server.identity.oneself import oneself
from unison_server.identity.preferences import preferences_of, replace_preferences, update_preferences
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import NotFound
from unison_server.kernel.outbox import record
from unison_server.kernel.paging import ListRequest, Order
from unison_server.kernel.resource import IfMatch, seen_version
from unison_server.kernel.route import IdentityRoute, SessionDep

_NEWEST = Order({"created_at": Notification.created_at, "occurred_at": Notification.occurred_at}, "-created_at")
_NOW = func.greatest(func.clock_timestamp(), Notification.created_at)
"""When something is read: its transaction may have begun before the notification was there."""

router = APIRouter(tags=["notifications"], route_class=IdentityRoute)


class Inbox(ListRequest):
    """What one's inbox can be narrowed by."""

    is_read: bool | None = None
    priority: Literal["low", "normal", "high", "urgent"] | None = None
    kind: KnownKind | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What every notification of the list fulfils."""
        if self.is_read is not None:
            yield Notification.read_at.is_not(None) if self.is_read else Notification.read_at.is_(None)
        if self.priority is not None:
            yield Notification.kind.in_([kind for kind, priority in PRIORITIES.items() if priority == self.priority])
        if self.kind is not None:
            yield Notification.kind == self.kind


@router.get("/notifications")
def list_notifications(session: SessionDep, given: Annotated[Inbox, Query()]) -> InboxPage:
    """What one was told, newest first and in the language one prefers, with how much of it is unread."""
    person = _reader(session)
    mine = select(Notification).where(Notification.user_id == person, *given.conditions())
    rows, cursor = _NEWEST.page(session, mine, given, Notification.id)
    unread = select(func.count()).where(Notification.user_id == person, Notification.read_at.is_(None))
    language = language_of(session, person)
    return InboxPage(
        items=[_answer(row, language) for row in rows], next_cursor=cursor, unread=session.scalars(unread).one()
    )


@router.put("/notifications/read-all")
def read_all_notifications(session: SessionDep, body: ReadAll | None = None) -> ReadAllAnswer:
    """Mark everything as read, or what came until the moment in the body."""
    person = _reader(session)
    unread = (Notification.user_id == person, Notification.read_at.is_(None))
    statement = update(Notification).where(*unread).values(read_at=_NOW).returning(Notification.id)
    if body is not None and body.until is not None:
        statement = statement.where(Notification.created_at <= body.until)
    marked = session.scalars(statement.execution_options(synchronize_session=False)).all()
    if marked:
        record(session, CHANGED, person)
    return ReadAllAnswer(marked=len(marked))


@router.put("/notifications/{id}/read")
def read_notification(session: SessionDep, id: UUID) -> NotificationAnswer:  # noqa: A002 - the name in the path
    """Mark one as read; one that is read already stays as it is."""
    person = _reader(session)
    row = session.scalar(select(Notification).where(Notification.id == id, Notification.user_id == person))
    if row is None:
        raise NotFound(f"There is no notification {id}", thing="notification", id=str(id))
    unread = update(Notification).where(Notification.id == id, Notification.read_at.is_(None))
    statement = unread.values(read_at=_NOW).returning(Notification.id)
    if session.scalar(statement.execution_options(synchronize_session=False)) is not None:
        record(session, CHANGED, person)
    session.refresh(row)
    return _answer(row, language_of(session, person))


@router.get("/preferences", tags=["preferences"])
def get_preferences(session: SessionDep, response: Response) -> PreferencesAnswer:
    """What one prefers; version 0 while nothing was chosen."""
    return _tagged(preferences_of(session, oneself(session, "has preferences")), response)


@router.put("/preferences", tags=["preferences"])
def replace_own_preferences(
    session: SessionDep, body: PreferencesReplace, response: Response, if_match: IfMatch = None
) -> PreferencesAnswer:
    """Set all of one's preferences that a program knows; version 0 is what to see where nothing was chosen before."""
    person = oneself(session, "has preferences")
    return _tagged(replace_preferences(session, person, body, seen_version(if_match)), response)


@router.patch("/preferences", tags=["preferences"])
def update_own_preferences(
    session: SessionDep, body: PreferencesUpdate, response: Response, if_match: IfMatch = None
) -> PreferencesAnswer:
    """Set some of one's preferences, the others stay; version 0 is what to see where nothing was chosen before."""
    person = oneself(session, "has preferences")
    return _tagged(update_preferences(session, person, body, seen_version(if_match)), response)


def _tagged(answer: PreferencesAnswer, response: Response) -> PreferencesAnswer:
    response.headers["ETag"] = f'"{answer.version}"'
    return answer


def _reader(session: TenantSession) -> UUID:
    return oneself(session, "has an inbox")


def _answer(row: Notification, language: Written) -> NotificationAnswer:
    kind = NotificationKind(row.kind)
    words = words_of(kind, row.parameters, language)
    plain = ("id", "parameters", "reference_type", "reference_id", "plant_id", "occurred_at", "created_at")
    return NotificationAnswer(
        **{name: getattr(row, name) for name in (*plain, "is_read", "read_at")},
        kind=kind,
        priority=priority_of(kind),
        title=words.title,
        message=words.message,
    )

"""Requests about downtime."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject
from unison_domain.identity.languages import Written, written_for
from unison_domain.kernel.contracts import Page
from unison_domain.machines.downtime_contracts import (
    AlarmReasonAnswer,
    DowntimeChange,
    DowntimeEvent,
    DowntimeReasonAnswer,
    DowntimeSummary,
    KnownAlarm,
)

from unison_desktop.frame.desk import Desk
from unison_desktop.kernel.client import ApiClient, Call, ListCall, Query
from unison_desktop.kernel.texts import spoken
from unison_desktop.machines.downtime.thresholds import Thresholds

Step = Literal["assign", "annotate", "split", "merge", "undo"]
"""What people do to an event."""

_DAYS, _LIMIT, _COUNTED, _MOST_KNOWN = 2000, 500, 100, 2000


def events(client: ApiClient, query: Query, *, owner: QObject) -> ListCall:
    """Stops with their causes, newest first, a day's of a machine at once; `done` brings a list of `DowntimeEvent`."""
    return client.get_all("/downtime-events", item=DowntimeEvent, query={**query, "limit": _DAYS}, owner=owner)


def queue(client: ApiClient, query: Query, *, owner: QObject) -> ListCall:
    """Stops that wait for their cause, oldest first; `done` brings a list of `DowntimeEvent`."""
    path = "/downtime-events/unassigned"
    return client.get_all(path, item=DowntimeEvent, query={**query, "limit": _LIMIT}, owner=owner)


def waiting(desk: Desk, *, owner: QObject) -> ListCall:
    """Stops that wait for their cause, by the limit the person set; `done` brings a list, of a hundred or few more."""
    query = {**Thresholds.remembered(desk.layout).of_queue(), "limit": _COUNTED}
    path = "/downtime-events/unassigned"
    return desk.session.client.get_all(path, item=DowntimeEvent, query=query, most=_COUNTED, owner=owner)


def event(client: ApiClient, event_id: UUID, *, owner: QObject) -> Call:
    """One stop; `done` brings the `DowntimeEvent`."""
    return client.get(f"/downtime-events/{event_id}", read=DowntimeEvent, owner=owner)


def enter(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """Enter a stop by hand; `done` brings the `DowntimeEvent` it begins with."""
    return client.post("/downtime-events", body, read=DowntimeEvent, key=key, owner=owner)


def summary(client: ApiClient, query: Query, *, owner: QObject) -> Call:
    """Downtime by cause; `done` brings a `DowntimeSummary`."""
    return client.get("/downtime-events/summary", read=DowntimeSummary, query=query, owner=owner)


def changes(client: ApiClient, event_id: UUID, *, owner: QObject) -> Call:
    """What people said of an event, newest first; `done` brings a page of `DowntimeChange`."""
    return client.get(f"/downtime-events/{event_id}/changes", read=Page[DowntimeChange], owner=owner)


def act(client: ApiClient, event_id: UUID, step: Step, body: BaseModel | None, *, version: int, owner: QObject) -> Call:
    """Change an event as it was seen; `done` brings the `DowntimeEvent`."""
    path = f"/downtime-events/{event_id}/{step}"
    return client.post(path, body, read=DowntimeEvent, version=version, owner=owner)


def reasons(client: ApiClient, *, owner: QObject) -> ListCall:
    """The whole tree, also what is no longer offered; `done` brings a list of `DowntimeReasonAnswer`."""
    return client.get_all("/downtime-reasons", item=DowntimeReasonAnswer, owner=owner)


def load_defaults(client: ApiClient, *, owner: QObject) -> Call:
    """Add the first set of reasons; `done` brings a page of those added."""
    path = f"/downtime-reasons/defaults?language={written_for(spoken(), Written.ENGLISH)}"
    return client.post(path, None, read=Page[DowntimeReasonAnswer], owner=owner)


def make_reason(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """A new reason; `done` brings the `DowntimeReasonAnswer`."""
    return client.post("/downtime-reasons", body, read=DowntimeReasonAnswer, key=key, owner=owner)


def change_reason(client: ApiClient, reason_id: UUID, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Change a reason; `done` brings the `DowntimeReasonAnswer`."""
    path = f"/downtime-reasons/{reason_id}"
    return client.patch(path, body, version=version, read=DowntimeReasonAnswer, owner=owner)


def alarms(client: ApiClient, *, owner: QObject) -> ListCall:
    """Which alarm means which reason; `done` brings a list of `AlarmReasonAnswer`."""
    return client.get_all("/alarm-reasons", item=AlarmReasonAnswer, owner=owner)


def rules_of(client: ApiClient, alarm: str, *, owner: QObject) -> ListCall:
    """What one alarm means, wherever; `done` brings a list of `AlarmReasonAnswer`."""
    return client.get_all("/alarm-reasons", item=AlarmReasonAnswer, query={"alarm": alarm}, owner=owner)


def known_alarms(client: ApiClient, query: Query, *, owner: QObject) -> ListCall:
    """Alarms that machines may tell, two thousand or few more; `done` brings a list of `KnownAlarm`."""
    asked = {**query, "limit": _LIMIT}
    return client.get_all("/alarm-reasons/known", item=KnownAlarm, query=asked, most=_MOST_KNOWN, owner=owner)


def make_alarm(client: ApiClient, body: BaseModel, *, key: UUID, owner: QObject) -> Call:
    """An alarm means a reason from now on; `done` brings the `AlarmReasonAnswer`."""
    return client.post("/alarm-reasons", body, read=AlarmReasonAnswer, key=key, owner=owner)


def change_alarm(client: ApiClient, rule_id: UUID, body: BaseModel, *, version: int, owner: QObject) -> Call:
    """Let an alarm mean something else, or nothing; `done` brings the `AlarmReasonAnswer`."""
    return client.patch(f"/alarm-reasons/{rule_id}", body, version=version, read=AlarmReasonAnswer, owner=owner)

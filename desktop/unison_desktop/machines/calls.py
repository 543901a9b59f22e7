"""Requests about machines."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal
from uuid import UUID

from pydantic import BaseModel
from PySide6.QtCore import QObject
from unison_domain.kernel.contracts import Page
from unison_domain.machines.calls import CallAnswer
from unison_domain.machines.contracts import (
    CounterIncident,
    CountSeries,
    Live,
    MachineAnswer,
    StateInterval,
    Utilization,
)
from unison_domain.machines.timescale import Window
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.kernel.client import IN_USE, ApiClient, Call, ListCall

Step = Literal["answer", "arrive", "done", "withdraw"]
"""What people say about a call for help."""

MOST_NAMED = 40
"""Ids that fit an address comfortably; for more the answer for all machines is as cheap."""


def machines(client: ApiClient, *, owner: QObject) -> ListCall:
    """Every machine in use that the person may see; `done` brings a list of `MachineAnswer`."""
    return client.get_all("/machines", item=MachineAnswer, query=IN_USE, owner=owner)


def live(client: ApiClient, ids: Collection[UUID] | None, *, owner: QObject) -> Call:
    """What these machines (None: all) do now; `done` brings a `Page[Live]`, perhaps with more than was asked for."""
    named = sorted(ids) if ids is not None and len(ids) <= MOST_NAMED else None
    return client.get("/machines/live", query={"ids": named}, read=Page[Live], owner=owner)


def machine(client: ApiClient, machine_id: UUID, *, owner: QObject) -> Call:
    """One machine; `done` brings a `MachineAnswer`."""
    return client.get(f"/machines/{machine_id}", read=MachineAnswer, owner=owner)


def set_state(client: ApiClient, machine_id: UUID, body: BaseModel, *, owner: QObject) -> Call:
    """Say what a machine does, a `StatusChange`; `done` brings its `Live`."""
    return client.put(f"/machines/{machine_id}/status", body, version=None, read=Live, owner=owner)


def take_back_state(client: ApiClient, machine_id: UUID, word_id: UUID, *, owner: QObject) -> Call:
    """Take back what was said a machine does; `done` brings its `Live`."""
    return client.post(f"/machines/{machine_id}/status/{word_id}/undo", None, read=Live, owner=owner)


def plant(client: ApiClient, plant_id: UUID, *, owner: QObject) -> Call:
    """The plant of a machine, for its time zone; `done` brings a `PlantAnswer`."""
    return client.get(f"/plants/{plant_id}", read=PlantAnswer, owner=owner)


def history(client: ApiClient, machine_id: UUID, window: Window, *, owner: QObject) -> ListCall:
    """The intervals that touch a window, newest first, a day's at once; `done` brings a list of `StateInterval`."""
    return client.get_all(
        f"/machines/{machine_id}/history", item=StateInterval, query={**_span(window), "limit": 2000}, owner=owner
    )


def counts(client: ApiClient, machine_id: UUID, window: Window, bucket_seconds: int, *, owner: QObject) -> Call:
    """Parts counted per bucket; `done` brings a `CountSeries`."""
    query = {**_span(window), "bucket": bucket_seconds}
    return client.get(f"/machines/{machine_id}/counts", read=CountSeries, query=query, owner=owner)


def counter_incidents(client: ApiClient, machine_id: UUID, window: Window, *, owner: QObject) -> ListCall:
    """Counters that went back or leapt, newest first; `done` brings a list of `CounterIncident`."""
    path = f"/machines/{machine_id}/counter-incidents"
    return client.get_all(path, item=CounterIncident, query=_span(window), owner=owner)


def utilization(client: ApiClient, machine_id: UUID, window: Window, *, owner: QObject) -> Call:
    """Time per state and share in production; `done` brings a `Utilization`."""
    return client.get(f"/machines/{machine_id}/utilization", read=Utilization, query=_span(window), owner=owner)


def open_calls(client: ApiClient, machine_id: UUID | None = None, *, owner: QObject) -> ListCall:
    """Calls for help that are not over, of one machine or of all; `done` brings a list of `CallAnswer`."""
    query = {"state": "open", "machine_id": machine_id}
    return client.get_all("/machine-calls", item=CallAnswer, query=query, owner=owner)


def answer_call(client: ApiClient, call_id: UUID, step: Step, *, owner: QObject) -> Call:
    """Say a step of a call for help; `done` brings the `CallAnswer`."""
    return client.post(f"/machine-calls/{call_id}/{step}", None, read=CallAnswer, owner=owner)


def _span(window: Window) -> dict[str, object]:
    return {"from": window.start.isoformat(), "to": window.end.isoformat()}

"""Requests about agents, stations and devices."""

from __future__ import annotations

from PySide6.QtCore import QObject
from unison_domain.stations.contracts import AgentAnswer, EnrolmentAnswer, EnrolmentCreate, StationAnswer

from unison_desktop.kernel.client import ApiClient, Call, ListCall


def agents(client: ApiClient, *, owner: QObject) -> ListCall:
    """All agents; `done` brings a list of `AgentAnswer`."""
    return client.get_all("/agents", item=AgentAnswer, owner=owner)


def stations(client: ApiClient, *, owner: QObject) -> ListCall:
    """All workplaces; `done` brings a list of `StationAnswer`."""
    return client.get_all("/stations", item=StationAnswer, owner=owner)


def enrol(client: ApiClient, name: str, *, owner: QObject) -> Call:
    """Make an agent waiting for its PC; `done` brings an `EnrolmentAnswer` with the one-time code."""
    return client.post("/agents", EnrolmentCreate(name=name), read=EnrolmentAnswer, owner=owner)

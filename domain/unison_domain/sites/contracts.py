"""What crosses the network about plants."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator

from unison_domain.kernel.contracts import Answer, Code, Instant, Name, Request, Text


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone of the IANA list, e.g. Europe/Berlin")
    return name


TimeZone = Annotated[str, AfterValidator(_time_zone)]


class PlantCreate(Request):
    """A site where work is done; its time zone decides where its days begin."""

    code: Code
    name: Name
    time_zone: TimeZone
    plant_type: Name | None = None
    address: Text | None = None
    manager_user_id: UUID | None = None


class PlantReplace(PlantCreate):
    """PUT: every field is set."""


class PlantUpdate(Request):
    """PATCH: an absent field stays as it is."""

    code: Code | None = None
    name: Name | None = None
    time_zone: TimeZone | None = None
    plant_type: Name | None = None
    address: Text | None = None
    manager_user_id: UUID | None = None


class PlantAnswer(Answer):
    """A plant."""

    id: UUID
    version: int
    code: str
    name: str
    time_zone: str
    plant_type: str | None
    address: str | None
    manager_user_id: UUID | None
    is_active: bool
    created_at: Instant
    updated_at: Instant

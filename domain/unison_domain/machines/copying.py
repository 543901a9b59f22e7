"""Copying a machine: what crosses the network."""

from __future__ import annotations

import re
from typing import Annotated
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import Answer, Code, Name, Request
from unison_domain.stations.device_settings import DeviceSettings


class DeviceOfCopy(Request):
    """What becomes of the machine's tags in one of its devices.

    Attributes:
        device_id: the device they are in.
        copy_as: the new device they are copied into; None: they are copied within the same device.
        address_shift: added to the address of every copied tag, e.g. 100 where the next machine's block begins.
    """

    device_id: UUID
    copy_as: DeviceSettings | None = None
    address_shift: Annotated[int, Field(ge=-65_535, le=65_535)] = 0


class MachineCopy(Request):
    """`POST /machines/{id}/copy`: a machine like this one, with its tags and what its alarms mean.

    Attributes:
        station_id: where copied devices and the machine stand; by default where theirs do.
        devices: those whose tags are copied; the tags of other devices are left out.
    """

    machine_code: Code
    name: Name
    station_id: UUID | None = None
    devices: Annotated[tuple[DeviceOfCopy, ...], Field(max_length=100)] = ()


class MachineCopied(Answer):
    """What was made.

    Attributes:
        alarm_rules: how many rules in use that say what alarms of that machine mean now say it of the copy, too.
        alarm_rules_left: how many do not, because whoever copies may make none where it stands.
    """

    machine_id: UUID
    device_ids: list[UUID]
    tag_ids: list[UUID]
    alarm_rules: int = 0
    alarm_rules_left: int = 0


def renamed(name: str, code: str, other: str) -> str:
    """A name with another machine's code wherever this one's stands in it as a word of its own.

    `M1` is no part of `M10`, `PM1x` or `M1-2`; what begins with another sign is another word, as in `M1_running`.
    """
    return re.sub(rf"(?<![^\W_]){re.escape(code)}(?![^\W_]|[-.]\d)", lambda _: other, name)


def proposed(name: str, code: str, other: str) -> str:
    """What is proposed for the name of a copy: with its code in place of the original's, or behind the name."""
    if not other:
        return name
    new = renamed(name, code, other)
    return f"{name} ({other})" if new == name else new

"""What is plugged into a PC: the names its scanners, gauges, cameras and serial devices are configured with."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from unison_domain.kernel.contracts import Answer
from unison_domain.stations.told import Told


class AttachedKind(StrEnum):
    """What it is to its PC."""

    SERIAL_PORT = "serial_port"
    KEYBOARD = "keyboard"
    """Something that types, a scanner perhaps."""
    CAMERA = "camera"


class AttachedReport(BaseModel):
    """Something that is plugged in.

    Attributes:
        name: what is configured: the name that lasts wherever it is plugged in, or the path of what has none.
        path: where it is now.
        description: what it says of itself; empty where that is nothing.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: AttachedKind
    name: Told
    path: Told
    description: Told = ""


class AttachedAnswer(Answer):
    """The same, as its PC told it last."""

    kind: AttachedKind
    name: str
    path: str
    description: str

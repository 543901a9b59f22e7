"""Register maps of common devices, so that nobody types them from a manual.

The maps are data (`template_data/*.json`), each with the published document it was read from. A template is only a
start: what it makes are ordinary devices and tags.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated
from uuid import UUID

from pydantic import Field, TypeAdapter

from unison_domain.identity.languages import Written
from unison_domain.kernel.contracts import Answer, Code, Name, Request, Text
from unison_domain.stations.configuration import TagSettings
from unison_domain.stations.device_settings import DeviceSettings


class TagTemplate(Answer):
    """One value of a device.

    Attributes:
        chosen: whether it is made unless somebody says otherwise.
        note: what to know about it, e.g. when it is only there.
    """

    settings: TagSettings
    chosen: bool = True
    note: Text | None = None


class DeviceTemplate(Answer):
    """A kind of device and what can be read of it.

    Attributes:
        code: by which it is asked for; stays the same.
        kind: `energy_meter` or `remote_io`.
        source: the published document the map was read from, with version and page or table.
        compared: what else the map was held against, for who looks after it.
        defaults: settings of the device that differ from ours, e.g. `max_registers`.
        serial: how its serial line is set from the factory, e.g. `baud_rate`; empty where it has a network socket.
    """

    code: Code
    maker: Name
    model: Name
    kind: Text
    source: Text
    compared: Text | None = None
    note: Text | None = None
    defaults: dict[str, int | float | str] = Field(default_factory=dict)
    serial: dict[str, int | str] = Field(default_factory=dict)
    tags: tuple[TagTemplate, ...]


class FromTemplate(Request):
    """`POST /devices/from-template`: a device with tags, at once.

    Attributes:
        tags: names of the template's tags to make; by default those that are `chosen`.
        machine_id: the machine they belong to.
        whole_line: whether all devices that share its line get its place and settings with it.
        language: in which the tags are called from then on.
    """

    template: Code
    station_id: UUID
    device: DeviceSettings
    whole_line: bool = False
    machine_id: UUID | None = None
    tags: Annotated[tuple[Name, ...], Field(max_length=2000)] | None = None
    language: Written = Written.ENGLISH


@cache
def templates() -> tuple[DeviceTemplate, ...]:
    """All there are, by maker and model."""
    read = TypeAdapter(DeviceTemplate).validate_json
    found = [
        read(file.read_bytes())
        for file in files("unison_domain.stations").joinpath("template_data").iterdir()
        if file.name.endswith(".json")
    ]
    return tuple(sorted(found, key=lambda template: (template.maker, template.model)))


def template_of(code: str) -> DeviceTemplate | None:
    """The template with this code; None when there is none."""
    return next((template for template in templates() if template.code == code), None)

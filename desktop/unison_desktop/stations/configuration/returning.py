"""Stations, devices and tags that come back into use, and who may end them."""

from __future__ import annotations

from functools import partial

from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.contracts import DeviceAnswer, StationAnswer, TagAnswer

from unison_desktop.frame.plant_rights import against, against_every_kind
from unison_desktop.identity.session import Session
from unison_desktop.kernel.texts import _
from unison_desktop.stations.configuration import calls
from unison_desktop.stations.configuration.holding import Holding
from unison_desktop.tables.returning import Returnable

Thing = StationAnswer | DeviceAnswer | TagAnswer
_RIGHTS: dict[type[Thing], str] = {
    StationAnswer: "stations.station",
    DeviceAnswer: "stations.device",
    TagAnswer: "stations.tag",
}


def against_change_of(session: Session, holding: Holding, thing: Thing | None) -> str:
    """Why the person may not change it, or nothing of its kinds; empty where they may."""
    if thing is None:
        return against_every_kind(session, [f"{topic}.update" for topic in _RIGHTS.values()])
    return against(session, f"{_RIGHTS[type(thing)]}.update", plant_of(holding, thing))


def against_end_of(session: Session, holding: Holding, thing: Thing | None) -> str:
    """Why the person may not take it out of use, or bring it back; empty where they may. None as for a change."""
    if thing is None:
        return against_every_kind(session, [f"{topic}.deactivate" for topic in _RIGHTS.values()])
    return against(session, f"{_RIGHTS[type(thing)]}.deactivate", plant_of(holding, thing), ends=True)


def returnables(session: Session, holding: Holding) -> tuple[Returnable, ...]:
    """What comes back into use on the page of configuration."""
    against = partial(against_end_of, session, holding)
    return (
        Returnable(
            _("Station"),
            _RIGHTS[StationAnswer],
            calls.stations_out_of_use,
            calls.reactivate,
            _name,
            lambda station: station.plant_id,
            against,
        ),
        Returnable(
            _("Device"),
            _RIGHTS[DeviceAnswer],
            calls.devices_out_of_use,
            calls.reactivate,
            _name,
            lambda device: device.station_id,
            against,
        ),
        Returnable(
            _("Tag"),
            _RIGHTS[TagAnswer],
            calls.tags_out_of_use,
            calls.reactivate,
            _name,
            lambda tag: tag.device_id,
            against,
        ),
    )


def _name(thing: Thing) -> str:
    return thing.name


def plant_of(holding: Holding, thing: Thing) -> PlantAnswer | None:
    """The plant it is in, where that is known."""
    if isinstance(thing, TagAnswer):
        device = holding.device(f"device/{thing.device_id}")
        return None if device is None else plant_of(holding, device)
    if isinstance(thing, DeviceAnswer):
        station = holding.station(f"station/{thing.station_id}")
        return None if station is None else plant_of(holding, station)
    return holding.plant(thing.plant_id)

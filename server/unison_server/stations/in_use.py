"""Nothing is made, or comes back, at a station or in a device that is out of use; what is there already rests.

Triggers of the migration hold it too, whatever way rows are written; here it is told in words.
"""

from __future__ import annotations

from sqlalchemy import inspect

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.orm import Master
from unison_server.sites.queries import demand_deletable, demand_in_use_above, demand_plant_in_use
from unison_server.stations.lines import demand_agreement_of_station
from unison_server.stations.peripheral_tables import Peripheral
from unison_server.stations.tables import Device, Station, Tag
from unison_server.stations.telling import plant_of_device, plant_of_tag


def demand_plant(session: TenantSession, station: Station) -> None:
    """Whether a station may be made, or come back, in its plant. Raises Clash."""
    demand_plant_in_use(session, station.plant_id, station.code)


def demand_station_back(session: TenantSession, station: Station) -> None:
    """Whether a station may come back with all that rests at it.

    Raises:
        Clash: its plant is out of use. Invalid: a device of it disagrees with another about the line of both.
    """
    demand_plant(session, station)
    demand_agreement_of_station(session, station)


def demand_station(session: TenantSession, thing: Device | Peripheral) -> None:
    """Whether something may be made, or come back, at its station. Raises Clash."""
    with session.no_autoflush:
        station = session.need(Station, thing.station_id, "station")
    demand_in_use_above(station, "station", f"{station.code} ({station.name})", thing.name or "what is made")


def demand_device(session: TenantSession, tag: Tag) -> None:
    """Whether a tag may be made, or come back, in its device. Raises Clash."""
    with session.no_autoflush:
        device = session.need(Device, tag.device_id, "device")
    demand_in_use_above(device, "device", device.name, tag.name)


def demand_device_endable(session: TenantSession, thing: Device | Peripheral) -> None:
    """Whether something may be taken out of use at its station, or come back. Raises NotAllowed."""
    demand_deletable(session, plant_of_device(session, thing))


def demand_tag_endable(session: TenantSession, tag: Tag) -> None:
    """The same of a tag."""
    demand_deletable(session, plant_of_tag(session, tag))


def is_new(row: Master) -> bool:
    """Whether it is made just now."""
    return bool(inspect(row).pending)


def demand_configured(*way: Station | Device | Tag | Peripheral | None) -> None:
    """Whether an agent knows of something, and of all that it is in. Raises Invalid, naming what is out of use."""
    resting = next((one for one in way if one is not None and not one.is_active), None)
    if resting is not None:
        raise Invalid(f"{resting.name} is out of use, so no PC reads it: bring it back first", code="not_configured")

"""All devices of one agent that share a line agree about its settings; see `device_settings.line_disagreement`.

Triggers of `devices` and `stations` hold it too at the end of each transaction, whatever way rows are written, and of
places that nobody sees here; here it is told in words. What is out of use is on no line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import inspect, select
from unison_domain.stations.device_settings import LINE_FIELDS, LINE_PLACE, DeviceSettings, line_disagreement
from unison_domain.stations.line import line_key

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.outbox import record
from unison_server.kernel.resource import assign
from unison_server.sites.queries import demand_writable
from unison_server.stations.tables import Device, Station


def demand_agreement(session: TenantSession, device: Device) -> None:
    """Whether the device fits those its line has already.

    Raises:
        Invalid: other devices of its agent say otherwise about the line; names them.
    """
    if device.is_active is False:
        return
    with session.no_autoflush:
        station = session.need(Station, device.station_id, "station")
        if station.is_active:
            _demand(_settings(device), _neighbours(session, station, {_line(device)}, device))


def demand_agreement_of_station(session: TenantSession, station: Station) -> None:
    """Whether the devices of a station in use, or that comes back, fit those of its agent's others. Raises Invalid."""
    with session.no_autoflush:
        own = session.scalars(select(Device).where(Device.station_id == station.id, Device.is_active)).all()
        for device in own:
            _demand(_settings(device), _neighbours(session, station, {_line(device)}, device))


def change_whole_line(session: TenantSession, device: Device) -> None:
    """Give all devices of the line that this one is, or was, on the place and the settings it has now.

    Raises:
        NotAllowed: one of them is at a plant that is not writable; names that.
    """
    with session.no_autoflush:
        station = session.need(Station, device.station_id, "station")
        lines = {_line(device), _line_before(device)}
        others = _neighbours(session, station, lines, device)
        same = {name: getattr(device, name) for name in (*LINE_PLACE, *LINE_FIELDS)}
        changed = [one for one in others if any(getattr(one, name) != value for name, value in same.items())]
        plants = {one.id: session.need(Station, one.station_id, "station").plant_id for one in changed}
        for other in changed:
            demand_writable(session, plants[other.id])
            assign(other, {**same, "forced_reason": device.forced_reason})
    session.flush()
    for other in changed:
        record(session, "stations.device.updated", other.id, plant_id=plants[other.id], version=other.version)


def _demand(settings: DeviceSettings, others: Iterable[Device]) -> None:
    told = [(one, line_disagreement(settings, _settings(one))) for one in others]
    disagreeing = [(one, words) for one, words in told if words is not None]
    if disagreeing:
        names = [one.name for one, _ in disagreeing]
        more = f" ({', '.join(names[1:])} too)" if len(names) > 1 else ""
        raise Invalid(f"{disagreeing[0][1]}{more}", code="line_settings_disagree", devices=names)


def _neighbours(session: TenantSession, station: Station, lines: set[str], device: Device) -> Sequence[Device]:
    """Other devices in use on these lines, of all stations of the agent."""
    of_agent = Station.id == station.id
    if station.agent_id is not None:
        of_agent |= (Station.agent_id == station.agent_id) & Station.is_active
    others = session.scalars(
        select(Device)
        .join(Station, (Station.organization_id == Device.organization_id) & (Station.id == Device.station_id))
        .where(of_agent, Device.is_active, Device.id != device.id)
        .order_by(Device.name, Device.id)
    ).all()
    return [one for one in others if _line(one) in lines]


def _settings(device: Device) -> DeviceSettings:
    return DeviceSettings.model_validate(device, from_attributes=True)


def _line(device: Device) -> str:
    return line_key(device.serial_port, device.host, device.port)


def _line_before(device: Device) -> str:
    """The line it was on before this change; of a new one, its own."""
    attributes = inspect(device).attrs
    before = {name: attributes[name].history for name in LINE_PLACE}
    if inspect(device).pending:
        return _line(device)
    serial_port, host, port = (
        history.deleted[0] if history.deleted else getattr(device, name)
        for name, history in ((name, before[name]) for name in ("serial_port", "host", "port"))
    )
    return line_key(serial_port, host, port)

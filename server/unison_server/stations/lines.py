"""All devices of one agent that share a line agree about its settings; see `device_settings.line_disagreement`.

Triggers of `devices` and `stations` hold it too, whatever way rows are written; here it is told in words.
"""

from __future__ import annotations

from sqlalchemy import select
from unison_domain.stations.device_settings import DeviceSettings, line_disagreement

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.stations.tables import Device, Station


def demand_agreement(session: TenantSession, device: Device) -> None:
    """Whether the device fits those its line has already.

    Raises:
        Invalid: another device of its agent says otherwise about the line; names both.
    """
    if device.is_active is False:
        return
    settings = DeviceSettings.model_validate(device, from_attributes=True)
    with session.no_autoflush:
        agent = select(Station.agent_id).where(Station.id == device.station_id).scalar_subquery()
        others = session.scalars(
            select(Device)
            .join(Station, (Station.organization_id == Device.organization_id) & (Station.id == Device.station_id))
            .where(Station.agent_id == agent, Device.is_active, Device.id != device.id)
            .where((Device.serial_port == device.serial_port) | (Device.host == device.host))
        ).all()
    for other in others:
        disagreement = line_disagreement(settings, DeviceSettings.model_validate(other, from_attributes=True))
        if disagreement is not None:
            raise Invalid(disagreement, code="line_settings_disagree")

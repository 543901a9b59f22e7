"""All devices of one agent that share a line agree about its settings; see `device_settings.line_disagreement`."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from unison_domain.stations.device_settings import DeviceSettings, line_disagreement

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.stations.plant_policies import SEE_ALL_PLANTS, SEE_AS_BEFORE
from unison_server.stations.tables import Device, Station

_LINE = "coalesce({0}.serial_port, {0}.host || ':' || {0}.port)"
_SETTINGS = "({0}.driver, {0}.baud_rate, {0}.parity, {0}.stop_bits, {0}.turnaround_seconds)"
_DEVICES = """(devices as {0} join stations as {1}
    on {1}.organization_id = {0}.organization_id and {1}.id = {0}.station_id)"""


def line_statements() -> Iterator[str]:
    """The triggers that hold it whatever way rows are written, for migrations.

    By their names they fire after those that raise the configuration's version, whose lock on the agent lets two
    changes of one agent through only one after the other; and they see every plant, as the agent does.
    """
    for table, changed in (("devices", "d.id"), ("stations", "d.station_id")):
        yield f"""
            create function {table}_agree_about_lines() returns trigger language plpgsql as $$
            declare
                seen text := current_setting('app.read_plants', true);
                disagreeing text;
            begin
                {SEE_ALL_PLANTS};
                select o.name into disagreeing
                    from rows_after as r join {_DEVICES.format("d", "s")}
                        on d.organization_id = r.organization_id and {changed} = r.id
                    join {_DEVICES.format("o", "t")}
                        on o.organization_id = d.organization_id and t.agent_id = s.agent_id
                    where d.is_active and o.is_active and {_LINE.format("o")} = {_LINE.format("d")}
                        and {_SETTINGS.format("o")} is distinct from {_SETTINGS.format("d")}
                    limit 1;
                {SEE_AS_BEFORE};
                if disagreeing is not null then
                    raise exception 'device % has other settings of the same line', disagreeing
                        using errcode = 'check_violation', constraint = 'line_settings_agree', table = '{table}';
                end if;
                return null;
            end
            $$
        """  # noqa: S608 - constants
        for verb in ("insert", "update"):
            yield (
                f"create trigger line_settings_agree_{verb} after {verb} on {table} "
                f"referencing new table as rows_after for each statement execute function {table}_agree_about_lines()"
            )


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

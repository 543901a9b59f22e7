"""What the role `station` gives: all that the device token of a station's PC is good for."""

from __future__ import annotations

from enum import StrEnum


class DeviceRight(StrEnum):
    """A right that no person and no key has, and no other role gives; the token of a station's PC has all of them."""

    READ_CONFIGURATION = "device.configuration.read"
    SEND_EVENTS = "device.event.send"
    SEND_HEARTBEAT = "device.heartbeat.send"
    READ_COMMANDS = "device.command.read"
    HEAR_COMMANDS = "device.command.hear"
    SEND_PICTURES = "device.picture.send"
    READ_CALLS = "device.call.read"
    READ_STOP_CAUSES = "device.stop_cause.read"
    READ_SET_STATES = "device.set_state.read"
    READ_DAY_COUNTS = "device.day_count.read"
    READ_UNDOS = "device.undo.read"
    READ_SET_ASIDE = "device.set_aside.read"
    READ_ROSTER = "device.roster.read"
    SIGN_ON = "device.person.sign_on"
    COUNTERSIGN = "device.person.countersign"

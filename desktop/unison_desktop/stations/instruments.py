"""How the scanners, gauges and cameras of one PC fare, beside its devices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from unison_domain.stations.events import DeviceState
from unison_domain.stations.peripheral_contracts import PeripheralAnswer
from unison_domain.stations.peripherals import PeripheralState

from unison_desktop.kernel.refusals import worded
from unison_desktop.stations.peripherals.table import place_words
from unison_desktop.stations.peripherals.words import KINDS

_AS_DEVICES = {
    PeripheralState.ONLINE: DeviceState.ONLINE,
    PeripheralState.OFFLINE: DeviceState.OFFLINE,
    PeripheralState.REFUSED: DeviceState.OFFLINE,
}


@dataclass(frozen=True, slots=True)
class InstrumentRow:
    """A scanner, gauge or camera as a row among devices (`DeviceRow`).

    Attributes:
        told: how long ago its silent PC told this; None while the PC is heard.
    """

    peripheral: PeripheralAnswer
    told: timedelta | None = None
    tag: str = ""
    exception: int | None = None
    is_read: bool = True

    @property
    def id(self) -> tuple[UUID, UUID | None]:
        """What tells it from other rows."""
        return self.peripheral.id, None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.peripheral.name

    @property
    def state(self) -> DeviceState | None:
        """How it answers; None if the PC has not said."""
        return None if self.peripheral.state is None else _AS_DEVICES[self.peripheral.state]

    @property
    def said(self) -> str:
        """What is wrong."""
        return worded(self.peripheral.message or "")

    @property
    def kind(self) -> str:
        """What it is."""
        return KINDS[self.peripheral.kind]

    @property
    def address(self) -> str:
        """Where it is."""
        return place_words(self.peripheral.settings)

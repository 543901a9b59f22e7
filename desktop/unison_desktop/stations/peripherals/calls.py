"""Requests about scanners, gauges and cameras."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject
from unison_domain.quality.contracts import CharacteristicAnswer
from unison_domain.stations.peripheral_contracts import PeripheralAnswer, PeripheralCreate, PeripheralReplace

from unison_desktop.kernel.client import IN_USE, OUT_OF_USE, ApiClient, Call, ListCall


def peripherals(client: ApiClient, *, owner: QObject) -> ListCall:
    """Those in use, of all stations; `done` brings a list of `PeripheralAnswer`."""
    return client.get_all("/peripherals", item=PeripheralAnswer, query=IN_USE, owner=owner)


def make(client: ApiClient, body: PeripheralCreate, *, key: UUID, owner: QObject) -> Call:
    """A new one; `done` brings the `PeripheralAnswer`."""
    return client.post("/peripherals", body, read=PeripheralAnswer, key=key, owner=owner)


def change(client: ApiClient, id_: UUID, body: PeripheralReplace, *, version: int, owner: QObject) -> Call:
    """Set all of it; `done` brings the `PeripheralAnswer`."""
    return client.put(f"/peripherals/{id_}", body, version=version, read=PeripheralAnswer, owner=owner)


def put_away(client: ApiClient, peripheral: PeripheralAnswer, *, owner: QObject) -> Call:
    """Take it out of use, as it is seen here; `done` brings it as it is then."""
    path = f"/peripherals/{peripheral.id}"
    return client.delete(path, version=peripheral.version, read=PeripheralAnswer, owner=owner)


def peripherals_out_of_use(client: ApiClient, /, *, owner: QObject) -> ListCall:
    """Those put away, of all stations; `done` brings a list of `PeripheralAnswer`."""
    return client.get_all("/peripherals", item=PeripheralAnswer, query=OUT_OF_USE, owner=owner)


def reactivate(client: ApiClient, peripheral: PeripheralAnswer, /, *, owner: QObject) -> Call:
    """Bring it back into use, as it is seen here; `done` brings it as it is then."""
    path = f"/peripherals/{peripheral.id}/reactivate"
    return client.post(path, None, version=peripheral.version, read=PeripheralAnswer, owner=owner)


def characteristics(client: ApiClient, *, owner: QObject) -> ListCall:
    """What is measured in the plants; `done` brings a list of `CharacteristicAnswer`."""
    return client.get_all("/inspection-characteristics", item=CharacteristicAnswer, query=IN_USE, owner=owner)

"""What people confirmed at stations after a backup: a restore takes it away, stations send it again, and it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from unison_domain.identity.overrides import OverrideKind
from unison_server.app import create_app
from unison_server.kernel.backup import backup, restore
from unison_server.kernel.settings import Settings

from tests.server.codes.scanning import scanned
from tests.server.codes.scanning import undone as scan_undone
from tests.server.factories import Made, make_organization
from tests.server.kernel.test_backup import pair
from tests.server.machines.test_station_words import reasoned, state_set
from tests.server.quality.gauging import characteristic, reading
from tests.server.quality.gauging import undone as reading_undone
from tests.server.serving import serving, sign_in
from tests.server.stations.confirming import Confirmer, confirmer
from tests.server.stations.floor import Floor, build

__all__ = ["pair"]

_EFFECTS = {
    "reasons": "select downtime_reason_id, said_by_name, started_at, ended_at from downtime_causes order by started_at",
    "states": "select state, source, started_at, ended_at from machine_states order by started_at",
    "said of states": "select state, source, started_at, person from machine_transitions order by started_at",
    "scans": "select id, qr_code_data from qr_code_scans",
    "values": "select id, measured_value, person from inspection_measurements order by id",
    "scans taken back": "select scan_id, undone_at, person from qr_code_scan_undos",
    "values taken back": "select measurement_id, undone_at, person from inspection_measurement_undos",
    "overrides": "select kind, act_id, countersigned_by, countersignature_id from station_overrides order by 1",
    "set aside": "select code from quarantine",
}


@contextmanager
def served(settings: Settings) -> Iterator[httpx.Client]:
    with serving(create_app(settings)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def effects(floor: Floor) -> dict[str, list[Any]]:
    return {name: [tuple(row) for row in floor.rows(query)] for name, query in _EFFECTS.items()}


@dataclass(frozen=True)
class Ben:
    """What Ada said, and what Ben says against it: how it is confirmed, about what and by which act."""

    said: list[dict[str, Any]]
    words: list[tuple[OverrideKind, object, dict[str, Any]]]

    @classmethod
    def on(cls, floor: Floor, reasons: dict[int, str]) -> Ben:
        machine, bore = floor.machines[0], characteristic(floor, lsl="4.00", usl="4.20")
        stopped, scan = floor.changed(10, "stopped"), scanned(floor, 30, person="Ada")
        value, first = (
            reading(floor, 31, bore, "4.1", person="Ada"),
            reasoned(floor, 32, 10, reasons[310], person="Ada"),
        )
        said = [stopped, scan, value, first, floor.changed(500, "running", stopped)]
        reason = reasoned(floor, 502, 10, reasons[320], person="Ben", seen_reason_id=reasons[310])
        words: list[tuple[OverrideKind, object, dict[str, Any]]] = [
            (OverrideKind.STOP_REASON, machine, reason),
            (OverrideKind.FAR_VALUE, bore, reading(floor, 503, bore, "42.0", person="Ben")),
            (OverrideKind.MACHINE_STATE, machine, state_set(floor, 504, "setup", person="Ben")),
            (OverrideKind.SCAN_UNDONE, scan["id"], scan_undone(floor, 505, scan["id"], person="Ben")),
            (OverrideKind.READING_UNDONE, value["id"], reading_undone(floor, 506, value["id"], person="Ben")),
        ]
        return cls(said, words)

    def confirmed(self, quinn: Confirmer) -> list[dict[str, Any]]:
        """The words with Quinn's badge and PIN."""
        return [
            {**event, "backing": quinn.backing(kind, about, event.get("id", about))}
            for kind, about, event in self.words
        ]


@pytest.fixture
def own(pair: Callable[[], Settings]) -> Iterator[tuple[Settings, Made]]:
    """An organization with an administrator, in databases of its own; over open connections nothing is restored."""
    settings = pair()
    databases, system = settings.databases(), settings.system_databases()
    made = make_organization(databases, system)
    made.add_user("anna")
    system.dispose()
    yield settings, made
    databases.dispose()


def test_every_override_that_a_restore_took_away_counts_again(own: tuple[Settings, Made], tmp_path: Path) -> None:
    settings, made = own
    with served(settings) as client:
        floor = build(sign_in(client, made), made)
        items = floor.admin.post("/downtime-reasons/defaults", {}).json()["items"]
        ben, quinn = Ben.on(floor, {item["number"]: item["id"] for item in items}), confirmer(floor)
        floor.sender.send(ben.said)
        then = floor.sender.taken
        backup(settings, tmp_path / "monday")
        overrides = ben.confirmed(quinn)
        floor.sender.send(overrides)
        had = effects(floor)
        assert (len(had["overrides"]), had["set aside"]) == (5, [])
    made.databases.dispose()
    restore(settings, tmp_path / "monday")
    with served(settings) as client:
        sender = replace(floor.sender, client=client, taken=then)
        floor = replace(floor, admin=sign_in(client, made), sender=sender)
        assert effects(floor)["overrides"] == []
        floor.sender.send(overrides)
        assert effects(floor) == had
        listed = floor.admin.get("/station-overrides").json()["items"]
        assert [one["outcome"] for one in listed if one["confirmed_by"]] == ["done"] * 5

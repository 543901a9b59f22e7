"""A force holds until it is done, whatever is changed after it while the PC is away, and is used up once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.run_boundary import at_boundary, moved_counters
from unison_domain.stations.configuration import AgentConfiguration, SignalRole
from unison_domain.stations.device_settings import Driver

from tests.domain.machines.test_run_boundary import (
    BEFORE,
    GOOD,
    GOOD_TAG,
    LATHE,
    METER,
    MILL,
    SCRAP,
    configured,
    plc,
    tag,
)

BEGIN = datetime(2026, 11, 20, tzinfo=UTC)


def moment(n: int) -> datetime:
    """The n-th force."""
    return BEGIN + timedelta(seconds=n)


def register(address: int, forced: int | None = None) -> dict[str, Any]:
    """A tag that reads there."""
    return {"address": address, "forced_at": None if forced is None else moment(forced)}


class Server:
    """What a planner changes while nobody listens."""

    def __init__(self) -> None:
        self.device: dict[str, Any] = {}
        self.tag: dict[str, Any] = {}
        self.forces = 0

    def change(self, of: str, value: int, is_forced: bool) -> None:
        settings = self.device if of == "host" else self.tag
        settings[of] = f"plc-{value}" if of == "host" else value
        if is_forced:
            self.forces += 1
            settings["forced_at"] = moment(self.forces)

    @property
    def wanted(self) -> AgentConfiguration:
        made: AgentConfiguration = configured(plc(GOOD_TAG.model_copy(update=self.tag), **self.device))
        return made


EDITS = st.lists(st.tuples(st.sampled_from(["host", "address"]), st.integers(0, 2), st.booleans()), max_size=8)


@given(EDITS, EDITS, st.booleans())
def test_whoever_forces_a_change_has_it_whatever_comes_after_it(
    before: list[tuple[str, int, bool]], edits: list[tuple[str, int, bool]], then_moves: bool
) -> None:
    server = Server()
    for edit in before:
        server.change(*edit)
    running = server.wanted
    for edit in edits:
        server.change(*edit)
    wanted = server.wanted
    (was,), (will,) = running.devices, wanted.devices
    has_moved, is_other = was.host != will.host, was.tags[0].address != will.tags[0].address
    is_forced = any(forced and (of == "address" or has_moved) for of, _, forced in edits)
    found = at_boundary(running, wanted, {MILL})
    assert bool(found.waiting) == ((has_moved or is_other) and not is_forced)
    if not found.waiting:
        server.change("host" if then_moves else "address", 7, is_forced=False)
        assert [one.tag_id for one in at_boundary(found.configuration, server.wanted, {MILL}).waiting] == [GOOD]
        server.change("address", 8, is_forced=True)
        assert at_boundary(found.configuration, server.wanted, {MILL}) == (server.wanted, ())


def test_counters_of_a_device_that_moved_are_forced_one_by_one() -> None:
    """As "Apply now…" does; the PC may take up what is there between any two."""
    good, scrap = tag(GOOD, 0, SignalRole.COUNT_GOOD), tag(SCRAP, 1, SignalRole.COUNT_SCRAP)
    running = configured(plc(good, scrap))
    half = configured(plc(good.model_copy(update=register(0, 1)), scrap, host="other"))
    held = at_boundary(running, half, {MILL})
    assert ([one.tag_id for one in held.waiting], held.configuration.devices) == ([SCRAP], running.devices)
    both = (good.model_copy(update=register(0, 1)), scrap.model_copy(update=register(1, 2)))
    whole = configured(plc(*both, host="other"))
    assert at_boundary(held.configuration, whole, {MILL}) == (whole, ())
    assert all(moved.is_forced for moved in moved_counters(held.configuration, whole))


@pytest.mark.parametrize("by", ["device", "tag"])
@pytest.mark.parametrize("meter_moves", [False, True])
def test_who_forces_one_device_of_a_line_forces_the_line(by: str, meter_moves: bool) -> None:
    """It can't be set in two ways, and what a person forced waits for nobody."""
    serial: dict[str, Any] = {"driver": Driver.MODBUS_RTU, "serial_port": "usb-1", "host": None}
    scrap = tag(SCRAP, 1, SignalRole.COUNT_SCRAP, LATHE)
    meter: dict[str, Any] = {"id": METER, "name": "meter", **serial, "unit_id": 2}
    before = configured(plc(GOOD_TAG, baud_rate=9600, **serial), plc(scrap, baud_rate=9600, **meter))
    force: dict[str, Any] = {"forced_at": moment(1)}
    good = GOOD_TAG.model_copy(update=force if by == "tag" else {})
    moved = plc(good, **{**serial, "unit_id": 9, "baud_rate": 19_200}, **(force if by == "device" else {}))
    other = plc(scrap, baud_rate=19_200, **{**meter, "unit_id": 8 if meter_moves else 2})
    wanted = configured(moved, other, version=2)
    assert at_boundary(before, wanted, {MILL, LATHE}) == (wanted, ())
    told = {one.tag.id: one.is_forced for one in moved_counters(before, wanted)}
    assert told == {GOOD: True, **({SCRAP: True} if meter_moves else {})}


def test_a_force_of_a_device_is_none_of_its_counters() -> None:
    wanted = configured(plc(GOOD_TAG.model_copy(update=register(5)), forced_at=moment(1)))
    assert [one.tag_id for one in at_boundary(BEFORE, wanted, {MILL}).waiting] == [GOOD]


def test_a_restored_server_has_forces_that_were_used_up() -> None:
    """What it tells of a time before is no force; one it is given after that is."""
    running = configured(plc(GOOD_TAG.model_copy(update=register(5, 4))))
    restored = configured(plc(GOOD_TAG.model_copy(update=register(0, 2))))
    assert [one.tag_id for one in at_boundary(running, restored, {MILL}).waiting] == [GOOD]
    anew = configured(plc(GOOD_TAG.model_copy(update=register(0, 9))))
    assert at_boundary(running, anew, {MILL}) == (anew, ())


def test_of_two_devices_that_trade_places_the_forced_one_waits_for_nobody() -> None:
    """A line that is torn where the forced one was, too."""
    tcp: dict[str, Any] = {"host": "gate", "port": 502, "driver": Driver.MODBUS_RTU_TCP}
    line: dict[str, Any] = {**tcp, "turnaround_seconds": 0.1}
    scrap = tag(SCRAP, 1, SignalRole.COUNT_SCRAP, LATHE)
    before = configured(plc(GOOD_TAG, **tcp), plc(scrap, id=METER, name="meter", unit_id=2, **tcp))
    moved = plc(scrap, id=METER, name="meter", unit_id=2, **{**tcp, "host": "other"})
    wanted = configured(plc(GOOD_TAG, unit_id=9, forced_at=moment(1), **line), moved, version=2)
    assert at_boundary(before, wanted, {MILL, LATHE}) == (wanted, ())

"""A tag that reads something else than before: nothing is made of the difference between the two registers."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unison_domain.machines.sources import raw_source_of, source_of
from unison_domain.stations.configuration import AgentConfiguration, ByteOrder, RegisterTable, SignalRole, ValueType
from unison_domain.stations.events import Counted, StateChanged
from unison_station.engine.engine import Engine
from unison_station.store.store import Store

from tests.station_agent.configurations import MACHINE, configuration, device, machine_tags, tag
from tests.station_agent.engine.press import Press, connected
from tests.station_agent.engine.test_derivation import Shop
from tests.station_agent.engine.test_engine import events_of, run, until

PLACES = {2: 5004, 5: 60, 6: 180}
"""Addresses a counter may be read from, and where the registers there begin."""


def counting(address: int, *, loose: bool = False, port: int = 502, **more: Any) -> AgentConfiguration:
    machine_id = None if loose else MACHINE
    good = tag("press", "good", address, role=SignalRole.COUNT_GOOD, machine_id=machine_id, max_rate=1000.0, **more)
    run_bit, alarm, _, temperature = machine_tags("press")
    return configuration(device("press", port, run_bit, alarm, good, temperature))


ACTIONS = st.one_of(
    st.tuples(st.just("make"), st.integers(0, 40)),
    st.tuples(st.sampled_from(["move", "move while stopped"]), st.sampled_from(sorted(PLACES))),
    st.tuples(st.just("restart"), st.integers(0, 100)),
)


@settings(max_examples=60)
@given(st.lists(ACTIONS, max_size=25), st.booleans())
def test_parts_are_those_made_wherever_the_counter_is_read(actions: list[tuple[str, int]], loose: bool) -> None:
    place, made = 2, 0
    shop = Shop(counting(place, loose=loose))
    shop.registers = [1, 0, 5004, 215, 0, 60, 180]
    shop.look()
    for action, amount in actions:
        if action == "make":
            shop.registers[place] += amount
            made += amount
        elif action == "restart":
            shop.restart(amount)
        else:
            place = amount
            shop.wanted = counting(place, loose=loose)
            if action == "move":
                shop.derivation.apply(shop.wanted, shop.now)
            else:
                shop.restart(60)
        shop.look()
        shop.look()
    told = {event.kind for event in shop.events} & {"counter_reset", "counter_jumped"}
    assert (shop.counted, told) == (made, set())


def test_a_run_signal_that_moves_keeps_no_memory_and_breaks_no_interval() -> None:
    shop = Shop(counting(2))
    for _ in range(5):
        shop.look()
    run_bit, *others = shop.wanted.devices[0].tags
    moved = device("press", 502, run_bit.model_copy(update={"address": 8, "invert": True}), *others)
    shop.wanted = configuration(moved, version=2)
    shop.derivation.apply(shop.wanted, shop.now)
    for _ in range(5):
        shop.look()
    states = [event.opened.state for event in shop.events if isinstance(event, StateChanged)]
    assert states == ["running"]


def test_a_counter_given_to_another_machine_and_back_is_not_counted_twice() -> None:
    shop = Shop(counting(2))
    shop.look()
    for loose in (True, False):
        shop.wanted = counting(2, loose=loose)
        shop.derivation.apply(shop.wanted, shop.now)
        shop.look()
        shop.registers[2] += 7
        shop.look()
    counted = [event for event in shop.events if isinstance(event, Counted) and event.delta]
    assert [(event.machine_id, event.delta) for event in counted] == [(None, 7), (MACHINE, 7)]


def test_a_buffer_of_an_earlier_version_keeps_its_baselines() -> None:
    """It does not tell what its tags read."""
    shop = Shop(counting(2))
    shop.look()
    stored = {key: value for key, value in shop.derivation.dump().items() if key != "sources"}
    shop.registers[2] += 7
    shop.derivation = type(shop.derivation)(shop.wanted, stored, shop.now)
    shop.look()
    assert shop.counted == 7


@pytest.mark.parametrize(
    "change",
    [
        {"address": 9},
        {"table": RegisterTable.INPUT_REGISTER},
        {"type": ValueType.UINT32},
        {"byte_order": ByteOrder.CDAB},
        {"type": ValueType.BITS, "bit": 2},
        {"scale": 2.0},
        {"rollover": 10_000},
        {"role": SignalRole.CYCLE},
    ],
)
def test_what_a_counter_reads_is_more_than_its_address(change: dict[str, Any]) -> None:
    press = counting(2).devices[0]
    good = press.tags[2]
    assert source_of(press, good) != source_of(press, good.model_copy(update=change))


def test_another_slave_is_another_source_and_another_name_is_not() -> None:
    press = counting(2).devices[0]
    good = press.tags[2]
    for place in ({"host": "127.0.0.2"}, {"port": 503}, {"unit_id": 2}):
        assert source_of(press, good) != source_of(press.model_copy(update=place), good)
    renamed = good.model_copy(update={"name": "parts", "max_rate": 5.0, "role": SignalRole.COUNT_SCRAP})
    assert source_of(press, good) == source_of(press.model_copy(update={"name": "other", "retries": 2}), renamed)


def test_a_sample_says_what_it_was_read_from() -> None:
    """By the configuration that was in force when it was read, not by a newer one the server has already."""
    shop = Shop(counting(2))
    shop.look()
    for wanted in (counting(2, port=503), counting(2, port=502)):
        shop.wanted = wanted
        shop.derivation.apply(wanted, shop.now)
        shop.look()
    heat = counting(2).devices[0].tags[3]
    sources = [raw_source_of(counting(2, port=port).devices[0], heat) for port in (502, 503, 502)]
    assert [sample.source for sample in shop.samples] == sources
    assert sources[0] != sources[1]


@pytest.mark.parametrize("stopped", [False, True])
def test_a_real_agent_invents_no_parts_when_a_counter_moves(tmp_path: Path, stopped: bool) -> None:
    press = Press()
    press.registers += [0, 60, 180]
    press.registers[2] = 5004

    def told(store: Store) -> list[tuple[str, int]]:
        kinds = ("counted", "counter_reset", "counter_jumped")
        told = [(event["kind"], event.get("delta")) for event in events_of(store) if event["kind"] in kinds]
        return [(kind, delta or 0) for kind, delta in told if delta != 0]

    with connected(press) as slave:
        wanted = {address: counting(address, port=slave.port, forced=True) for address in PLACES}

        async def makes_three(engine: Engine, store: Store, place: int) -> None:
            before, asked = told(store), len(slave.requests)
            engine.configure(wanted[place])
            await until(lambda: len(slave.requests) >= asked + 6)
            press.registers[place] += 3
            await until(lambda: len(told(store)) > len(before))
            assert told(store) == [*before, ("counted", 3)]

        async def moves_on(engine: Engine, store: Store) -> None:
            for place in PLACES:
                await makes_three(engine, store, place)

        if not stopped:
            run(tmp_path, wanted[2], moves_on)
            return
        for place in PLACES:
            run(tmp_path, wanted[place], partial(makes_three, place=place))

"""A counter under a new lease goes on from its baseline, once; events carry the lease they were made under."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unison_domain.stations.configuration import AgentConfiguration, CounterBaseline
from unison_domain.stations.events import Counted
from unison_station.clock import EPOCH, Line
from unison_station.engine.derivation import Derivation, used_leases

from tests.station_agent.configurations import MACHINE, configuration, device, machine_tags
from tests.station_agent.engine.test_derivation import BEGIN, Shop


def leased(lease: int, raw: int | None = None, at: datetime | None = None) -> AgentConfiguration:
    """The press under a lease, with the value up to which its good parts are counted."""
    baseline = None if raw is None or at is None else CounterBaseline(raw=raw, at=at)
    tags = tuple(
        tag.model_copy(update={"lease": lease, **({"baseline": baseline} if tag.name == "good" else {})})
        for tag in machine_tags("press")
    )
    return configuration(device("press", 502, *tags))


def started(lease: int, raw: int | None = None) -> Shop:
    shop = Shop(configuration())
    shop.wanted = leased(lease, raw, shop.now.at)
    shop.derivation.apply(shop.wanted, shop.now)
    return shop


def follow(shop: Shop, wanted: AgentConfiguration) -> None:
    shop.wanted = wanted
    shop.derivation.apply(wanted, shop.now)


def test_parts_made_since_the_baseline_are_counted_with_the_first_reading() -> None:
    shop = started(7, raw=88)
    shop.look()
    (counted,) = [event for event in shop.events if isinstance(event, Counted)]
    assert (counted.delta, counted.raw_from, counted.raw_to, counted.lease) == (12, 88, 100, 7)
    assert counted.across_gap


def test_without_a_baseline_the_first_reading_is_one() -> None:
    shop = started(7)
    shop.look()
    assert shop.counted == 0


@pytest.mark.parametrize("look_before", [True, False])
def test_a_baseline_is_gone_on_from_once(look_before: bool) -> None:
    shop = started(7, raw=88)
    if look_before:
        shop.look()
    shop.restart(away=1)
    shop.look()
    follow(shop, shop.wanted.model_copy(update={"version": 9}))
    shop.look()
    assert shop.counted == 12


def test_a_configuration_that_was_kept_but_not_followed_is_followed_by_the_next_run() -> None:
    """Power went between the two."""
    shop = started(7, raw=88)
    shop.look()
    stored = shop.derivation.dump()
    shop.wanted = leased(8, 95, shop.now.at)
    shop.derivation = Derivation(shop.wanted, stored, shop.now)
    shop.look()
    assert shop.counted == 12 + 5


def test_a_tag_that_went_and_came_back_under_the_same_lease_begins_with_what_it_reads() -> None:
    shop = started(7, raw=88)
    shop.look()
    wanted = shop.wanted
    follow(shop, configuration())
    shop.registers[2] += 5
    follow(shop, wanted)
    shop.look()
    assert shop.counted == 12, "its own unsent counts may still be on their way under this lease"


def test_parts_of_a_gap_that_wait_are_counted_again_from_a_new_baseline_only() -> None:
    """A counter alone does not tell at the first look after the gap whether the press runs."""
    shop = Shop(alone(leased(7, 100, BEGIN)))
    shop.look()
    shop.restart(away=600)
    shop.registers[2] += 5
    shop.look()
    assert shop.counted == 0
    follow(shop, alone(leased(8, 100, shop.now.at)))
    shop.look()
    for _ in range(2):
        shop.registers[2] += 1
        shop.look()
    counted = [event for event in shop.events if isinstance(event, Counted)]
    assert sum(event.delta for event in counted) == 7
    assert {event.lease for event in counted if event.delta} == {8}


def alone(wanted: AgentConfiguration) -> AgentConfiguration:
    """With no tag but the counter of good parts."""
    (press,) = wanted.devices
    tags = tuple(tag for tag in press.tags if tag.name == "good")
    return wanted.model_copy(update={"devices": (press.model_copy(update={"tags": tags}),)})


def test_a_memory_that_is_lost_takes_no_old_baseline() -> None:
    shop = started(7, raw=88)
    shop.look()
    shop.derivation = Derivation(shop.wanted, used_leases(shop.wanted), shop.now)
    shop.look()
    assert shop.counted == 12


def test_an_unreadable_record_of_leases_takes_no_old_baseline() -> None:
    shop = started(7, raw=88)
    shop.look()
    stored = shop.derivation.dump()
    shop.derivation = Derivation(shop.wanted, stored | {"leases": b"no"}, shop.now)
    assert shop.derivation.unreadable
    shop.look()
    assert shop.counted == 12


def test_the_age_of_a_baseline_is_by_the_servers_time() -> None:
    """The PC is an hour behind: by its own clock nobody could have made that many parts."""
    shop = Shop(configuration())
    shop.wanted = leased(7, 0, shop.now.at + timedelta(hours=1) - timedelta(seconds=1))
    shop.registers[2] = 900
    shop.derivation.apply(shop.wanted, shop.now, Line(EPOCH, 3600.0))
    shop.look()
    (counted,) = [event for event in shop.events if isinstance(event, Counted)]
    assert counted.delta == 900
    assert counted.at - counted.started_at == timedelta(seconds=1.1)


def test_states_and_values_carry_the_newest_lease_of_their_machine() -> None:
    shop = started(7, raw=88)
    shop.look()
    shop.look()
    about = [event for event in shop.events if getattr(event, "machine_id", None) == MACHINE or event.kind == "sample"]
    assert {event.kind for event in about} == {"counted", "state_changed", "sample"}
    assert {event.lease for event in about} == {7}  # type: ignore[union-attr]  # all of these kinds have one


ACTIONS = st.sampled_from(["make", "look", "send", "hand over", "renew", "restart"])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(ACTIONS, st.integers(1, 9)), max_size=30))
def test_what_two_agents_count_of_one_counter_is_what_was_made(actions: list[tuple[str, int]]) -> None:
    """Each hand-over gives the value up to which counts have arrived; what is unsent then is fenced off."""
    shops = [started(1, raw=100), Shop(configuration())]
    unsent: list[Counted] = []
    holder, lease, taken, booked, made = 0, 1, 100, 0, 0
    for action, amount in [*actions, ("look", 1), ("send", 1)]:
        shop = shops[holder]
        match action:
            case "make":
                made += amount
                for each in shops:
                    each.registers[2] += amount
            case "restart":
                shop.restart(away=amount / 10)
            case "look":
                before = len(shop.events)
                shop.look()
                unsent += [event for event in shop.events[before:] if isinstance(event, Counted)]
            case "send":
                for event in unsent:
                    assert (event.lease, event.raw_from) == (lease, taken)
                    booked, taken = booked + event.delta, event.raw_to
                unsent = []
            case _:
                if action == "hand over":
                    follow(shop, configuration())
                    holder = 1 - holder
                lease, unsent = lease + 1, []
                follow(shops[holder], leased(lease, taken, shops[holder].now.at))
    assert booked == made

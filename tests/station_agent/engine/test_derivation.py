"""The rules of a whole agent, stepped without devices or disk."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unison_domain.stations.configuration import AgentConfiguration, SignalRole, TagConfiguration
from unison_domain.stations.events import Counted, DeviceChanged, DeviceState, Event, Quality, Sample, StateChanged
from unison_domain.stations.read_plan import plan
from unison_domain.stations.readings import Moment
from unison_station.devices.observation import BlockRead, Observation
from unison_station.engine.derivation import Derivation
from unison_station.recording import RecordingUnreadable, RecordingWriter, replay

from tests.station_agent.configurations import MACHINE, configuration, device, machine_tags, tag

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
POLL = 0.1


class Shop:
    """One press looked at every 0.1 s of a clock of its own; the derivation may be restarted or reconfigured."""

    def __init__(self, wanted: AgentConfiguration) -> None:
        self.registers = [1, 0, 100, 215]
        self.wanted = wanted
        self.seconds = 0.0
        self.silent = 0
        self.events: list[Event] = []
        self.steps: list[tuple[tuple[Observation, ...], Moment]] = []
        self.began = self.now
        self.derivation = Derivation(wanted, {}, self.now)

    @property
    def now(self) -> Moment:
        return Moment(BEGIN + timedelta(seconds=self.seconds), 1000 + self.seconds)

    def look(self, *, silent: bool = False, only: int | None = None) -> None:
        self.seconds += POLL
        doubtful = self.silent > 0 and not silent
        self.silent = self.silent + 1 if silent else 0
        reads = tuple(
            BlockRead(
                block,
                None if silent else [*self.registers, *[0] * 40][block.address : block.end],
                "no answer within 0.1 s" if silent else None,
                None,
                doubtful,
                self.now,
                0.01,
            )
            for number, block in enumerate(plan(self.wanted.devices[0]).blocks)
            if only in (None, number)
        )
        silence = "no answer within 0.1 s" if silent else None
        device_id = self.wanted.devices[0].id
        self.step((Observation(device_id, reads, (), silence, self.silent >= 2, self.now),))

    def step(self, observations: Sequence[Observation]) -> None:
        self.steps.append((tuple(observations), self.now))
        self.events.extend(self.derivation.step(observations, self.now).events)

    def restart(self, away: float = 0.0) -> None:
        stored = self.derivation.dump()
        self.seconds += away
        self.derivation = Derivation(self.wanted, stored, self.now)

    @property
    def samples(self) -> list[Sample]:
        return [event for event in self.events if isinstance(event, Sample)]

    @property
    def counted(self) -> int:
        return sum(event.delta for event in self.events if isinstance(event, Counted))


def press(*more: TagConfiguration) -> AgentConfiguration:
    return configuration(device("press", 502, *machine_tags("press"), *more))


Actions = list[tuple[str, float]]
ACTIONS = st.one_of(
    st.tuples(st.just("make"), st.integers(0, 40)),
    st.tuples(st.just("silence"), st.integers(1, 30)),
    st.tuples(st.just("restart"), st.floats(0, 100)),
    st.tuples(st.just("configure"), st.just(0)),
)


@settings(max_examples=60)
@given(st.lists(ACTIONS, max_size=25))
def test_every_part_is_counted_once_whatever_happens_in_between(actions: Actions) -> None:
    shop = Shop(press())
    shop.look()
    version = 1
    for action, amount in actions:
        if action == "make":
            shop.registers[2] = (shop.registers[2] + int(amount)) % 65_536
        elif action == "silence":
            for _ in range(int(amount)):
                shop.look(silent=True)
        elif action == "restart":
            shop.restart(amount)
        else:
            version += 1
            shop.wanted = press(tag("press", "extra", 20 + version % 10)).model_copy(update={"version": version})
            shop.derivation.apply(shop.wanted, shop.now)
        shop.look()
    for _ in range(3):
        shop.look()
    assert shop.counted == sum(int(amount) for action, amount in actions if action == "make")
    changes = [event for event in shop.events if isinstance(event, StateChanged)]
    for before, after in pairwise(changes):
        assert after.closed is not None
        assert after.closed.id == before.opened.id
        assert after.opened.started_at > before.opened.started_at


@settings(max_examples=15)
@given(st.lists(ACTIONS.filter(lambda action: action[0] in ("make", "silence")), max_size=15))
def test_a_recording_replays_to_the_same_events(tmp_path_factory: pytest.TempPathFactory, actions: Actions) -> None:
    shop = Shop(press())
    shop.look()
    for action, amount in actions:
        if action == "make":
            shop.registers[2] += int(amount)
        for _ in range(int(amount) if action == "silence" else 1):
            shop.look(silent=action == "silence")
        shop.step(())
    path = tmp_path_factory.mktemp("recording") / "shift.jsonl"
    with RecordingWriter(path) as writer:
        writer.begin(shop.wanted, {}, shop.began)
        for observations, now in shop.steps:
            writer.step(observations, now)
        shop.seconds += POLL
        told = shop.derivation.step((), shop.now, [MACHINE]).events
        writer.step((), shop.now, [MACHINE])
        shop.events.extend(told)
    assert list(replay(path)) == shop.events
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    assert len(list(replay(path))) <= len(shop.events)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_ends_the_recording_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "full.jsonl"
    with RecordingWriter(path) as writer:
        writer.begin(press(), {}, Moment(BEGIN, 0.0))
        with Path("/dev/full").open("wb") as full:
            os.dup2(full.fileno(), writer._file.fileno())
        writer.step((), Moment(BEGIN, 1.0))
        writer.step((), Moment(BEGIN, 2.0))
    assert writer.failure == "the recording ends here: No space left on device"


@pytest.mark.parametrize("damage", [b"5\n", b"{}\n", b'{"block":1}\n', b'{"observations":[{"device":1}]}\n', b"\xff\n"])
def test_a_damaged_recording_names_the_line(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "damaged.jsonl"
    with RecordingWriter(path) as writer:
        writer.begin(press(), {}, Moment(BEGIN, 0.0))
    path.write_bytes(path.read_bytes() + damage)
    with pytest.raises(RecordingUnreadable, match="line 2"):
        list(replay(path))


def test_a_sample_is_sent_when_it_moved_changed_quality_or_grew_old() -> None:
    shop = Shop(press())
    for temperature in (215, 216, 219, 221, 222):
        shop.registers[3] = temperature
        shop.look()
    assert [event.value for event in shop.samples] == [21.5, 22.1]
    shop.look(silent=True)
    assert [event.quality for event in shop.samples] == ["good", "good", "stale"]
    shop.look()
    shop.look()
    assert [event.quality for event in shop.samples][3:] == ["uncertain", "good"]
    for _ in range(620):
        shop.look()
    assert len(shop.samples) == 6


def test_a_device_is_told_when_it_changes_and_only_then() -> None:
    shop = Shop(press())
    for silent in (False, False, True, False, True, True, True, False, False):
        shop.look(silent=silent)
    states = [event.state for event in shop.events if isinstance(event, DeviceChanged)]
    assert states == [DeviceState.ONLINE, DeviceState.OFFLINE, DeviceState.ONLINE]


def test_a_probe_that_is_answered_brings_the_device_on_line_at_once() -> None:
    """The probe asks one of two requests; what the other said while off line no longer counts."""
    wanted = configuration(device("press", 502, *machine_tags("press"), tag("press", "far", 30, poll_seconds=5)))
    shop = Shop(wanted)
    for silent in (False, True, True):
        shop.look(silent=silent)
    shop.look(only=0)
    states = [event.state for event in shop.events if isinstance(event, DeviceChanged)]
    assert states == [DeviceState.ONLINE, DeviceState.OFFLINE, DeviceState.ONLINE]


def test_observations_of_a_replaced_configuration_do_no_harm() -> None:
    shop = Shop(press(tag("press", "old", 30)))
    shop.look()
    shop.derivation.apply(press(tag("press", "new", 31)), shop.now)
    for silent in (False, True, True, False):
        shop.look(silent=silent)
    assert shop.derivation.live().devices[0].state is DeviceState.ONLINE


def test_a_counter_without_a_machine_counts_too() -> None:
    loose = tag("press", "pallets", 2, role=SignalRole.COUNT_TOTAL, max_rate=1000.0)
    shop = Shop(configuration(device("press", 502, loose)))
    shop.look()
    shop.registers[2] += 6
    shop.look()
    shop.restart()
    shop.registers[2] += 4
    shop.look()
    shop.look()
    assert shop.counted == 10
    assert {event.machine_id for event in shop.events if isinstance(event, Counted)} == {None}


def test_one_state_that_can_not_be_read_is_told_and_costs_no_other() -> None:
    loose = tag("press", "pallets", 2, role=SignalRole.COUNT_TOTAL, max_rate=1000.0)
    shop = Shop(configuration(device("press", 502, loose)))
    shop.look()
    stored = shop.derivation.dump()
    broken = f"counter:{UUID(int=7)}"
    derivation = Derivation(shop.wanted, stored | {broken: b'{"raw": 5'}, shop.now)
    (told,) = derivation.unreadable
    assert broken in told
    assert derivation.dump().keys() == stored.keys()


def test_when_a_tag_was_read_well_last_outlives_tries_that_fail() -> None:
    shop = Shop(configuration(device("press", 1502, *machine_tags("press"))))
    shop.look()
    good = shop.now.at
    for _ in range(3):
        shop.look(silent=True)
    last = shop.derivation.last_read()
    assert {(one.newest.quality, one.newest.at, one.good_at) for one in last.values()} == {
        (Quality.STALE, shop.now.at, good)
    }

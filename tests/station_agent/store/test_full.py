"""No room: what may be given up goes first and is told, the rest is refused before anything is overwritten."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import orjson
import pytest
from unison_domain.stations.batch import BATCH_EVENTS, Rejected
from unison_station.store import GroupCommit, Limits, Store, StoreFull, StoreUnavailable
from unison_station.uplink.composing import chain

from tests.station_agent.store.making import Pc, counted, sample, samples, store_in
from tests.station_agent.store.test_crash import BUFFER, counts, everything, spoil

SMALL = Limits(max_bytes=1 << 20, min_free_bytes=0, ballast_bytes=0)


def acknowledge_first(store: Store) -> int:
    rows = store.outgoing.pending()
    store.outgoing.acknowledge(chain(store.outgoing.cursor, rows, rows[-1].seq))
    return len(rows)


def count_until_refused(store: Store, number: int = 0, at_once: int = 1) -> tuple[int, str]:
    """Commit counts with their state; returns the last number taken and why the next was refused."""
    try:
        while number < 1_000_000:
            taken = number + at_once
            store.commit([counted(n) for n in range(number + 1, taken + 1)], {"counter": b"%d" % taken})
            number = taken
    except StoreFull as refusal:
        return number, str(refusal)
    raise AssertionError("it was never refused")


def lost_by_gaps(store: Store) -> int:
    return sum(sum(event["lost"].values()) for event in everything(store) if event["kind"] == "gap")


def sampled(store: Store) -> list[float]:
    return [event["value"] for event in everything(store) if event["kind"] == "sample"]


def test_what_the_server_has_goes_first(tmp_path: Path) -> None:
    with store_in(tmp_path, SMALL) as store:
        for _ in range(60):
            store.commit(samples(500))
            acknowledge_first(store)
        assert store.outgoing.depth == 0
        assert lost_by_gaps(store) == 0


def test_samples_are_thinned_then_dropped_and_counts_never(tmp_path: Path) -> None:
    with store_in(tmp_path, SMALL) as store:
        made = 0
        for number in range(1, 401):
            store.commit([*(sample(float(made + n)) for n in range(100)), counted(number)])
            made += 100
        assert counts(store) == list(range(1, 401))
        left = sampled(store)
        assert left == sorted(left)
        assert lost_by_gaps(store) + len(left) == made
        assert store.outgoing.depth == len(everything(store))
        messages = {event["message"] for event in everything(store) if event["kind"] == "gap"}
        assert messages == {"samples thinned to a tenth", "oldest samples dropped"}
        assert left[-1] == made - 1


def test_thinning_is_fair_to_every_tag(tmp_path: Path) -> None:
    """Ten tags read in turn: each keeps about a tenth, not one of them all and the others nothing."""
    with store_in(tmp_path, SMALL) as store:
        made = 0
        while not any(event["kind"] == "gap" for event in everything(store)):
            store.commit([sample(float((made + n) % 10)) for n in range(100)])
            made += 100
        thinned = [event["value"] for event in everything(store)[BATCH_EVENTS:2500] if event["kind"] == "sample"]
        shares = [thinned.count(float(tag)) / len(thinned) for tag in range(10)]
        assert min(shares) > 0.04
        assert max(shares) < 0.2


def test_what_may_be_in_flight_is_never_given_up(tmp_path: Path) -> None:
    with store_in(tmp_path, SMALL) as store:
        store.commit(samples(1000))
        in_flight = store.outgoing.pending()
        for _ in range(40):
            store.commit(samples(500))
        assert lost_by_gaps(store) > 0
        assert store.outgoing.pending() == in_flight


def test_counts_that_fill_the_buffer_are_refused_and_nothing_is_overwritten(tmp_path: Path) -> None:
    with store_in(tmp_path, SMALL) as store:
        number, words = count_until_refused(store, at_once=20)
        assert "bring the server back" in words
        assert counts(store) == list(range(1, number + 1))
        assert store.load_state() == {"counter": b"%d" % number}
        with pytest.raises(StoreFull):
            store.commit([counted(number + 1)])
        refusing = store.is_refusing
        for _ in range(4):
            acknowledge_first(store)
        store.commit([counted(number + 1)])
        assert (refusing, store.is_refusing) == (True, False)
        assert counts(store)[-1] == number + 1


def test_acknowledgements_have_room_when_writes_are_refused(tmp_path: Path) -> None:
    with store_in(tmp_path, SMALL) as store:
        count_until_refused(store, at_once=20)
        while store.outgoing.depth:
            acknowledge_first(store)
        assert len(store.commit([counted(1)])) == 1


def on_tiny_disk(ballast: int) -> Limits:
    return Limits(max_bytes=1 << 30, min_free_bytes=0, reserve_bytes=3 << 20, ballast_bytes=ballast)


def test_a_disk_we_fill_ourselves_is_refused_while_the_server_can_still_be_heard(tiny_disk: Path) -> None:
    limits = on_tiny_disk(1 << 20)
    with Store.open(tiny_disk / "agent", limits) as store:
        number = 0
        while store.outgoing.depth == number * 501:
            number += 1
            store.commit([counted(number), *samples(500)], {"counter": b"%d" % number})
        number, words = count_until_refused(store, number, at_once=100)
        assert "free some space" in words
        assert counts(store) == list(range(1, number + 1))
        assert store.load_state() == {"counter": b"%d" % number}
    with Store.open(tiny_disk / "agent", limits) as store:
        assert counts(store) == list(range(1, number + 1))
        while store.outgoing.depth:
            acknowledge_first(store)
        store.commit([counted(number + 1)])


def test_a_disk_filled_by_others_costs_the_ballast_and_then_stops_taking(tiny_disk: Path) -> None:
    with Store.open(tiny_disk / "agent", on_tiny_disk(4 << 20)) as store:
        store.commit([counted(1)])
        foreign = tiny_disk / "foreign"
        fill(foreign)
        taken, _ = count_until_refused(store, 1, at_once=20)
        assert not (tiny_disk / "agent" / "ballast").exists()
        assert taken > 1000
        acknowledge_first(store)
        assert counts(store) == list(range(501, taken + 1))
        foreign.unlink()
        store.commit([counted(taken + 1)])
        store.maintain()
        assert (tiny_disk / "agent" / "ballast").exists()
        assert counts(store) == list(range(501, taken + 2))


def test_a_start_on_a_full_disk_uses_the_ballast(tiny_disk: Path) -> None:
    limits = on_tiny_disk(4 << 20)
    Store.open(tiny_disk / "agent", limits).close()
    fill(tiny_disk / "foreign")
    with Store.open(tiny_disk / "agent", limits) as store:
        assert len(store.commit([counted(1)])) == 1


def fill(path: Path) -> None:
    """Take all the room there is."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_low_disk_space_refuses_samples_and_tells_how_many(tmp_path: Path) -> None:
    limits = Limits(max_bytes=1 << 20, min_free_bytes=1 << 60, ballast_bytes=0)
    with store_in(tmp_path, limits) as store, GroupCommit(store) as group:
        group.add(samples(30), {"tag": b"1"})
        group.add([counted(1)])
        assert [event["kind"] for event in everything(store)] == ["gap", "counted"]
        assert lost_by_gaps(store) == 30
        assert store.load_state() == {"tag": b"1"}


WRITE_ERRORS = """
import resource, signal, sys
from pathlib import Path
from tests.station_agent.store.making import ROOMY, counted
from unison_station.store import Store, StoreError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(Path(sys.argv[1]), ROOMY)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
number = 0
try:
    while number < 100_000:
        store.commit([counted(number + 1)], {"counter": b"%d" % (number + 1)})
        number += 1
except StoreError as error:
    print(type(error).__name__)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.commit([counted(number + 1)], {"counter": b"%d" % (number + 1)})
store.close()
print(number + 1)
"""


def test_a_disk_that_fails_writes_is_told_and_taken_up_again(tmp_path: Path) -> None:
    """A limit on file size makes the kernel fail writes in the middle of a commit."""
    ran = subprocess.run(
        [sys.executable, "-c", WRITE_ERRORS, str(tmp_path)], capture_output=True, text=True, check=True
    )
    kind, number = ran.stdout.split()
    assert kind in ("StoreUnavailable", "StoreFull")
    with store_in(tmp_path) as store:
        assert counts(store) == list(range(1, int(number) + 1))
        assert store.load_state() == {"counter": number.encode()}


def test_a_read_only_file_system_is_told(tiny_disk: Path) -> None:
    Store.open(tiny_disk / "agent", SMALL).close()
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    with pytest.raises(StoreUnavailable, match="Read-only file system"):
        Store.open(tiny_disk / "agent", SMALL)
    subprocess.run(["mount", "-o", "remount,rw", tiny_disk], check=True)
    Store.open(tiny_disk / "agent", SMALL).close()


def test_old_dead_letters_do_not_stop_room_from_being_made(tmp_path: Path) -> None:
    with store_in(tmp_path, SMALL, Pc()) as store:
        store.commit(samples(500))
        store.outgoing.refuse(Rejected(seq=1, code="bad", message="why"))
        for _ in range(60):
            acknowledge_first(store)
            store.commit(samples(500))
        assert [letter.seq for letter in store.dead_letters.list()] == [1]
        assert lost_by_gaps(store) == 0
        assert orjson.loads(store.dead_letters.list()[0].line())["event"]["kind"] == "sample"


def test_a_retry_without_room_changes_nothing(tmp_path: Path) -> None:
    with store_in(tmp_path, SMALL) as store:
        store.commit([counted(1)])
        store.outgoing.refuse(Rejected(seq=1, code="bad", message="why"))
        number, _ = count_until_refused(store, 1, at_once=20)
        depth = store.outgoing.depth
        with pytest.raises(StoreFull):
            retry_for_ever(store)
        assert store.outgoing.depth == len(everything(store)) == depth
        assert store.dead_letters.count() == 1
        assert counts(store) == list(range(2, number + 1))


def retry_for_ever(store: Store) -> None:
    """Send the one dead letter again and refuse it again; each time it takes a new row."""
    while True:
        store.dead_letters.retry([letter.seq for letter in store.dead_letters.list()])
        store.outgoing.refuse(Rejected(seq=everything(store)[-1]["seq"], code="bad", message="why"))


def test_a_damaged_buffer_without_room_beside_it_stays_as_it_is_until_there_is_some(tiny_disk: Path) -> None:
    limits = Limits(max_bytes=11 << 20, min_free_bytes=0, ballast_bytes=0)
    with store_in(tiny_disk / "agent", limits) as store:
        count_until_refused(store, at_once=500)
    path = tiny_disk / "agent" / BUFFER
    spoil(path, path.stat().st_size // 4096 // 2)
    damaged = path.read_bytes()
    with pytest.raises(StoreFull, match="free as much disk space as it takes"):
        store_in(tiny_disk / "agent", limits)
    assert path.read_bytes() == damaged

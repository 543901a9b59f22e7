"""A machine followed over restarts, new tags and clocks that are set."""

from __future__ import annotations

import json

import pytest
from unison_domain.machines.tracking import (
    MachineRules,
    dump_tracking,
    load_tracking,
    resumed,
)

from tests.domain.machines.watched import (
    ALARM,
    PARTS,
    RUN,
    S,
    Watched,
    changes,
)
from tests.domain.shop import moment, read, tag


def test_a_restart_after_a_while_leaves_an_unknown_stretch() -> None:
    shop = Watched(RUN, PARTS)
    shop.hold(5, run=True, parts=0)
    shop.clock += 60
    shop.tracking = resumed(load_tracking(json.loads(json.dumps(dump_tracking(shop.tracking)))), moment(shop.clock))
    shop.hold(2, run=True, parts=20)
    assert shop.intervals == [(S.RUNNING, 0), (S.UNKNOWN, 4.5), (S.RUNNING, 65)]


def test_a_quick_restart_changes_nothing() -> None:
    shop = Watched(RUN)
    shop.hold(5, run=True)
    shop.clock += 1
    shop.tracking = resumed(shop.tracking, moment(shop.clock))
    shop.hold(5, run=True)
    assert shop.intervals == [(S.RUNNING, 0)]


def test_a_new_tag_gets_time_to_be_read() -> None:
    shop = Watched(RUN)
    shop.hold(5, run=True)
    shop.tags = (RUN, ALARM)
    shop.rules = MachineRules.of(shop.configuration, shop.tags)
    shop.silence(1)
    shop.hold(5, alarm=0)
    assert shop.intervals == [(S.RUNNING, 0)]


def test_a_machine_without_signals_has_no_state_of_its_own() -> None:
    shop = Watched(tag("temperature", role="sample"))
    shop.hold(10, temperature=20)
    assert shop.events == []
    assert shop.tracking.last_signal == moment(9.5)


def test_started_at_grows_though_the_clock_is_set_back() -> None:
    shop = Watched(RUN, off_delay_seconds=0.0, on_delay_seconds=0.0)
    for value, ahead in ((True, 0.0), (False, -3600.0), (True, -3600.0), (False, 86_400.0)):
        shop.feed([read(RUN, value, shop.clock, clock_ahead=ahead)], clock_ahead=ahead)
        shop.clock += 1
    starts = [event.opened.started_at for event in changes(shop.events)]
    assert len(starts) == 4
    assert starts == sorted(set(starts))


def test_what_is_stored_of_a_machine_must_be_that() -> None:
    with pytest.raises(ValueError, match="signals"):
        load_tracking({"signals": "nonsense"})

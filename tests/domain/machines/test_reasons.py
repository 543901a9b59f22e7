"""Classes of reasons, what alarms mean, and the reasons an organization begins with."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.downtime_contracts import DowntimeCategory
from unison_domain.machines.reasons import (
    DEFAULT_REASONS,
    AlarmRule,
    ReasonClass,
    category_of,
    is_for,
    reason_of_alarm,
)
from unison_domain.stations.configuration import ReasonConfiguration

HERE = uuid4()


@given(st.integers(100, 999))
def test_a_number_falls_into_its_hundred(number: int) -> None:
    assert ReasonClass.of(number) <= number < ReasonClass.of(number) + 100


@pytest.mark.parametrize("number", [99, 1000, -100])
def test_other_numbers_have_no_class(number: int) -> None:
    with pytest.raises(ValueError, match="100 to 999"):
        ReasonClass.of(number)


def test_every_class_has_its_word_and_a_first_reason() -> None:
    assert [category_of(one) for one in ReasonClass] == [c for c in DowntimeCategory if c != "unknown"]
    assert {one.number for one in DEFAULT_REASONS if one.parent is None} == set(ReasonClass)


def test_parents_stand_before_their_children_in_the_same_class() -> None:
    seen: set[int] = set()
    for one in DEFAULT_REASONS:
        if one.parent is not None:
            assert one.parent in seen
            assert ReasonClass.of(one.parent) is ReasonClass.of(one.number)
        seen.add(one.number)
    assert len(seen) == len(DEFAULT_REASONS)


@given(st.permutations(["all", "type", "machine", "other machine", "other alarm"]))
def test_the_more_specific_rule_wins(order: list[str]) -> None:
    rules = {
        "all": AlarmRule("oil", UUID(int=1)),
        "type": AlarmRule("oil", UUID(int=2), machine_type="mill"),
        "machine": AlarmRule("oil", UUID(int=3), machine_id=HERE),
        "other machine": AlarmRule("oil", UUID(int=4), machine_id=uuid4()),
        "other alarm": AlarmRule("heat", UUID(int=5), machine_id=HERE),
    }
    listed = [rules[name] for name in order]

    def found(*left_out: str, machine_type: str | None = "mill") -> UUID | None:
        return reason_of_alarm([r for r in listed if r not in [rules[n] for n in left_out]], "oil", HERE, machine_type)

    assert found() == UUID(int=3)
    assert found("machine") == UUID(int=2)
    assert found("machine", machine_type=None) == found("machine", "type") == UUID(int=1)
    assert found("machine", "type", "all") is None


def test_a_reason_is_for_machines_that_all_above_it_are_for_whoever_wrote_the_type() -> None:
    lathe = ReasonConfiguration(id=uuid4(), number=200, name="Setup", machine_types=("Lathe", "Mill"))
    change = ReasonConfiguration(id=uuid4(), number=210, name="Change", parent_id=lathe.id, machine_types=("lathe",))
    known = {one.id: one for one in (lathe, change)}
    assert [is_for(change, known, type_) for type_ in ("LATHE", "mill", "press", None)] == [True, False, False, False]
    assert not is_for(change, {change.id: change}, "lathe"), "under what is put away nothing is offered"


def test_an_alarm_means_the_same_whoever_wrote_the_type() -> None:
    everywhere, presses, exact = (UUID(int=n) for n in (1, 2, 3))
    rules = [AlarmRule("oil", everywhere), AlarmRule("oil", presses, machine_type="Press")]
    assert reason_of_alarm(rules, "oil", HERE, "press") == presses
    assert reason_of_alarm(rules, "oil", HERE, None) == everywhere
    rules += [AlarmRule("oil", exact, machine_type="press")]
    assert [reason_of_alarm(rules, "oil", HERE, type_) for type_ in ("press", "Press")] == [exact, presses]

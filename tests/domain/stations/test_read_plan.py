"""Read plans: everything is read, nothing too long, and what a device refuses is found and left alone."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from unison_domain.stations.configuration import BIT_TABLES, DeviceConfiguration, RegisterTable, TagConfiguration
from unison_domain.stations.read_plan import Block, Learnt, ReadPlan, bisect, learn, plan

from tests.domain.shop import device, tag

WORD_TYPES = ["uint16", "bits", "bool", "int32", "float64", "string"]


@st.composite
def devices(draw: st.DrawFn) -> DeviceConfiguration:
    tags = []
    for number in range(draw(st.integers(1, 25))):
        table = draw(st.sampled_from(RegisterTable))
        kind = "bool" if table in BIT_TABLES else draw(st.sampled_from(WORD_TYPES))
        fields: dict[str, Any] = {"table": table, "type": kind, "address": draw(st.integers(0, 160))}
        fields["poll_seconds"] = draw(st.sampled_from([0.5, 1.0]))
        if kind == "string":
            fields["length"] = draw(st.integers(1, 20))
        tags.append(tag(f"tag {number}", **fields))
    limits = {
        "max_registers": draw(st.integers(1, 125)),
        "max_bits": draw(st.integers(1, 200)),
        "max_gap": draw(st.integers(0, 30)),
    }
    return device(*tags, **limits)


def tag_ids(made: ReadPlan) -> list[Any]:
    return [span.tag_id for block in made.blocks for span in block.spans]


def assert_lawful(made: ReadPlan, slave: DeviceConfiguration, learnt: Learnt) -> None:
    by_id = {tag.id: tag for tag in slave.tags}
    read, refused = tag_ids(made), [refusal.tag_id for refusal in made.refusals]
    assert sorted(read + refused) == sorted(by_id), "every tag is read once or refused once"
    for block in made.blocks:
        assert 1 <= block.count <= (slave.max_bits if block.table in BIT_TABLES else slave.max_registers)
        assert block.end <= 65_536
        for span in block.spans:
            of = by_id[span.tag_id]
            assert (of.table, of.poll_seconds, of.address) == (block.table, block.poll_seconds, span.address)
            assert block.address <= span.address
            assert span.end <= block.end, "a tag is never split"
            assert len(block.part(span, list(range(block.count)))) == of.registers
        if len({(span.address, span.end) for span in block.spans}) > 1 or block.count > block.spans[0].count:
            crossed = [at for table, at in learnt.splits if table is block.table and block.address < at < block.end]
            assert not crossed, "only a lone tag may lie across a split"


@given(devices())
def test_a_plan_reads_every_tag_within_the_limits(slave: DeviceConfiguration) -> None:
    assert_lawful(plan(slave), slave, Learnt())


@given(devices(), st.sets(st.integers(0, 180), max_size=12))
def test_learning_finds_exactly_the_tags_a_device_lacks(slave: DeviceConfiguration, missing: set[int]) -> None:
    """The device answers exception 2 to any request that touches a missing address, as real ones do."""
    learnt = Learnt()
    for _ in range(200):
        made = plan(slave, learnt)
        assert_lawful(made, slave, learnt)
        failing = [block for block in made.blocks if missing & set(range(block.address, block.end))]
        if not failing:
            break
        for block in failing:
            learnt = learn(learnt, block, 2)
    assert not failing
    lacking = {tag.id for tag in slave.tags if missing & set(range(tag.address, tag.address + tag.registers))}
    too_long = {refusal.tag_id for refusal in made.refusals if refusal.exception is None}
    assert {refusal.tag_id for refusal in made.refusals} - too_long == lacking - too_long


@given(devices())
def test_bisecting_ends_at_single_tags(slave: DeviceConfiguration) -> None:
    pending: list[Block] = list(plan(slave).blocks)
    while pending:
        block = pending.pop()
        parts = bisect(block)
        assert sorted(span.tag_id for part in parts for span in part.spans) == sorted(
            span.tag_id for span in block.spans if parts
        )
        assert all(part.count < block.count or len(part.spans) < len(block.spans) for part in parts)
        if not parts:
            assert {(span.address, span.end) for span in block.spans} == {(block.address, block.end)}
        pending += parts


def words(*addresses: int, **fields: Any) -> list[TagConfiguration]:
    return [tag(f"word {address}", address=address, **fields) for address in addresses]


def extents(made: ReadPlan) -> list[tuple[int, int]]:
    return [(block.address, block.count) for block in made.blocks]


def test_neighbours_and_small_gaps_share_a_request() -> None:
    assert extents(plan(device(*words(0, 1, 9, 40), max_gap=8))) == [(0, 10), (40, 1)]


def test_rates_and_tables_are_read_apart() -> None:
    mixed = [*words(0, 1), tag("slow", address=2, poll_seconds=10.0), tag("input", address=3, table="input_register")]
    made = plan(device(*mixed))
    assert [(block.table.value, block.poll_seconds, block.address) for block in made.blocks] == [
        ("holding_register", 1.0, 0),
        ("input_register", 1.0, 3),
        ("holding_register", 10.0, 2),
    ]


def test_bits_are_counted_in_bits() -> None:
    coils = [tag(f"coil {at}", table="coil", type="bool", address=at) for at in range(0, 2001, 100)]
    assert extents(plan(device(*coils, max_gap=124))) == [(0, 1901), (2000, 1)]


def test_bit_requests_are_told_apart_by_whole_bytes() -> None:
    coils = [tag(f"coil {at}", table="coil", type="bool", address=at) for at in (0, 1000)]
    assert sorted(extents(plan(device(*coils)))) == [(0, 1), (1000, 9)]


def test_requests_of_equal_length_are_told_apart_by_one_register_more() -> None:
    made = plan(device(*words(0, 100, 200)))
    assert sorted(block.count for block in made.blocks) == [1, 2, 3]


def test_requests_are_not_lengthened_where_unused_registers_must_not_be_read() -> None:
    assert extents(plan(device(*words(0, 100), max_gap=0))) == [(0, 1), (100, 1)]
    assert plan(device(*words(65_535, 0))).blocks[-1].count == 1


def test_a_refused_padding_costs_no_tag() -> None:
    slave = device(*words(0, 100))
    padded = next(block for block in plan(slave).blocks if block.count == 2)
    learnt = learn(Learnt(), padded, 2)
    assert not learnt.refused
    made = plan(slave, learnt)
    assert not made.refusals
    assert all(block.count == 1 or block.address != padded.address for block in made.blocks)


def test_a_tag_refused_alone_says_its_exception() -> None:
    slave = device(*words(7))
    learnt = learn(Learnt(), plan(slave).blocks[0], 2)
    (refusal,) = plan(slave, learnt).refusals
    assert refusal.exception == 2
    assert refusal.message == "word 7 (holding register 7) is refused by the device with exception 2"


def test_a_tag_longer_than_the_device_gives_is_refused_with_both_figures() -> None:
    (refusal,) = plan(device(tag("name", type="string", length=20), max_registers=16)).refusals
    assert refusal.exception is None
    assert refusal.message == "name (holding register 0) needs 20 registers, the device gives 16 per request"


def test_an_unknown_function_refuses_the_whole_table_at_once() -> None:
    slave = device(*words(0, 1, 2))
    learnt = learn(Learnt(), plan(slave).blocks[0], 1)
    assert [refusal.exception for refusal in plan(slave, learnt).refusals] == [1, 1, 1]


def test_a_busy_device_teaches_nothing() -> None:
    learnt = Learnt()
    assert learn(learnt, plan(device(*words(0, 1))).blocks[0], 6) is learnt

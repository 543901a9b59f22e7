"""What an agent is told to do: stations, devices, tags and machines, as one versioned document.

Terms: an *agent* is an installation on a PC, a *station* a workplace it serves, a *device* something with an address
(a Modbus slave), a *tag* one value in it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from unison_domain.codes.item_pattern import ItemPattern
from unison_domain.kernel.contracts import Code, Instant, Name, Request, Text
from unison_domain.machines.contracts import MachineState
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.device_settings import DeviceSettings, line_disagreement
from unison_domain.stations.peripherals import PeripheralConfiguration


class RegisterTable(StrEnum):
    """The four Modbus tables."""

    COIL = "coil"
    DISCRETE_INPUT = "discrete_input"
    HOLDING_REGISTER = "holding_register"
    INPUT_REGISTER = "input_register"


BIT_TABLES = frozenset({RegisterTable.COIL, RegisterTable.DISCRETE_INPUT})
"""One bit at each address."""


class ValueType(StrEnum):
    """How the bits of a tag are read."""

    BOOL = "bool"
    INT8 = "int8"
    UINT8 = "uint8"
    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT16 = "float16"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    BCD16 = "bcd16"
    BCD32 = "bcd32"
    BITS = "bits"
    """`bit_count` bits from `bit` upwards of one register, as an unsigned number."""
    STRING = "string"


class ByteOrder(StrEnum):
    """Order of bytes and words on the wire, by the letters of the field (A is the most significant byte)."""

    ABCD = "abcd"
    """Big-endian, the Modbus default."""
    DCBA = "dcba"
    """Little-endian: words and bytes swapped."""
    BADC = "badc"
    """Bytes swapped inside each register."""
    CDAB = "cdab"
    """Words swapped, bytes in order."""


class StringBytes(StrEnum):
    """Which bytes of each register hold characters."""

    BOTH = "both"
    LOW = "low"
    HIGH = "high"


class SignalRole(StrEnum):
    """What a tag means for its machine."""

    RUN = "run"
    MODE = "mode"
    ALARM = "alarm"
    EMERGENCY_STOP = "emergency_stop"
    STARVED = "starved"
    BLOCKED = "blocked"
    SPEED = "speed"
    CYCLE = "cycle"
    COUNT_GOOD = "count_good"
    COUNT_SCRAP = "count_scrap"
    COUNT_TOTAL = "count_total"
    SAMPLE = "sample"
    """Only recorded, takes no part in the state."""


SAMPLED_ROLES = frozenset({SignalRole.SAMPLE, SignalRole.SPEED})
"""Roles whose values are kept as they are; of the others only what follows from them."""
SINGLE_ROLES = frozenset(SignalRole) - {SignalRole.SAMPLE, SignalRole.ALARM, SignalRole.EMERGENCY_STOP}
"""Roles of which a machine rarely has two signals: a second one is mostly a slip. Alarms and stop buttons are many."""
ON_OFF_ROLES = frozenset(
    {SignalRole.RUN, SignalRole.EMERGENCY_STOP, SignalRole.STARVED, SignalRole.BLOCKED, SignalRole.CYCLE}
)
"""Roles whose value is on or off, mostly one bit of a status word."""
COUNT_ROLES = (SignalRole.COUNT_GOOD, SignalRole.COUNT_SCRAP, SignalRole.COUNT_TOTAL)

PositiveSeconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class TagSettings(Request):
    """How one value in a device is read and what it means.

    Attributes:
        address: zero-based protocol address (what manuals print as 40001 is address 0 of the holding registers).
        length: registers of a string.
        bit, bit_count: the bit of a `bool` in a register, the range of `bits`.
        scale, offset: value = raw * scale + offset.
        minimum, maximum: engineering range after scaling; outside it the value is `bad`.
        max_rate: greatest change per second in scaled units that is believed (per counter: parts per second).
        sentinels: raw values by which the maker says "no value", e.g. 32767 or 0xFFFF.
        rollover: modulus of a counter; by default 2^bits or 10^digits of its type.
        deadband: a sample is sent when it moved by more than this (scaled units), or after `heartbeat_seconds`.
        alarms: text of each bit (role alarm, bit n) or of each code.
        states: value → state (role mode).
    """

    machine_id: UUID | None = None
    role: SignalRole = SignalRole.SAMPLE
    name: Name
    table: RegisterTable
    address: Annotated[int, Field(ge=0, le=65_535)]
    type: ValueType
    byte_order: ByteOrder = ByteOrder.ABCD
    length: Annotated[int, Field(ge=1, le=123)] | None = None
    string_bytes: StringBytes = StringBytes.BOTH
    bit: Annotated[int, Field(ge=0, le=15)] = 0
    bit_count: Annotated[int, Field(ge=1, le=16)] = 1
    scale: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    offset: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    unit: Annotated[Text, Field(max_length=20)] | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    sentinels: tuple[float, ...] = ()
    rollover: Annotated[int, Field(gt=1)] | None = None
    poll_seconds: Annotated[float, Field(ge=0.05, le=3600)] = 1.0
    deadband: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    heartbeat_seconds: PositiveSeconds = 60.0
    invert: bool = False
    alarm_bits: bool = True
    """True: each bit is an alarm; False: the value is one alarm code, 0 meaning none."""
    alarms: dict[int, Name] = Field(default_factory=dict)
    states: dict[int, MachineState] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        if self.table in BIT_TABLES and self.type is not ValueType.BOOL:
            raise ValueError(f"tag {self.name}: a {self.table} holds one bit, so its type is bool, not {self.type}")
        if self.type is ValueType.STRING and self.length is None:
            raise ValueError(f"tag {self.name}: a string needs its length in registers")
        if self.type is ValueType.BITS and self.bit + self.bit_count > 16:
            raise ValueError(
                f"tag {self.name}: bits {self.bit} to {self.bit + self.bit_count - 1} do not fit a register"
            )
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"tag {self.name}: minimum {self.minimum} is above maximum {self.maximum}")
        if self.role in COUNT_ROLES and (self.type in (ValueType.BOOL, ValueType.STRING) or self.scale < 0):
            raise ValueError(
                f"tag {self.name}: a counter is a number that grows, not {self.type} with scale {self.scale:g}"
            )
        if self.scale == 0:
            raise ValueError(f"tag {self.name}: scale 0 would make every value {self.offset}")
        if self.address + self.registers > 65_536:
            raise ValueError(f"tag {self.name}: address {self.address} with {self.registers} registers ends past 65535")
        return self

    @property
    def registers(self) -> int:
        """How many registers (or bits of a bit table) the tag covers."""
        if self.type is ValueType.STRING:
            return self.length or 1
        return _WIDTHS.get(self.type, 1)


_WIDTHS = {
    ValueType.INT32: 2,
    ValueType.UINT32: 2,
    ValueType.FLOAT32: 2,
    ValueType.BCD32: 2,
    ValueType.INT64: 4,
    ValueType.UINT64: 4,
    ValueType.FLOAT64: 4,
}


class CounterBaseline(Request):
    """Where the agent before left a counter: the register value up to which its parts are counted.

    `remainder`: steps up to there that make no whole part yet, as in `machines.counter`.
    """

    raw: int
    at: Instant
    remainder: Annotated[int, Field(ge=0)] = 0


class TagConfiguration(TagSettings):
    """One value in a device.

    Attributes:
        lease: fencing number of this agent's lease of the tag; it grows whenever the tag goes to another agent.
        baseline: what a counter goes on from under this lease; None begins with the first value read.
        forced_at: when a person last wanted a change of this counter to hold at once, also in the middle of a run. It
            stands until it is done, whatever is changed after it: by an agent that runs the tag with an earlier one.
        forced: the last change was forced; counts where there is no `forced_at`, as servers before it told it.
    """

    id: UUID
    device_id: UUID
    lease: Annotated[int, Field(ge=0)] = 0
    baseline: CounterBaseline | None = None
    forced: bool = False
    forced_at: Instant | None = None


class DeviceConfiguration(DeviceSettings):
    """A Modbus slave with its tags.

    Attributes:
        forced_at, forced: as of a tag, of a move of this device with all its counters.
    """

    id: UUID
    station_id: UUID
    forced: bool = False
    forced_at: Instant | None = None
    tags: tuple[TagConfiguration, ...] = ()


class MachineConfiguration(Request):
    """How a machine's signals become its state.

    Attributes:
        on_delay_seconds, off_delay_seconds: how long a changed bool must hold before it is believed; the transition is
            stamped with the first differing sample.
        stale_seconds: age of a needed signal from which the state is unknown; by default 3 polls, at least 3 s.
            It is never less than 2 polls of the signal.
        idle_after_seconds: how long a running machine may count nothing before it is `no_output` or, without a run
            signal, stopped; by default the greatest of 2 ideal cycles, 3 polls of the slowest counter and 10 s. It is
            never less than 2 of those polls.
        micro_stop_seconds: a plain stop up to this long is not worth a reason; nothing the agent sends depends on it.
    """

    id: UUID
    station_id: UUID | None = None
    code: Code
    name: Name
    machine_type: Name | None = None
    ideal_cycle_seconds: PositiveSeconds | None = None
    on_delay_seconds: Annotated[float, Field(ge=0, le=60)] = 0.5
    off_delay_seconds: Annotated[float, Field(ge=0, le=60)] = 1.0
    stale_seconds: PositiveSeconds | None = None
    idle_after_seconds: PositiveSeconds | None = None
    micro_stop_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 120.0


class StationConfiguration(Request):
    """A workplace. `time_zone` is that of its plant (IANA), by which its days begin."""

    id: UUID
    code: Code
    name: Name
    plant_id: UUID | None = None
    time_zone: Name | None = None


class ReasonConfiguration(Request):
    """A reason of the tree, as the operator page offers it offline.

    Attributes:
        number: 100 to 999, its class is `machines.reasons.ReasonClass.of` of it.
        machine_types: kinds of machines it is offered for; empty means all.
    """

    id: UUID
    parent_id: UUID | None = None
    number: Annotated[int, Field(ge=100, le=999)]
    name: Name
    machine_types: tuple[Name, ...] = ()


class AgentConfiguration(Request):
    """Everything one agent does, as one document.

    `version` grows with every change and is the ETag: the Unix millisecond of the change, so that a server restored
    from a backup gives no number to another content than the one agents know by it.
    """

    agent_id: UUID
    organization_id: UUID
    version: Annotated[int, Field(ge=0)]
    name: Text
    stations: tuple[StationConfiguration, ...] = ()
    devices: tuple[DeviceConfiguration, ...] = ()
    peripherals: tuple[PeripheralConfiguration, ...] = ()
    machines: tuple[MachineConfiguration, ...] = ()
    reasons: tuple[ReasonConfiguration, ...] = ()
    characteristics: tuple[CharacteristicConfiguration, ...] = ()
    item_patterns: tuple[ItemPattern, ...] = ()

    def as_told(self) -> dict[str, Any]:
        """It as JSON that an agent of any version takes which knows all that is used in it.

        What has its default is left out, so the default of a field that was released never changes. An agent refuses a
        field it does not know: a scale or an order of bytes passed over would be read as wrong values.
        """
        whole = self.model_dump(mode="json")
        told: dict[str, Any] = _with_tags(whole, self.model_dump(mode="json", exclude_defaults=True))
        return told

    @model_validator(mode="after")
    def _lines_agree(self) -> Self:
        first: dict[str, DeviceConfiguration] = {}
        for device in self.devices:
            disagreement = line_disagreement(first.setdefault(device.line, device), device)
            if disagreement is not None:
                raise ValueError(disagreement)
        return self


_TAGS = frozenset({"kind", "tool"})
"""By which settings of several sorts are told apart; each is the default of its sort, but must be said."""


def _with_tags(whole: Any, chosen: Any) -> Any:
    """What was chosen of the whole, and the tags."""
    if isinstance(chosen, dict):
        return {
            name: _with_tags(value, chosen.get(name, value))
            for name, value in whole.items()
            if name in chosen or name in _TAGS
        }
    if isinstance(chosen, list):
        return [_with_tags(*pair) for pair in zip(whole, chosen, strict=True)]
    return chosen

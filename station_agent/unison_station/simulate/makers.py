"""The register maps of two makers, as tags: what a simulated machine shows and how an agent is told to read it.

Maker A keeps everything in holding registers, big-endian, all addresses of its map readable: a status word with the run
bit and a mode nibble, an alarm word, 16-bit counters that roll over, a float64, BCD and a string. Maker B keeps
numbers in input registers with swapped words, its flags in discrete inputs, its alarm as a code, and refuses reserved
addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unison_domain.machines.contracts import MachineState
from unison_domain.stations.configuration import RegisterTable

MODES = {
    1: MachineState.SETUP,
    2: MachineState.CLEANING,
    3: MachineState.MAINTENANCE,
    4: MachineState.MANUAL,
}
"""Values of both makers' mode; 0 is automatic and says nothing about the state."""

ALARM_TEXTS_A = {
    0: "Guard open",
    1: "Air pressure low",
    2: "Lubrication",
    3: "Drive overload",
    4: "Tool broken",
    7: "Hydraulics",
}
ALARM_TEXTS_B = {
    1: "E01 Guard open",
    2: "E02 Jam at infeed",
    3: "E03 Servo following error",
    5: "E05 Film end",
    9: "E09 Overheated",
}


@dataclass(frozen=True, slots=True)
class Maker:
    """A register map.

    Attributes:
        readable: ranges of addresses that exist; anything else is exception 2.
        tags: by signal, the fields of a tag configuration without ids, poll interval and rate.
        alarm_texts: what its alarms mean.
    """

    name: str
    readable: Mapping[RegisterTable, tuple[range, ...]]
    tags: Mapping[str, Mapping[str, Any]]
    alarm_texts: Mapping[int, str]


_HOLDING = {"table": RegisterTable.HOLDING_REGISTER}
_INPUT = {"table": RegisterTable.INPUT_REGISTER, "byte_order": "cdab"}
_FLAG = {"table": RegisterTable.DISCRETE_INPUT, "type": "bool"}

MAKER_A = Maker(
    name="Maker A",
    readable={RegisterTable.HOLDING_REGISTER: (range(18),)},
    alarm_texts=ALARM_TEXTS_A,
    tags={
        "run": {**_HOLDING, "role": "run", "address": 0, "type": "bool", "bit": 0},
        "emergency stop": {**_HOLDING, "role": "emergency_stop", "address": 0, "type": "bool", "bit": 1},
        "mode": {**_HOLDING, "role": "mode", "address": 0, "type": "bits", "bit": 4, "bit_count": 4, "states": MODES},
        "alarms": {**_HOLDING, "role": "alarm", "address": 1, "type": "uint16", "alarms": ALARM_TEXTS_A},
        "good parts": {**_HOLDING, "role": "count_good", "address": 2, "type": "uint16"},
        "scrap parts": {**_HOLDING, "role": "count_scrap", "address": 3, "type": "uint16"},
        "oil temperature": {
            **_HOLDING,
            "address": 4,
            "type": "int16",
            "scale": 0.1,
            "unit": "°C",
            "minimum": -40,
            "maximum": 200,
            "sentinels": (32_767,),
            "deadband": 0.5,
        },
        "energy": {**_HOLDING, "address": 5, "type": "float64", "unit": "kWh", "deadband": 0.1},
        "program": {**_HOLDING, "address": 9, "type": "bcd16"},
        "order": {**_HOLDING, "address": 10, "type": "string", "length": 8},
    },
)

MAKER_B = Maker(
    name="Maker B",
    readable={
        RegisterTable.INPUT_REGISTER: (range(14), range(20, 21), range(30, 34)),
        RegisterTable.DISCRETE_INPUT: (range(4),),
    },
    alarm_texts=ALARM_TEXTS_B,
    tags={
        "run": {**_FLAG, "role": "run", "address": 0},
        "starved": {**_FLAG, "role": "starved", "address": 1},
        "blocked": {**_FLAG, "role": "blocked", "address": 2},
        "emergency stop": {**_FLAG, "role": "emergency_stop", "address": 3},
        "mode": {**_INPUT, "role": "mode", "address": 0, "type": "uint16", "states": MODES},
        "good parts": {**_INPUT, "role": "count_good", "address": 2, "type": "uint32"},
        "scrap parts": {**_INPUT, "role": "count_scrap", "address": 4, "type": "uint32"},
        "speed": {**_INPUT, "role": "speed", "address": 10, "type": "float32", "unit": "1/min", "deadband": 1.0},
        "temperature": {**_INPUT, "address": 12, "type": "float32", "unit": "°C", "deadband": 0.5},
        "alarm code": {
            **_INPUT,
            "role": "alarm",
            "address": 20,
            "type": "uint16",
            "alarm_bits": False,
            "alarms": ALARM_TEXTS_B,
        },
        "serial number": {**_INPUT, "address": 30, "type": "string", "length": 4, "byte_order": "badc"},
    },
)

MAKERS = {"a": MAKER_A, "b": MAKER_B}

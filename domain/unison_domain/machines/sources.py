"""What stands behind a tag: where it is read and how, as one short text to compare.

A counter's baseline and a signal's memory belong to a register, not to the id of a tag. When the tag reads something
else, the difference between the two registers was never produced, so what is remembered of the tag must go.
"""

from __future__ import annotations

import json
from hashlib import blake2b

from unison_domain.machines.counter import COUNT_KINDS
from unison_domain.stations.configuration import DeviceConfiguration, TagConfiguration

PLACE = frozenset({"driver", "host", "port", "serial_port", "unit_id"})
"""What says which device is asked, among all that one PC reaches."""
_RAW = frozenset({"table", "address", "type", "byte_order", "length", "string_bytes", "bit", "bit_count"})
_VALUE = _RAW | {"scale"}
_COUNTER = _VALUE | {"rollover"}
_SIGNAL = _VALUE | {"role", "offset", "invert", "alarm_bits", "states"}


def source_of(device: DeviceConfiguration, tag: TagConfiguration) -> str:
    """16 hexadecimal digits that change when the tag reads another thing or understands it in another way.

    Names, limits and rates are no part of it, nor is the kind of parts a counter counts: its baseline stays right.
    """
    place = device.model_dump_json(include=set(PLACE), exclude_none=True)
    value = tag.model_dump_json(include=set(_COUNTER if tag.role in COUNT_KINDS else _SIGNAL))
    return blake2b(f"{place}{value}".encode(), digest_size=8).hexdigest()


def raw_source_of(device: DeviceConfiguration, tag: TagConfiguration) -> int:
    """A number below 2^31 that changes when the tag's raw values come from elsewhere, or are made of other bits.

    How they are scaled and judged is no part of it, so values of one raw source can be computed anew from each other's
    settings. Agent and server reckon it apart and compare, in whatever versions: it must never come out otherwise.
    """
    place = device.model_dump(mode="json", include=set(PLACE), exclude_none=True)
    raw = tag.model_dump(mode="json", include=set(_RAW), exclude_none=True)
    said = json.dumps({**place, **raw}, sort_keys=True, separators=(",", ":"))
    return int.from_bytes(blake2b(said.encode(), digest_size=4).digest()) >> 1

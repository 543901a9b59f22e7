"""What rules of contracts say of what was typed, in the person's language: found by the form of the English one."""

from __future__ import annotations

import re

from unison_domain.kernel.sentence_forms import values_between

from unison_desktop.kernel.numbers import as_written
from unison_desktop.kernel.texts import noted, translated

_RULES = (
    noted("camera {camera}: two expected codes are called {name}; the set would never be whole"),
    noted("characteristic {characteristic}: {wrong}"),
    noted("device {device}: driver {driver} needs {field}"),
    noted("device {device}: {field} belongs to driver {owner}; leave it out with {driver}"),
    noted(
        "device {device}: unit_id {unit} is no slave of a serial line: these have 1 to {most}, "
        "0 is the broadcast nobody answers"
    ),
    noted("gauge {gauge}: "),
    noted("gauge {gauge}: a pattern is given with format pattern, and with that alone"),
    noted("gauge {gauge}: the pattern {wrong}"),
    noted("gauge {gauge}: the pattern “{pattern}” names no group (?P<value>…)"),
    noted("gauge {gauge}: the same channel measures two characteristics"),
    noted("must be 4 to 12 digits"),
    noted("must be a name or an address such as plc-7.plant.example or 192.168.1.20, not {value}"),
    noted("must be a time from {first} to {last}"),
    noted("must be bytes in hexadecimal such as 02 or 0d0a, not {value}"),
    noted("must have 8 to 256 characters, not {n}"),
    noted("must have {least} to 200 characters without blanks around, not {n}"),
    noted("must not contain half a surrogate pair, which is no character"),
    noted("must not contain the NUL character"),
    noted("scanner {scanner}: give its serial port or its keyboard device, one of the two"),
    noted("tag {tag}: a counter is a number that grows, not {type} with scale {scale}"),
    noted("tag {tag}: a string needs its length in registers"),
    noted("tag {tag}: a {table} holds one bit, so its type is bool, not {type}"),
    noted("tag {tag}: address {address} with {n} registers ends past 65535"),
    noted("tag {tag}: bits {first} to {last} do not fit a register"),
    noted("tag {tag}: minimum {minimum} is above maximum {maximum}"),
    noted("tag {tag}: scale 0 would make every value {offset}"),
    noted("the lower limit {lower} must be below the upper limit {upper}"),
    noted("the region reaches past the picture: x + width and y + height are at most 1"),
    noted("{n} from address {address} end past 65535"),
    noted("{zone} is no time zone of the IANA list, e.g. Europe/Berlin"),
    noted("“{text}” has a comment (?#…); leave it out"),
    noted("“{text}” forbids steps back ((?>…), *+, ++); leave that out, nothing is tried twice here"),
    noted("“{text}” has \\Z; leave it out, a pattern is of the whole text"),
    noted("“{text}” has the flag x; leave it and the spaces out"),
    noted("“{text}” is no AIM identifier: write one such as C0, or its letter alone"),
    noted("“{text}” is no regular expression: {wrong}"),
    noted("“{text}” looks around itself ((?=…), (?!…), (?<=…), (?<!…)); write what stands there outside the groups"),
    noted("“{text}” names no group; write (?P<part>…) around what is the part"),
    noted("“{text}” names the group {group}; groups are {groups}"),
    noted("“{text}” names two groups {group}; give each a name of its own"),
    noted("“{text}” refers back to a group (\\1 or (?P=…)); write the characters, or a group of its own"),
    noted("“{text}” repeats more than 999 times; write *, no text is as long"),
    noted("“{text}” repeats from no number; write {{0,3}} for {{,3}}"),
)
_DEPTH = 2
"""So deep a sentence may be the value of another."""
_PLACE = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")


def rule_of(message: str) -> str:
    """What a rule says, of the message of a contract's error; one without words here as it is, in English."""
    return _said(message.removeprefix("Value error, "), _DEPTH)


def _said(sentence: str, depth: int) -> str:
    for parts, names, rule in _FORMS if depth else ():
        values = values_between(sentence, parts)
        if values is not None:
            values = [as_written(value) for value in values]
            return translated(rule).format(
                **{name: _said(value, depth - 1) for name, value in zip(names, values, strict=True)}
            )
    return sentence


def _form(rule: str) -> tuple[tuple[str, ...], list[str], str]:
    fixed = [part.replace("{{", "{").replace("}}", "}") for part in _PLACE.split(rule)[::2]]
    return tuple(fixed), _PLACE.findall(rule), rule


_FORMS = sorted(map(_form, _RULES), key=lambda form: -sum(map(len, form[0])))
"""The most telling first."""

"""What a scanner types as a US keyboard, from key codes to bytes. Pure.

Key codes are those of Linux (`input-event-codes.h`). Scanners send control characters as Ctrl with a key (GS is Ctrl
and `]`), or as Windows Alt codes: digits of the numeric pad while Alt is held (GS is Alt 029), of code page 1252 where
they begin with a zero, else of 437. Any other key with Alt or AltGr is of another layout (`]` of a German one is AltGr
and `9`), and is no character here: read as its plain key, a code would silently be another one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SHIFT = frozenset({42, 54})
CTRL = frozenset({29, 97})
ALT = frozenset({56, 100})
CAPS_LOCK = 58
_SILENT = frozenset({69, 70, 125, 126})
"""Num Lock, Scroll Lock and the Meta keys: no scanner means a character by them."""

_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (71, "789-456+1230.", "789-456+1230."),
)
_KEYS = {
    **{
        first + place: pair
        for first, plain, shifted in _ROWS
        for place, pair in enumerate(zip(plain, shifted, strict=True))
    },
    **dict.fromkeys((28, 96), ("\r", "\r")),
    15: ("\t", "\t"),
    55: ("*", "*"),
    57: (" ", " "),
    98: ("/", "/"),
}
_PAD = {71 + place: digit for place, digit in enumerate("789-456+1230.") if digit.isdecimal()}
_NO_CHARACTER = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Keyboard:
    """Which modifying keys are down, and the Alt code that is being typed."""

    down: frozenset[int] = frozenset()
    is_caps: bool = False
    alt_digits: str = ""

    def pressed(self, key: int) -> tuple[Keyboard, str]:
        """After a key went down: what it typed; U+FFFD for a key this layout has no character for."""
        if key in SHIFT | CTRL | ALT:
            return replace(self, down=self.down | {key}), ""
        if key == CAPS_LOCK:
            return replace(self, is_caps=not self.is_caps), ""
        if key in _SILENT:
            return self, ""
        if self.down & ALT and key in _PAD:
            return replace(self, alt_digits=self.alt_digits + _PAD[key]), ""
        return self, self._character(key) if not self.down & ALT else _of_other_layout(key)

    def released(self, key: int) -> tuple[Keyboard, str]:
        """After a key went up; Alt ends a code."""
        up = replace(self, down=self.down - {key})
        if key not in ALT or not self.alt_digits or up.down & ALT:
            return up, ""
        return replace(up, alt_digits=""), _of_alt_code(self.alt_digits)

    def _character(self, key: int) -> str:
        plain, shifted = _KEYS.get(key, (_NO_CHARACTER, _NO_CHARACTER))
        is_shifted = bool(self.down & SHIFT) != (self.is_caps and plain.isalpha())
        character = shifted if is_shifted else plain
        if not self.down & CTRL:
            return character
        upper = character.upper() if character != "2" else "@"
        return chr(ord(upper) - 64) if "@" <= upper <= "_" else _NO_CHARACTER


def _of_other_layout(key: int) -> str:
    """Enter still ends the text, so that the next one is not drawn into it."""
    return f"{_NO_CHARACTER}\r" if _KEYS.get(key) == ("\r", "\r") else _NO_CHARACTER


def _of_alt_code(digits: str) -> str:
    code = int(digits)
    if code < 32:
        return chr(code)
    if code > 255:
        return chr(code) if code < 0xD800 or 0xDFFF < code <= 0x10FFFF else _NO_CHARACTER
    return bytes([code]).decode("cp1252" if digits.startswith("0") else "cp437", errors="replace")

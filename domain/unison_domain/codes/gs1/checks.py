"""Checks of what a component of a value says, by the names of `application_identifiers.txt`.

Each takes the component's text, which has the right characters and length, and raises `Fault`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Collection

from unison_domain.codes.gs1.check_digit import CHARACTERS_32, CHARACTERS_82, check_digit, check_pair
from unison_domain.codes.gs1.coupons import coupon, positive_offer
from unison_domain.codes.gs1.fault import Fault
from unison_domain.codes.gs1.iso_codes import COUNTRY_LETTERS, COUNTRY_NUMBERS, CURRENCY_NUMBERS

_COMPANY_PREFIX = 4
"""The shortest company prefix has four digits."""
_SHORTEST_IBAN = 11
_HALF_TURN, _WHOLE_TURN = 1_800_000_000, 3_600_000_000
"""Degrees of latitude and longitude, moved to be positive, in 10^-7."""
_MEDIA_TYPES = frozenset(f"{number:02}" for number in (*range(1, 11), *range(80, 100)))
_CENTURY = 2000

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def characters(name: str, text: str) -> None:
    """The characters of a set: `N` digits, `X`, `Y`, `Z` those of 82, 39 and 64."""
    allowed, code, what = _SETS[name]
    if name == "Z":
        text = _unpadded(text)
    for character in text:
        if character not in allowed:
            raise Fault(code, f"{character!r} in {text!r} is not {what}")


def _unpadded(text: str) -> str:
    bare = text.rstrip("=")
    pads = len(text) - len(bare)
    if pads > 2 or (pads and len(text) % 3):
        raise Fault(
            "INVALID_CSET64_PADDING", f"{text!r} ends with {pads} padding characters where {-len(bare) % 3} belong"
        )
    return bare


_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SETS = {
    "N": (_DIGITS, "NON_DIGIT_CHARACTER", "a digit"),
    "X": (CHARACTERS_82, "INVALID_CSET82_CHARACTER", "a character of GS1 set 82"),
    "Y": ("#-/" + _DIGITS + _LETTERS, "INVALID_CSET39_CHARACTER", "a character of GS1 set 39"),
    "Z": ("-_" + _DIGITS + _LETTERS + _LETTERS.lower(), "INVALID_CSET64_CHARACTER", "a character of GS1 set 64"),
}


def _check_digit(text: str) -> None:
    wanted = check_digit(text[:-1])
    if text[-1] != wanted:
        raise Fault("INCORRECT_CHECK_DIGIT", f"the check digit of {text} is {text[-1]} and should be {wanted}")


def _check_pair(text: str) -> None:
    if len(text) < 2:
        raise Fault("TOO_SHORT_FOR_CHECK_PAIR", f"{text!r} is too short for its two check characters")
    for character in text[-2:]:
        if character not in CHARACTERS_32:
            raise Fault("INVALID_CSET32_CHARACTER", f"{character!r} in {text!r} is no check character")
    wanted = check_pair(text[:-2])
    if text[-2:] != wanted:
        raise Fault("INCORRECT_CHECK_PAIR", f"the check characters of {text} are {text[-2:]} and should be {wanted}")


def _company_prefix(text: str) -> None:
    if len(text) < _COMPANY_PREFIX:
        raise Fault("TOO_SHORT_FOR_GCP", f"{text!r} is too short to begin with a company prefix")
    if not text[:_COMPANY_PREFIX].isdecimal():
        raise Fault("INVALID_GCP_PREFIX", f"{text!r} does not begin with a company prefix of at least four digits")


def _company_prefix_second(text: str) -> None:
    _company_prefix(text[1:])


def _one_of(allowed: Collection[str], code: str, what: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if text not in allowed:
            raise Fault(code, f"{text!r} is not {what}")

    return check


def _day(text: str, *, from_day: int, century: int = _CENTURY) -> None:
    year, month, day = century + int(text[:-4]), int(text[-4:-2]), int(text[-2:])
    if not 1 <= month <= 12:
        raise Fault("ILLEGAL_MONTH", f"{text} has the month {month:02}")
    if not from_day <= day <= monthrange(year or 4, month)[1]:
        raise Fault("ILLEGAL_DAY", f"{text} has the day {day:02}, which that month does not have")


def _date(text: str) -> None:
    _day(text, from_day=1)


def _date_or_month(text: str) -> None:
    _day(text, from_day=0)


def _long_date(text: str) -> None:
    _day(text, from_day=1, century=0)


def _below(limit: int, code: str, what: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if int(text) >= limit:
            raise Fault(code, f"{text} is no {what}")

    return check


_hour, _minute = _below(24, "ILLEGAL_HOUR", "hour"), _below(60, "ILLEGAL_MINUTE", "minute")


def _time(text: str) -> None:
    _hour(text[:2])
    _minute(text[2:])


def _piece_of_total(text: str) -> None:
    piece, total = int(text[:2]), int(text[2:])
    if piece == 0:
        raise Fault("ZERO_PIECE_NUMBER", f"{text} says piece 00")
    if total == 0:
        raise Fault("ZERO_TOTAL_PIECES", f"{text} says of 00 pieces")
    if piece > total:
        raise Fault("PIECE_NUMBER_EXCEEDS_TOTAL", f"{text} says piece {piece} of {total}")


def _place_in_sequence(text: str) -> None:
    place, slash, end = text.partition("/")
    if not slash or not place.isdecimal() or not end.isdecimal() or "0" in (place[0], end[0]):
        raise Fault("POSITION_IN_SEQUENCE_MALFORMED", f"{text!r} is not like 1/2")
    if int(place) > int(end):
        raise Fault("POSITION_EXCEEDS_END", f"{text} says number {place} of {end}")


def _iban(text: str) -> None:
    if len(text) < _SHORTEST_IBAN:
        raise Fault("IBAN_TOO_SHORT", f"{text!r} is too short for an IBAN")
    if text[:2] not in COUNTRY_LETTERS:
        raise Fault("ILLEGAL_IBAN_COUNTRY_CODE", f"{text!r} begins with no country")
    for character in text:
        if character not in _DIGITS + _LETTERS:
            raise Fault("INVALID_IBAN_CHARACTER", f"{character!r} in {text!r} belongs to no IBAN")
    if int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 != 1:
        raise Fault("INCORRECT_IBAN_CHECKSUM", f"the check digits {text[2:4]} of {text} are wrong")


def _escapes(text: str) -> None:
    if _BROKEN_ESCAPE.search(text):
        raise Fault("INVALID_PERCENT_SEQUENCE", f"{text!r} has a % without two hexadecimal digits")


def _no_zero_before(text: str) -> None:
    if len(text) > 1 and text[0] == "0":
        raise Fault("ILLEGAL_ZERO_PREFIX", f"{text} begins with 0")


def _not_all_digits(text: str) -> None:
    if text.isdecimal():
        raise Fault("REQUIRES_NON_DIGIT_CHARACTER", f"{text} has digits alone")


def _not_zero(text: str) -> None:
    if not text.strip("0"):
        raise Fault("ILLEGAL_ZERO_VALUE", f"{text} is zero")


def _zero(text: str) -> None:
    if text.strip("0"):
        raise Fault("NOT_ZERO", f"{text} is not zero")


def _hyphens(text: str) -> None:
    if text.strip("-"):
        raise Fault("NOT_HYPHEN", f"{text!r} is not a hyphen")


def _package(text: str) -> None:
    if not re.fullmatch(r"[0-9A-Z]{1,4}", text):
        raise Fault("INVALID_PACKAGE_TYPE", f"{text!r} has not the form of a package code: capital letters and digits")


def _importer(text: str) -> None:
    if text not in _SETS["Z"][0]:
        raise Fault("INVALID_IMPORT_IDX_CHARACTER", f"{text!r} is no importer index")


CHECKS: dict[str, Callable[[str], None]] = {
    "couponcode": coupon,
    "couponposoffer": positive_offer,
    "csum": _check_digit,
    "csumalpha": _check_pair,
    "hasnondigit": _not_all_digits,
    "hh": _hour,
    "hhmi": _time,
    "hyphen": _hyphens,
    "iban": _iban,
    "importeridx": _importer,
    "iso3166": _one_of(COUNTRY_NUMBERS, "NOT_ISO3166", "the number of a country (ISO 3166)"),
    "iso3166999": _one_of(COUNTRY_NUMBERS | {"999"}, "NOT_ISO3166_OR_999", "the number of a country (ISO 3166) or 999"),
    "iso3166alpha2": _one_of(COUNTRY_LETTERS, "NOT_ISO3166_ALPHA2", "the code of a country (ISO 3166)"),
    "iso4217": _one_of(CURRENCY_NUMBERS, "NOT_ISO4217", "the number of a currency (ISO 4217)"),
    "iso5218": _one_of("0129", "INVALID_BIOLOGICAL_SEX_CODE", "a code of ISO 5218"),
    "key": _company_prefix,
    "keyoff1": _company_prefix_second,
    "latitude": _below(_HALF_TURN + 1, "INVALID_LATITUDE", "latitude"),
    "longitude": _below(_WHOLE_TURN + 1, "INVALID_LONGITUDE", "longitude"),
    "mediatype": _one_of(_MEDIA_TYPES, "INVALID_MEDIA_TYPE", "a media type"),
    "mi": _minute,
    "nonzero": _not_zero,
    "nozeroprefix": _no_zero_before,
    "packagetype": _package,
    "pcenc": _escapes,
    "pieceoftotal": _piece_of_total,
    "posinseqslash": _place_in_sequence,
    "ss": _below(60, "ILLEGAL_SECOND", "second"),
    "winding": _one_of("019", "INVALID_WINDING_DIRECTION", "a winding direction: 0, 1 or 9"),
    "yesno": _one_of("01", "NOT_ZERO_OR_ONE", "0 or 1"),
    "yymmd0": _date_or_month,
    "yymmdd": _date,
    "yyyymmdd": _long_date,
    "zero": _zero,
}

"""North American coupons in GS1 DataBar: AI 8110 (coupon code) and 8112 (positive offer file).

Source: GS1 US, North American Coupon Application Guideline Using GS1 DataBar Expanded Symbols; GS1 General
Specifications 3.9.
"""

from __future__ import annotations

from calendar import monthrange

from unison_domain.codes.gs1.fault import Fault

_PREFIX_PAST_DIGIT = 6
"""A company prefix, serial or location has six digits more than the digit before it says."""
_NONE = "9"


class _Reader:
    """Digits, taken from the front."""

    def __init__(self, digits: str) -> None:
        for digit in digits:
            if not ("0" <= digit <= "9"):
                raise Fault("NON_DIGIT_CHARACTER", f"{digit!r} in coupon {digits!r} is not a digit")
        self._digits, self._place = digits, 0

    @property
    def rest(self) -> str:
        return self._digits[self._place :]

    def take(self, count: int, fault: str) -> str:
        """The next digits; raises the fault when there are fewer."""
        taken = self.rest[:count]
        if len(taken) < count:
            raise Fault(f"COUPON_{fault}", f"coupon {self._digits} ends where {count} digits are due: {_words(fault)}")
        self._place += count
        return taken

    def choice(self, allowed: str, what: str) -> str:
        """The next digit, which has to be one of these."""
        digit = self.take(1, f"MISSING_{what}")
        if digit not in allowed:
            raise Fault(f"COUPON_INVALID_{what}", f"coupon {self._digits}: {digit} is no {_words(what)}")
        return digit

    def measured(self, allowed: str, what: str, more: int = 0) -> None:
        """Pass over what follows a digit that says its length."""
        length = self.take(1, f"MISSING_{what}_VLI")
        if length not in allowed:
            raise Fault(
                f"COUPON_INVALID_{what}_LENGTH", f"coupon {self._digits}: {length} is no length of {_words(what)}"
            )
        if what.endswith("PURCHASE_GCP") and length == _NONE:
            return
        self.take(int(length) + more, f"TRUNCATED_{what}")

    def follows(self, field: str) -> bool:
        """Take the digit that announces an optional field, where it is next."""
        if not self.rest.startswith(field):
            return False
        self._place += 1
        return True


def coupon(digits: str) -> None:
    """Check a coupon code (8110). Raises Fault."""
    reader = _Reader(digits)
    reader.measured("0123456", "GCP", _PREFIX_PAST_DIGIT)
    reader.take(6, "TRUNCATED_OFFER_CODE")
    reader.measured("12345", "SAVE_VALUE")
    _purchase(reader, "1ST")
    if reader.follows("1"):
        reader.choice("0123", "ADDITIONAL_PURCHASE_RULES_CODE")
        _other_purchase(reader, "2ND")
    if reader.follows("2"):
        _other_purchase(reader, "3RD")
    expires = _day(reader, "EXPIRATION_DATE", "EXIPIRATION_DATE") if reader.follows("3") else None
    starts = _day(reader, "START_DATE", "START_DATE") if reader.follows("4") else None
    if expires and starts and expires < starts:
        raise Fault(
            "COUPON_EXPIRATION_BEFORE_START", f"coupon {digits} expires on {expires}, before it starts on {starts}"
        )
    if reader.follows("5"):
        reader.measured("0123456789", "SERIAL_NUMBER", _PREFIX_PAST_DIGIT)
    if reader.follows("6"):
        reader.measured("1234567", "RETAILER_GCP_OR_GLN", _PREFIX_PAST_DIGIT)
    if reader.follows("9"):
        reader.choice("01256", "SAVE_VALUE_CODE")
        reader.choice("012", "SAVE_VALUE_APPLIES_TO_ITEM")
        reader.take(1, "MISSING_STORE_COUPON_FLAG")
        reader.choice("01", "DONT_MULTIPLY_FLAG")
    _ended(reader, digits)


def positive_offer(digits: str) -> None:
    """Check a coupon of a positive offer file (8112). Raises Fault."""
    reader = _Reader(digits)
    reader.choice("01", "FORMAT_CODE")
    reader.measured("0123456", "FUNDER", _PREFIX_PAST_DIGIT)
    reader.take(6, "TRUNCATED_OFFER_CODE")
    reader.measured("0123456789", "SERIAL_NUMBER", _PREFIX_PAST_DIGIT)
    _ended(reader, digits)


def _purchase(reader: _Reader, which: str) -> None:
    reader.measured("12345", f"{which}_PURCHASE_REQUIREMENT")
    reader.choice("012349", f"{which}_PURCHASE_REQUIREMENT_CODE")
    reader.take(3, f"TRUNCATED_{which}_PURCHASE_FAMILY_CODE")


def _other_purchase(reader: _Reader, which: str) -> None:
    _purchase(reader, which)
    reader.measured("01234569", f"{which}_PURCHASE_GCP", _PREFIX_PAST_DIGIT)


def _day(reader: _Reader, short: str, invalid: str) -> str:
    day = reader.take(6, f"TOO_SHORT_FOR_{short}")
    year, month = 2000 + int(day[:2]), int(day[2:4])
    if not 1 <= month <= 12 or not 1 <= int(day[4:]) <= monthrange(year, month)[1]:
        raise Fault(f"COUPON_INVALID_{invalid}", f"coupon: {day} is no day")
    return day


def _ended(reader: _Reader, digits: str) -> None:
    if reader.rest:
        raise Fault("COUPON_EXCESS_DATA", f"coupon {digits} goes on with {reader.rest} after its end")


def _words(name: str) -> str:
    return name.replace("_", " ").lower()

"""What is wrong with coded data."""

from __future__ import annotations


class Fault(ValueError):
    """Coded data breaks a rule.

    Attributes:
        code: stable name of the rule, as the GS1 Barcode Syntax Dictionary calls it where it has one.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

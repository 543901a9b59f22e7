"""How a share of a whole is written."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QLocale


def share_text(share: float | Decimal) -> str:
    """A share from 0 to 1 in percent, as the person writes numbers, e.g. `85.3 %`."""
    return f"{QLocale().toString(100 * float(share), 'f', 1)} %"

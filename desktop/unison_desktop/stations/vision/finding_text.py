"""What a tool found, as people read it."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from unison_domain.kernel.decimal_sign import with_decimal_sign
from unison_domain.stations.camera_commands import Finding

from unison_desktop.kernel.refusals import worded


def finding_text(found: Finding) -> str:
    """Value, uncertainty and unit, and how it was found; or why it was not."""
    lines = [worded(found.words)]
    if found.value is not None:
        spread = "" if found.uncertainty is None else f" ± {found.uncertainty}"
        measured = f"{found.value}{spread} {found.unit}".rstrip()
        lines.insert(0, with_decimal_sign(measured, QLocale().decimalPoint()))
    return "\n".join(lines)

"""What a tool found, as people read it."""

from __future__ import annotations

from unison_domain.stations.camera_commands import Finding

from unison_desktop.kernel.numbers import number_text
from unison_desktop.kernel.refusals import worded


def finding_text(found: Finding) -> str:
    """Value, uncertainty and unit, and how it was found; or why it was not."""
    lines = [worded(found.words)]
    if found.value is not None:
        spread = "" if found.uncertainty is None else f" ± {number_text(found.uncertainty)}"
        measured = f"{number_text(found.value)}{spread} {found.unit}".rstrip()
        lines.insert(0, measured)
    return "\n".join(lines)

"""What a tool found, as people read it."""

from __future__ import annotations

from unison_domain.stations.camera_commands import Finding

from unison_desktop.kernel.own_units import measured_text
from unison_desktop.kernel.refusals import worded


def finding_text(found: Finding) -> str:
    """Value, uncertainty and unit, and how it was found; or why it was not."""
    lines = [worded(found.words)]
    if found.value is not None:
        lines.insert(0, measured_text(found.value, found.unit, uncertainty=found.uncertainty))
    return "\n".join(lines)

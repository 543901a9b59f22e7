"""The switch that takes something out of use."""

from __future__ import annotations

from functools import partial

from unison_desktop.frame.form.editors import SwitchEditor
from unison_desktop.frame.form.fields import Field


def in_use_field(label: str, help_: str, why_not: str) -> Field:
    """Whether something is in use; who may not end it sees it, with the reason."""
    return Field("is_active", label, partial(SwitchEditor, why_not=why_not), why_not or help_)

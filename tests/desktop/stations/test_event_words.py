"""Every kind of event a PC sends has its words."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from unison_desktop.stations.event_words import _KINDS, kind_words

KIND = re.compile(r'kind: Literal\["(\w+)"\]')
PERIPHERALS = {"scanner", "gauge", "camera"}


def test_every_kind_is_said_in_words() -> None:
    sources = Path(str(files("unison_domain"))).rglob("*.py")
    kinds = {kind for source in sources for kind in KIND.findall(source.read_text("utf-8"))} - PERIPHERALS
    assert set(_KINDS) == kinds
    assert kind_words("of_tomorrow") == "of_tomorrow"

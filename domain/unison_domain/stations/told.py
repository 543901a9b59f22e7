"""Words of an agent about itself and what is connected to it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from unison_domain.kernel.contracts import Text

_MOST_TOLD = 2000


def _cut(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    text = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return text if len(text) <= _MOST_TOLD else f"{text[: _MOST_TOLD - 1]}…"


Told = Annotated[Text, BeforeValidator(_cut)]
"""Words an agent says of itself and its devices: cut at 2,000 characters, so that none of them stops a heartbeat."""

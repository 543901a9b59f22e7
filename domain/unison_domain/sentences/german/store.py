"""What a station agent says of the disk it keeps things on, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

STORE: Mapping[str, str] = {
    "{} can not be created ({}): check the disk": "{0} ist nicht anzulegen ({1}): bitte die Platte prüfen",
    "{} can not be opened ({}): check the disk and its permissions": (
        "{0} ist nicht zu öffnen ({1}): bitte die Platte und ihre Rechte prüfen"
    ),
    "{} is damaged, and beside it there is no room for what can be read of it ({}): free as much disk space as it "
    "takes": (
        "{0} ist beschädigt, und daneben ist kein Platz für das, was davon lesbar ist ({1}): bitte so viel "
        "Plattenplatz freimachen"
    ),
    "{} can not be made ({}): check the disk and its permissions": (
        "{0} ist nicht anzulegen ({1}): bitte die Platte und ihre Rechte prüfen"
    ),
    "{} can not be used ({}): check the disk": "{0} ist nicht zu benutzen ({1}): bitte die Platte prüfen",
    "the disk of {} is full, nothing is read until it has room: {}": (
        "die Platte von {0} ist voll, nichts wird gelesen, bis sie Platz hat: {1}"
    ),
}

"""Why a station agent can't keep what it takes, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

BUFFER: Mapping[str, str] = {
    "no room to write to {}: free disk space, or raise the buffer's limit": (
        "kein Platz, um nach {0} zu schreiben: Plattenplatz freimachen oder die Grenze des Puffers anheben"
    ),
    "{} is damaged ({}): a new start recovers what is readable": (
        "{0} ist beschädigt ({1}): ein neuer Start rettet, was lesbar ist"
    ),
    "{} can not be written ({}): check the disk; the agent tries again by itself": (
        "{0} ist nicht beschreibbar ({1}): die Platte prüfen; der Agent versucht es von selbst wieder"
    ),
    "the buffer {} is full with {} unsent events that may not be dropped: bring the server back, "
    "or raise the buffer's limit": (
        "der Puffer {0} ist voll mit {1} ungesendeten Ereignissen, die nicht weg dürfen: den Server zurückbringen "
        "oder die Grenze des Puffers anheben"
    ),
    "the disk of {} is full: free some space, nothing is taken until then": (
        "die Platte von {0} ist voll: Platz freimachen, bis dahin wird nichts genommen"
    ),
    "oldest samples dropped": "älteste Messwerte verworfen",
    "samples refused while the buffer or the disk had no room": (
        "Messwerte abgelehnt, solange Puffer oder Platte keinen Platz hatten"
    ),
    "samples thinned to a tenth": "Messwerte auf ein Zehntel ausgedünnt",
}

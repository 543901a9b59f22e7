"""The page's texts of entries that were set aside, by language; a part of `texts`."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "set_aside": "Entries that do not count",
    "set_aside_one": "1 entry does not count",
    "set_aside_many": "{count} entries do not count",
    "set_aside_waits": "does not count yet, the office decides",
    "set_aside_refused": "does not count, the server refuses it",
    "set_aside_discarded": "discarded by {name}",
    "set_aside_given_up": "discarded at this PC",
    "set_aside_office": "the office",
    "set_aside_short_waits": "does not count yet",
    "set_aside_short_refused": "does not count",
    "set_aside_short_discarded": "discarded",
    "set_aside_short_given_up": "discarded",
    "set_aside_seen": "Seen",
    "kept_seen": "Seen",
    "entry_state_set": "“{what}” from {time}",
    "entry_stop_reasoned": "reason “{what}” for the stop of {time}",
    "entry_stop_unreasoned": "reason taken back for the stop of {time}",
    "entry_call_changed": "call of {time}: {what}",
    "entry_scan_taken": "scan of {time} {what}",
    "entry_scan_undone": "scan {what} taken back at {time}",
    "entry_reading_taken": "value {what} of {time}",
    "entry_reading_undone": "value {what} taken back at {time}",
}

GERMAN: Mapping[str, str] = {
    "set_aside": "Eingaben, die nicht zählen",
    "set_aside_one": "1 Eingabe zählt nicht",
    "set_aside_many": "{count} Eingaben zählen nicht",
    "set_aside_waits": "zählt noch nicht, das Büro entscheidet",
    "set_aside_refused": "zählt nicht, der Server weist es zurück",
    "set_aside_discarded": "verworfen von {name}",
    "set_aside_given_up": "an diesem PC verworfen",
    "set_aside_office": "dem Büro",
    "set_aside_short_waits": "zählt noch nicht",
    "set_aside_short_refused": "zählt nicht",
    "set_aside_short_discarded": "verworfen",
    "set_aside_short_given_up": "verworfen",
    "set_aside_seen": "Gesehen",
    "kept_seen": "Gesehen",
    "entry_state_set": "„{what}“ ab {time}",
    "entry_stop_reasoned": "Grund „{what}“ zum Stillstand von {time}",
    "entry_stop_unreasoned": "Grund zurückgenommen zum Stillstand von {time}",
    "entry_call_changed": "Ruf von {time}: {what}",
    "entry_scan_taken": "Scan von {time} {what}",
    "entry_scan_undone": "Scan {what} zurückgenommen um {time}",
    "entry_reading_taken": "Messwert {what} von {time}",
    "entry_reading_undone": "Messwert {what} zurückgenommen um {time}",
}

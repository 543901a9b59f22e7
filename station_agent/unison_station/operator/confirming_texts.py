"""The page's texts of overrides and who confirms them, by language; a part of `texts`."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "confirm_title": "Who confirms this?",
    "confirm_keep": "Confirm",
    "confirm_badge_missing": "Show the badge of who may confirm it to the scanner, then type the PIN.",
    "confirm_no_scanner": (
        "No scanner is at this station, and without a badge nobody confirms this here: ask for a scanner, or have this "
        "demand turned off (desktop, Settings)."
    ),
    "confirm_badge": "Badge: {name}. Now the PIN.",
    "confirm_badge_unknown": "not in this station's list",
    "confirm_given_up": "Not confirmed: it stays as it was.",
    "confirmed_by": "confirmed by {name}",
    "override_state": "Set by hand…",
    "override_stop_reason": "Another person gave this reason.",
    "override_machine_state": "The machine's signals say otherwise.",
    "override_scan_undone": "Another person made this scan.",
    "override_reading_undone": "Another person took this value.",
    "override_far_value": "This value is far from the limits.",
    "refused_badge_missing": "Show the badge of who confirms it to the scanner first.",
    "refused_confirm_needs_server": (
        "Badge and PIN need the server, which does not answer: leave it as it is and do this when it is back."
    ),
    "refused_confirm_pin_wrong": "This PIN is not that of the badge.",
    "refused_confirm_too_many": "Too many tries of this PIN: wait {seconds} seconds, or somebody else confirms it.",
    "refused_may_not_confirm": "Whose badge this is may not confirm that: ask who leads the team.",
    "refused_not_confirmed": "Not confirmed: {why}",
}

GERMAN: Mapping[str, str] = {
    "confirm_title": "Wer bestätigt das?",
    "confirm_keep": "Bestätigen",
    "confirm_badge_missing": "Ausweis dessen, der es bestätigen darf, an den Scanner halten, dann die PIN eintippen.",
    "confirm_no_scanner": (
        "An dieser Station ist kein Scanner, und ohne Ausweis bestätigt das hier niemand: um einen Scanner bitten, "
        "oder diese Forderung abschalten lassen (Desktop, Einstellungen)."
    ),
    "confirm_badge": "Ausweis: {name}. Jetzt die PIN.",
    "confirm_badge_unknown": "nicht in der Liste dieser Station",
    "confirm_given_up": "Nicht bestätigt: Es bleibt, wie es war.",
    "confirmed_by": "bestätigt von {name}",
    "override_state": "Von Hand setzen…",
    "override_stop_reason": "Diesen Grund hat jemand anderes angegeben.",
    "override_machine_state": "Die Signale der Maschine sagen etwas anderes.",
    "override_scan_undone": "Diesen Scan hat jemand anderes gemacht.",
    "override_reading_undone": "Diesen Wert hat jemand anderes gemessen.",
    "override_far_value": "Dieser Wert liegt weit außerhalb der Grenzen.",
    "refused_badge_missing": "Zuerst den Ausweis dessen, der es bestätigt, an den Scanner halten.",
    "refused_confirm_needs_server": (
        "Ausweis und PIN brauchen den Server, und der antwortet nicht: so lassen und nachholen, wenn er wieder da ist."
    ),
    "refused_confirm_pin_wrong": "Diese PIN gehört nicht zu dem Ausweis.",
    "refused_confirm_too_many": "Zu viele Versuche: {seconds} Sekunden warten, oder jemand anderes bestätigt.",
    "refused_may_not_confirm": "Mit diesem Ausweis darf man das nicht bestätigen: die Teamleitung fragen.",
    "refused_not_confirmed": "Nicht bestätigt: {why}",
}

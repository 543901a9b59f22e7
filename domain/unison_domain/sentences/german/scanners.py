"""What scanners and badges are said to have wrong, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

SCANNERS: Mapping[str, str] = {
    "{} came without a text after its identifier": "{0} kam ohne Text nach seiner Kennung",
    "{} was not read whole: a scanner that types is set to the US layout": (
        "{0} wurde nicht ganz gelesen: Ein tippender Scanner wird auf das US-Layout gestellt"
    ),
    "{} is not kept: {}": "{0} ist nicht gespeichert: {1}",
    "nobody was signed on: {}": "niemand wurde angemeldet: {0}",
    "This badge names nobody that is known here": "Dieser Ausweis gehört niemandem, der hier bekannt ist",
    "This badge is good in other plants only: an administrator gives access to this one": (
        "Dieser Ausweis gilt nur in anderen Werken: Zugang zu diesem gibt die Administration"
    ),
    "This badge was reported lost: hand it in": "Dieser Ausweis ist als verloren gemeldet: bitte abgeben",
    "This badge is not valid any more: hand it in": "Dieser Ausweis gilt nicht mehr: bitte abgeben",
    "The list of people is too old: badges name nobody until the server answers again": (
        "Die Liste der Personen ist zu alt: Ausweise melden niemanden an, bis der Server wieder antwortet"
    ),
    "The server does not let this badge sign on: hand it in": "Der Server nimmt diesen Ausweis nicht an: bitte abgeben",
    "The badge is known now, but somebody else signed on or off meanwhile: show it again": (
        "Der Ausweis ist jetzt bekannt, aber inzwischen hat sich jemand anderes an- oder abgemeldet: bitte noch einmal "
        "zeigen"
    ),
    "The badge is {}'s now, not {}'s: {} is signed on": ("Der Ausweis gehört jetzt {0}, nicht {1}: {2} ist angemeldet"),
    "Scan it once more": "Noch einmal scannen",
}

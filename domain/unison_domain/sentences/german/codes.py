"""Why a code is not what it looks like, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, str] = {
    "({}) {} ends like {}: the scanner may have dropped a separator; have it send GS (ASCII 29)": (
        "({0}) {1} endet wie {2}: Der Scanner hat vielleicht ein Trennzeichen verschluckt; er soll GS (ASCII 29) senden"
    ),
    "{}, and it ends like {}: the scanner may have dropped a separator; have it send GS (ASCII 29)": (
        "{0}, und es endet wie {1}: Der Scanner hat vielleicht ein Trennzeichen verschluckt; "
        "er soll GS (ASCII 29) senden"
    ),
    "This is a badge, whose text is kept nowhere: use it where people sign on": (
        "Das ist ein Ausweis, dessen Text nirgends aufgehoben wird: bitte dort verwenden, wo man sich anmeldet"
    ),
    "What was scanned is a badge, whose text is kept nowhere: show it where people sign on": (
        "Gescannt wurde ein Ausweis, dessen Text nirgends aufgehoben wird: bitte dort zeigen, wo man sich anmeldet"
    ),
    "there is no element string": "Es ist kein Datenelement da",
    "{} is not like (01)09506000134352(10)ABC": "{0} ist nicht wie (01)09506000134352(10)ABC",
    "({}) {} is longer than {} characters": "({0}) {1} ist länger als {2} Zeichen",
    "({}) {} is shorter than {} characters": "({0}) {1} ist kürzer als {2} Zeichen",
    "{} begins with no application identifier": "{0} beginnt mit keinem Datenbezeichner",
    "({}) is no application identifier": "({0}) ist kein Datenbezeichner",
    "({}) is there as {} and as {}": "({0}) ist als {1} und als {2} da",
    "({}) needs a serial number in ({}) {}": "({0}) braucht eine Seriennummer in ({1}) {2}",
    "({}) and ({}) do not go together": "({0}) und ({1}) gehören nicht zusammen",
    "({}) needs {} beside it": "({0}) braucht {1} neben sich",
    "the check digit of {} is {} and should be {}": "Die Prüfziffer von {0} ist {1} und sollte {2} sein",
    "the check characters of {} are {} and should be {}": "Die Prüfzeichen von {0} sind {1} und sollten {2} sein",
    "{} has the month {}": "{0} hat den Monat {1}",
    "{} has the day {}, which that month does not have": "{0} hat den Tag {1}, den dieser Monat nicht hat",
    "{} in {} is not {}": "{0} in {1} ist nicht {2}",
    "a digit": "eine Ziffer",
    "{} has characters that no address has": "{0} hat Zeichen, die keine Adresse hat",
    "({}) is in the link twice": "({0}) ist zweimal im Link",
    "it is no GS1 Digital Link: {}": "Es ist kein GS1 Digital Link: {0}",
    "the path of the link names no GS1 key": "Der Pfad des Links nennt keinen GS1-Schlüssel",
    "{} has no readable key after {}{}:": "{0} hat keinen lesbaren Schlüssel nach {1}{2}:",
    "{} begins with {} but {} is no kind; kinds are {}": "{0} beginnt mit {1}, aber {2} ist keine Art; Arten sind {3}",
    "{} is no {} number of {} digits": "{0} ist keine {1}-Nummer mit {2} Ziffern",
    "{} has neither separator, check digit nor date to know it by": (
        "{0} hat weder Trennzeichen noch Prüfziffer noch Datum, an denen man es erkennt"
    ),
    "{} is a UPC-A of 12 digits, but ]E0 has 13: have the scanner send UPC-A as EAN-13, with a 0 in front (often "
    "called “UPC-A to EAN-13” or “transmit number system and country code”)": (
        "{0} ist ein UPC-A mit 12 Ziffern, aber ]E0 hat 13: den Scanner UPC-A als EAN-13 senden lassen, mit einer "
        "0 davor (oft „UPC-A to EAN-13“ oder „transmit number system and country code“ genannt)"
    ),
}

"""What scanners, gauges and codes are said to have wrong, in the language of the page.

Such sentences are made where the fault is found, in English, with names and values in them; they travel to logs and to
the server as they are. Here is what they are in other languages, found again by their wording: `{}` stands for a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from unison_domain.kernel.decimal_sign import with_decimal_sign
from unison_domain.kernel.sentence_forms import values_between

from unison_station.operator.vision_sentences import GERMAN_OF_VISION

GERMAN: Mapping[str, str] = {
    # messages of ports
    "{} bytes came without an end of message; is the speed right?": (
        "{0} Bytes kamen ohne Ende der Nachricht; stimmt die Geschwindigkeit?"
    ),
    "{} came without its end and was given up": "{0} kam ohne sein Ende und wurde aufgegeben",
    "{} does not begin with {}": "{0} beginnt nicht mit {1}",
    "{} came outside STX and ETX": "{0} kam außerhalb von STX und ETX",
    "{} may be the rest of the message that was given up: have it sent again": (
        "{0} ist vielleicht der Rest der aufgegebenen Nachricht: bitte noch einmal senden"
    ),
    "serial port {} was lost: {}": "Serielle Schnittstelle {0} ging verloren: {1}",
    "serial port {} can not be opened: {}": "Serielle Schnittstelle {0} lässt sich nicht öffnen: {1}",
    "serial port {} is not there; ports of this PC: {}": (
        "Serielle Schnittstelle {0} ist nicht da; Schnittstellen dieses PCs: {1}"
    ),
    "serial port {} may not be used: add the agent's account to the group that owns it (dialout)": (
        "Serielle Schnittstelle {0} darf nicht benutzt werden: das Konto des Agenten in ihre Gruppe aufnehmen (dialout)"
    ),
    "serial port {} is in use by another program": "Serielle Schnittstelle {0} ist von einem anderen Programm belegt",
    "serial port {} can not be set to {}: its adapter does not know that": (
        "Serielle Schnittstelle {0} lässt sich nicht auf {1} stellen: Ihr Adapter kennt das nicht"
    ),
    "keyboard device {} can not be opened: {}": "Tastaturgerät {0} lässt sich nicht öffnen: {1}",
    "keyboard device {} is not there; those of this PC: {}": "Tastaturgerät {0} ist nicht da; an diesem PC: {1}",
    "keyboard device {} may not be used: add the agent's account to the group that owns it (input)": (
        "Tastaturgerät {0} darf nicht benutzt werden: das Konto des Agenten in seine Gruppe aufnehmen (input)"
    ),
    "keyboard device {} is in use by another program that took it for itself": (
        "Tastaturgerät {0} ist von einem anderen Programm belegt, das es für sich allein nahm"
    ),
    "{} is no input device": "{0} ist kein Eingabegerät",
    "keyboard device {} was lost: it ended": "Tastaturgerät {0} ging verloren: Es endete",
    "keyboard device {} was lost: {}": "Tastaturgerät {0} ging verloren: {1}",
    "is read on Linux only: set the scanner to its serial mode": (
        "wird nur unter Linux gelesen: den Scanner auf seriellen Betrieb stellen"
    ),
    "is being opened": "wird geöffnet",
    "fault of the program: {}": "Fehler des Programms: {0}",
    # scanners
    "{} came without a text after its identifier": "{0} kam ohne Text nach seiner Kennung",
    "{} was not read whole: a scanner that types is set to the US layout": (
        "{0} wurde nicht ganz gelesen: Ein tippender Scanner wird auf das US-Layout gestellt"
    ),
    "{} is not kept: {}": "{0} ist nicht gespeichert: {1}",
    # badges
    "nobody was signed on: {}": "niemand wurde angemeldet: {0}",
    "This badge names nobody that is known here": "Dieser Ausweis gehört niemandem, der hier bekannt ist",
    "This badge is good in other plants only: an administrator gives access to this one": (
        "Dieser Ausweis gilt nur in anderen Werken: Zugang zu diesem gibt die Verwaltung"
    ),
    "This badge was reported lost: hand it in": "Dieser Ausweis ist als verloren gemeldet: bitte abgeben",
    "This badge is not valid any more: hand it in": "Dieser Ausweis gilt nicht mehr: bitte abgeben",
    "The list of people is too old: badges name nobody until the server answers again": (
        "Die Liste der Personen ist zu alt: Ausweise melden niemanden an, bis der Server wieder antwortet"
    ),
    "The server does not let this badge sign on: hand it in": "Der Server nimmt diesen Ausweis nicht an: bitte abgeben",
    # gauges
    "no answer within {} s": "keine Antwort innerhalb von {0} s",
    "the format {} has no command that asks for a value: give it in `poll`, or have the gauge send by itself": (
        "Das Format {0} hat keinen Befehl, der nach einem Wert fragt: ihn in `poll` angeben oder das Messmittel selbst "
        "senden lassen"
    ),
    "{} sent {} as a second answer, because it was asked again before its first: it counts once": (
        "{0} sandte {1} als zweite Antwort, weil es vor der ersten noch einmal gefragt wurde: Sie zählt einmal"
    ),
    "{} shows {} {}, and less than {} steps of its last digit is no load that is taken by itself: set it to zero where "
    "nothing lies there, or have it read by hand": (
        "{0} zeigt {1} {2}, und weniger als {3} Schritte der letzten Stelle gelten nicht von selbst als Last: auf null "
        "stellen, wo nichts liegt, oder von Hand ablesen lassen"
    ),
    "{} sent what is no value: {}": "{0} sandte, was kein Wert ist: {1}",
    "{} sent {} {}, but {} is measured in {}: set the gauge to that unit": (
        "{0} sandte {1} {2}, aber {3} wird in {4} gemessen: das Messmittel auf diese Einheit stellen"
    ),
    "a number without unit": "einer Zahl ohne Einheit",
    "{} sent {} for {}, which measures nothing: say in its settings which characteristic that is": (
        "{0} sandte {1} für {2}, was nichts misst: in den Einstellungen angeben, welches Merkmal das ist"
    ),
    "no channel": "keinen Kanal",
    "channel {}": "Kanal {0}",
    "{} sent {}, but its characteristic {} is not in use any more": (
        "{0} sandte {1}, aber sein Merkmal {2} wird nicht mehr benutzt"
    ),
    "{} sent {} characters at once, which is no measurement": "{0} sandte {1} Zeichen auf einmal: keine Messung",
    "{} sent {}: the scale is busy or did not settle in time": (
        "{0} sandte {1}: Die Waage ist beschäftigt oder kam nicht rechtzeitig zur Ruhe"
    ),
    "{} sent {}: {}": "{0} sandte {1}: {2}",
    "{} sent {}, which is not of the format {}": "{0} sandte {1}, das hat nicht das Format {2}",
    "{} sent {}: the value is still moving; wait until it rests": (
        "{0} sandte {1}: Der Wert bewegt sich noch; warten, bis er ruht"
    ),
    "{} sent {}, but {} is configured as its decimal sign": (
        "{0} sandte {1}, aber als Dezimalzeichen ist {2} eingestellt"
    ),
    "a comma": "ein Komma",
    "a point": "ein Punkt",
    "{} sent {}, which is no number": "{0} sandte {1}, das ist keine Zahl",
    "{} sent {}, {}: set the gauge to {}, or give {} the resolution of the gauge": (
        "{0} sandte {1}, {2}: das Messmittel auf {3} stellen, oder {4} die Auflösung des Messmittels geben"
    ),
    "whose {} decimals are not those of a gauge set to {}": (
        "mit {0} Nachkommastellen, wie sie ein auf {1} gestelltes Messmittel nicht zeigt"
    ),
    "which is finer than steps of {} {}": "was feiner ist als Schritte von {0} {1}",
    "the gauge is not connected or sends nothing": "Das Messmittel ist nicht angeschlossen oder sendet nichts",
    "the gauge's data can't be read": "Die Daten des Messmittels sind nicht lesbar",
    "the scale is overloaded": "Die Waage ist überladen",
    "the scale is below its range": "Die Waage ist unter ihrem Bereich",
    "the scale does not know the command": "Die Waage kennt den Befehl nicht",
    "the scale did not receive the command whole": "Die Waage empfing den Befehl nicht ganz",
    "the scale can't carry out the command": "Die Waage kann den Befehl nicht ausführen",
    "the gauge does not know the command": "Das Messmittel kennt den Befehl nicht",
    "the gauge has no such unit": "Das Messmittel hat diese Einheit nicht",
    # codes
    "({}) {} ends like {}: the scanner may have dropped a separator; have it send GS (ASCII 29)": (
        "({0}) {1} endet wie {2}: Der Scanner hat vielleicht ein Trennzeichen verschluckt; er soll GS (ASCII 29) senden"
    ),
    "{}, and it ends like {}: the scanner may have dropped a separator; have it send GS (ASCII 29)": (
        "{0}, und es endet wie {1}: Der Scanner hat vielleicht ein Trennzeichen verschluckt; "
        "er soll GS (ASCII 29) senden"
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
    # the buffer
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
    # cameras
    "its process ended; it is begun again": "Ihr Prozess endete; er wird neu begonnen",
    "its process hung and was ended; it is begun again": "Ihr Prozess hing und wurde beendet; er wird neu begonnen",
    "{} not kept: {}": "{0} nicht gespeichert: {1}",
    "{}… is no scan: {}": "{0}… kann keine Erfassung sein: {1}",
    "{} is none of the expected codes": "{0} gehört zu keinem der erwarteten Codes",
    "{} not counted yet: {}": "{0} noch nicht gezählt: {1}",
    "{} not counted, then taken away: {}; show all of it again": (
        "{0} nicht gezählt, dann weggenommen: {1}; alles noch einmal zeigen"
    ),
    "{} not counted: so short a code without a checksum may be stripes that look like one": (
        "{0} nicht gezählt: Ein so kurzer Code ohne Prüfzeichen kann aus Streifen bestehen, die nur so aussehen"
    ),
    "{} not counted: it is read in one way only, and nothing else confirms it": (
        "{0} nicht gezählt: Er wird nur auf eine Weise gelesen, und nichts sonst bestätigt ihn"
    ),
    "{} not counted, then taken away; show it again": "{0} nicht gezählt, dann weggenommen; noch einmal zeigen",
    "{} not read": "{0} nicht gelesen",
    "{}; {} not read": "{0}; {1} nicht gelesen",
    "{} counted with {} and did not leave the sight": "{0} zählte mit {1} und blieb in Sicht",
    "{} counted before and did not leave the sight": "{0} zählte schon und blieb in Sicht",
    "no second opinion on codes: {}": "keine zweite Meinung zu Codes: {0}",
    "pyzbar is not installed on this PC": "pyzbar ist auf diesem PC nicht installiert",
    "pyzbar reads none of the codes that are looked for": "pyzbar liest keinen der gesuchten Codes",
    "pyzbar ended or hung {} times within a minute, and is asked again after another one": (
        "pyzbar endete oder hing in einer Minute {0}-mal und wird nach einer weiteren wieder gefragt"
    ),
    "{} and {} both fit {}": "{0} und {1} passen beide auf {2}",
    "no picture in {} yet": "noch kein Bild in {0}",
    "{} can't be read as a picture": "{0} ist nicht als Bild lesbar",
    "pictures that were there before: {}; each is looked at, the oldest first": (
        "Bilder, die schon da waren: {0}; jedes wird angesehen, das älteste zuerst"
    ),
    "{} can't be read: {}": "{0} ist nicht lesbar: {1}",
    "{} can't be set over the network: the camera's own pages do": (
        "{0}: über das Netz nicht einstellbar, nur auf den Seiten der Kamera selbst"
    ),
    "{} can't be set: the source is no camera": "{0}: nicht einstellbar, die Quelle ist keine Kamera",
    "{} is not there; cameras of this PC: {}": "{0} ist nicht da; Kameras dieses PCs: {1}",
    "{} is no picture and no video that can be read": "{0} ist weder ein lesbares Bild noch ein lesbarer Film",
    "{} holds no picture that can be read": "{0} enthält kein lesbares Bild",
    "{} can't be opened as a camera, or gives no picture": (
        "{0} lässt sich nicht als Kamera öffnen oder gibt kein Bild"
    ),
    "{} gives no pictures any more": "{0} gibt keine Bilder mehr",
    "{} gives no pictures any more: {}": "{0} gibt keine Bilder mehr: {1}",
    "{} stays automatic: the camera refuses to have it set by hand": (
        "{0} bleibt automatisch: Die Kamera lässt es nicht von Hand einstellen"
    ),
    "{} {}{} was refused, it is {}": "{0} {1}{2} wurde abgelehnt, es ist {3}",
    "{} does not answer: {}": "{0} antwortet nicht: {1}",
    "{} answers {} {}": "{0} antwortet {1} {2}",
    "{} refuses name and password: they are written http://name:password@host/…": (
        "{0} lehnt Name und Kennwort ab: Man schreibt sie http://name:password@host/…"
    ),
    "the pictures of a stop are not kept: {}": "Die Bilder eines Stillstands sind nicht gespeichert: {0}",
    "gave no picture within {} s; nothing was measured": "gab innerhalb von {0} s kein Bild; nichts wurde gemessen",
    "nothing was booked: {}": "Nichts wurde gebucht: {0}",
    "met a fault of the program while it measured; the log tells more": (
        "geriet beim Messen an einen Fehler des Programms; das Protokoll sagt mehr"
    ),
    "{}: {}": "{0}: {1}",
}
"""By the English one; a value may be such a sentence too."""

_TABLES = {"de": {**GERMAN, **GERMAN_OF_VISION}}
_DECIMAL_SIGNS = {"de": ","}


@lru_cache(1024)
def in_language(sentence: str, language: str, depth: int = 3) -> str:
    """The sentence in a language of the page; English where nobody wrote it in that one.

    Args:
        sentence: in English.
        language: of `LANGUAGES`.
        depth: so deep may sentences be values of one another.
    """
    for parts, said in _FORMS.get(language, ()) if depth else ():
        values = values_between(sentence, parts)
        if values is not None:
            return said.format(*(in_language(value, language, depth - 1) for value in values))
    return with_decimal_sign(sentence, _DECIMAL_SIGNS.get(language, "."))


def _forms(table: Mapping[str, str]) -> list[tuple[tuple[str, ...], str]]:
    """The most telling first."""
    forms = [(tuple(english.split("{}")), said) for english, said in table.items()]
    return sorted(forms, key=lambda form: -sum(map(len, form[0])))


_FORMS = {language: _forms(table) for language, table in _TABLES.items()}

"""What cameras and their pictures are said to have wrong, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

CAMERAS: Mapping[str, str] = {
    "its process ended; it is begun again": "Ihr Prozess endete; er wird neu begonnen",
    "its process hung and was ended; it is begun again": "Ihr Prozess hing und wurde beendet; er wird neu begonnen",
    "{} not kept: {}": "{0} nicht gespeichert: {1}",
    "{}… is no scan: it has {} characters, 1 to {} count": "{0}… ist kein Scan: {1} Zeichen lang, es zählen 1 bis {2}",
    "{} is none of the expected codes": "{0} gehört zu keinem der erwarteten Codes",
    "{} not counted yet: {}": "{0} noch nicht gezählt: {1}",
    "{} not counted, then taken away: {}; show all of it again": (
        "{0} nicht gezählt, dann weggenommen: {1}; alles noch einmal zeigen"
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
    "{} stays as it was last set by hand: the camera does not choose it by itself": (
        "{0} bleibt, wie es zuletzt von Hand eingestellt wurde: Die Kamera wählt es nicht selbst"
    ),
    "{} stays automatic: the camera refuses to have it set by hand": (
        "{0} bleibt automatisch: Die Kamera lässt es nicht von Hand einstellen"
    ),
    "{} {} {} was refused, it is {}": "{0} {1} {2} wurde abgelehnt, es ist {3}",
    "{} {} was refused, it is {}": "{0} {1} wurde abgelehnt, es ist {2}",
    "exposure": "Belichtung",
    "focus": "Fokus",
    "width": "Breite",
    "height": "Höhe",
    "rate": "Bildrate",
    "pixels": "Pixel",
    "pictures a second": "Bilder je Sekunde",
    "{} not counted: so short a code without a checksum may be stripes that look like one": (
        "{0} nicht gezählt: Ein so kurzer Code ohne Prüfsumme kann aus Streifen bestehen, die wie einer aussehen"
    ),
    "{} not counted: it is read in one way only, and nothing else confirms it": (
        "{0} nicht gezählt: Er wird nur auf eine Weise gelesen, und nichts sonst bestätigt ihn"
    ),
    "{} (letters and digits are hidden, for it may be a badge)": (
        "{0} (Buchstaben und Ziffern sind verdeckt, denn es kann ein Ausweis sein)"
    ),
    "fault of the program; the log tells more": "Fehler des Programms; das Protokoll sagt mehr",
    "{} does not answer: {}": "{0} antwortet nicht: {1}",
    "nothing listens at that port": "an diesem Port hört nichts",
    "nobody knows that name": "diesen Namen kennt niemand",
    "not in time": "nicht rechtzeitig",
    "{} answers {} {}": "{0} antwortet {1} {2}",
    "{} refuses name and password: they are written http://name:password@host/…": (
        "{0} lehnt Name und Kennwort ab: Man schreibt sie http://name:password@host/…"
    ),
    "the pictures of a stop are not kept: {}": "Die Bilder eines Stillstands sind nicht gespeichert: {0}",
    "the pictures of a stop are not kept yet: {}": "Die Bilder eines Stillstands sind noch nicht gespeichert: {0}",
    "nothing was measured: it sees a badge, and no picture that shows one is kept; take it out of sight": (
        "nichts wurde gemessen: sie sieht einen Ausweis, und kein Bild mit einem Ausweis wird aufbewahrt; ihn aus dem "
        "Blickfeld nehmen"
    ),
    "gave no picture within {} s; nothing was measured": "gab innerhalb von {0} s kein Bild; nichts wurde gemessen",
    "{}; {} of {} values are booked ({}), and reading again books them once more": (
        "{0}; {1} von {2} Werten sind gebucht ({3}), und noch einmal lesen bucht sie ein weiteres Mal"
    ),
    "is not there, and nothing was measured: {}": "ist nicht da, und nichts wurde gemessen: {0}",
    "{} is not there: {}": "{0} ist nicht da: {1}",
    "nothing was booked: {}": "Nichts wurde gebucht: {0}",
    "met a fault of the program while it measured; the log tells more": (
        "geriet beim Messen an einen Fehler des Programms; das Protokoll sagt mehr"
    ),
    "{}: {}": "{0}: {1}",
    "Show all codes of the set together, each clear of glare and of the edge of the picture": (
        "Alle Codes des Satzes zusammen zeigen, jeden ohne Blendung und weg vom Bildrand"
    ),
    "Show it again, and longer": "Noch einmal zeigen, und länger",
    "Show the expected codes alone, or let its settings expect this one too": (
        "Nur die erwarteten Codes zeigen, oder in den Einstellungen auch diesen erwarten"
    ),
    "Take away what was shown before, then show this set alone and whole": (
        "Wegnehmen, was vorher zu sehen war, dann diesen Satz allein und ganz zeigen"
    ),
    "Show it flat and sharp with all of its quiet zones; or write an item pattern for such codes; or print them "
    "with a check character in a longer text, or as QR Code or Data Matrix": (
        "Flach und scharf zeigen, mit allen Ruhezonen; oder ein Artikelmuster für solche Codes schreiben; oder sie "
        "mit Prüfzeichen in längerem Text drucken, oder als QR Code oder Data Matrix"
    ),
    "Turn it a little, bring it nearer or into better light, or clean it: it must be read in more than one way": (
        "Etwas drehen, näher oder besser ins Licht halten oder reinigen: Er muss auf mehr als eine Weise gelesen werden"
    ),
}

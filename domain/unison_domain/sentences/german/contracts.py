"""What rules of contracts say of a value, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

CONTRACTS: Mapping[str, str] = {
    "camera {}: two expected codes are called {}; the set would never be whole": (
        "Kamera {0}: Zwei erwartete Codes heißen {1}; der Satz wäre nie vollständig"
    ),
    "characteristic {}: {}": "Merkmal {0}: {1}",
    "device {}: driver {} needs {}": "Gerät {0}: Der Treiber {1} braucht {2}",
    "device {}: {} belongs to driver {}; leave it out with {}": (
        "Gerät {0}: {1} gehört zum Treiber {2}; bei {3} weglassen"
    ),
    "device {}: unit_id {} is no slave of a serial line: these have 1 to {}, 0 is the broadcast nobody answers": (
        "Gerät {0}: {1} ist keine Gerätenummer einer seriellen Leitung: Diese haben 1 bis {2}, 0 ist der Rundruf, "
        "auf den niemand antwortet"
    ),
    "gauge {}: ": "Messmittel {0}: ",
    "gauge {}: a pattern is given with format pattern, and with that alone": (
        "Messmittel {0}: Ein Muster gehört zum Format „eigenes Muster“, und nur dazu"
    ),
    "gauge {}: the pattern {}": "Messmittel {0}: Das Muster {1}",
    "gauge {}: the same channel measures two characteristics": "Messmittel {0}: Derselbe Kanal misst zwei Merkmale",
    "must be 4 to 12 digits": "muss 4 bis 12 Ziffern haben",
    "must be a name or an address such as plc-7.plant.example or 192.168.1.20, not {}": (
        "muss ein Name oder eine Adresse wie plc-7.plant.example oder 192.168.1.20 sein, nicht {0}"
    ),
    "must be a time from {} to {}": "muss eine Zeit von {0} bis {1} sein",
    "must be bytes in hexadecimal such as 02 or 0d0a, not {}": (
        "muss aus hexadezimalen Bytes wie 02 oder 0d0a bestehen, nicht {0}"
    ),
    "must have 8 to 256 characters, not {}": "muss 8 bis 256 Zeichen haben, nicht {0}",
    "must have {} to 200 characters without blanks around, not {}": (
        "muss {0} bis 200 Zeichen ohne Leerzeichen am Rand haben, nicht {1}"
    ),
    "must not contain half a surrogate pair, which is no character": (
        "darf kein halbes Surrogatpaar enthalten, das kein Zeichen ist"
    ),
    "must not contain the NUL character": "darf kein NUL-Zeichen enthalten",
    "scanner {}: give its serial port or its keyboard device, one of the two": (
        "Scanner {0}: seine serielle Schnittstelle oder sein Tastaturgerät angeben, eins von beiden"
    ),
    "tag {}: a counter is a number that grows, not {} with scale {}": (
        "Signal {0}: Ein Zähler ist eine wachsende Zahl, nicht {1} mit Faktor {2}"
    ),
    "tag {}: a string needs its length in registers": "Signal {0}: Ein Text braucht seine Länge in Registern",
    "tag {}: a {} holds one bit, so its type is bool, not {}": (
        "Signal {0}: {1} hat ein Bit, der Typ ist also bool, nicht {2}"
    ),
    "tag {}: address {} with {} registers ends past 65535": (
        "Signal {0}: Adresse {1} mit {2} Registern endet hinter 65535"
    ),
    "tag {}: bits {} to {} do not fit a register": "Signal {0}: Die Bits {1} bis {2} passen nicht in ein Register",
    "tag {}: minimum {} is above maximum {}": "Signal {0}: Der kleinste Wert {1} liegt über dem größten {2}",
    "tag {}: scale 0 would make every value {}": "Signal {0}: Faktor 0 würde jeden Wert zu {1} machen",
    "the lower limit {} must be below the upper limit {}": "Die untere Grenze {0} muss unter der oberen {1} liegen",
    "the region reaches past the picture: x + width and y + height are at most 1": (
        "Der Bereich reicht über das Bild hinaus: x + Breite und y + Höhe sind höchstens 1"
    ),
    "{} from address {} end past 65535": "{0} ab Adresse {1} enden hinter 65535",
    "{} is no time zone of the IANA list, e.g. Europe/Berlin": (
        "{0} ist keine Zeitzone der IANA-Liste, z. B. Europe/Berlin"
    ),
    "“{}” has a comment (?#…); leave it out": "„{0}“ hat einen Kommentar (?#…); bitte weglassen",
    "“{}” has the flag x; leave it and the spaces out": "„{0}“ hat die Option x; sie und die Leerzeichen weglassen",
    "“{}” is no AIM identifier: write one such as C0, or its letter alone": (
        "„{0}“ ist keine AIM-Kennung: eine wie C0 schreiben oder nur ihren Buchstaben"
    ),
    "“{}” is no regular expression: {}": "„{0}“ ist kein regulärer Ausdruck: {1}",
    "“{}” names no group (?P<value>…)": "„{0}“ nennt keine Gruppe (?P<value>…)",
    "“{}” names no group; write (?P<part>…) around what is the part": (
        "„{0}“ nennt keine Gruppe; (?P<part>…) um das schreiben, was das Teil ist"
    ),
    "“{}” names the group {}; groups are {}": "„{0}“ nennt die Gruppe {1}; Gruppen sind {2}",
    "{} has a comma, but this file separates by commas: write {} or, without decimals, {}; or save it with "
    "semicolons": (
        "{0} hat ein Komma, aber diese Datei trennt mit Kommas: {1} schreiben oder, ohne Nachkommastellen, {2}; "
        "oder mit Semikolons speichern"
    ),
    "{} has its digits in groups: write {}{}": "{0} hat Ziffern in Gruppen: {1}{2} schreiben",
    "“{}” names two groups {}; give each a name of its own": (
        "„{0}“ benennt zwei Gruppen {1}; jeder einen eigenen Namen geben"
    ),
}

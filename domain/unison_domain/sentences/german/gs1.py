"""Why coded data breaks a rule of GS1 or of Unison's own codes, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

GS1: Mapping[str, str] = {
    "({}) can't be an attribute of a Digital Link": "({0}) kann kein Attribut eines Digital Link sein",
    "({}) is not followed by {}": "auf ({0}) folgt nicht {1}",
    "({}) {} is not text": "({0}) {1} ist kein Text",
    "0 or 1": "0 oder 1",
    "a code of ISO 5218": "ein Code nach ISO 5218",
    "a media type": "eine Medienart",
    "a winding direction: 0, 1 or 9": "eine Wickelrichtung: 0, 1 oder 9",
    "hour": "Stunde",
    "minute": "Minute",
    "second": "Sekunde",
    "latitude": "Breite",
    "longitude": "Länge",
    "the code of a country (ISO 3166)": "das Kürzel eines Landes (ISO 3166)",
    "the number of a country (ISO 3166)": "die Nummer eines Landes (ISO 3166)",
    "the number of a country (ISO 3166) or 999": "die Nummer eines Landes (ISO 3166) oder 999",
    "the number of a currency (ISO 4217)": "die Nummer einer Währung (ISO 4217)",
    "coupon {} expires on {}, before it starts on {}": "der Coupon {0} läuft am {1} ab, vor seinem Beginn am {2}",
    "coupon {} goes on with {} after its end": "der Coupon {0} geht nach seinem Ende mit {1} weiter",
    "coupon: {} is no day": "Coupon: {0} ist kein Tag",
    "{} in coupon {} is not a digit": "{0} im Coupon {1} ist keine Ziffer",
    "coupon {} ends where {} digits are due: {}": "der Coupon {0} endet, wo {1} Ziffern kommen sollten: {2}",
    "coupon {}: {} is no {}": "Coupon {0}: {1} passt nicht als {2}",
    "coupon {}: {} is no length of {}": "Coupon {0}: {1} ist keine Länge von {2}",
    "none of the elements is a key of Digital Links, such as a GTIN (01)": (
        "kein Datenelement ist ein Schlüssel von Digital Links, wie eine GTIN (01)"
    ),
    "the check digits {} of {} are wrong": "die Prüfziffern {0} von {1} sind falsch",
    "the key of {} holds NUL, which no key has": "der Schlüssel von {0} enthält NUL, was kein Schlüssel hat",
    "the key of {} is not UTF-8": "der Schlüssel von {0} ist kein UTF-8",
    "{} begins with 0": "{0} beginnt mit 0",
    "{} begins with no country": "{0} beginnt mit keinem Land",
    "{} ends with {} padding characters where {} belong": "{0} endet mit {1} Füllzeichen, wo {2} hingehören",
    "{} has a % without two hexadecimal digits": "{0} hat ein % ohne zwei hexadezimale Ziffern",
    "{} has digits alone": "{0} hat nur Ziffern",
    "{} in {} belongs to no IBAN": "{0} in {1} gehört in keine IBAN",
    "{} in {} is no check character": "{0} in {1} ist kein Prüfzeichen",
    "{} is an AIM identifier without any text behind it": "{0} ist eine AIM-Kennung ohne Text dahinter",
    "{} is no http or https address": "{0} ist keine http- oder https-Adresse",
    "{} is no importer index": "{0} ist kein Importeurindex",
    "{} is no {}": "{0} passt nicht als {1}",
    "{} is not a hyphen": "{0} ist kein Bindestrich",
    "{} is not like 1/2": "{0} ist nicht wie 1/2",
    "{} is not zero": "{0} ist nicht null",
    "{} is not {}": "{0} ist nicht {1}",
    "{} is too short for an IBAN": "{0} ist zu kurz für eine IBAN",
    "{} is too short for its two check characters": "{0} ist zu kurz für seine zwei Prüfzeichen",
    "{} is too short to begin with a company prefix": "{0} ist zu kurz, um mit einer Basisnummer zu beginnen",
    "{} does not begin with a company prefix of at least four digits": (
        "{0} beginnt mit keiner Basisnummer von mindestens vier Ziffern"
    ),
    "{} has not the form of a package code: capital letters and digits": (
        "{0} hat nicht die Form eines Verpackungscodes: Großbuchstaben und Ziffern"
    ),
    "{} is zero": "{0} ist null",
    "{} says number {} of {}": "{0} sagt Nummer {1} von {2}",
    "{} says of 00 pieces": "{0} sagt von 00 Stück",
    "{} says piece 00": "{0} sagt Stück 00",
    "{} says piece {} of {}": "{0} sagt Stück {1} von {2}",
    "{} begins with UN1: but {} is no kind; kinds are {}": (
        "{0} beginnt mit UN1: aber {1} ist keine Art; Arten sind {2}"
    ),
    "{} has no readable key after UN1:{}:": "{0} hat keinen lesbaren Schlüssel nach UN1:{1}:",
    "Say where it was scanned: plant_id or station_id": "Bitte angeben, wo erfasst wurde: Werk oder Station",
    "{} is in the future: set the clock of this device": (
        "{0} liegt in der Zukunft: bitte die Uhr dieses Geräts stellen"
    ),
    "Nobody knows what {} is: it is no code of Unison, no GS1 code, and fits no pattern of your organization": (
        "Was {0} ist, weiß niemand: Es ist kein Code von Unison, kein GS1-Code und passt auf kein Muster der "
        "Organisation"
    ),
    "This code can't be read: {}": "Dieser Code ist nicht lesbar: {0}",
    "{} can be read in several ways, and none is certain: {}": (
        "{0} ist auf mehrere Arten lesbar, und keine ist sicher: {1}"
    ),
    "Scan {} is of a station of another agent": "Der Scan {0} ist von der Station eines anderen PCs",
    "Scan {} is of another station already": "Der Scan {0} ist schon von einer anderen Station",
    "The station {} is of another plant; leave plant_id out": (
        "Die Station {0} gehört zu einem anderen Werk; das Werk bitte weglassen"
    ),
    "scan": "Scan",
    "Nothing here is known by it": "Nichts hier ist darunter bekannt",
    "Unison does not look these up yet": "Unison schlägt diese noch nicht nach",
    "There is no {} {} that you may see": "Sichtbar gibt es {0} {1} nicht",
    "{} things here are called {} {}: the code does not say which it means": (
        "{0} Dinge heißen hier {1} {2}: Der Code sagt nicht, welches er meint"
    ),
    "a character of GS1 set 82": "ein Zeichen des GS1-Satzes 82",
    "a character of GS1 set 39": "ein Zeichen des GS1-Satzes 39",
    "a character of GS1 set 64": "ein Zeichen des GS1-Satzes 64",
    "Understood as": "Verstanden als",
    "Perhaps": "Vielleicht",
}

"""What is refused of characteristics and measurements, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

QUALITY: Mapping[str, str] = {
    "no unit": "keine Einheit",
    "The measurement {} was not taken at a station of this agent": (
        "Der Messwert {0} wurde nicht an einer Station dieses PCs genommen"
    ),
    "{} is far from the limits of {}: check digits and decimal sign. It takes the right {}; who has it may enter it": (
        "{0} liegt weit außerhalb der Grenzen von {1}: Ziffern und Dezimalzeichen prüfen. Dafür braucht es das "
        "Recht {2}; wer es hat, kann den Wert eintragen"
    ),
    "There is no characteristic {}": "Das Merkmal {0} gibt es nicht",
    "{} is measured in another plant than that of the station": (
        "{0} wird in einem anderen Werk gemessen als dem der Station"
    ),
    "{} is measured in {}, the measured value {} is in {}": "{0} wird in {1} gemessen, der Messwert {2} ist in {3}",
    "There is no gauge or camera {}": "Ein Messmittel oder eine Kamera {0} gibt es nicht",
    "The measurement {} is there already and says something else": (
        "Der Messwert {0} ist schon da und sagt etwas anderes"
    ),
    "empty": "leer",
    "The unit {}": "Die Einheit {0}",
    "is {} for {}, not {}": "ist {0} für {1}, nicht {2}",
    "The name {}; choose another": "Der Name {0}; bitte einen anderen wählen",
    "is taken: the plant has a characteristic {}": "ist vergeben: Das Werk hat schon ein Merkmal {0}",
    "The unit of {} {}": "Die Einheit von {0} {1}",
    "stays {}: values were measured in it; make another characteristic": (
        "bleibt {0}: In ihr wurden Werte gemessen; bitte ein anderes Merkmal anlegen"
    ),
    "is measured by {}: take it from there, or put that away": (
        "wird von {0} gemessen: es dort wegnehmen oder jenes weglegen"
    ),
    "{} is measured by {}: take it from there, or put that away": (
        "{0} wird von {1} gemessen: es dort wegnehmen oder jenes weglegen"
    ),
    "{} is no longer measured; choose another characteristic": (
        "{0} wird nicht mehr gemessen; bitte ein anderes Merkmal wählen"
    ),
    "characteristic": "Merkmal",
    "measurement": "Messwert",
    ", which is inactive": ", das deaktiviert ist",
    "{} is no multiple of {} {}": "{0} ist kein Vielfaches von {1} {2}",
    ", in which {} is measured": ", worin {0} gemessen wird",
}

"""What is refused of plants, departments, warehouses and their places, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

SITES: Mapping[str, str] = {
    "{} is nobody of this organization; somebody made a moment ago is known here in a few seconds": (
        "{0} gehört nicht zu dieser Organisation; wer eben erst angelegt wurde, ist hier in ein paar Sekunden bekannt"
    ),
    "stays what it was when the {} was made; make another one there": (
        "bleibt, wie es beim Anlegen war ({0}); dort bitte Neues anlegen"
    ),
    "{} stays what it was when the {} was made; make another one there": (
        "{0} bleibt, wie es beim Anlegen war ({1}); dort bitte Neues anlegen"
    ),
    "In this plant you hold the right {} only for some departments, not for {} ({}); ask an administrator for it": (
        "In diesem Werk gilt das Recht {0} nur für einige Abteilungen, nicht für {1} ({2}); die Administration kann es "
        "geben"
    ),
    "The login history tells of stations in every plant: to read it you need a role that sees all plants and "
    "warehouses, such as Auditor": (
        "Der Verlauf der Anmeldungen erzählt von Stationen aller Werke: Ihn zu lesen braucht eine Rolle, die alle "
        "Werke und Lager sieht, etwa Revision"
    ),
    "The audit log tells of every plant and warehouse: to read it you need a role that sees all of them, such as "
    "Auditor": (
        "Das Änderungsprotokoll erzählt von allen Werken und Lagern: Es zu lesen braucht eine Rolle, die alle sieht, "
        "etwa Revision"
    ),
    "What single persons did is not asked for in this organization; an administrator may allow it (Settings)": (
        "Was einzelne Personen taten, wird in dieser Organisation nicht gefragt; die Administration kann es erlauben "
        "(Einstellungen)"
    ),
    "A downtime reason is": "Ein Stillstandsgrund gehört",
    "A rule that names no machine is": "Eine Regel ohne Maschine gehört",
    "An item pattern is": "Ein Artikelmuster gehört",
    "Which plants there are is": "Welche Werke es gibt, gehört",
    "You don't hold the right {} in {} {} ({})": "Das Recht {0} gilt nicht für {1} {2} ({3})",
    "{}; ask an administrator for it there": "{0}; die Administration kann es dort geben",
    "not deactivate or cancel": "nicht deaktiviert oder storniert werden",
    "read but not change": "nur gelesen, nicht geändert werden",
    "see but not change": "nur gesehen, nicht geändert werden",
    "You may {} what belongs to {} {} ({})": "Was zu {1} {2} ({3}) gehört, darf hier {0}",
    "you hold it only in a plant": "das Recht gilt nur in einem Werk",
    "you hold the right {} only in plant {}": "das Recht {0} gilt nur im Werk {1}",
    "{} the whole organization's: {}": "{0} der ganzen Organisation: {1}",
    "{} the whole organization's: to change it you need write access to all plants": (
        "{0} der ganzen Organisation: Ändern darf es, wer in allen Werken schreiben darf"
    ),
    "plant": "Werk",
    "warehouse": "Lager",
    "department": "Abteilung",
    "storage location": "Lagerplatz",
    "person": "Person",
    "The {} {} is out of use: bring that back first, then {}": (
        "{0} {1} ist außer Gebrauch: zuerst zurückholen, dann geht es hier weiter ({2})"
    ),
    "give it tags": "Signale anlegen",
    "import into it": "dorthin einlesen",
    "what is made": "was angelegt wird",
    "{} the whole organization's: to take it out of use you need the right to that in all plants": (
        "{0} der ganzen Organisation: Außer Gebrauch nimmt es, wer das in allen Werken darf"
    ),
    "{} is too far away": "{0} ist zu weit weg",
}

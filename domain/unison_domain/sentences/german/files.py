"""What is refused of files, lists and contracts of identity, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

FILES: Mapping[str, str] = {
    "a choice has at most {} characters, and no NUL among them": (
        "eine Auswahl hat höchstens {0} Zeichen und kein NUL darunter"
    ),
    "the setting {} is a number without limits": "die Einstellung {0} ist eine Zahl ohne Grenzen",
    "must be a whole number, true or false, or one of the choices": (
        "muss eine ganze Zahl, ja oder nein oder eine der Möglichkeiten sein"
    ),
    "a row names somebody by one of {}": "eine Zeile nennt jemanden durch eins von {0}",
    "names {} twice": "nennt {0} zweimal",
    "is neither today nor -, and no day such as 2026-12-31 or 31.12.2026": (
        "ist weder today noch - noch ein Tag wie 2026-12-31 oder 31.12.2026"
    ),
    "a star marks a default warehouse; no plant is one: leave it out": (
        "ein Stern steht für das Vorgabelager; kein Werk ist eins: bitte weglassen"
    ),
    "there is one default warehouse: leave one star": "es gibt ein Vorgabelager: bitte nur einen Stern lassen",
    "has {} for {} badges in this row: say one for all, or one each": (
        "hat {0} für {1} Ausweise in dieser Zeile: bitte eins für alle oder je eins"
    ),
    "begins with {}; lines are “p,role,object,action”": "beginnt mit {0}; Zeilen heißen „p,role,object,action“",
    "has {} parts; lines are “p,role,object,action”": "hat {0} Teile; Zeilen heißen „p,role,object,action“",
    "more than {} lines; split the file by roles": "mehr als {0} Zeilen; bitte die Datei nach Rollen teilen",
    "names no right: object and action are both needed": "nennt kein Recht: object und action sind beide nötig",
    "says who has a role: that is in the file of people; leave it out": (
        "sagt, wer eine Rolle hat: Das steht in der Datei der Personen; bitte weglassen"
    ),
    "{} can't be the code of a role: 1 to 50 characters, no space at either end": (
        "{0} kann kein Kürzel einer Rolle sein: 1 bis 50 Zeichen, ohne Leerzeichen am Rand"
    ),
    "{} is not known here: roles give rights and take none away": (
        "{0} ist hier nicht bekannt: Rollen geben Rechte und nehmen keine"
    ),
    "is no permission; GET /permissions lists them, and none stands for several": (
        "ist kein Recht, und keins steht für mehrere"
    ),
    "is a role of the system and can't be changed ({}): give yours another code": (
        "ist eine Rolle des Systems und nicht änderbar ({0}): der eigenen bitte ein anderes Kürzel geben"
    ),
    "the file {}": "die Datei {0}",
    "can_read must be true where can_write or can_delete is: nobody changes what they can't see": (
        "Lesen gehört zum Schreiben und Deaktivieren: Niemand ändert, was er nicht sieht"
    ),
    "must be system, light or dark": "muss System, hell oder dunkel sein",
    'must be a string such as "12.50": a JSON number loses digits': (
        'muss ein Text wie "12.50" sein: Eine JSON-Zahl verliert Ziffern'
    ),
    'must be a string such as "0.120": a JSON number loses digits': (
        'muss ein Text wie "0.120" sein: Eine JSON-Zahl verliert Ziffern'
    ),
    "(unchanged) is for tags that are there already: name a machine, or none": (
        "(unverändert) gilt für Signale, die schon da sind: bitte eine Maschine nennen oder keine"
    ),
    "there is no machine {} that you may see": "eine sichtbare Maschine {0} gibt es nicht",
    "{} devices of {} are called so; give them different names first": (
        "{0} Geräte von {1} heißen so; ihnen bitte zuerst verschiedene Namen geben"
    ),
    "{} tags of {} are called so; give them different names first": (
        "{0} Signale von {1} heißen so; ihnen bitte zuerst verschiedene Namen geben"
    ),
    "{} has a tag {} already": "{0} hat schon ein Signal {1}",
    "names no device": "nennt kein Gerät",
    "says {}, the first row of this device {}": "sagt {0}, die erste Zeile dieses Geräts {1}",
    "belongs to no tag: name one": "gehört zu keinem Signal: bitte eins nennen",
    "is no JSON: {}": "ist kein JSON: {0}",
    "Devices or tags changed since the preview; look at a new one": (
        "Geräte oder Signale haben sich seit der Vorschau geändert; bitte eine neue ansehen"
    ),
    "is no e-mail address, e.g. anna@example.org": "ist keine E-Mail-Adresse, z. B. anna@example.org",
    "is no day such as 2026-12-31 or 31.12.2026": "ist kein Tag wie 2026-12-31 oder 31.12.2026",
    "{} says no rights: r reads, w writes, d takes out of use, as in {}:rw": (
        "{0} sind keine Rechte: r liest, w schreibt, d nimmt außer Gebrauch, wie in {1}:rw"
    ),
    "must be true or false": "muss ja oder nein sein",
    "must be one of {}": "muss eins von diesen sein: {0}",
    "must be a whole number from {} to {}": "muss eine ganze Zahl von {0} bis {1} sein",
    "there is no {} {}; there {} {}": "{0} {1} gibt es nicht; es gibt {3}",
    "nobody is called {}; a new person needs {}": "niemand heißt {0}; wer neu ist, braucht {1}",
    "{} is past: a badge is handed out for later": "{0} ist vorbei: Ein Ausweis wird für später ausgegeben",
    "the role {} was taken out of use": "die Rolle {0} wurde außer Gebrauch genommen",
    "is not known here; known are {}": "ist hier nicht bekannt; bekannt sind {0}",
    "is not known here; this takes none": "ist hier nicht bekannt; hier gibt es keine",
}

"""What the server says of requests, places and its database, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

SERVER: Mapping[str, str] = {
    "lies before “from”, {}: exchange the two": "liegt vor „from“, {0}: bitte tauschen",
    "The access token has expired; refresh it": "Die Anmeldung ist abgelaufen; bitte neu anmelden",
    "The access token is not valid; sign in again": "Die Anmeldung gilt nicht; bitte neu anmelden",
    "This session has ended; sign in again": "Diese Sitzung ist beendet; bitte neu anmelden",
    "This {} token is not, or no longer, valid": "Dieser Zugang ({0}) gilt nicht oder nicht mehr",
    "agent": "Stations-PC",
    "device": "Gerät",
    "key": "Schlüssel",
    "You lack the right {}; ask an administrator for it": "Dafür fehlt das Recht {0}; die Administration kann es geben",
    "You hold the right {} only {}, and this {}; ask an administrator for it": (
        "Das Recht {0} gilt nur {1}, und dies {2}; die Administration kann es geben"
    ),
    "for a department": "für eine Abteilung",
    "belongs to no department": "gehört zu keiner Abteilung",
    "in plant {}": "im Werk {0}",
    "is the whole organization's": "gehört der ganzen Organisation",
    "Only a station agent may call this, with its device token": "Das darf nur ein Stations-PC mit seinem Zugang",
    "This organization is not active. An administrator of the server can make it so again, unless it was one for "
    "practice that was made anew, which is another one since": (
        "Diese Organisation ist nicht aktiv. Die Administration des Servers kann sie wieder freigeben, außer sie war "
        "zum Üben und wurde neu angelegt: Dann ist es seitdem eine andere"
    ),
    "Sign in first: this needs an access token": "Bitte zuerst anmelden",
    "{} is no right over all organizations: those begin with platform.": (
        "{0} ist kein Recht über alle Organisationen: Diese beginnen mit platform."
    ),
    "Only a person acts for the whole server; sign in instead of using a key": (
        "Für den ganzen Server handelt nur eine Person; bitte anmelden statt einen Schlüssel zu nehmen"
    ),
    "There is no {} {}": "{0} {1} gibt es nicht",
    "There is no {} {}{}": "{0} {1} gibt es nicht{2}",
    "The {} {} is not in the storage": "{0} {1} ist nicht im Speicher",
    "The file storage {} does not take or give files: {}": "Der Dateispeicher {0} nimmt und gibt keine Dateien: {1}",
    "kind of file {} must be lower-case letters and underscores": (
        "Die Art der Datei {0} muss aus Kleinbuchstaben und Unterstrichen bestehen"
    ),
    "Idempotency-Key {} was used for another request; make a new key for a new request": (
        "Dieselbe Anfrage ({0}) wurde mit anderem Inhalt schon gesendet; bitte noch einmal versuchen"
    ),
    "This was done already, and its answer held a secret, which is told once and not kept; ask for a new one": (
        "Das ist schon geschehen, und die Antwort enthielt ein Geheimnis, das nur einmal gezeigt und nicht "
        "aufgehoben wird; bitte ein neues anfordern"
    ),
    "Idempotency-Key must be 8 to 200 visible ASCII characters without spaces": (
        "Idempotency-Key muss 8 bis 200 sichtbare ASCII-Zeichen ohne Leerzeichen haben"
    ),
    "Metrics need the metrics_token": "Messwerte des Servers brauchen das metrics_token",
    "Metrics are for this machine; set metrics_token to read them from elsewhere, or by a proxy": (
        "Messwerte des Servers gibt es nur auf diesem Rechner; von anderswo oder über einen Proxy mit metrics_token"
    ),
    "cursor": "Fortsetzung",
    "sort": "Sortierung",
    "cursor {}": "Fortsetzung {0}",
    "sort {}": "Sortierung {0}",
    "belongs to the sort {}, not {}; begin again without a cursor": (
        "gehört zur Sortierung {0}, nicht {1}; bitte von vorn beginnen"
    ),
    "can't sort by {}; known are {}": "kann nicht nach {0} sortieren; möglich sind {1}",
    "is not one this server gave; begin again without a cursor": "ist nicht von diesem Server; bitte von vorn beginnen",
    "cursor is not one this server gave; begin again without a cursor": (
        "Die Fortsetzung ist nicht von diesem Server; bitte von vorn beginnen"
    ),
    "Rows of {} still refer to this": "Das wird noch gebraucht: in {0}",
    "{} names something that is not there": "{0}: nennt etwas, das es nicht gibt",
    "names something that is not there": "nennt etwas, das es nicht gibt",
    "The values break the rule {}": "Die Werte brechen die Regel {0}",
    "You may not write there": "Dort darf nichts geändert werden",
    "breaks this rule": "bricht diese Regel",
    "is taken: another row of {} has it": "ist vergeben: an anderer Stelle ({0}) schon verwendet",
    "{} is taken: another row of {} has it": "{0} ist vergeben: an anderer Stelle ({1}) schon verwendet",
    "can't be read as JSON": "ist nicht als JSON lesbar",
    "The body can't be read as JSON": "Die Anfrage ist nicht als JSON lesbar",
    "Somebody else changed this at the same time; read it again": (
        "Jemand hat das gleichzeitig geändert; bitte neu lesen"
    ),
    "A text holds half a surrogate pair, which is no character": (
        "Ein Text enthält ein halbes Surrogatpaar, das kein Zeichen ist"
    ),
    "The server is busy; try again": "Der Server ist beschäftigt; bitte noch einmal versuchen",
    "is no JSON at character {}": "ist ab Zeichen {0} kein JSON",
    "The server failed; its log tells why under request {}": (
        "Im Server ist etwas fehlgeschlagen; sein Protokoll sagt unter Anfrage {0}, warum"
    ),
    "A value can't be stored: it is too large, or holds a NUL character": (
        "Ein Wert ist nicht speicherbar: Er ist zu groß oder enthält ein NUL-Zeichen"
    ),
    "The database is not reachable; try again in a moment": (
        "Die Datenbank ist nicht erreichbar; bitte gleich noch einmal versuchen"
    ),
    "This overlaps another row of {}": "Das überschneidet sich mit einem anderen Eintrag ({0})",
    "There is nothing at {}": "Unter {0} gibt es nichts",
    "{} does not take {}": "{0} nimmt kein {1}",
    "The body is larger than this server takes": "Die Anfrage ist größer, als dieser Server annimmt",
    "{} must not be empty": "{0} darf nicht leer sein",
    "must not be empty": "darf nicht leer sein",
    "The {} was changed meanwhile: you saw version {}, now it is {}": (
        "{0} wurde inzwischen geändert: gesehen wurde Stand {1}, jetzt ist es Stand {2}"
    ),
    "The {} {} was changed meanwhile: you saw version {}, now it is {}": (
        "{0} {1} wurde inzwischen geändert: gesehen wurde Stand {2}, jetzt ist es Stand {3}"
    ),
    "It was changed meanwhile: you saw version {} of {}, now it is {}": (
        "Inzwischen geändert: gesehen wurde Stand {0} von {1}, jetzt ist es Stand {2}"
    ),
    "This was changed meanwhile: you saw version {}, now it is {}": (
        "Das wurde inzwischen geändert: gesehen wurde Stand {0}, jetzt ist es Stand {1}"
    ),
    "More than {} {} match; narrow the filters": "Mehr als {0} Einträge passen ({1}); bitte die Filter enger fassen",
    'Send If-Match with the version you saw, e.g. If-Match: "3"': (
        'Bitte den gesehenen Stand mit If-Match mitschicken, z. B. If-Match: "3"'
    ),
    'If-Match is {}, not a version such as "3"': 'If-Match ist {0}, kein Stand wie "3"',
    "Others keep changing the same rows; try again in a moment": (
        "Andere ändern gerade dieselben Einträge; bitte gleich noch einmal versuchen"
    ),
    "This was sealed with an encryption key that the server no longer has: add the former key to the file "
    "encryption_key, a line of its own, and start the server anew": (
        "Das wurde mit einem Schlüssel verschlossen, den der Server nicht mehr hat: den früheren Schlüssel als "
        "eigene Zeile in die Datei encryption_key schreiben und den Server neu starten"
    ),
    "Your organization demands a second factor of you, and you have none yet. Until you have set one up (POST "
    "/mfa/totp), nothing is open to you but that, changing your password and signing out": (
        "Die Organisation verlangt einen zweiten Faktor, und noch ist keiner eingerichtet. Bis dahin geht nur das "
        "Einrichten, das eigene Kennwort ändern und abmelden"
    ),
    "This installation has no certificate authority of its own": (
        "Diese Installation hat keine eigene Zertifizierungsstelle"
    ),
    "This server has no certificate: it speaks plain HTTP": (
        "Dieser Server hat kein Zertifikat: Er spricht einfaches HTTP"
    ),
    "{} UTC": "{0} UTC",
    "is no CSV: {}": "ist kein CSV: {0}",
    "a cell has more than {} characters: is a quotation mark missing?": (
        "ein Feld hat mehr als {0} Zeichen: Fehlt ein Anführungszeichen?"
    ),
    "names no column; what a file has at least is {}": "nennt keine Spalte; mindestens hat eine Datei {0}",
    "has {} cells, the header {}": "hat {0} Felder, die Kopfzeile {1}",
    "more than {} rows; split the file": "mehr als {0} Zeilen; bitte die Datei teilen",
    "this column is missing": "diese Spalte fehlt",
    "one of the columns {} is needed": "eine der Spalten {0} ist nötig",
    "{}, and the file has {}": "{0}; die Datei hat {1}",
    "this column is there twice": "diese Spalte ist zweimal da",
    "there is no such column; leave it out": "diese Spalte gibt es nicht; bitte weglassen",
    "is neither UTF-8 nor Windows-1252; in the spreadsheet, save it as “CSV UTF-8”": (
        "ist weder UTF-8 noch Windows-1252; in der Tabellenkalkulation als „CSV UTF-8“ speichern"
    ),
    "Sign in first": "Bitte zuerst anmelden",
    "Not allowed": "Nicht erlaubt",
    "Not found": "Nicht gefunden",
    "Clashes with what is there": "Passt nicht zu dem, was da ist",
    "Values are not valid": "Werte gelten nicht",
    "Say which version you saw": "Der gesehene Stand fehlt",
    "Too many tries": "Zu viele Versuche",
    "Not available at the moment": "Im Augenblick nicht verfügbar",
    "The server failed": "Im Server ist etwas fehlgeschlagen",
    "Refused": "Abgelehnt",
    "The {} is out of use: bring it back first, then change it": (
        "Außer Gebrauch ({0}): zuerst zurückholen, dann ändern"
    ),
    "correction": "Korrektur",
}

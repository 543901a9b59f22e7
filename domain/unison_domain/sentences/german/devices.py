"""What devices and their settings are said to have wrong, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

DEVICES: Mapping[str, str] = {
    "a suffix is given with end suffix, and with that alone": (
        "ein Endzeichen gehört zum Ende „Endzeichen“, und nur dazu"
    ),
    "after the # there are {} letters where there should be {}": (
        "hinter dem # stehen {0} Zeichen, wo {1} stehen sollten"
    ),
    "there is a wrong letter after the #": "hinter dem # ist ein Zeichen falsch",
    "device {} is on serial port {}, not behind a host": (
        "Gerät {0} ist an der seriellen Schnittstelle {1}, nicht im Netz"
    ),
    "name a tag, or registers of a device, not both": (
        "bitte ein Signal oder Register eines Geräts nennen, nicht beides"
    ),
    "name a tag_id, or device_id, table and address": "bitte ein Signal oder Gerät, Tabelle und Adresse nennen",
    "there is no such command; there are {}": "diesen Auftrag gibt es nicht; es gibt {0}",
    "type the value that the device shows": "bitte den Wert eingeben, den das Gerät zeigt",
    "{} registers: give 1 to {}": "{0} Register: bitte 1 bis {1} angeben",
    "0 fits nearly every register: wait until the device shows another value": (
        "0 passt auf fast jedes Register: warten, bis das Gerät einen anderen Wert zeigt"
    ),
    "a bit is 0 or 1: type which of them it is now": "ein Bit ist 0 oder 1: bitte eingeben, was es gerade ist",
    "{} is another address than before: write its password instead of ***": (
        "{0} ist eine andere Adresse als zuvor: bitte ihr Kennwort statt *** schreiben"
    ),
    "say which part of the picture is to be kept: the whole one is kept already": (
        "bitte angeben, welcher Teil des Bildes bleiben soll: Das ganze ist schon aufgehoben"
    ),
    "a picture only to be looked at is a whole one: leave cut or widest out": (
        "ein Bild nur zum Ansehen ist ein ganzes: Ausschnitt oder größte Breite bitte weglassen"
    ),
    "the same picture is named twice: each must show the board otherwise": (
        "dasselbe Bild ist zweimal genannt: Jedes muss die Tafel anders zeigen"
    ),
    "{} and {} share the line {}, but one says {}: give both the same driver, speed, parity, stop bits and "
    "turn-around": (
        "{0} und {1} teilen die Leitung {2}, aber eins sagt {3}: beiden dieselben Werte für Treiber, "
        "Geschwindigkeit, Parität, Stoppbits und Umschaltzeit geben"
    ),
    "device {}: turnaround_seconds {} belongs to a serial line; leave it out with {}, or use request_gap_seconds": (
        "Gerät {0}: Die Umschaltzeit {1} gehört zu einer seriellen Leitung; bei {2} weglassen oder den Abstand der "
        "Anfragen nehmen"
    ),
    "device {}: {} {} belongs to driver {}; leave it out with {}": (
        "Gerät {0}: {1} {2} gehört zum Treiber {3}; bei {4} weglassen"
    ),
    "tag {}: {} does not fit {} BCD digits": "Signal {0}: {1} passt nicht in {2} BCD-Ziffern",
    "0x{} is no BCD number: a digit is above 9": "0x{0} ist keine BCD-Zahl: Eine Ziffer ist über 9",
    "tag {}: {} does not fit {}": "Signal {0}: {1} passt nicht in {2}",
    "tag {}: {} does not fit {} bits": "Signal {0}: {1} passt nicht in {2} Bits",
    "tag {}: {} does not fit {} characters without NUL": "Signal {0}: {1} passt nicht in {2} Zeichen ohne NUL",
    "tag {}: {} is no number": "Signal {0}: {1} ist keine Zahl",
    "device {}": "Gerät {0}",
    "tag {}": "Signal {0}",
    "no connection to {}:{}": "keine Verbindung zu {0}:{1}",
    "{} within {} s": "{0} innerhalb von {1} s",
    "{}: it is in use here already as {}; write one name for one serial server": (
        "{0}: Er wird hier schon als {1} benutzt; einen seriellen Server überall gleich schreiben"
    ),
    "{}: {} can not be the name of a host": "{0}: {1} kann kein Rechnername sein",
    "a reply that is not Modbus: protocol identifier {} instead of 0": (
        "eine Antwort, die kein Modbus ist: Protokollkennung {0} statt 0"
    ),
    "a reply that is not Modbus: {} bytes announced, 3 to {} are possible": (
        "eine Antwort, die kein Modbus ist: {0} Bytes angekündigt, möglich sind 3 bis {1}"
    ),
    "a reply to request {} while {} was asked": "eine Antwort auf Anfrage {0}, gefragt war {1}",
    "a reply of unit {} while unit {} was asked": "eine Antwort der Gerätenummer {0}, gefragt war {1}",
    "a reply of function {} while function {} was asked": "eine Antwort der Funktion {0}, gefragt war {1}",
    "a reply of {} data bytes ({} announced) while {} were asked": (
        "eine Antwort mit {0} Datenbytes ({1} angekündigt), gefragt waren {2}"
    ),
    "a reply of {} data bytes while {} were asked": "eine Antwort mit {0} Datenbytes, gefragt waren {1}",
    "a reply nobody asked for": "eine Antwort, nach der niemand fragte",
    "a damaged reply: its checksum is wrong": "eine beschädigte Antwort: Ihre Prüfsumme ist falsch",
    "{} bytes more than the answer has": "{0} Bytes mehr, als die Antwort hat",
    ", only {} bytes": ", nur {0} Bytes",
    "no answer within {} s from unit {}": "keine Antwort innerhalb von {0} s von Gerätenummer {1}",
    "no answer within {} s from unit {}{}": "keine Antwort innerhalb von {0} s von Gerätenummer {1}{2}",
    "{} is never quiet: something sends without being asked": "{0} ist nie still: Etwas sendet ungefragt",
    "bytes that came before the request was over": "Bytes, die kamen, bevor die Anfrage zu Ende war",
    "connection lost: {}": "Verbindung verloren: {0}",
    "the device closed the connection": "das Gerät hat die Verbindung beendet",
    "unit {} is no slave of a serial line: 1 to 247": "{0} ist keine Gerätenummer einer seriellen Leitung: 1 bis 247",
    "{} values from {}: 1 to {} may be asked, up to address 65535": (
        "{0} Werte ab {1}: 1 bis {2} dürfen gefragt werden, bis Adresse 65535"
    ),
    "{} baud, parity {}, stop bits {}, data bits {}": "{0} Baud, Parität {1}, Stoppbits {2}, Datenbits {3}",
    "Configuration {}, which runs here, has no {}: try again when the newest one runs": (
        "Die Konfiguration {0}, die hier läuft, hat kein {1}: noch einmal versuchen, wenn die neueste läuft"
    ),
    "The command names neither a tag nor registers": "Der Auftrag nennt weder ein Signal noch Register",
    "{} reads at most {} at once, {} are asked for": "{0} liest höchstens {1} auf einmal, gefragt sind {2}",
    "The agent reads no devices at the moment: it starts or stops": (
        "Der Agent liest im Augenblick keine Geräte: Er startet oder endet"
    ),
    "{} was not reached within {} s: its line is busy": (
        "{0} wurde innerhalb von {1} s nicht erreicht: Die Leitung ist besetzt"
    ),
    "{} is not read at the moment: the agent takes up a change; try again": (
        "{0} wird im Augenblick nicht gelesen: Der Agent übernimmt eine Änderung; bitte noch einmal versuchen"
    ),
    "that": "diese Einheit",
    "Modbus exception {}, {}": "Modbus-Ausnahme {0}, {1}",
    "acknowledge: the device needs longer than it may": "bestätigt: Das Gerät braucht länger, als es darf",
    "gateway path unavailable: the gateway is overloaded or set up wrongly": (
        "Weg durch das Gateway nicht verfügbar: Das Gateway ist überlastet oder falsch eingerichtet"
    ),
    "gateway target did not respond: nothing answers behind the gateway": (
        "Ziel hinter dem Gateway antwortete nicht: Dort antwortet nichts"
    ),
    "illegal data address: the device has nothing there": "unzulässige Adresse: Das Gerät hat dort nichts",
    "illegal data value: the device refuses this number of registers": (
        "unzulässiger Wert: Das Gerät lehnt diese Zahl von Registern ab"
    ),
    "illegal function: the device does not serve this table": (
        "unzulässige Funktion: Das Gerät bedient diese Tabelle nicht"
    ),
    "memory parity error: the device's memory is damaged": (
        "Paritätsfehler im Speicher: Der Speicher des Geräts ist beschädigt"
    ),
    "negative acknowledge: the device can not do this now": "abgelehnt: Das Gerät kann das jetzt nicht",
    "server device busy: asked too often or during another job": (
        "Gerät beschäftigt: zu oft gefragt oder während einer anderen Aufgabe"
    ),
    "server device failure: the device failed while answering": "Gerätefehler: Das Gerät versagte beim Antworten",
    "first answer after silence": "erste Antwort nach einer Pause",
    "has no tags, so it is not read": "hat keine Signale und wird nicht gelesen",
    "not read while the buffer {}": "wird nicht gelesen, solange der Puffer {0}",
    "is full": "voll ist",
    "takes nothing": "nichts annimmt",
    "not read yet": "noch nicht gelesen",
    "{} ({}) is refused by the device with exception {}": "{0} ({1}) lehnt das Gerät mit Ausnahme {2} ab",
    "{} ({}) needs {} registers, the device gives {} per request": (
        "{0} ({1}) braucht {2} Register, das Gerät gibt {3} je Anfrage"
    ),
    "changed by {} in {} s; at most {} per second is believed": (
        "änderte sich um {0} in {1} s; höchstens {2} je Sekunde sind glaubhaft"
    ),
    "the reply holds {} registers of this tag, not {}": "die Antwort enthält {0} Register dieses Signals, nicht {1}",
    "the device says it has no value (raw {})": "das Gerät meldet, dass es keinen Wert hat (roh {0})",
    "the value is {}, not a finite number": "der Wert ist {0}, keine endliche Zahl",
    "{}{} is below the minimum {}{}": "{0}{1} liegt unter dem kleinsten Wert {2}{3}",
    "{}{} is above the maximum {}{}": "{0}{1} liegt über dem größten Wert {2}{3}",
    "the serial server closed the connection": "der serielle Server hat die Verbindung beendet",
}

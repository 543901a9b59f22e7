"""What is refused of stations, their PCs and what these send, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

STATIONS: Mapping[str, str] = {
    "{} has the signal {} already: {} of {}": "{0} hat das Signal {1} schon: {2} von {3}",
    "There is no station {}": "Die Station {0} gibt es nicht",
    "Picture {}…": "Bild {0}…",
    "{} is not here: pictures are deleted when the days their camera keeps them are over": (
        "{0} ist nicht hier: Bilder werden gelöscht, wenn die Tage vorbei sind, die ihre Kamera sie aufbewahrt"
    ),
    "{} did not come though its station told of it on {}: the PC deleted it to make room, could not send it, "
    "or was replaced; what is said of the PC on Stations tells more": (
        "{0} kam nicht, obwohl seine Station es am {1} ankündigte: Der PC hat es gelöscht, um Platz zu "
        "schaffen, konnte es nicht senden oder wurde ersetzt; mehr steht beim PC unter Stationen"
    ),
    "{} was deleted after 1 day, on {}: so long its camera keeps pictures": (
        "{0} wurde nach 1 Tag gelöscht, am {1}: So lange bewahrt seine Kamera Bilder auf"
    ),
    "{} was deleted after {} days, on {}: so long its camera keeps pictures": (
        "{0} wurde nach {1} Tagen gelöscht, am {2}: So lange bewahrt seine Kamera Bilder auf"
    ),
    "{} was lost at its station and told so on {}: {}": ("{0} ging an seiner Station verloren, gemeldet am {1}: {2}"),
    "its PC had no room for it any more before the server had it": (
        "sein PC hatte keinen Platz mehr dafür, bevor der Server es hatte"
    ),
    "it waited at its PC too long for the server": "es wartete an seinem PC zu lange auf den Server",
    "the server did not take its file from the PC": "der Server nahm seine Datei vom PC nicht an",
    "its PC has no file of it that can be read": "sein PC hat keine lesbare Datei davon",
    "its PC says no more": "sein PC sagt nicht mehr dazu",
    "There is no template {}": "Die Vorlage {0} gibt es nicht",
    "Template {} has no tag {}": "Die Vorlage {0} hat kein Signal {1}",
    "There is no quarantined event {} of agent {}": "Ein ausgesondertes Ereignis {0} des PCs {1} gibt es nicht",
    "A text in it holds the NUL character, which can't be stored": (
        "Ein Text darin enthält das NUL-Zeichen, das nicht speicherbar ist"
    ),
    "a text in it holds the NUL character": "ein Text darin enthält das NUL-Zeichen",
    "Agent {} serves plant {}, where you may not {} it": "Der PC {0} bedient das Werk {1}; dort ist {2} nicht erlaubt",
    "change": "ändern",
    "see": "sehen",
    "Agent {} was given no command {}": "Der PC {0} bekam keinen Auftrag {1}",
    "At most {} bytes at once; send fewer events": "Höchstens {0} Bytes auf einmal; bitte weniger Ereignisse senden",
    "Content-Encoding {} is not known here; send gzip or none": (
        "Content-Encoding {0} ist hier nicht bekannt; bitte gzip oder keins senden"
    ),
    "Event {} has seq {}; expected a whole number above {}": (
        "Ereignis {0} hat seq {1}; erwartet ist eine ganze Zahl über {2}"
    ),
    "Event {} is of type {}; expected an object": "Ereignis {0} ist vom Typ {1}; erwartet ist ein Objekt",
    "Event {} needs kind and at as text, has {}": "Ereignis {0} braucht kind und at als Text, hat {1}",
    "It is nested deeper than {} levels": "Es ist tiefer als {0} Stufen verschachtelt",
    "The body is no batch of events: {}": "Die Sendung ist kein Stapel von Ereignissen: {0}",
    "The batch is of protocol {}; this server understands {} to {}: {}": (
        "Der Stapel ist vom Protokoll {0}; dieser Server versteht {1} bis {2}: {3}"
    ),
    "update the agent": "den Agenten aktualisieren",
    "update the server": "den Server aktualisieren",
    "The body is not gzip: {}": "Die Sendung ist kein gzip: {0}",
    "The gzip body is cut off, or something follows it": "Die gzip-Sendung ist abgeschnitten, oder etwas folgt ihr",
    "The body is no heartbeat: {}": "Die Sendung ist kein Lebenszeichen: {0}",
    "The batch is of agent {}, the token of agent {}": "Der Stapel ist vom PC {0}, der Zugang vom PC {1}",
    "This server knows no event {}": "Dieser Server kennt kein Ereignis {0}",
    "Another history was already sent as this agent (epoch {}, up to {}): a copy of this computer, or a backup "
    "brought back. Enrol this one anew.": (
        "Als dieser PC wurde schon eine andere Geschichte gesendet (Epoche {0}, bis {1}): eine Kopie dieses "
        "Rechners oder eine zurückgespielte Sicherung. Diesen bitte neu anmelden."
    ),
    "The database refuses it: {}": "Die Datenbank nimmt es nicht an: {0}",
    "Not a valid {}: {}": "Kein gültiges Ereignis {0}: {1}",
    "The server was restored and lacks the events {} to {} of this agent: send them again, then ask for the "
    "configuration": (
        "Der Server wurde wiederhergestellt, ihm fehlen die Ereignisse {0} bis {1} dieses PCs: bitte noch einmal "
        "senden, dann die Konfiguration holen"
    ),
    "No characteristic {} is in use in the plant of station {}; choose one": (
        "Im Werk der Station {1} ist kein Merkmal {0} in Gebrauch; bitte eins wählen"
    ),
    "{} is still at its station; it is sent when the line is free": (
        "{0} ist noch an seiner Station; es kommt, wenn die Leitung frei ist"
    ),
    "Tag {} covers {} registers, but {} reads at most {} at once; raise max_registers of the device or shorten the "
    "tag": (
        "Signal {0} umfasst {1} Register, aber {2} liest höchstens {3} auf einmal; die größte Registerzahl des "
        "Geräts erhöhen oder das Signal kürzen"
    ),
    "The SHA-256 of the {} bytes is not {}; send the file whole": (
        "Die Prüfsumme (SHA-256) der {0} Bytes ist nicht {1}; bitte die Datei ganz senden"
    ),
    "The file is no {}, as was announced": "Die Datei ist nicht von der angekündigten Art {0}",
    "No camera of this agent took picture {} or compares with it": (
        "Keine Kamera dieses Agenten hat das Bild {0} aufgenommen oder vergleicht damit"
    ),
    "This agent announced no picture {}; send its event first": (
        "Dieser PC hat kein Bild {0} angekündigt; bitte zuerst sein Ereignis senden"
    ),
    "The counter {} of device {}": "Der Zähler {0} des Geräts {1}",
    "{} is counted anew from where the server stood, as this PC was enrolled again or the server restored; this is of "
    "before the PC heard of it: it waits where the next count is not known to hold it": (
        "{0} wird ab dem Stand des Servers neu gezählt, weil dieser PC neu angemeldet oder der Server "
        "wiederhergestellt wurde; dies ist von vorher: Es wartet, wenn nicht feststeht, dass die nächste Zählung es "
        "enthält"
    ),
    "{} was counted under a lease ({}) that a restore of the server undid; this PC counts it anew from where the "
    "server stood: it waits where the next count is not known to hold it": (
        "{0} wurde unter einer Übergabe ({1}) gezählt, die eine Wiederherstellung des Servers rückgängig machte; "
        "dieser PC zählt ab dem Stand des Servers neu: Es wartet, wenn nicht feststeht, dass die nächste Zählung es "
        "enthält"
    ),
    "Already counted: they are part of the {} parts of the register's steps from {} to {}, which were booked at {} "
    "UTC": (
        "Schon gezählt: Sie sind in den {0} Teilen der Registerschritte von {1} bis {2} enthalten, die um {3} UTC "
        "gebucht wurden"
    ),
    "Already counted: they are part of the {} parts of the register's steps from {} to {}, which were booked from {} "
    "to {} UTC": (
        "Schon gezählt: Sie sind in den {0} Teilen der Registerschritte von {1} bis {2} enthalten, die von {3} bis {4} "
        "UTC gebucht wurden"
    ),
    "It tells where the counter began, and is of no parts": (
        "Es sagt, wo der Zähler begann, und steht für keine Teile"
    ),
    "Told again: the register's step from {} to {}, which was recorded at {} UTC, holds it": (
        "Noch einmal gemeldet: Der Registerschritt von {0} bis {1}, der um {2} UTC aufgezeichnet wurde, enthält es"
    ),
    "The PC that had the counter meanwhile saw it: it tells of these parts as well, but for what was made within a "
    "minute that no PC saw": (
        "Der PC, der den Zähler inzwischen hatte, sah ihn: Er meldet diese Teile ebenfalls, bis auf das, was in einer "
        "Minute entstand, die kein PC sah"
    ),
    "The machine": "Die Maschine",
    "The tag {}": "Das Signal {0}",
    "The station {} is not assigned to this agent": "Die Station {0} gehört nicht zu diesem PC",
    "The station {} is another PC's since {} UTC, and this was recorded after that, or by a clock that never heard the "
    "server's time": (
        "Die Station {0} gehört seit {1} UTC einem anderen PC, und dies wurde danach aufgezeichnet, oder von einer "
        "Uhr, die die Zeit des Servers noch nicht kannte"
    ),
    "The station {} was another PC's up to {} UTC, and this was recorded in that time": (
        "Die Station {0} gehörte bis {1} UTC einem anderen PC, und dies wurde in dieser Zeit aufgezeichnet"
    ),
    " since {} UTC": " seit {0} UTC",
    "{} is held by agent {}{}; what happened from then on is told by that one": (
        "{0} ist beim PC {1}{2}; was seitdem geschah, meldet jener"
    ),
    "{} is held by no agent: its station has none": "{0} ist bei keinem PC: Die Station hat keinen",
    "{} was handed over meanwhile: this agent holds it anew since {} UTC, and this is of the lease {} before": (
        "{0} wurde inzwischen übergeben: Dieser PC hat sie neu seit {1} UTC, und dies ist von der Übergabe {2} davor"
    ),
    "{} was handed over, and this event names no lease: update the agent, it is too old to take over": (
        "{0} wurde übergeben, und dieses Ereignis nennt keine Übergabe: bitte den Agenten aktualisieren, er ist "
        "dafür zu alt"
    ),
    "This code was used already; ask for a new one in the desktop": (
        "Dieser Code wurde schon benutzt; einen neuen gibt es im Programm Unison"
    ),
    "This code has expired; ask for a new one in the desktop": (
        "Dieser Code ist abgelaufen; einen neuen gibt es im Programm Unison"
    ),
    "This code is wrong; copy it again from the desktop": (
        "Dieser Code ist falsch; bitte noch einmal aus dem Programm kopieren"
    ),
    "Agent {} is {}: no PC would carry this out; enrol one first": (
        "{0} ist {1}: Kein PC würde das ausführen; bitte zuerst einen anmelden"
    ),
    "waiting": "noch nicht angemeldet",
    "revoked": "gesperrt",
    "replaced": "ersetzt",
    "{} commands wait for agent {} already; wait until it is back": (
        "{0} Aufträge warten schon auf den PC {1}; bitte warten, bis er wieder da ist"
    ),
    "{} and {} at station {} would both use the {} of one PC; give one of them another, or put it away": (
        "{0} und {1} an Station {2} würden beide dasselbe ({3}) eines PCs benutzen; einem davon etwas anderes "
        "geben oder es weglegen"
    ),
    "serial port {}": "serielle Schnittstelle {0}",
    "keyboard device {}": "Tastaturgerät {0}",
    "{} is a {} and stays one, because what it said before is kept under it; put it away and make a {}": (
        "{0} ist von der Art {1} und bleibt es, weil darunter steht, was es bisher gesagt hat; weglegen und neu "
        "anlegen ({2})"
    ),
    "{} is another scanner, gauge or camera of station {}; give this one another name": (
        "{0} heißt schon ein anderer Scanner, ein Messmittel oder eine Kamera der Station {1}; bitte einen anderen "
        "Namen geben"
    ),
    "{} measures the same characteristic as {}, and its chart would mix the two; choose another or make one": (
        "{0} misst dasselbe Merkmal wie {1}, und seine Karte würde beide mischen; bitte ein anderes wählen oder anlegen"
    ),
    "Channel {} measures the same characteristic as channel {}, and its chart would mix the two; choose another or "
    "make one": (
        "Kanal {0} misst dasselbe Merkmal wie Kanal {1}, und seine Karte würde beide mischen; bitte ein anderes wählen "
        "oder anlegen"
    ),
    "{} names no unit with its values: say in which unit it is set, as {} is measured in {}": (
        "{0} nennt zu seinen Werten keine Einheit: bitte angeben, auf welche Einheit es gestellt ist, denn {1} "
        "wird in {2} gemessen"
    ),
    "{} is a {}: only cameras take pictures": "{0} ist von der Art {1}: Nur Kameras machen Bilder",
    "{} is not a camera of agent {}": "{0} ist keine Kamera des PCs {1}",
    "{} is not a device of agent {}": "{0} ist kein Gerät des PCs {1}",
    "{}, and its countersignature was used for something else": (
        "{0}, und die Bestätigung wurde für etwas anderes benutzt"
    ),
    "{}, and nobody with the right {} confirmed it with badge and PIN": (
        "{0}, und niemand mit dem Recht {1} hat es mit Ausweis und PIN bestätigt"
    ),
    (
        "{}, and the confirmation by {} is not known here: it was given for something else or at another PC, or a "
        "restore of the server undid it. It takes the right {}"
    ): (
        "{0}, und die Bestätigung durch {1} ist hier nicht bekannt: Sie galt etwas anderem oder einem anderen PC, oder "
        "das Wiederherstellen des Servers hat sie ungeschehen gemacht. Nötig ist das Recht {2}"
    ),
    "{}: who has it may accept it among the set-aside events, else discard it": (
        "{0}: Wer es hat, darf es unter den ausgesonderten Ereignissen annehmen, sonst verwerfen"
    ),
    "This event was {} already at {} UTC: {}": "Dieses Ereignis wurde schon um {1} UTC bearbeitet ({0}): {2}",
    "accepted": "angenommen",
    "discarded": "verworfen",
    "It still can't be used: {}": "Es ist noch immer nicht zu gebrauchen: {0}",
    "tag": "Signal",
    "station": "Station",
    "camera": "Kamera",
    "command": "Auftrag",
    "decision": "Entscheidung",
    "scanner": "Scanner",
    "gauge": "Messmittel",
    "It changes the reason of a stop that another person gave": (
        "Es ändert den Grund eines Stillstands, den eine andere Person nannte"
    ),
    "It sets a state by hand at a machine whose signals say otherwise": (
        "Es setzt von Hand einen Zustand an einer Maschine, deren Signale anderes sagen"
    ),
    "It takes back a scan that another person made": "Es nimmt einen Scan zurück, den eine andere Person machte",
    "It takes back a measured value that another person took": (
        "Es nimmt einen Messwert zurück, den eine andere Person nahm"
    ),
    "The typed value is beyond what is plausible for what is measured": (
        "Der getippte Wert liegt außerhalb dessen, was für das Gemessene glaubhaft ist"
    ),
    "The agent keeps it among its dead letters: send it again from there, or discard it": (
        "Der PC hebt es bei seinen Unzustellbaren auf: von dort noch einmal senden oder verwerfen"
    ),
    "This server can't read it: {}": "Dieser Server kann es nicht lesen: {0}",
    "Is added to the record of tag {}, under its time": (
        "Kommt zu den Aufzeichnungen des Signals {0}, unter seiner Zeit"
    ),
    "Tag {} belongs to no machine: give it one, then accept": (
        "Signal {0} gehört zu keiner Maschine: ihm eine geben, dann annehmen"
    ),
    "Adds {} {} parts at {} UTC": "Fügt {0} Teile ({1}) um {2} UTC hinzu",
    "{}. The agent after it was given no value of tag {} to go on from and counts from its first look on: accept "
    "parts that were made before that": (
        "{0}. Der PC danach bekam keinen Wert des Signals {1} zum Weiterzählen und zählt ab seinem ersten Blick: "
        "Teile annehmen, die davor gemacht wurden"
    ),
    "the next agent": "der nächste PC",
    "Some of them may be among the {} parts over the gap up to {} UTC that wait for a decision: decide about those "
    "first": (
        "Einige davon können unter den {0} Teilen über die Lücke bis {1} UTC sein, über die noch zu entscheiden ist: "
        "zuerst über jene entscheiden"
    ),
    "Some of them may be among the {} parts that were booked at {} UTC: discard them, and put the count right by hand "
    "where parts are missing in it": (
        "Einige davon können unter den {0} Teilen sein, die um {1} UTC gebucht wurden: sie verwerfen und die Zählung "
        "von Hand berichtigen, wo ihr Teile fehlen"
    ),
    "{}. The counter was counted on without them, so they are in nobody's count": (
        "{0}. Der Zähler wurde ohne sie weitergezählt, sie sind also in keiner Zählung"
    ),
    "It would count {} parts twice: {} counts tag {}{}, from the value on up to which parts were counted before, "
    "these included": (
        "Es würde {0} Teile doppelt zählen: {1} zählt Signal {2}{3}, von dem Wert an, bis zu dem schon gezählt "
        "war, diese eingeschlossen"
    ),
    "The machine is {} from {} UTC on": "Die Maschine ist {0} ab {1} UTC",
    "The machine was {} from {} UTC on, up to the next state that is known, but not where a person said what it did": (
        "Die Maschine war ab {1} UTC {0}, bis zum nächsten bekannten Zustand, aber nicht dort, wo ein Mensch sagte, "
        "was sie tat"
    ),
    "It says the machine was {} from {} UTC on, but another PC had it since {} UTC: what happened from then on is told "
    "by that one": (
        "Danach war die Maschine ab {1} UTC {0}, aber seit {2} UTC hat sie ein anderer PC: was seitdem geschah, meldet "
        "jener"
    ),
    "A restore of the server undid the lease this was told under; what happened from {} UTC on is told by agent {}": (
        "Das Wiederherstellen des Servers hat die Übergabe rückgängig gemacht, unter der dies gemeldet wurde; was ab "
        "{0} UTC geschah, meldet der PC {1}"
    ),
    "Is taken as if it came now": "Wird angenommen, als käme es jetzt",
    "It was a badge, whose text is kept nowhere, so there is nothing to take: discard it": (
        "Es war ein Ausweis, dessen Text nirgends aufgehoben wird; es gibt also nichts zu übernehmen: bitte verwerfen"
    ),
    "Is taken for the time it tells of, {} UTC": "Wird für die Zeit übernommen, von der es berichtet: {0} UTC",
    " ({} too)": " (auch {0})",
    " and {} more": " und {0} weitere",
    "There is no quarantined event {}{} of agent {}: nothing was decided": (
        "Ein zurückgestelltes Ereignis {0}{1} des Agenten {2} gibt es nicht: Nichts wurde entschieden"
    ),
    "They are part of {} that wait for a decision: accept those, or discard those and accept these": (
        "Sie gehören zu Teilen, die auf eine Entscheidung warten ({0}): jene annehmen, oder jene verwerfen und "
        "diese annehmen"
    ),
    "They would be counted twice: they are part of {} that were accepted": (
        "Sie zählten doppelt: Sie gehören zu Teilen, die angenommen wurden ({0})"
    ),
    "names an event twice": "nennt ein Ereignis zweimal",
    "the {} parts over the gap up to {} UTC": "{0} Teile über die Lücke bis {1} UTC",
    "{} and {} share the line {}, but one says {}: give both the same driver, speed, parity, stop bits and "
    "turn-around, or change the whole line at once": (
        "{0} und {1} teilen sich die Leitung {2}, aber eines sagt {3}: beiden denselben Treiber, Geschwindigkeit, "
        "Parität, Stoppbits und Umschaltzeit geben oder die ganze Leitung auf einmal ändern"
    ),
    "{} is out of use, so no PC reads it: bring it back first": (
        "{0} ist außer Gebrauch, und kein PC liest es: zuerst zurückholen"
    ),
    "No PC reads {}, for its machine {} is out of use: bring the machine back first": (
        "Kein PC liest {0}, denn die Maschine {1} ist außer Gebrauch: zuerst die Maschine zurückholen"
    ),
    "{}. They were part of {} that were discarded, so they are in nobody's count": (
        "{0}. Sie gehörten zu Teilen, die verworfen wurden ({1}), und sind in keiner Zählung"
    ),
    "{} sent {}, which has several values": "{0} sandte {1}, das hat mehrere Werte",
    "What tag {} counted is being corrected: its counts are taken when that is done": (
        "Was Signal {0} zählte, wird gerade korrigiert: Danach werden seine Zählungen angenommen"
    ),
}

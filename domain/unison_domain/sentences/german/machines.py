"""What is refused of machines, their counts, states and calls, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

MACHINES: Mapping[str, str] = {
    "Machine {} has no tag {}": "Die Maschine {0} hat kein Signal {1}",
    "From {} to {} is no time of up to {} days": "Von {0} bis {1} ist keine Zeit von höchstens {2} Tagen",
    "There is no machine {}": "Die Maschine {0} gibt es nicht",
    "Machine {} stands in plant {}, the station {} in another: choose a machine of the station's own plant": (
        "Die Maschine {0} steht im Werk {1}, die Station {2} in einem anderen: bitte eine Maschine aus dem Werk der "
        "Station wählen"
    ),
    "The machine {} is not assigned to this agent": "Die Maschine {0} gehört nicht zu diesem Stations-PC",
    "The machine {} was put away at {} UTC, before that was said: bring it back, then accept this, or discard it": (
        "Die Maschine {0} wurde um {1} UTC außer Gebrauch genommen, bevor das gesagt wurde: bitte wieder in Gebrauch "
        "nehmen und dies dann annehmen, oder es verwerfen"
    ),
    "The machine {} is out of use: bring it back first, then say what it does": (
        "Die Maschine {0} ist außer Gebrauch: bitte zuerst wieder in Gebrauch nehmen, dann sagen, was sie tut"
    ),
    "Nobody said in the office a state {} of machine {}": (
        "Niemand hat im Büro den Zustand {0} der Maschine {1} gesagt"
    ),
    "{} set {} to {}: who did takes it back, or set another state": (
        "{0} hat {1} auf {2} gesetzt: Zurücknehmen kann das nur, wer es gesagt hat. Sonst bitte einen "
        "anderen Zustand setzen"
    ),
    "{} set {} to {} since, from {} UTC on: set the state it is in instead": (
        "{0} hat {1} seitdem auf {2} gesetzt, ab {3} UTC: bitte statt dessen den Zustand setzen, in dem sie ist"
    ),
    "{} said since why {} stood then ({} UTC): set the state it is in instead": (
        "{0} hat seitdem gesagt, warum {1} da stand ({2} UTC): bitte statt dessen den Zustand setzen, in dem sie ist"
    ),
    "Call {} is of machine {}": "Der Ruf {0} ist von Maschine {1}",
    "Call {}: {}": "Ruf {0}: {1}",
    "the call is {} already, so nobody needs to come": "der Ruf ist schon {0}, also muss niemand kommen",
    "the call is {}: it can be ended, but no more be withdrawn": (
        "der Ruf ist {0}: Er kann beendet, aber nicht mehr zurückgezogen werden"
    ),
    "the call was withdrawn; make a new one": "der Ruf wurde zurückgezogen; bitte neu rufen",
    "the call can't be {} again: it is {}": "der Ruf kann nicht noch einmal {0} werden: Er ist {1}",
    "called": "gerufen",
    "answered": "angenommen",
    "arrived": "eingetroffen",
    "done": "erledigt",
    "withdrawn": "zurückgezogen",
    "Tag {} can't be at address {}: {}": "Signal {0} kann nicht an Adresse {1} sein: {2}",
    "In {} the tags of {} would read what those of {} read: say by how much their addresses are shifted, or copy "
    "the device": (
        "In {0} würden die Signale von {1} dasselbe lesen wie die von {2}: bitte angeben, um wie viel ihre "
        "Adressen verschoben sind, oder das Gerät kopieren"
    ),
    "give downtime_reason_id or downtime_reason_code, not both": (
        "downtime_reason_id oder downtime_reason_code angeben, nicht beide"
    ),
    "{} would be read at address {}, where {} counts already (address {}): shift the addresses further": (
        "{} würde an Adresse {} gelesen, wo schon {} zählt (Adresse {}): die Adressen weiter verschieben"
    ),
    "A device of {} is called {} already: give the copy's another name, by which files of tags know it": (
        "Ein Gerät von {0} heißt schon {1}: dem der Kopie bitte einen anderen Namen geben, unter dem Signaldateien es "
        "kennen"
    ),
    "{} would be read where {} is: give it another address, port or unit number, or say by how much the addresses of "
    "its tags are shifted": (
        "{0} würde dort gelesen, wo {1} ist: bitte eine andere Adresse, einen anderen Port oder eine andere "
        "Gerätenummer angeben, oder um wie viel die Adressen der Signale verschoben sind"
    ),
    "Machine {} has no tags in {}": "Die Maschine {0} hat keine Signale in {1}",
    "{} counts lie in that time, {} go at once: take a shorter one": (
        "{0} Zählungen liegen in dieser Zeit, {1} gehen auf einmal: bitte eine kürzere wählen"
    ),
    "Tag {} has the role {}: it counts nothing. Compute its values anew instead": (
        "Signal {0} hat die Aufgabe {1}: Es zählt nichts. Statt dessen seine Werte neu berechnen"
    ),
    "From {} to {} is no time": "Von {0} bis {1} ist keine Zeit",
    "Tag {} has the scale {}, so what it counts from now on can't be right by {}: give it the scale {} first, or "
    "say until when it was wrong": (
        "Signal {0} hat den Faktor {1}, also kann, was es von jetzt an zählt, nicht mit {2} richtig sein: ihm "
        "zuerst den Faktor {3} geben oder angeben, bis wann er falsch war"
    ),
    "There is no downtime reason {}": "Den Stillstandsgrund {0} gibt es nicht",
    "Tag {} belongs to no machine, so nothing can be counted: give it one, then accept, or discard it": (
        "Signal {0} gehört zu keiner Maschine, also kann nichts gezählt werden: ihm eine geben und dann annehmen, "
        "oder verwerfen"
    ),
    "The counter moved by {} from {} to {} UTC while nobody looked, and {}: accept it if these parts were made for "
    "what the machine makes, else discard it": (
        "Der Zähler lief um {0} weiter, von {1} bis {2} UTC, während niemand hinsah, und {3}: annehmen, wenn diese "
        "Teile für das gemacht wurden, was die Maschine macht, sonst verwerfen"
    ),
    "{} buckets are more than {}; ask for a shorter time or longer buckets": (
        "{0} Abschnitte sind mehr als {1}; bitte eine kürzere Zeit oder längere Abschnitte wählen"
    ),
    "{} samples lie in that time, {} go at once: take a shorter one, or POST /tags/{}/recompute-runs": (
        "In dieser Zeit liegen {0} Messwerte, {1} gehen auf einmal: eine kürzere nehmen oder POST "
        "/tags/{2}/recompute-runs"
    ),
    "Tag {} was changed meanwhile, so the rest would be made by something else than the part before: compute all of "
    "it anew": (
        "Das Signal {0} wurde inzwischen geändert, der Rest würde also anders berechnet als der Teil davor: bitte "
        "alles neu berechnen"
    ),
    "Tag {} counts parts, and parts that were booked stay as they were written: correct its counts instead, with "
    "the right scale and a reason": (
        "Signal {0} zählt Teile, und gebuchte Teile bleiben, wie sie geschrieben wurden: statt dessen seine "
        "Zählungen berichtigen, mit dem richtigen Faktor und einem Grund"
    ),
    "Tag {} has the role {}: its values are not recorded, only what follows from them. Choose a tag with the role "
    "sample or speed": (
        "Signal {0} hat die Aufgabe {1}: Seine Werte werden nicht aufgezeichnet, nur was aus ihnen folgt. Bitte "
        "ein Signal mit der Aufgabe Messwert oder Geschwindigkeit wählen"
    ),
    "Tag {} holds text, which has no scale": "Signal {0} enthält Text, der keinen Faktor hat",
    "What was read at {} is not known as a number, so it has no other value: leave it out": (
        "Was um {0} gelesen wurde, ist nicht als Zahl bekannt und hat keinen anderen Wert: bitte auslassen"
    ),
    "no place of a sample": "keine Stelle eines Messwerts",
    "The cursor {} is none of ours": "Die Fortsetzung {0} ist nicht von diesem Server",
    "Interval {} is another machine's": "Der Abschnitt {0} gehört einer anderen Maschine",
    "A person says a state that the machine is known to be in": (
        "Eine Person nennt einen Zustand, in dem die Maschine bekanntlich ist"
    ),
    "The machine has no interval {}": "Die Maschine hat keinen Abschnitt {0}",
    "the present state began at {}; another can't begin before that": (
        "der jetzige Zustand begann um {0}; ein anderer kann nicht davor beginnen"
    ),
    "Say a state that you know the machine is in": "Bitte einen Zustand nennen, in dem die Maschine bekanntlich ist",
    "{} is in the future; now it is {}": "{0} liegt in der Zukunft; jetzt ist es {1}",
    "Station {} belongs to another plant than machine {}": "Station {0} gehört zu einem anderen Werk als Maschine {1}",
    "Work center {} belongs to another plant than machine {}": (
        "Maschinengruppe {0} gehört zu einem anderen Werk als Maschine {1}"
    ),
    "the period ends at {}, before its start {}": "der Zeitraum endet um {0}, vor seinem Beginn {1}",
    "machine": "Maschine",
    "work center": "Maschinengruppe",
    "call": "Ruf",
    "counted": "gezählt",
    "the machine stood before the gap and after it": "die Maschine stand vor und nach der Lücke",
    "the machine was not known to produce at the last signal before the gap": (
        "beim letzten Signal vor der Lücke war nicht bekannt, dass die Maschine produzierte"
    ),
    "the machine stood in between": "die Maschine stand dazwischen",
    "the machine did not produce at the first signal after the gap": (
        "beim ersten Signal nach der Lücke produzierte die Maschine nicht"
    ),
    "these are more parts than the counter's greatest rate allows in that time": (
        "das sind mehr Teile, als die höchste Rate des Zählers in dieser Zeit erlaubt"
    ),
    "what the machine did after the gap was not known in time": (
        "was die Maschine nach der Lücke tat, war nicht rechtzeitig bekannt"
    ),
    "nothing tells what the machine did before the gap": "nichts sagt, was die Maschine vor der Lücke tat",
    "the counter was set back meanwhile": "der Zähler wurde inzwischen zurückgesetzt",
    "no run is taken to cover more than {} hours that nobody saw": (
        "kein Lauf gilt für mehr als {0} Stunden, die niemand sah"
    ),
    "It says the machine was {} from {} UTC on, but its states are known up to one that began {} UTC: correct the "
    "stretch by hand instead": (
        "Danach war die Maschine ab {1} UTC {0}, aber ihre Zustände sind bis zu einem bekannt, der um {2} UTC "
        "begann: statt dessen den Zeitraum von Hand berichtigen"
    ),
    "no signal tells whether it produces": "kein Signal sagt, ob sie produziert",
    "Another correction of tag {} is under way: wait for it, or cancel it": (
        "Eine andere Korrektur des Signals {0} läuft: abwarten oder abbrechen"
    ),
    "The correction is {} already": "Die Korrektur ist schon {0}",
    "All {} attempts on tag {} failed, at last because {}; then ask for it again": (
        "Alle {0} Versuche an Signal {1} sind gescheitert, zuletzt so: {2}; dann noch einmal beginnen"
    ),
    "All {} attempts on tag {} were cut off before they could say why: look into the server's log, then ask for it "
    "again": (
        "Alle {0} Versuche an Signal {1} wurden abgebrochen, bevor sie sagen konnten, warum: im Protokoll des Servers "
        "nachsehen, dann noch einmal beginnen"
    ),
    "the disk of the database is full: make room there": ("Die Platte der Datenbank ist voll: dort Platz schaffen"),
    "the database was too busy: wait until less is asked of the server": (
        "Die Datenbank war überlastet: warten, bis der Server weniger zu tun hat"
    ),
    "the database was not reached: look whether it runs": (
        "Die Datenbank war nicht zu erreichen: nachsehen, ob sie läuft"
    ),
    "the server has a fault there ({}, {} UTC): tell who looks after it, its log says more": (
        "Der Server hat da einen Fehler ({0}, {1} UTC): der Betreuung sagen, sein Protokoll sagt mehr"
    ),
    "There is no correction {} of tag {}": "Eine Korrektur {0} des Signals {1} gibt es nicht",
    "{} counts lie in that time, {} go at once: take a shorter one, or POST /tags/{}/count-correction-runs": (
        "In dieser Zeit liegen {0} Zählungen, {1} gehen auf einmal: eine kürzere nehmen oder POST "
        "/tags/{2}/count-correction-runs"
    ),
    "Somebody": "Jemand",
    "The machine's states changed meanwhile: {}": "Die Zustände der Maschine haben sich inzwischen geändert: {0}",
    "what you saw is part of another event now, from {} UTC {}": (
        "Das Gesehene gehört jetzt zu einem anderen Stillstand, ab {0} UTC {1}"
    ),
    "{} changed this meanwhile ({}, {} UTC)": "{0} hat das inzwischen geändert ({1}, {2} UTC)",
}

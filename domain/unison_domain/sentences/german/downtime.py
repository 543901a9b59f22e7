"""What is refused of stops and their reasons, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

DOWNTIME: Mapping[str, str] = {
    "no moment that an event begins at": "kein Zeitpunkt, an dem ein Stillstand beginnt",
    "A later change touched a part of the same time; take that one back first": (
        "Eine spätere Änderung betraf einen Teil derselben Zeit; bitte zuerst diese zurücknehmen"
    ),
    "of no type": "ohne Typ",
    "The reason {} {} is for machines of the type {}; {} is {}. Choose another": (
        "Der Grund {0} {1} gilt für Maschinen vom Typ {2}; {3} ist {4}. Bitte einen anderen wählen"
    ),
    "The reason {} {} is under {} {}, which is no longer used; choose another": (
        "Der Grund {0} {1} steht unter {2} {3}, der nicht mehr benutzt wird; bitte einen anderen wählen"
    ),
    "The reason {} {} is no longer used; choose another": (
        "Der Grund {0} {1} wird nicht mehr benutzt; bitte einen anderen wählen"
    ),
    "The number {} belongs to the reason {}; choose another": (
        "Die Nummer {0} gehört zum Grund {1}; bitte eine andere wählen"
    ),
    "A reason under {} {} has a number from {} to {}, not {}": (
        "Ein Grund unter {0} {1} hat eine Nummer von {2} bis {3}, nicht {4}"
    ),
    "The reason {} there is called {} already; choose another": (
        "Der Grund {0} heißt dort schon {1}; bitte einen anderen Namen wählen"
    ),
    "The reason {} {}, or one below it, is given by {} rules of alarms; switch those off first: {}": (
        "Den Grund {0} {1} oder einen darunter geben {2} Regeln von Alarmen; sie bitte zuerst abschalten: {3}"
    ),
    "Name a machine, or a type of machines, or neither; not both": (
        "Bitte eine Maschine oder einen Maschinentyp oder keins von beiden angeben, nicht beides"
    ),
    "What the alarm {} means there is said already; change that rule": (
        "Was der Alarm {0} dort bedeutet, ist schon gesagt; bitte diese Regel ändern"
    ),
    "It gives a reason for {}, when {} is not known to have stood": (
        "Es nennt einen Grund für {0}, als {1} bekanntlich nicht stand"
    ),
    "{} to {} UTC": "{0} bis {1} UTC",
    "The stop ended at {}, not after its start": "Der Stillstand endete um {0}, nicht nach seinem Beginn",
    "{}: give it to the stop that is meant, and discard this": "{0}: dem gemeinten Stillstand geben und dies verwerfen",
    "stops: {}": "Stillstände: {0}",
    "on": "fortlaufend",
    "to {}": "bis {0}",
    "{} is not inside the event": "{0} liegt nicht im Stillstand",
    "Only neighbours of one stop can become one event": "Nur Nachbarn eines Stillstands können eins werden",
    "Nothing is known of the machine in one of them, so they are no neighbours: give both the same reason": (
        "Von einem der beiden ist nichts über die Maschine bekannt, sie sind also keine Nachbarn: "
        "bitte beiden denselben Grund geben"
    ),
    "The machine tells two causes; say which reason both have": (
        "Die Maschine meldet zwei Ursachen; bitte sagen, welchen Grund beide haben"
    ),
    "The two have different reasons, {} and {}; say which reason both have": (
        "Die beiden haben verschiedene Gründe, {0} und {1}; bitte sagen, welchen Grund beide haben"
    ),
    "Nothing was said of this event that could be taken back": (
        "Zu diesem Stillstand wurde nichts gesagt, das sich zurücknehmen ließe"
    ),
    "Somebody gave a cause to some of that time already; change that one": (
        "Für einen Teil dieser Zeit hat schon jemand eine Ursache genannt; bitte diese ändern"
    ),
    "There is no downtime event {}, or none any more: read the list again": (
        "Den Stillstand {0} gibt es nicht oder nicht mehr: bitte die Liste neu lesen"
    ),
    "A stop can't be entered before it happened": "Ein Stillstand kann nicht eingetragen werden, bevor er war",
    "It would end at {}, not after its start": "Er würde um {0} enden, nicht nach seinem Beginn",
    "{} was {} from {} {}": "{0} war {1} ab {2} {3}",
    "a reason's number lies from 100 to 999, not {}": "die Nummer eines Grundes liegt zwischen 100 und 999, nicht {0}",
    "{} is no moment with its zone": "{0} ist kein Zeitpunkt mit Zeitzone",
    "it ends at {}, not after its start": "es endet um {0}, nicht nach dem Beginn",
    "More than {} events match; narrow the filters": "Mehr als {0} Stillstände passen; bitte die Filter enger fassen",
    "downtime reason": "Stillstandsgrund",
    "Another cause was given meanwhile that was not on the page at the station; that one stands": (
        "Inzwischen wurde eine andere Ursache genannt, die an der Station nicht zu sehen war; diese gilt"
    ),
    "It changed nothing: that is how it stood already": "Es änderte nichts: So stand es schon da",
    "Said from {} UTC on, when the machine ran; it is of the stop after that": (
        "Gesagt ab {0} UTC, als die Maschine lief; es gehört zum Stillstand danach"
    ),
    "Said to be {} from then on; the state that began later stands": (
        "Von da an sollte sie {0} sein; der später begonnene Zustand gilt"
    ),
}

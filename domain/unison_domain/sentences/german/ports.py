"""What ports of scanners and gauges say, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

PORTS: Mapping[str, str] = {
    "{} bytes came without an end of message; is the speed right?": (
        "{0} Bytes kamen ohne Ende der Nachricht; stimmt die Geschwindigkeit?"
    ),
    "{} bytes came as one message, and at most {} count; is its end right?": (
        "{0} Bytes kamen als eine Nachricht, höchstens {1} zählen; stimmt ihr Ende?"
    ),
    "{} came without its end and was given up": "{0} kam ohne sein Ende und wurde aufgegeben",
    "{} does not begin with {}": "{0} beginnt nicht mit {1}",
    "{} came outside STX and ETX": "{0} kam außerhalb von STX und ETX",
    "{} may be the rest of the message that was given up: have it sent again": (
        "{0} ist vielleicht der Rest der aufgegebenen Nachricht: bitte noch einmal senden"
    ),
    "serial port {} was lost: {}": "Serielle Schnittstelle {0} ging verloren: {1}",
    "serial port {} has no line {} for a foot switch: use an adapter that has one, or take the foot switch out of the "
    "settings": (
        "Serielle Schnittstelle {0} hat keine Leitung {1} für einen Fußschalter: einen Adapter mit dieser Leitung "
        "benutzen oder den Fußschalter aus den Einstellungen nehmen"
    ),
    "serial port {} can not be opened: {}": "Serielle Schnittstelle {0} lässt sich nicht öffnen: {1}",
    "serial port {} is not there; ports of this PC: {}": (
        "Serielle Schnittstelle {0} ist nicht da; Schnittstellen dieses PCs: {1}"
    ),
    "serial port {} may not be used: add the agent's account to the group that owns it (dialout)": (
        "Serielle Schnittstelle {0} darf nicht benutzt werden: das Konto des Agenten in ihre Gruppe aufnehmen (dialout)"
    ),
    "serial port {} is in use by another program": "Serielle Schnittstelle {0} ist von einem anderen Programm belegt",
    "{} is no serial port; ports of this PC: {}": "{0} ist keine serielle Schnittstelle; die dieses PCs: {1}",
    "serial port {} is in use here already: give each device of this PC a port of its own": (
        "Serielle Schnittstelle {0} wird hier schon benutzt: jedem Gerät dieses PCs eine eigene geben"
    ),
    "serial port {} is in use here already as {}: write one name for one adapter everywhere": (
        "Serielle Schnittstelle {0} wird hier schon als {1} benutzt: einen Adapter überall gleich schreiben"
    ),
    "serial port {} can not be set to {}: its adapter does not know that": (
        "Serielle Schnittstelle {0} lässt sich nicht auf {1} stellen: Ihr Adapter kennt das nicht"
    ),
    "keyboard device {} can not be opened: {}": "Tastaturgerät {0} lässt sich nicht öffnen: {1}",
    "keyboard device {} is not there; those of this PC: {}": "Tastaturgerät {0} ist nicht da; an diesem PC: {1}",
    "keyboard device {} may not be used: add the agent's account to the group that owns it (input)": (
        "Tastaturgerät {0} darf nicht benutzt werden: das Konto des Agenten in seine Gruppe aufnehmen (input)"
    ),
    "keyboard device {} is in use by another program that took it for itself": (
        "Tastaturgerät {0} ist von einem anderen Programm belegt, das es für sich allein nahm"
    ),
    "{} is no input device": "{0} ist kein Eingabegerät",
    "keyboard device {} was lost: it ended": "Tastaturgerät {0} ging verloren: Es endete",
    "keyboard device {} was lost: {}": "Tastaturgerät {0} ging verloren: {1}",
    "is read on Linux only: set the scanner to its serial mode": (
        "wird nur unter Linux gelesen: den Scanner auf seriellen Betrieb stellen"
    ),
    "is being opened": "wird geöffnet",
    "fault of the program: {}": "Fehler des Programms: {0}",
    "Scan or measure it once more": "Noch einmal scannen oder messen",
    "Set speed, parity and end of message in its settings as they are set in the device": (
        "Geschwindigkeit, Parität und Ende der Nachricht in den Einstellungen so wählen wie im Gerät"
    ),
    "Scan or measure it once more; if it comes again, have the device send the configured end of message, or set "
    "the end it sends in its settings": (
        "Noch einmal scannen oder messen; kommt es wieder, soll das Gerät das eingestellte Ende der Nachricht "
        "senden, oder in den Einstellungen steht künftig das Ende, das es sendet"
    ),
    "Have the device put STX and ETX around all it sends, or set the end it sends in its settings": (
        "Das Gerät soll alles in STX und ETX einschließen, oder in den Einstellungen steht künftig das Ende, das "
        "es sendet"
    ),
    "Have the device send the configured prefix, or set the one it sends in its settings": (
        "Das Gerät soll die eingestellten Anfangszeichen senden, oder in den Einstellungen stehen künftig die, die "
        "es sendet"
    ),
}

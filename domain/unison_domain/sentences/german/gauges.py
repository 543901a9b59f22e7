"""What gauges and scales are said to have wrong, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

GAUGES: Mapping[str, str] = {
    "no answer within {} s": "keine Antwort innerhalb von {0} s",
    "The format {} has no command that asks for a value: give it, or have the gauge send by itself": (
        "Das Format {0} hat keinen Befehl, der nach einem Wert fragt: ihn angeben oder das Messmittel selbst senden "
        "lassen"
    ),
    "{} gives {}, but {} is measured in {}: choose another characteristic or make one": (
        "{0} gibt Werte in {1}, {2} wird aber in {3} gemessen: ein anderes Merkmal wählen oder eines anlegen"
    ),
    "{} is set to {}, but {} is measured in {}: set the gauge to that unit": (
        "{0} ist auf {1} eingestellt, {2} wird aber in {3} gemessen: das Messmittel auf diese Einheit stellen"
    ),
    "the format {} has no command that asks for a value: give it in `poll`, or have the gauge send by itself": (
        "Das Format {0} hat keinen Befehl, der nach einem Wert fragt: ihn in `poll` angeben oder das Messmittel selbst "
        "senden lassen"
    ),
    "{} sent {} as a second answer, because it was asked again before its first: it counts once": (
        "{0} sandte {1} als zweite Antwort, weil es vor der ersten noch einmal gefragt wurde: Sie zählt einmal"
    ),
    "{} shows {} {}, and less than {} steps of its last digit is no load that is taken by itself: set it to zero where "
    "nothing lies there, or have it read by hand": (
        "{0} zeigt {1} {2}, und weniger als {3} Schritte der letzten Stelle gelten nicht von selbst als Last: auf null "
        "stellen, wo nichts liegt, oder von Hand ablesen lassen"
    ),
    "{} rests at {} {}, which is below zero, and weighs everything too light by that: set it to zero where nothing "
    "lies there, or put back the container it was tared with": (
        "{0} ruht bei {1} {2}, also unter null, und wiegt alles um so viel zu leicht: auf null stellen, wo nichts "
        "liegt, oder den Behälter zurückstellen, mit dem tariert wurde"
    ),
    "{} sends by itself faster than anybody presses its key, and nothing tells which of its values are meant: none is "
    "taken until it is set to send on its key, or only when it is asked": (
        "{0} sendet von selbst schneller, als jemand seine Taste drückt, und nichts sagt, welche Werte gemeint sind: "
        "Keiner gilt, bis es nur auf Tastendruck oder auf Anfrage sendet"
    ),
    "{} sent {}, and because it sent by itself before, nothing tells yet whether its key was pressed: it is not taken; "
    "press the key once more after a moment": (
        "{0} sandte {1}, und weil es vorher von selbst sandte, sagt noch nichts, ob die Taste gedrückt wurde: Der Wert "
        "gilt nicht; die Taste nach einem Augenblick noch einmal drücken"
    ),
    "{} sent what is no value: {}": "{0} sandte, was kein Wert ist: {1}",
    "{} sent {} {}, but {} is measured in {}: set the gauge to that unit": (
        "{0} sandte {1} {2}, aber {3} wird in {4} gemessen: das Messmittel auf diese Einheit stellen"
    ),
    "a number without unit": "einer Zahl ohne Einheit",
    "{} sent {} for {}, which measures nothing: say in its settings which characteristic that is": (
        "{0} sandte {1} für {2}, was nichts misst: in den Einstellungen angeben, welches Merkmal das ist"
    ),
    "no channel": "keinen Kanal",
    "channel {}": "Kanal {0}",
    "{} sent {}, but its characteristic {} is not in use any more": (
        "{0} sandte {1}, aber sein Merkmal {2} wird nicht mehr benutzt"
    ),
    "{} sent {} characters at once, which is no measurement": "{0} sandte {1} Zeichen auf einmal: kein Messwert",
    "{} sent {}: {}": "{0} sandte {1}: {2}",
    "{} sent {}, which is not of the format {}": "{0} sandte {1}, das hat nicht das Format {2}",
    "{} sent {}: the value is still moving; wait until it rests": (
        "{0} sandte {1}: Der Wert bewegt sich noch; warten, bis er ruht"
    ),
    "{} sent {}, but {} is configured as its decimal sign": (
        "{0} sandte {1}, aber als Dezimalzeichen ist {2} eingestellt"
    ),
    "a comma": "ein Komma",
    "a point": "ein Punkt",
    "{} sent {}, which is no number": "{0} sandte {1}, das ist keine Zahl",
    "{} sent {}, {}: set the gauge to {}, or give {} the resolution of the gauge": (
        "{0} sandte {1}, {2}: das Messmittel auf {3} stellen, oder {4} die Auflösung des Messmittels geben"
    ),
    "whose {} decimals are not those of a gauge set to {}": (
        "mit {0} Nachkommastellen, wie sie ein auf {1} gestelltes Messmittel nicht zeigt"
    ),
    "which is finer than steps of {} {}": "was feiner ist als Schritte von {0} {1}",
    "the gauge is not connected or sends nothing": "Das Messmittel ist nicht angeschlossen oder sendet nichts",
    "the gauge's data can't be read": "Die Daten des Messmittels sind nicht lesbar",
    "the scale is busy or did not settle in time": "Die Waage ist beschäftigt oder kam nicht rechtzeitig zur Ruhe",
    "the scale is overloaded": "Die Waage ist überladen",
    "the scale is below its range": "Die Waage ist unter ihrem Bereich",
    "the scale does not know the command": "Die Waage kennt den Befehl nicht",
    "the scale did not receive the command whole": "Die Waage empfing den Befehl nicht ganz",
    "the scale can't carry out the command": "Die Waage kann den Befehl nicht ausführen",
    "the gauge does not know the command": "Das Messmittel kennt den Befehl nicht",
    "the gauge has no such unit": "Das Messmittel hat diese Einheit nicht",
}

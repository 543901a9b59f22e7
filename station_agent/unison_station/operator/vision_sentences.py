"""What measuring by camera is said to have wrong, in German; see `sentences.py`."""

from __future__ import annotations

from collections.abc import Mapping

GERMAN_OF_VISION: Mapping[str, str] = {
    "the strip from ({}, {}) to ({}, {})": "dem Streifen von ({0}, {1}) bis ({2}, {3})",
    "no first edge": "keine erste Kante",
    "no first edge from dark to light": "keine erste Kante von dunkel nach hell",
    "no first edge from light to dark": "keine erste Kante von hell nach dunkel",
    "no second edge": "keine zweite Kante",
    "no second edge from dark to light": "keine zweite Kante von dunkel nach hell",
    "no second edge from light to dark": "keine zweite Kante von hell nach dunkel",
    "{}: {} with contrast {} was found in {}; brightness there lies between {} and {}": (
        "{0}: {1} mit Kontrast {2} in {3} gefunden; die Helligkeit liegt dort zwischen {4} und {5}"
    ),
    "{}: two edges in {} are {} pixels apart; with a blur of {} at least {} are needed: sharpen the focus, or "
    "bring the camera nearer": (
        "{0}: zwei Kanten in {1} liegen {2} Pixel auseinander; bei einer Unschärfe von {3} sind mindestens {4} nötig: "
        "schärfer stellen oder mit der Kamera näher herangehen"
    ),
    "{}: the {} places of the edge lie on no circle": "{0}: die {1} Stellen der Kante liegen auf keinem Kreis",
    "{}: the edge is no circle but like {}, {} % out of round: {}": (
        "{0}: die Kante ist kein Kreis, sondern wie {1}, {2} % unrund: {3}"
    ),
    "an ellipse": "eine Ellipse",
    "a figure of {} sides": "eine Figur mit {0} Seiten",
    "a circle seen obliquely is one in an uncalibrated picture: calibrate the camera": (
        "ein schräg gesehener Kreis ist in einem nicht kalibrierten Bild eine: die Kamera kalibrieren"
    ),
    "measure the distance of two of its edges instead, or lay the ring around the circle that is meant": (
        "stattdessen den Abstand zweier ihrer Kanten messen oder den Ring um den gemeinten Kreis legen"
    ),
    "{}: an edge with contrast {} was found along {} of {} radii between {} and {} around ({}, {})": (
        "{0}: eine Kante mit Kontrast {1} wurde auf {2} von {3} Radien zwischen {4} und {5} um ({6}, {7}) gefunden"
    ),
    "{}: the circle has a radius of {} pixels; with a blur of {} at least {} are needed: sharpen the focus, or "
    "bring the camera nearer": (
        "{0}: der Kreis hat einen Radius von {1} Pixeln; bei einer Unschärfe von {2} sind mindestens {3} nötig: "
        "schärfer stellen oder mit der Kamera näher herangehen"
    ),
    "{}: its height of {} mm can't be taken into account, since this calibration does not tell how far the camera is: "
    "calibrate it anew, with the board tilted to different sides": (
        "{0}: seine Höhe von {1} mm lässt sich nicht berücksichtigen, da diese Kalibrierung nicht sagt, wie weit die "
        "Kamera entfernt ist: neu kalibrieren, mit nach verschiedenen Seiten gekippter Tafel"
    ),
    "{}: a height of {} mm reaches the camera, which is {} mm above the board: set it right, or calibrate the camera "
    "anew": (
        "{0}: eine Höhe von {1} mm reicht bis zur Kamera, die {2} mm über der Tafel ist: sie richtig einstellen oder "
        "die Kamera neu kalibrieren"
    ),
    "{}: an edge lies {} pixels beside where the board was shown when the camera was calibrated, and the lens is not "
    "known there: calibrate it anew with pictures of the board there too, or lay the part nearer to the middle": (
        "{0}: eine Kante liegt {1} Pixel neben dem, wo die Tafel beim Kalibrieren gezeigt wurde, und die Linse ist "
        "dort nicht bekannt: auch mit Bildern der Tafel dort neu kalibrieren oder das Teil näher zur Mitte legen"
    ),
    "nothing was booked: {}": "nichts wurde gebucht: {0}",
}
"""By the English one."""

"""Why a camera's picture measures nothing, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

VISION: Mapping[str, str] = {
    "silence": "Stille",
    "none": "keine",
    "{} is no picture that can be read: {}": "{0} ist kein lesbares Bild: {1}",
    "{} is no picture that can be read, or it is damaged": "{0} ist kein lesbares Bild oder beschädigt",
    "{} is no picture that can be read ({} bytes)": "{0} ist kein lesbares Bild ({1} Bytes)",
    "{} measures nothing: give it a tool first": "{0} misst nichts: bitte zuerst ein Werkzeug geben",
    "{}: nothing is booked: {}": "{0}: Nichts wird gebucht: {1}",
    "Configuration {}, which runs here, has no camera {}: try again when the newest one runs": (
        "Die Konfiguration {0}, die hier läuft, hat keine Kamera {1}: noch einmal versuchen, wenn die neueste läuft"
    ),
    "{} sees a badge, and no picture that shows one is kept or sent: take it out of sight, then try again": (
        "{0} sieht einen Ausweis, und kein Bild mit einem Ausweis wird aufbewahrt oder gesendet: ihn aus dem Blickfeld "
        "nehmen, dann erneut versuchen"
    ),
    "{} gave no picture within {} s: is it connected?": "{0} gab innerhalb von {1} s kein Bild: ist sie angeschlossen?",
    "The picture of {} can not be kept: {}": "Das Bild von {0} ist nicht speicherbar: {1}",
    "Picture {}… is neither on this PC nor at the server: take a new one": (
        "Das Bild {0}… ist weder auf diesem PC noch beim Server: bitte ein neues aufnehmen"
    ),
    "Picture {}… is not on this PC, and the server does not answer: try again": (
        "Das Bild {0}… ist nicht auf diesem PC, und der Server antwortet nicht: bitte erneut versuchen"
    ),
    "The part reaches past the picture, which is {} by {} pixels": (
        "Der Ausschnitt reicht über das Bild hinaus, das {0} x {1} Pixel hat"
    ),
    "{}: the {} places of the edge in {} lie on no straight line": (
        "{0}: Die {1} Stellen der Kante in {2} liegen auf keiner Geraden"
    ),
    "{}: {} is {} pixels wide; a direction needs {} or more": (
        "{0}: {1} ist {2} Pixel breit; eine Richtung braucht {3} oder mehr"
    ),
    "{}: an edge with contrast {} was found in {} of {} slices of {}": (
        "{0}: Eine Kante mit Kontrast {1} fand sich in {2} von {3} Streifen von {4}"
    ),
    "picture {}": "Bild {0}",
    "No chessboard of {} by {} squares was found in {}: all squares and a light margin around them must be seen, "
    "without glare": (
        "Kein Schachbrett von {0} x {1} Feldern in {2} gefunden: Alle Felder und ein heller Rand darum müssen ohne "
        "Blendung zu sehen sein"
    ),
    "{} corners of a ChArUco board of {} by {} squares were found in {}, at least {} are needed: is it that board, "
    "with 5x5 markers, in focus and without glare?": (
        "{0} Ecken einer ChArUco-Tafel von {1} x {2} Feldern in {3} gefunden, mindestens {4} sind nötig: ist es "
        "diese Tafel, mit 5x5-Marken, scharf und ohne Blendung?"
    ),
    "A ChArUco board of squares of {} mm needs the side of its markers, smaller than a square": (
        "Eine ChArUco-Tafel mit Feldern von {0} mm braucht die Kantenlänge ihrer Marken, kleiner als ein Feld"
    ),
    "A board of {} by {} squares needs {} markers, there are 1000": (
        "Eine Tafel von {0} x {1} Feldern braucht {2} Marken, es gibt 1000"
    ),
    "{} measures a characteristic that is not in use any more: {}": (
        "{0} misst ein Merkmal, das nicht mehr in Gebrauch ist: {1}"
    ),
    "1 picture": "1 Bild",
    "{} pictures": "{0} Bilder",
    "Picture {} is {} by {} pixels, picture 1 is {} by {}: all must be taken with one setting of the camera": (
        "Bild {0} hat {1} x {2} Pixel, Bild 1 hat {3} x {4}: Alle müssen mit derselben Einstellung der Kamera "
        "aufgenommen sein"
    ),
    "{} of the board, at least {} are needed: one flat on the plane, the others tilted to different sides": (
        "{0} der Tafel, mindestens {1} sind nötig: eins flach auf der Ebene, die anderen nach verschiedenen Seiten "
        "gekippt"
    ),
    "There is no picture {} that shows the plane; there are {}": "Ein Bild {0} der Ebene gibt es nicht; es gibt {1}",
    "The pictures contradict each other by {} pixels, {} are too many: is the board flat, are its squares all "
    "alike, did the focus stay?": (
        "Die Bilder widersprechen sich um {0} Pixel, {1} sind zu viel: ist die Tafel eben, sind ihre Felder "
        "gleich, blieb die Schärfe?"
    ),
    "No camera sees the board as in these pictures: tilt it in different ways": (
        "Keine Kamera sieht die Tafel wie auf diesen Bildern: bitte auf verschiedene Arten kippen"
    ),
    "The board in picture {} is seen edge-on: lay it flat on the plane": (
        "Die Tafel auf Bild {0} ist von der Kante zu sehen: bitte flach auf die Ebene legen"
    ),
    " from dark to light": " von dunkel nach hell",
    " from light to dark": " von hell nach dunkel",
    "no first edge": "keine erste Kante",
    "no second edge": "keine zweite Kante",
    "{}: {}{} with contrast {} was found in {}; brightness there lies between {} and {}": (
        "{0}: {1}{2} mit Kontrast {3} in {4} gefunden; die Helligkeit liegt dort zwischen {5} und {6}"
    ),
    "{}: two edges in {} are {} pixels apart; with a blur of {} at least {} are needed: sharpen the focus, or "
    "bring the camera nearer": (
        "{0}: Zwei Kanten in {1} liegen {2} Pixel auseinander; bei einer Unschärfe von {3} sind mindestens {4} "
        "nötig: schärfer stellen oder näher heran"
    ),
    "{}: the circle has a radius of {} pixels; with a blur of {} at least {} are needed: sharpen the focus, or "
    "bring the camera nearer": (
        "{0}: Der Kreis hat einen Radius von {1} Pixeln; bei einer Unschärfe von {2} sind mindestens {3} nötig: "
        "schärfer stellen oder näher heran"
    ),
    "{}: the edge is looked for between radii {} and {}; the outer one must be greater by 8 pixels": (
        "{0}: Die Kante wird zwischen den Radien {1} und {2} gesucht; der äußere muss um 8 Pixel größer sein"
    ),
    "{}: the {} places of the edge lie on no circle": "{0}: Die {1} Stellen der Kante liegen auf keinem Kreis",
    "{}: the ring of radius {} around ({}, {}) reaches past the picture, which is {} by {} pixels": (
        "{0}: Der Ring mit Radius {1} um ({2}, {3}) reicht über das Bild hinaus, das {4} x {5} Pixel hat"
    ),
    "{}: an edge with contrast {} was found along {} of {} radii between {} and {} around ({}, {})": (
        "{0}: Eine Kante mit Kontrast {1} fand sich auf {2} von {3} Radien zwischen {4} und {5} um ({6}, {7})"
    ),
    "{}: its template {}… is not on this PC: it comes from the server; if it does not within a minute, take it anew": (
        "{0}: Die Vorlage {1}… ist nicht auf diesem PC: Sie kommt vom Server; "
        "kommt sie binnen einer Minute nicht, bitte neu aufnehmen"
    ),
    "The picture": "Das Bild",
    "The picture of {}": "Das Bild von {0}",
    "The template of {}": "Die Vorlage von {0}",
    "{}: an edge lies {} pixels beside where the board was shown when the camera was calibrated, and the lens is "
    "not known there: calibrate it anew with pictures of the board there too, or lay the part nearer to the middle": (
        "{0}: Eine Kante liegt {1} Pixel neben dem Bereich, in dem beim Kalibrieren die Tafel war, und dort ist "
        "die Linse nicht bekannt: neu kalibrieren, auch mit Bildern der Tafel dort, oder das Teil näher zur Mitte "
        "legen"
    ),
    "The picture is {} by {} pixels, the camera was calibrated with {} by {}: calibrate it anew, or set its size "
    "back": (
        "Das Bild hat {0} x {1} Pixel, kalibriert wurde die Kamera mit {2} x {3}: neu kalibrieren oder die "
        "Bildgröße zurückstellen"
    ),
    "The calibration of this camera is no picture of a plane: calibrate it anew": (
        "Die Kalibrierung dieser Kamera bildet keine Ebene ab: bitte neu kalibrieren"
    ),
    "{}: the region is {} by {} pixels within the picture, smaller than its template of {} by {}": (
        "{0}: Der Bereich hat im Bild {1} x {2} Pixel, weniger als seine Vorlage mit {3} x {4}"
    ),
    "{}: the template is of one brightness; take one that shows the part": (
        "{0}: Die Vorlage hat eine einzige Helligkeit; bitte eine nehmen, die das Teil zeigt"
    ),
    "{}: the region lies outside the picture, which is {} by {} pixels": (
        "{0}: Der Bereich liegt außerhalb des Bildes, das {1} x {2} Pixel hat"
    ),
    "the strip from ({}, {}) to ({}, {})": "der Streifen von ({0}, {1}) bis ({2}, {3})",
    "{} is {} pixels long; at least {} are needed": "{0} ist {1} Pixel lang; mindestens {2} sind nötig",
    "{} reaches past the picture, which is {} by {} pixels": "{0} reicht über das Bild hinaus, das {1} x {2} Pixel hat",
    "{}: the picture is {}": "{0}: Das Bild ist {1}",
    "a part is longer than {} bytes": "ein Teil ist länger als {0} Bytes",
    "a part says it has {} bytes": "ein Teil soll {0} Bytes haben",
    "the head of a part is longer than {} bytes": "der Kopf eines Teils ist länger als {0} Bytes",
    "{} found {}, but {} is measured in {}": "{0} fand {1}, aber {2} wird in {3} gemessen",
    "{} found {}, but {} is measured in {}: calibrate the camera": (
        "{0} fand {1}, aber {2} wird in {3} gemessen: die Kamera kalibrieren"
    ),
    "edges of {} and {} places": "Kanten aus {0} und {1} Stellen",
    "edges at {} and {} pixels along the strip, which lies {} degrees off square, steps of {} and {}, blur {} pixels": (
        "Kanten bei {0} und {1} Pixeln längs des Streifens, der um {2} Grad schräg liegt, Stufen von {3} und {4}, "
        "Unschärfe {5} Pixel"
    ),
    "{} of {} places of the edge lie on the circle, scatter {} pixels": (
        "{0} von {1} Stellen der Kante liegen auf dem Kreis, Streuung {2} Pixel"
    ),
    "best likeness {} at ({}, {}), {} {} the least of {}; yes or no has no uncertainty": (
        "größte Ähnlichkeit {0} bei ({1}, {2}), {3} {4} der kleinsten von {5}; ja oder nein hat keine Unsicherheit"
    ),
    "above": "über",
    "below": "unter",
    "overexposed: shorten the exposure": "überbelichtet: die Belichtung verkürzen",
    "underexposed, black is cut off: lengthen the exposure or raise the camera's brightness": (
        "unterbelichtet, Schwarz ist abgeschnitten: länger belichten oder die Helligkeit der Kamera erhöhen"
    ),
    "a circle seen obliquely is one in an uncalibrated picture: calibrate the camera": (
        "ein schräg gesehener Kreis ist ohne Kalibrierung eine: die Kamera kalibrieren"
    ),
    "a figure of {} sides": "ein {0}-Eck",
    "an ellipse": "eine Ellipse",
    "measure the distance of two of its edges instead, or lay the ring around the circle that is meant": (
        "stattdessen den Abstand zweier Kanten messen oder den Ring um den gemeinten Kreis legen"
    ),
    "this picture": "diesem Bild",
    "{}: a height of {} mm reaches the camera, which is {} mm above the board: set it right, or calibrate the "
    "camera anew": (
        "{0}: Eine Höhe von {1} mm reicht bis zur Kamera, die {2} mm über der Tafel ist: richtig einstellen oder "
        "die Kamera neu kalibrieren"
    ),
    "{}: its height of {} mm can't be taken into account, since this calibration does not tell how far the camera "
    "is: calibrate it anew, with the board tilted to different sides": (
        "{0}: Die Höhe von {1} mm ist nicht zu berücksichtigen, da diese Kalibrierung den Abstand der Kamera nicht "
        "kennt: neu kalibrieren, mit der Tafel nach verschiedenen Seiten geneigt"
    ),
    "{}: the edge is no circle but like {}, {} % out of round: {}": (
        "{0}: Die Kante ist kein Kreis, sondern wie {1}, {2} % unrund: {3}"
    ),
    "no first edge from dark to light": "keine erste Kante von dunkel nach hell",
    "no first edge from light to dark": "keine erste Kante von hell nach dunkel",
    "no second edge from dark to light": "keine zweite Kante von dunkel nach hell",
    "no second edge from light to dark": "keine zweite Kante von hell nach dunkel",
}

"""What a station agent says of its way to the server and of commands, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

UPLINK: Mapping[str, str] = {
    "None is sent again: {}": "Keins wird noch einmal gesendet: {0}",
    "None is discarded: {}": "Keins wird verworfen: {0}",
    "The buffer of this agent began anew since the list was made: list its letters again": (
        "Der Puffer dieses PCs hat seit der Liste neu begonnen: bitte die Liste neu holen"
    ),
    "This agent does not know such a command: update it": (
        "Dieser Agent kennt einen solchen Auftrag nicht: bitte aktualisieren"
    ),
    "The command can not be read: {}": "Der Auftrag ist nicht lesbar: {0}",
    "{} is no server address: give one like https://unison.example": (
        "{0} ist keine Adresse eines Servers: bitte eine wie https://unison.example angeben"
    ),
    "{} would send the device token unprotected: use https:// to another machine": (
        "{0} würde den Zugang ungeschützt senden: zu einem anderen Rechner bitte https:// nehmen"
    ),
    "at most {} bytes": "höchstens {0} Bytes",
    "events {} to {} can not be put into a batch": "die Ereignisse {0} bis {1} passen in keinen Stapel",
    "Port {} is taken by another program: the operator page is at {} instead. End that program, then the page comes "
    "back by itself; or give this agent another port (`--port`)": (
        "Port {0} ist von einem anderen Programm belegt: die Seite für Bediener ist stattdessen unter {1}. Dieses "
        "Programm beenden, dann kommt die Seite von selbst zurück; oder diesem PC einen anderen Port geben (`--port`)"
    ),
    "Port {} can not be used ({}): the operator page is at {} instead. Give this agent another port (`--port`)": (
        "Port {0} ist nicht nutzbar ({1}): die Seite für Bediener ist stattdessen unter {2}. Diesem PC einen anderen "
        "Port geben (`--port`)"
    ),
    "It broke in this PC's buffer.": "Es ging im Puffer dieses PCs kaputt.",
    "certificate verify failed: {}": "Das Zertifikat wurde nicht anerkannt: {0}",
    "it does not speak https: try http:// (on this PC), or another port": (
        "er spricht kein https: http:// versuchen (auf diesem PC) oder einen anderen Port"
    ),
    "it ended the connection without an answer. It may speak HTTPS now: then enrol again with its https:// address "
    "and a new code (desktop, Stations, this PC, New code…); nothing is lost": (
        "er beendete die Verbindung ohne Antwort. Vielleicht spricht er jetzt HTTPS: dann mit seiner "
        "https://-Adresse und einem neuen Code noch einmal anmelden (Stationen, dieser PC, Neuer Code…); nichts "
        "geht verloren"
    ),
    "its certificate is not from the authority this PC was enrolled with. Another machine answers there, or the "
    "installation was set up anew: then enrol this PC again": (
        "sein Zertifikat ist nicht von der Stelle, mit der dieser PC angemeldet wurde. Dort antwortet ein anderer "
        "Rechner, oder die Installation wurde neu eingerichtet: dann diesen PC neu anmelden"
    ),
    "GET {}: status {}": "GET {0}: Status {1}",
    "GET {}: a line without end": "GET {0}: eine Zeile ohne Ende",
    "GET {}: {}": "GET {0}: {1}",
    "{}: its certificate is out of date, and it does not say the time": (
        "{0}: sein Zertifikat ist abgelaufen, und er sagt nicht, wie spät es ist"
    ),
    "{} is not trusted: {}": "{0} wird nicht vertraut: {1}",
    "{} {}: the answer is too long or too slow": "{0} {1}: Die Antwort ist zu lang oder zu langsam",
    "the server's clock": "der Uhr des Servers",
    "this PC's clock": "der Uhr dieses PCs",
    "its certificate ended on {} UTC; by {} it is {} UTC": "sein Zertifikat endete am {0} UTC; nach {1} ist es {2} UTC",
    "its certificate begins on {} UTC; by {} it is {} UTC": (
        "sein Zertifikat beginnt am {0} UTC; nach {1} ist es {2} UTC"
    ),
    "the server says it is {} UTC, but {} has passed already: set the server's clock, or enrol this PC again": (
        "der Server sagt, es sei {0} UTC, aber {1} ist schon vorbei: die Uhr des Servers stellen oder diesen PC "
        "neu anmelden"
    ),
    "the pinned authority is no certificate in PEM ({})": (
        "die gemerkte Zertifizierungsstelle ist kein Zertifikat in PEM ({0})"
    ),
    "it is for agent {}, this is {}": "es ist für den PC {0}, dies ist {1}",
    "The agent was stopped while it carried this out: look whether it took effect before you ask again": (
        "Der Agent wurde dabei angehalten: vor dem nächsten Versuch nachsehen, ob es wirkte"
    ),
    "a restored server asked for events it had acknowledged, which are not kept so long": (
        "ein wiederhergestellter Server verlangte Ereignisse, die er schon bestätigt hatte und die nicht so lange "
        "aufgehoben werden"
    ),
    "The agent met a fault of its program: {}": "Der Agent geriet an einen Fehler des Programms: {0}",
    "the server answers": "der Server antwortet",
    "the server refuses this PC": "der Server weist diesen PC ab",
    "the server is not believed": "dem Server wird nicht geglaubt",
    "the server is not reached": "der Server ist nicht zu erreichen",
    "choose this PC in the desktop (Stations) and New code…, or Enrol a PC… where it is not listed; then "
    "`unison-station enrol` with that code. Nothing is lost": (
        "diesen PC unter Stationen wählen und „Neuer Code…“, oder „PC anmelden…“, wo er fehlt; dann "
        "`unison-station enrol` mit diesem Code. Nichts geht verloren"
    ),
    "{}: choose this PC in the desktop (Stations) and New code…, or Enrol a PC… where it is not listed; then "
    "`unison-station enrol` with that code. Nothing is lost": (
        "{0}: diesen PC unter Stationen wählen und „Neuer Code…“, oder „PC anmelden…“, wo er fehlt; dann "
        "`unison-station enrol` mit diesem Code. Nichts geht verloren"
    ),
    "the server takes no heartbeat": "der Server nimmt kein Lebenszeichen an",
    "not an answer of a Unison server: {}": "keine Antwort eines Unison-Servers: {0}",
    "the new configuration can not be used, the old one runs on: {}": (
        "die neue Konfiguration ist nicht brauchbar, die alte läuft weiter: {0}"
    ),
    "{} deleted at this PC before the server had them: it was away too long, or refused them for good; the log of "
    "the PC names each, and what was scanned and measured stays": (
        "{0} an diesem PC gelöscht, bevor der Server sie hatte: Er war zu lange weg oder lehnte sie endgültig ab; "
        "das Protokoll des PCs nennt jedes, und was gescannt und gemessen wurde, bleibt"
    ),
    "the server does not speak protocol {} of this agent: update the older of the two": (
        "der Server spricht das Protokoll {0} dieses Agenten nicht: den älteren von beiden aktualisieren"
    ),
    "the server took nothing: it stands at {}": "der Server nahm nichts an: Er steht bei {0}",
    "the server asks again and again for events from {} on": "der Server verlangt immer wieder Ereignisse ab {0}",
    "the server took nothing: it holds events up to {}": "der Server nahm nichts an: Er hat Ereignisse bis {0}",
    "{} larger than the server takes ({} MiB) and kept in {}: let the server, and a proxy before it, take larger "
    "bodies (nginx: client_max_body_size), or lower the camera's resolution": (
        "{0} größer, als der Server annimmt ({1} MiB), und liegen in {2}: Server und Proxy davor größere Sendungen "
        "annehmen lassen (nginx: client_max_body_size) oder die Auflösung der Kamera senken"
    ),
}

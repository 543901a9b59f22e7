"""What rights are called, in English and German: one place for every program that says which one somebody lacks.

A right is said of a thing by a verb; what reads badly so has words of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from unison_domain.identity.languages import Written

_E, _G = Written.ENGLISH, Written.GERMAN

_VERBS: Mapping[str, tuple[str, str]] = {
    "read": ("see {}", "{} sehen"),
    "create": ("make {}", "{} anlegen"),
    "update": ("change {}", "{} ändern"),
    "deactivate": ("take {} out of use", "{} außer Betrieb nehmen"),
    "import": ("take over files of {}", "Dateien mit {} übernehmen"),
    "revoke": ("revoke {}", "{} sperren"),
}

_ROOMS: Mapping[str, tuple[str, str]] = {
    "codes": ("Codes and scans", "Codes und Scans"),
    "device": ("PC of a station", "PC einer Station"),
    "identity": ("People and rights", "Personen und Rechte"),
    "machines": ("Machines", "Maschinen"),
    "platform": ("All organizations", "Alle Organisationen"),
    "quality": ("Quality", "Qualität"),
    "server": ("Server", "Server"),
    "sites": ("Plants and warehouses", "Werke und Lager"),
    "stations": ("Stations", "Stationen"),
}

_THINGS: Mapping[str, tuple[str, str]] = {
    "codes.pattern": ("item patterns", "Artikelmuster"),
    "codes.scan": ("scans", "Scans"),
    "identity.api_key": ("API keys", "API-Schlüssel"),
    "identity.audit": ("the audit log", "das Änderungsprotokoll"),
    "identity.badge": ("badges", "Ausweise"),
    "identity.invitation": ("invitations", "Einladungen"),
    "identity.login_history": ("the login history", "den Verlauf der Anmeldungen"),
    "identity.message": ("what became of messages", "den Verbleib von Meldungen"),
    "identity.organization": ("the organization", "die Organisation"),
    "identity.permission": ("which rights there are", "vorhandene Rechte"),
    "identity.role": ("roles", "Rollen"),
    "identity.session": ("sessions of others", "Sitzungen anderer"),
    "identity.setting": ("settings", "Einstellungen"),
    "identity.user": ("people and what they may do", "Personen und ihre Rechte"),
    "machines.alarm_reason": ("rules of alarms", "Regeln für Alarme"),
    "machines.call": ("calls for help", "Rufe"),
    "machines.downtime": ("downtime", "Stillstände"),
    "machines.downtime_reason": ("reasons of downtime", "Stillstandsgründe"),
    "machines.machine": ("machines", "Maschinen"),
    "machines.work_center": ("work centers", "Maschinengruppen"),
    "platform.organization": ("all organizations", "alle Organisationen"),
    "platform.setting": ("settings of the server", "Einstellungen des Servers"),
    "quality.characteristic": ("characteristics", "Merkmale"),
    "quality.measurement": ("measured values", "Messwerte"),
    "server.certificate": ("the server's certificate", "das Zertifikat des Servers"),
    "sites.department": ("departments", "Abteilungen"),
    "sites.plant": ("plants", "Werke"),
    "sites.storage_location": ("storage locations", "Lagerplätze"),
    "sites.warehouse": ("warehouses", "Lager"),
    "stations.agent": ("PCs at stations", "PCs an Stationen"),
    "stations.device": ("devices", "Geräte"),
    "stations.peripheral": ("scanners, gauges and cameras", "Scanner, Messmittel und Kameras"),
    "stations.picture": ("pictures of cameras", "Bilder von Kameras"),
    "stations.station": ("stations", "Stationen"),
    "stations.tag": ("signals", "Signale"),
}

_OWN: Mapping[str, tuple[str, str]] = {
    "codes.override.undo_scan": (
        "confirm that another person's scan is taken back",
        "bestätigen, dass der Scan einer anderen Person zurückgenommen wird",
    ),
    "codes.scan.create": ("record scans", "Scans festhalten"),
    "codes.scan.undo": ("take scans back", "Scans zurücknehmen"),
    "device.call.read": ("learn how far its calls are", "den Stand der eigenen Rufe erfahren"),
    "device.command.hear": ("hear of commands", "von Befehlen hören"),
    "device.command.read": ("fetch its commands", "die eigenen Befehle abholen"),
    "device.configuration.read": ("fetch what it is to do", "abholen, was zu tun ist"),
    "device.day_count.read": (
        "learn what others counted today of its machines",
        "erfahren, was andere heute an den eigenen Maschinen zählten",
    ),
    "device.event.send": ("send what happened", "senden, was geschah"),
    "device.heartbeat.send": ("say that it is there", "sich melden"),
    "device.person.countersign": (
        "ask who stands behind an override",
        "fragen, wer für einen Eingriff einsteht",
    ),
    "device.person.sign_on": ("ask who signs on", "fragen, wer sich anmeldet"),
    "device.picture.send": ("send pictures", "Bilder senden"),
    "device.roster.read": ("fetch the list of people", "die Liste der Personen abholen"),
    "device.set_aside.read": (
        "learn which entries at its stations were set aside",
        "erfahren, welche Eingaben an den eigenen Stationen zurückgestellt wurden",
    ),
    "device.set_state.read": (
        "learn which states its machines are in and who set them",
        "erfahren, in welchem Zustand die eigenen Maschinen sind und wer ihn gesetzt hat",
    ),
    "device.stop_cause.read": (
        "learn why its machines stood",
        "erfahren, warum die eigenen Maschinen standen",
    ),
    "device.undo.read": (
        "learn which of its scans and measurements were taken back",
        "erfahren, welche eigenen Scans und Messwerte zurückgenommen wurden",
    ),
    "identity.badge.configure": ("set how people sign on at stations", "das Anmelden an Stationen einstellen"),
    "identity.badge.create": ("hand out badges", "Ausweise ausgeben"),
    "identity.badge.revoke": ("block badges", "Ausweise sperren"),
    "identity.invitation.create": ("invite people", "Personen einladen"),
    "identity.invitation.resend": ("send invitations anew", "Einladungen neu senden"),
    "identity.invitation.revoke": ("take invitations back", "Einladungen zurückziehen"),
    "identity.practice.create": ("make the practice organization", "die Übungsorganisation anlegen"),
    "identity.practice.reset": ("make the practice organization anew", "die Übungsorganisation neu anlegen"),
    "identity.second_factor.review": ("see who has a second factor", "sehen, wer einen zweiten Faktor hat"),
    "identity.session.end": ("end sessions of others", "Sitzungen anderer beenden"),
    "identity.user.create": ("make people", "Personen anlegen"),
    "identity.user.import": ("take over files of people", "Dateien mit Personen übernehmen"),
    "machines.call.answer": ("answer calls for help", "Rufe beantworten"),
    "machines.count.correct": ("correct counts", "Stückzahlen berichtigen"),
    "machines.downtime.assign": ("give downtime its reason", "Stillständen ihren Grund geben"),
    "machines.downtime.create": ("enter downtime by hand", "Stillstände von Hand eintragen"),
    "machines.machine.rebuild": (
        "compute the states of machines anew",
        "Zustände von Maschinen neu berechnen",
    ),
    "machines.machine.set_status": ("set the state of machines", "den Zustand von Maschinen setzen"),
    "machines.override.change_reason": (
        "confirm that another person's reason is changed",
        "bestätigen, dass der Grund einer anderen Person geändert wird",
    ),
    "machines.override.set_state": (
        "confirm a state against the signals",
        "einen Zustand gegen die Signale bestätigen",
    ),
    "machines.sample.recompute": ("compute recorded values anew", "aufgezeichnete Werte neu berechnen"),
    "platform.organization.create": ("make organizations", "Organisationen anlegen"),
    "platform.organization.deactivate": ("take organizations out of use", "Organisationen außer Betrieb nehmen"),
    "quality.measurement.create": ("enter measured values", "Messwerte eintragen"),
    "quality.measurement.undo": ("take measured values back", "Messwerte zurücknehmen"),
    "quality.override.accept_value": (
        "confirm a value that is hardly plausible",
        "einen wenig plausiblen Wert bestätigen",
    ),
    "quality.override.undo_reading": (
        "confirm that another person's value is taken back",
        "bestätigen, dass der Wert einer anderen Person zurückgenommen wird",
    ),
    "sites.person.evaluate": ("ask what a single person did", "fragen, was eine einzelne Person getan hat"),
    "stations.agent.calibrate_plane": ("calibrate cameras", "Kameras kalibrieren"),
    "stations.agent.create": ("make codes to enrol PCs", "Codes zum Aufnehmen von PCs anlegen"),
    "stations.agent.discard_dead_letters": (
        "discard what a PC could not send",
        "verwerfen, was ein PC nicht senden konnte",
    ),
    "stations.agent.find_board": ("look for the calibration board in pictures", "die Kalibriertafel in Bildern suchen"),
    "stations.agent.list_dead_letters": (
        "see what a PC could not send",
        "sehen, was ein PC nicht senden konnte",
    ),
    "stations.agent.measure": ("have a camera measure", "eine Kamera messen lassen"),
    "stations.agent.retry_dead_letters": (
        "have a PC send again what was refused",
        "einen PC Abgelehntes noch einmal senden lassen",
    ),
    "stations.agent.send_log": ("fetch the log of a PC", "das Protokoll eines PCs abholen"),
    "stations.agent.take_picture": ("have a camera take a picture", "eine Kamera ein Bild aufnehmen lassen"),
    "stations.agent.test_read": ("test read devices", "Geräte probeweise lesen"),
    "stations.agent.try_tool": ("try tools of a camera", "Werkzeuge einer Kamera ausprobieren"),
    "stations.override.read": (
        "see what was overridden at stations",
        "sehen, was an Stationen übersteuert wurde",
    ),
    "stations.quarantine.accept": ("accept events that were set aside", "Ausgesondertes übernehmen"),
    "stations.quarantine.discard": ("discard events that were set aside", "Ausgesondertes verwerfen"),
}


def right_words(permission: str, language: Written = _E) -> str:
    """What may be done by a right, e.g. `see machines`; of one that this version does not know its code."""
    said = _OWN.get(permission) or _composed(permission)
    return permission if said is None else said[language is _G]


def room_words(permission: str, language: Written = _E) -> str:
    """What the room of a right is called, under which rights are listed; of one that is not known its code."""
    room = permission.partition(".")[0]
    return _ROOMS[room][language is _G] if room in _ROOMS else room


def right_named(permission: str, language: Written = _E) -> str:
    """The same in quotation marks, and the code behind it: `“see machines” (machines.machine.read)`."""
    words = right_words(permission, language)
    if words == permission:
        return permission
    return f"„{words}“ ({permission})" if language is _G else f"“{words}” ({permission})"


def rights_with_own_words() -> frozenset[str]:
    """Those that are not said by thing and verb."""
    return frozenset(_OWN)


def _composed(permission: str) -> tuple[str, str] | None:
    thing, _dot, verb = permission.rpartition(".")
    if thing not in _THINGS or verb not in _VERBS:
        return None
    (english, german), (english_verb, german_verb) = _THINGS[thing], _VERBS[verb]
    return english_verb.format(english), german_verb.format(german)

"""What a notification of each kind says, and how soon somebody should look at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from unison_domain.identity.languages import Written
from unison_domain.identity.notification_contracts import CALLS, Channel, NotificationKind, Priority
from unison_domain.sentences import in_language

K, P = NotificationKind, Priority


class Words(NamedTuple):
    """Title and message; `{name}` stands for a parameter."""

    title: str
    message: str


PRIORITIES: Mapping[NotificationKind, Priority] = {
    **dict.fromkeys((K.CALL_RAISED, *CALLS), P.URGENT),
    K.AGENT_SILENT: P.HIGH,
    K.AGENT_HEARD_AGAIN: P.LOW,
    K.AGENT_NEVER_HEARD: P.NORMAL,
    K.AGENT_CONFLICTED: P.HIGH,
    K.AGENT_CERTIFICATE_DUE: P.HIGH,
    K.EVENTS_WAIT: P.NORMAL,
    K.DEVICE_SILENT: P.HIGH,
    K.CERTIFICATE_DUE: P.HIGH,
    K.COUNTER_STRAYED: P.NORMAL,
    K.CORRECTION_DONE: P.LOW,
    K.CORRECTION_FAILED: P.NORMAL,
    K.CORRECTION_CANCELLED: P.NORMAL,
    K.INVITATION_ACCEPTED: P.LOW,
    K.PASSWORD_ASKED: P.HIGH,
    K.SECOND_FACTOR_REMOVED: P.HIGH,
}
"""Of every kind but `unknown`."""

_ENGLISH: Mapping[NotificationKind, Words] = {
    **dict.fromkeys(
        (K.CALL_RAISED, *CALLS), Words("{machine} calls for {called}", "{name}, plant {plant}. {person} {note}")
    ),
    K.AGENT_SILENT: Words(
        "{agent} is silent", "Nothing is heard of this PC. While it runs it goes on collecting, and sends all later."
    ),
    K.AGENT_HEARD_AGAIN: Words("{agent} is heard again", "It sends what it collected meanwhile."),
    K.AGENT_CONFLICTED: Words(
        "{agent} is there twice", "Two PCs say that they are {agent}. Both collect; decide which of them sends."
    ),
    K.AGENT_CERTIFICATE_DUE: Words(
        "{agent}: a certificate ends", "This PC trusts the server until {ends}. Renew the certificate before."
    ),
    K.AGENT_NEVER_HEARD: Words(
        "{agent} was never heard", "The PC {host} was enrolled, and nothing came since. Look whether its agent runs."
    ),
    K.EVENTS_WAIT: Words(
        "{agent}: events wait for a decision",
        "Accept or discard them on the page Stations: choose {agent}, then Set aside. First: {message}",
    ),
    K.DEVICE_SILENT: Words("{device} does not answer", "{agent} reads nothing of it. {message}"),
    K.CERTIFICATE_DUE: Words("The server's certificate ends", "Renew it before PCs and programs trust it no more."),
    K.COUNTER_STRAYED: Words("{machine}: the counter strayed", "{name}, plant {plant}. Look whether its counts hold."),
    K.CORRECTION_DONE: Words("{tag}: the correction is done", "{changed} of {all} {things} are others now. {device}"),
    K.CORRECTION_FAILED: Words(
        "{tag}: the correction failed", "{problem}. {changed} of {all} {things} are others now. {device}"
    ),
    K.CORRECTION_CANCELLED: Words(
        "{tag}: the correction was cancelled",
        "Cancelled by {person}. {changed} of {all} {things} are others now. {device}",
    ),
    K.INVITATION_ACCEPTED: Words("{name} accepted the invitation", "{email} has an account now."),
    K.PASSWORD_ASKED: Words(
        "{name} waits for a new password",
        "No mail goes to them: hand over the link from the page People. It is good until {until}.",
    ),
    K.SECOND_FACTOR_REMOVED: Words(
        "Your second factor was removed",
        "You sign in by password alone. If you did not expect this, change your password and tell an administrator.",
    ),
}

_GERMAN: Mapping[NotificationKind, Words] = {
    **dict.fromkeys(
        (K.CALL_RAISED, *CALLS), Words("{machine} ruft: {called}", "{name}, Werk {plant}. {person} {note}")
    ),
    K.AGENT_SILENT: Words(
        "{agent} ist stumm",
        "Von diesem PC ist nichts zu hören. Solange er läuft, sammelt er weiter und sendet alles später.",
    ),
    K.AGENT_HEARD_AGAIN: Words("{agent} ist wieder zu hören", "Was inzwischen gesammelt wurde, wird gesendet."),
    K.AGENT_CONFLICTED: Words(
        "{agent} ist doppelt da", "Zwei PCs nennen sich {agent}. Beide sammeln; entscheiden, welcher davon sendet."
    ),
    K.AGENT_CERTIFICATE_DUE: Words(
        "{agent}: ein Zertifikat endet", "Dieser PC vertraut dem Server bis {ends}. Das Zertifikat vorher erneuern."
    ),
    K.AGENT_NEVER_HEARD: Words(
        "{agent} hat sich nie gemeldet",
        "Der PC {host} wurde aufgenommen, und seither kam nichts. Nachsehen, ob sein Agent läuft.",
    ),
    K.EVENTS_WAIT: Words(
        "{agent}: Ereignisse warten auf eine Entscheidung",
        "Auf der Seite Stationen annehmen oder verwerfen: {agent} wählen, dann Ausgesondert. Das erste: {message}",
    ),
    K.DEVICE_SILENT: Words("{device} antwortet nicht", "{agent} liest nichts davon. {message}"),
    K.CERTIFICATE_DUE: Words(
        "Das Zertifikat des Servers endet", "Es erneuern, bevor PCs und Programme ihm nicht mehr vertrauen."
    ),
    K.COUNTER_STRAYED: Words(
        "{machine}: der Zähler lief falsch", "{name}, Werk {plant}. Nachsehen, ob die Zahlen stimmen."
    ),
    K.CORRECTION_DONE: Words("{tag}: die Korrektur ist fertig", "{changed} von {all} {things} sind anders. {device}"),
    K.CORRECTION_FAILED: Words(
        "{tag}: die Korrektur ist gescheitert", "{problem}. {changed} von {all} {things} sind anders. {device}"
    ),
    K.CORRECTION_CANCELLED: Words(
        "{tag}: die Korrektur wurde abgebrochen",
        "Abgebrochen von {person}. {changed} von {all} {things} sind anders. {device}",
    ),
    K.INVITATION_ACCEPTED: Words("{name} hat die Einladung angenommen", "{email} hat jetzt ein Konto."),
    K.PASSWORD_ASKED: Words(
        "{name} wartet auf ein neues Kennwort",
        "Mail kommt dort nicht an: den Link von der Seite Personen übergeben. Er gilt bis {until}.",
    ),
    K.SECOND_FACTOR_REMOVED: Words(
        "Der zweite Faktor wurde entfernt",
        "Zum Anmelden reicht das Kennwort. Kam das unerwartet, das Kennwort ändern und der Administration sagen.",
    ),
}
_WORDS = {Written.ENGLISH: _ENGLISH, Written.GERMAN: _GERMAN}

_IN_GERMAN: Mapping[str, Mapping[str, str]] = {
    "called": {
        "setter": "Einrichter",
        "maintenance": "Instandhaltung",
        "quality": "Qualität",
        "logistics": "Logistik",
    },
    "things": {"values": "Messwerten", "counts": "Zählungen"},
    "person": {"somebody": "jemand"},
}
"""Parameters that are words, by what they are of those."""


def priority_of(kind: NotificationKind) -> Priority:
    """How soon somebody should look; `unknown` for a kind this version does not know."""
    return PRIORITIES.get(kind, Priority.UNKNOWN)


def words_of(kind: NotificationKind, parameters: Mapping[str, str], language: Written = Written.ENGLISH) -> Words:
    """Title and message in a language; a parameter that is not there leaves nothing behind."""
    words = _WORDS[language].get(kind, Words(str(kind), ""))
    given = defaultdict(str, parameters)
    if language is Written.GERMAN:
        given.update({name: german.get(given[name], given[name]) for name, german in _IN_GERMAN.items()})
        given["problem"] = in_language(given["problem"], "de")
    title, message = (" ".join(text.format_map(given).split()) for text in words)
    return Words(title, message)


def channel_of(
    kind: NotificationKind, by_kind: Mapping[NotificationKind, Channel], by_priority: Mapping[Priority, Channel]
) -> Channel:
    """How somebody wants to be told of the kind: as said of it, else of its priority, else in the inbox alone.

    What is said of calls at large holds for each of which nothing is said.
    """
    of_calls = by_kind.get(K.CALL_RAISED) if kind in CALLS else None
    return by_kind.get(kind) or of_calls or by_priority.get(priority_of(kind)) or Channel.INBOX

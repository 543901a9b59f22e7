"""What is refused of people and what they may do, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

IDENTITY: Mapping[str, str] = {
    "The encryption key can't read its link; ask for a new one": (
        "Der Schlüssel des Servers kann den Link nicht mehr lesen; bitte einen neuen anfordern"
    ),
    "The e-mail of whom it is for was changed before it was sent: its link opens nothing, make another": (
        "Die E-Mail-Adresse der Person wurde geändert, bevor es gesendet war: Der Link öffnet nichts, "
        "bitte einen neuen machen"
    ),
    "Only a person has an account here; this token is a machine's": "Ein Konto hat hier nur eine Person, kein Programm",
    "Only a person makes API keys; sign in instead of using a key": (
        "API-Schlüssel macht nur eine Person; bitte anmelden statt einen Schlüssel zu nehmen"
    ),
    "expires_at {}": "Gültig bis {0}",
    "{} UTC is past": "{0} UTC ist vorbei",
    "The key {} may ask {} times a minute; wait {} seconds": (
        "Der Schlüssel {0} darf {1}-mal in der Minute fragen; bitte {2} Sekunden warten"
    ),
    "this badge is {}'s; say that it is lost or revoke it first": (
        "dieser Ausweis gehört {0}; ihn zuerst als verloren melden oder sperren"
    ),
    "{} is not active, or their access has ended": "{0} ist nicht aktiv, oder der Zugang ist beendet",
    "There is no right {} that could be asked for": "Ein Recht {0}, nach dem man fragen könnte, gibt es nicht",
    "{} lacks the right {} in the plant of station {}": "{0} fehlt das Recht {1} im Werk der Station {2}",
    "{}; somebody who has it may do it": "{0}; jemand mit diesem Recht kann es tun",
    "Only a person demands a second factor, who has one; sign in instead of using a key": (
        "Einen zweiten Faktor verlangt nur eine Person, die selbst einen hat; bitte anmelden statt einen Schlüssel "
        "zu nehmen"
    ),
    "takes a second factor of your own: set one up first, else this would lock you out": (
        "braucht einen eigenen zweiten Faktor: ihn zuerst einrichten, sonst sperrt das die eigene Anmeldung aus"
    ),
    "To demand it of others takes a second factor of your own: set one up first, else this would lock you out": (
        "Wer das von anderen verlangt, braucht selbst einen zweiten Faktor: ihn zuerst einrichten, sonst sperrt "
        "das die eigene Anmeldung aus"
    ),
    " there": " dort",
    "change somebody with more rights than you": "Wer mehr Rechte hat, ist nicht änderbar",
    "change the role {}": "Die Rolle {0} ist nicht änderbar",
    "give that to a key": "Das ist keinem Schlüssel zu geben",
    "give the role {}{}": "Die Rolle {0} ist{1} nicht zu geben",
    "put that into the role {}": "Das ist nicht in die Rolle {0} aufzunehmen",
    "You can't {}: you lack {}": "{0}: dafür fehlt das eigene Recht {1}",
    "there is no role {}": "die Rolle {0} gibt es nicht",
    "there is no role {}; there are {}": "die Rolle {0} gibt es nicht; es gibt {1}",
    "{} is no permission; GET /permissions lists them": "{0} ist kein Recht",
    "There is no notification {}": "Die Benachrichtigung {0} gibt es nicht",
    "There is no session {}": "Die Sitzung {0} gibt es nicht",
    "There is no organization {}": "Die Organisation {0} gibt es nicht",
    "There is no department {}{}": "Die Abteilung {0} gibt es{1} nicht",
    " in plant {}": " im Werk {0}",
    "This {} is out of use: bring it back first": "{0} außer Gebrauch: bitte zuerst wieder in Gebrauch nehmen",
    "Only a person has a password; this token is a machine's": "Ein Kennwort hat nur eine Person, kein Programm",
    "Only a person {}; this token is a machine's": "{0}, kein Programm",
    "has a PIN": "Eine PIN hat nur eine Person",
    "has a password": "Ein Kennwort hat nur eine Person",
    "has a second factor": "Einen zweiten Faktor hat nur eine Person",
    "has an inbox": "Einen Posteingang hat nur eine Person",
    "has preferences": "Eigene Einstellungen hat nur eine Person",
    "signs in here": "Hier meldet sich nur eine Person an",
    "be given a password": "ein Kennwort bekommen",
    "invite people": "jemanden einladen",
    "make API keys": "API-Schlüssel machen",
    "make people": "Personen anlegen",
    "set a password": "ein Kennwort setzen",
    "set up a second factor": "einen zweiten Faktor einrichten",
    "In a practice organization nobody can {}: people come there from the real organization, so do it there": (
        "In einer Übungsorganisation kann niemand {0}: Dorthin kommt man aus der echten Organisation, also bitte dort"
    ),
    "make it anew there, or deactivate the real one": "dort neu machen oder die echte deaktivieren",
    "make one anew in the real organization": "in der echten Organisation eine neue machen",
    "{} is a practice organization: {}": "{0} ist eine Übungsorganisation: {1}",
    "You are signed in to {}: a superadministrator of another organization can do this": (
        "Die eigene Anmeldung ist bei {0}: Das kann die Serveradministration einer anderen Organisation"
    ),
    "Your organization is not active any more": "Die eigene Organisation ist nicht mehr aktiv",
    "The organization was changed meanwhile: you saw version {}, now it is {}": (
        "Die Organisation wurde inzwischen geändert: gesehen wurde Stand {0}, jetzt ist es Stand {1}"
    ),
    "This is not your password": "Das ist nicht das eigene Kennwort",
    "is taken: there is a role {}": "ist vergeben: Die Rolle {0} gibt es schon",
    "code {}": "Kürzel {0}",
    "is taken: somebody signs in with it": "ist vergeben: Jemand meldet sich damit an",
    "{} is taken: somebody signs in with it": "{0} ist vergeben: Jemand meldet sich damit an",
    "is taken: there is an organization {} already": "ist vergeben: Die Organisation {0} gibt es schon",
    "{} is not active; an administrator of the server can make it so again": (
        "{0} ist nicht aktiv; die Administration des Servers kann sie wieder freigeben"
    ),
    "is for a warehouse in which the person may do something": "gilt für ein Lager, in dem die Person etwas darf",
    "is_default is for a warehouse in which the person may do something": (
        "Vorgabe ist nur ein Lager, in dem die Person etwas darf"
    ),
    "You can't give the right to {} in a {}: you lack it there": (
        "Das Recht ({0}) ist dort ({1}) nicht zu geben: Es fehlt dort selbst"
    ),
    "You can't take the right to {} in a {}: you lack it there; leave it as it is": (
        "Das Recht ({0}) ist dort ({1}) nicht zu nehmen: Es fehlt dort selbst; so lassen, wie es ist"
    ),
    "is neither yes nor no": "ist weder yes (ja) noch no (nein)",
    "nobody is called {}; who is new is active": "niemand heißt {0}; wer neu ist, ist aktiv",
    "the access of {} has ended: say another end in access_ends_at, or {} for none": (
        "der Zugang von {0} ist zu Ende: in access_ends_at ein anderes Ende angeben oder {1} für keines"
    ),
    "{} is deactivated: yes in {} lets them in again; or leave the row out": (
        "{0} ist deaktiviert: yes in {1} lässt sie wieder hinein; oder die Zeile weglassen"
    ),
    "More than {} people are active": "Mehr als {0} Personen sind aktiv",
    "whole row": "ganze Zeile",
    "People changed while the file was taken over; look at a new preview": (
        "Personen haben sich geändert, während die Datei übernommen wurde; bitte eine neue Vorschau ansehen"
    ),
    "{} mistakes, the first in row {}, {}: {}": "{0} Fehler, der erste in Zeile {1}, {2}: {3}",
    "The rules were changed meanwhile: you saw version {}, now it is {}": (
        "Die Regeln wurden inzwischen geändert: gesehen wurde Stand {0}, jetzt ist es Stand {1}"
    ),
    "{}: a row is about one person": "{0}: eine Zeile gilt einer Person",
    "row {} is about the same person, {}: leave one of them": (
        "Zeile {0} gilt derselben Person, {1}: bitte eine davon weglassen"
    ),
    "it": "sie",
    "There is no setting {}; GET /settings lists them": "Die Einstellung {0} gibt es nicht",
    "{} is read before it is known whose it is: only the server sets it (/server-settings)": (
        "{0} wird gelesen, bevor bekannt ist, wem es gehört: Das stellt nur der Server ein"
    ),
    "The setting {} was changed meanwhile: you saw version {}, now it is {}": (
        "Die Einstellung {0} wurde inzwischen geändert: gesehen wurde Stand {1}, jetzt ist es Stand {2}"
    ),
    "Your preferences were changed meanwhile: you saw version {}, now it is {}": (
        "Die eigenen Einstellungen wurden inzwischen geändert: gesehen wurde Stand {0}, jetzt ist es Stand {1}"
    ),
    "Only a person goes to the practice organization; sign in instead of using a key": (
        "In die Übungsorganisation geht nur eine Person; bitte anmelden statt einen Schlüssel zu nehmen"
    ),
    "There is no practice organization yet; an administrator makes it": (
        "Noch gibt es keine Übungsorganisation; die Administration macht sie"
    ),
    "There is no practice organization yet: make one": "Noch gibt es keine Übungsorganisation: bitte eine machen",
    "There is a practice organization already, {}: make it anew": (
        "Es gibt schon eine Übungsorganisation, {0}: sie neu machen"
    ),
    "You are not in {} yet: people come in when it is made anew": (
        "In {0} fehlt diese Person noch: Personen kommen hinein, wenn sie neu gemacht wird"
    ),
    "{} is no practice organization of {}": "{0} ist keine Übungsorganisation von {1}",
    "Only a person makes a practice organization; sign in instead of using a key": (
        "Eine Übungsorganisation macht nur eine Person; bitte anmelden statt einen Schlüssel zu nehmen"
    ),
    "This is a practice organization already: go to the real one": (
        "Das ist schon eine Übungsorganisation: bitte zur echten gehen"
    ),
    "role": "Rolle",
    "user": "Person",
    "invitation": "Einladung",
    "badge": "Ausweis",
    "session": "Sitzung",
    "API key": "API-Schlüssel",
    "organization": "Organisation",
    "{} is {}'s": "{0} gehört {1}",
    "No link that {} asked for waits here: it was handed over, or is over; make one": (
        "Kein Link, um den {0} bat, wartet hier: Er wurde ausgehändigt oder ist abgelaufen; bitte einen machen"
    ),
    "The encryption key of the server was changed, and can't read this link; make another": (
        "Der Schlüssel des Servers wurde gewechselt, und dieser Link ist nicht mehr lesbar; bitte einen neuen machen"
    ),
    "The server can't read its list of breached ones ({}), by which it checks new passwords; an administrator of "
    "the server mends UNISON_BREACHED_PASSWORDS": (
        "Der Server kann seine Liste gestohlener Kennwörter nicht lesen ({0}), mit der er neue prüft; die "
        "Verwaltung des Servers berichtigt UNISON_BREACHED_PASSWORDS"
    ),
    "This is the last active administrator with a password: make somebody else one first": (
        "Dies ist die letzte aktive Verwaltung mit Kennwort: zuerst jemand anderes dazu machen"
    ),
    "What lets yourself in is changed with your own password of now": (
        "Womit man sich selbst anmeldet, ändert man mit dem eigenen jetzigen Kennwort"
    ),
    "You can't {}: the person may {} {}, and you could act as them": (
        "{0}: Die Person darf mehr ({1}, {2}), und man könnte an ihrer Stelle handeln"
    ),
    "You can't {}: you lack the right {}": "{0}: dafür fehlt das eigene Recht {1}",
    "change what somebody signs in with": "Womit sich jemand anmeldet, ist nicht änderbar",
    "hand out a badge": "Ein Ausweis ist nicht auszugeben",
    "hand over a link to a new password": "Ein Link für ein neues Kennwort ist nicht auszuhändigen",
    "hands over a link to a new password": "einen Link für ein neues Kennwort aushändigen",
    "in a {} where you may not": "dort, wo man es selbst nicht darf ({0})",
    "in every {}": "überall ({0})",
    "in the plant of station {}": "im Werk der Station {0}",
    "make a link to a new password": "Ein Link für ein neues Kennwort ist nicht zu machen",
    "once": "einmal",
    "remove a PIN": "Eine PIN ist nicht zu löschen",
    "set a PIN": "Eine PIN ist nicht zu setzen",
    "take away a second factor": "Ein zweiter Faktor ist nicht wegzunehmen",
    "the role {} is that of PCs at stations: they have it by being enrolled, and nobody is given it": (
        "die Rolle {0} ist die der PCs an Stationen: Sie haben sie durch das Anmelden des PCs, und niemand bekommt sie"
    ),
    "was found {} in stolen lists, which are tried first; take another": (
        "steht {0} in gestohlenen Listen, die zuerst probiert werden; bitte ein anderes nehmen"
    ),
    "{} lacks the right {} {}": "{0} fehlt das Recht {1} {2}",
    "{} times": "{0}-mal",
    "This warehouse is out of use, so it is nobody's default": (
        "Dieses Lager ist außer Gebrauch und darum niemandes Vorgabe"
    ),
    "has letters of a special shape; write {}": "hat Buchstaben in besonderer Form; {0} schreiben",
    "mixes letters that look alike, of {}, in {}; write it with one keyboard": (
        "mischt ähnlich aussehende Buchstaben ({0}) in {1}; mit einer Tastatur schreiben"
    ),
    "must have one default at most": "darf höchstens ein Standardlager haben",
    "must name each plant once": "muss jedes Werk einmal nennen",
    "must name each warehouse once": "muss jedes Lager einmal nennen",
    "must not contain signs that nobody sees: U+{} {}": "darf keine Zeichen enthalten, die niemand sieht: U+{0} {1}",
    "the end of {}": "das Ende von {0}",
    "People": "Personen",
    "Roles": "Rollen",
    "Whose key this is must set up a second factor; it lets nobody in before": (
        "Wem dieser Schlüssel gehört, muss einen zweiten Faktor einrichten; vorher lässt er niemanden ein"
    ),
    "row {}, {}": "Zeile {0}, {1}",
    "{} changed since the preview; look at a new one": (
        "{0} haben sich seit der Vorschau geändert; bitte eine neue ansehen"
    ),
    "{} mistakes, the first in {}: {}": "{0} Fehler, der erste in {1}: {2}",
    "created {}": "{0} angelegt",
    "changed {}": "{0} geändert",
    "deactivated {}": "{0} deaktiviert",
    "reactivated {}": "{0} wieder freigegeben",
    "retired {}": "{0} abgelöst",
    "made {} administrator of {}": "{0} zur Administration von {1} gemacht",
    "made its practice organization": "ihre Übungsorganisation angelegt",
    "retired its practice organization": "ihre Übungsorganisation abgelöst",
    "signed in to its practice organization": "in ihrer Übungsorganisation angemeldet",
    "copied masters to its practice organization": "Stammdaten in ihre Übungsorganisation kopiert",
    "set for the whole server": "für den ganzen Server eingestellt",
}

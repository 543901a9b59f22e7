"""What is refused of passwords, second factors, PINs, badges and links, in German by the English sentence."""

from __future__ import annotations

from collections.abc import Mapping

SIGNING_IN: Mapping[str, str] = {
    "Too many tries; wait {} seconds": "Zu viele Versuche; bitte {0} Sekunden warten",
    "Nobody was given this badge": "Diesen Ausweis hat niemand bekommen",
    "is among the first that are guessed; three or four words that nobody puts together are a good one": (
        "gehört zu den ersten, die geraten werden; drei oder vier Wörter, die niemand zusammenstellt, sind ein gutes"
    ),
    "says little more than {}, which is guessed first; three or four other words are a good one": (
        "sagt wenig mehr als {0}, was zuerst geraten wird; drei oder vier andere Wörter sind ein gutes"
    ),
    "new_password {}": "Das neue Kennwort {0}",
    "password {}": "Das Kennwort {0}",
    "must have {} characters or more, not {}": "muss mindestens {0} Zeichen haben, nicht {1}",
    "Too many sign in at this moment; try again": "Im Augenblick melden sich zu viele an; bitte noch einmal versuchen",
    "Too many sign on at this moment; try again": "Im Augenblick melden sich zu viele an; bitte noch einmal versuchen",
    "This account is being changed at this moment, perhaps with many others; try again in a minute": (
        "Dieses Konto wird gerade geändert, vielleicht mit vielen anderen; bitte in einer Minute noch einmal versuchen"
    ),
    "Only a person invites people; sign in instead of using a key": (
        "Nur eine Person lädt ein; bitte anmelden statt einen Schlüssel zu nehmen"
    ),
    "This invitation of {} was revoked on {}; make a new one": (
        "Diese Einladung von {0} wurde am {1} widerrufen; bitte eine neue machen"
    ),
    "{} accepted this invitation on {}; sign in, or ask for a": (
        "{0} hat diese Einladung am {1} angenommen; bitte anmelden oder erbitten:"
    ),
    "{} new password": "{0} neues Kennwort",
    "{}, or ask for one": "{0}, oder eine erbitten",
    "{} is not within the next {} days": "{0} liegt nicht in den nächsten {1} Tagen",
    "expires_at {} is not within the next {} days": "Gültig bis {0} liegt nicht in den nächsten {1} Tagen",
    "This invitation was good until {}; ask who invited you to send it anew": (
        "Diese Einladung galt bis {0}; wer eingeladen hat, kann sie neu senden"
    ),
    "This invitation gives a role that is gone ({}); ask an administrator for a new one": (
        "Diese Einladung gibt eine Rolle, die es nicht mehr gibt ({0}); die Administration kann neu einladen"
    ),
    "{} can't give any more what this invitation gives; ask an administrator for a new one": (
        "{0} kann nicht mehr geben, was diese Einladung gibt; die Administration kann neu einladen"
    ),
    "is needed: the e-mail is too long to be one": "ist nötig: Die E-Mail-Adresse ist dafür zu lang",
    "username is needed: the e-mail is too long to be one": (
        "Der Benutzername ist nötig: Die E-Mail-Adresse ist dafür zu lang"
    ),
    "This link opens nothing: was it sent anew? Open the newest, or ask for another": (
        "Dieser Link öffnet nichts: wurde er neu gesendet? Bitte den neuesten öffnen oder einen anderen erbitten"
    ),
    "This link opens nothing; ask for another": "Dieser Link öffnet nichts; bitte einen anderen erbitten",
    "{} was invited already, until {}: send that anew, or revoke it": (
        "{0} ist schon eingeladen, bis {1}: diese Einladung neu senden oder widerrufen"
    ),
    "{} is not active, or their access has ended: let them in first": (
        "{0} ist nicht aktiv, oder der Zugang ist beendet: zuerst wieder zulassen"
    ),
    "A password was chosen by this link already; sign in, or ask for another link": (
        "Mit diesem Link wurde schon ein Kennwort gewählt; bitte anmelden oder einen anderen Link erbitten"
    ),
    "This link was good until {} UTC; ask for another": "Dieser Link galt bis {0} UTC; bitte einen anderen erbitten",
    "This account is not active, or has ended; ask an administrator": (
        "Dieses Konto ist nicht aktiv oder beendet; bitte die Administration fragen"
    ),
    "{} has no access to the plant of station {}; an administrator gives it": (
        "{0} hat keinen Zugang zum Werk der Station {1}; die Administration gibt ihn"
    ),
    "This badge was reported lost; hand it in": "Dieser Ausweis ist als verloren gemeldet; bitte abgeben",
    "This badge was good until {} UTC": "Dieser Ausweis galt bis {0} UTC",
    "This badge is not valid any more; hand it in": "Dieser Ausweis gilt nicht mehr; bitte abgeben",
    "Name or PIN is wrong": "Name oder PIN ist falsch",
    "a sign-on without badge has a person and a PIN": "Wer sich ohne Ausweis anmeldet, hat einen Namen und eine PIN",
    "An authenticator is set up already; remove it first": (
        "Ein Authenticator ist schon eingerichtet; ihn bitte zuerst entfernen"
    ),
    "Begin with POST /mfa/totp": "Das Einrichten beginnt von vorn",
    "This is not the code your authenticator shows now; is its clock right?": (
        "Das ist nicht der Code, den der Authenticator jetzt zeigt; geht seine Uhr richtig?"
    ),
    "say which organization: this server has several": "bitte die Organisation angeben: Dieser Server hat mehrere",
    "This is no refresh token of this server; sign in again": "Diese Anmeldung gilt nicht mehr; bitte neu anmelden",
    "Type the code your authenticator shows, or a recovery code": (
        "Bitte den Code des Authenticators oder einen Wiederherstellungscode eingeben"
    ),
    "This code opened once already: type the next one your authenticator shows, or another recovery code": (
        "Dieser Code hat schon einmal geöffnet: bitte den nächsten Code des Authenticators oder einen anderen "
        "Wiederherstellungscode eingeben"
    ),
    "This is neither the code your authenticator shows now nor an unused recovery code": (
        "Das ist weder der Code, den der Authenticator jetzt zeigt, noch ein unbenutzter Wiederherstellungscode"
    ),
    "Organization, user or password is wrong": "Organisation, Name oder Kennwort ist falsch",
    "This agent serves no station {}": "Dieser Stations-PC bedient keine Station {0}",
    "give a badge, or user_id and pin": "einen Ausweis angeben, oder Person und PIN",
    "must be 4 to 12 digits": "muss 4 bis 12 Ziffern haben",
    "is tried first: take three different digits or more that don't just count up or down": (
        "wird zuerst probiert: bitte mindestens drei verschiedene Ziffern, die nicht nur hoch- oder herunterzählen"
    ),
    "is their employee number, which others know: take another": (
        "ist die Personalnummer, die andere kennen: bitte eine andere wählen"
    ),
    "PIN is their employee number, which others know: take another": (
        "Die PIN ist die Personalnummer, die andere kennen: bitte eine andere wählen"
    ),
}

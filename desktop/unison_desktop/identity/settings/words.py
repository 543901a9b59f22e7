"""How settings and their values read."""

from __future__ import annotations

from unison_domain.identity.overrides import OverrideKind
from unison_domain.identity.setting_contracts import (
    COUNTERSIGNED,
    SecondFactorOf,
    SettingAnswer,
    SettingKind,
    SettingSource,
    SettingUnit,
    SettingValue,
)

from unison_desktop.kernel.counted import Counted
from unison_desktop.kernel.texts import _

WORDS = {
    "identity.password_length": (_("Least length of a password"), _("Counts for new passwords; those in use stay.")),
    "identity.password_reset_by_mail": (
        _("Who forgot their password gets a link by e-mail"),
        _("Otherwise administrators are told who asks for one, and hand the link over."),
    ),
    "identity.password_reset_minutes": (
        _("Link to a new password is good for"),
        _("Counts for links made from now on."),
    ),
    "identity.second_factor_of": (
        _("Second factor is demanded of"),
        _(
            "Who signs in by a password and has none can only set one up, also where they are signed in already. "
            "Administrators are who may manage people, roles, settings or keys. You need one yourself."
        ),
    ),
    "identity.german_by_default": (
        _("Mails in German by default"),
        _("To people who prefer no language, and to those who are invited; otherwise in English."),
    ),
    "identity.time_zone": (
        _("Time zone of the organization"),
        _(
            "A day badge, or an end without a time, ends with the day there, unless a plant's clocks say otherwise. "
            "New plants begin with it."
        ),
    ),
    "identity.person_figures": (
        _("What single persons did may be asked for"),
        _("By who has the right to evaluate persons, e.g. all scans of one. Otherwise by nobody."),
    ),
    "identity.invitation_days": (_("Invitation is good for"), _("Where who invites says nothing else.")),
    "identity.session_idle_days": (
        _("Unused sign-in ends after"),
        _("Whoever uses the program in that time stays signed in, if they ticked it."),
    ),
    "identity.ended_days": (
        _("Ended sign-ins and invitations are kept for"),
        _(
            "Counted from their end. An address where nobody signed in for so long counts as a stranger's again, who "
            "may try less often."
        ),
    ),
    "identity.login_history_days": (
        _("Login history is kept for"),
        _("Who signed in, or was refused, where and when. The audit log of changes stays for good."),
    ),
    "identity.sign_in_tries": (
        _("Tries to sign in"),
        _("With one name from one address in five minutes; then it waits."),
    ),
    "identity.pin_tries": (_("Tries of a PIN"), _("Of one person at one station in five minutes; then it waits.")),
    COUNTERSIGNED[OverrideKind.STOP_REASON].key: (
        _("Badge and PIN: another's reason"),
        _("Somebody with the right confirms it when a station changes the reason another person gave of a stop."),
    ),
    COUNTERSIGNED[OverrideKind.MACHINE_STATE].key: (
        _("Badge and PIN: against signals"),
        _("Somebody with the right confirms it when a station sets a state by hand and the signals say otherwise."),
    ),
    COUNTERSIGNED[OverrideKind.SCAN_UNDONE].key: (
        _("Badge and PIN: another's scan"),
        _("Somebody with the right confirms it when a station takes back a scan another person made."),
    ),
    COUNTERSIGNED[OverrideKind.READING_UNDONE].key: (
        _("Badge and PIN: another's value"),
        _("Somebody with the right confirms it when a station takes back a value another person measured."),
    ),
    COUNTERSIGNED[OverrideKind.FAR_VALUE].key: (
        _("Badge and PIN: far value"),
        _("Somebody with the right confirms a typed value far beyond its limits, or types it at the desktop."),
    ),
    "identity.address_tries": (
        _("Tries of strangers from one address"),
        _("In five minutes, of whichever organization: a whole plant may sit behind one address."),
    ),
}
"""What a setting is called, and what it means, by its key."""
CHOICES = {
    SecondFactorOf.NOBODY: _("nobody"),
    SecondFactorOf.ADMINISTRATORS: _("administrators"),
    SecondFactorOf.EVERYBODY: _("everybody"),
}
"""What the words are called that settings can be."""
_UNITS = {
    SettingUnit.CHARACTERS: Counted(_("1 character"), _("{n} characters")),
    SettingUnit.TRIES: Counted(_("1 try"), _("{n} tries")),
    SettingUnit.MINUTES: Counted(_("1 minute"), _("{n} minutes")),
    SettingUnit.DAYS: Counted(_("1 day"), _("{n} days")),
}
_SOURCES = {
    SettingSource.ORGANIZATION: _("our organization"),
    SettingSource.SERVER: _("the server, for all"),
    SettingSource.DEFAULT: _("Unison"),
}


def name(one: SettingAnswer) -> str:
    """What it is called; one of a newer server by its key."""
    return WORDS[one.key][0] if one.key in WORDS else one.key


def meaning(one: SettingAnswer) -> str:
    """What it does."""
    return WORDS[one.key][1] if one.key in WORDS else ""


def value_of(one: SettingAnswer, value: SettingValue | None) -> str:
    """A value of it, with what it counts."""
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        return choices(one).get(value, value)
    return _UNITS[one.unit].said(value) if one.unit in _UNITS else str(value)


def choices(one: SettingAnswer) -> dict[str, str]:
    """What it can be chosen from, and how each reads; a newer server's by its word."""
    words = {str(known): text for known, text in CHOICES.items()}
    return {choice: words.get(choice, choice) for choice in one.choices}


def source(one: SettingAnswer) -> str:
    """Who said what holds."""
    return _SOURCES.get(one.source, "")


def limits(one: SettingAnswer) -> str:
    """What it can be set to."""
    if one.choices:
        *first, last = choices(one).values()
        return _("{others} or {last}").format(others=", ".join(first), last=last)
    if one.kind == SettingKind.TIME_ZONE:
        return _("a place whose clocks count")
    if one.least is None or one.most is None:
        return _("yes or no")
    return _("{least} to {most}").format(least=one.least, most=one.most)

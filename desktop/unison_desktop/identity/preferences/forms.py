"""The form of one's preferences."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QWidget
from unison_domain.identity.notification_contracts import CALLS, Channel, NotificationKind, Priority
from unison_domain.identity.notification_words import priority_of
from unison_domain.identity.preference_contracts import PreferencesAnswer, PreferencesReplace

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.dialog import FormDialog
from unison_desktop.frame.form.editors import ChoiceEditor, Editor
from unison_desktop.frame.form.fields import Field, Values
from unison_desktop.identity import calls
from unison_desktop.identity.preferences.words import CHANNELS, KINDS, PRIORITIES, THEMES, UNITS
from unison_desktop.kernel.client import Call
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.time_zones import zone_names

_LANGUAGES = (
    "cs",
    "de",
    "en",
    "en-GB",
    "es",
    "fr",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "pt-BR",
    "ro",
    "sv",
    "tr",
    "zh",
)
NO_MAIL = _("You have no e-mail address here, so nothing is mailed to you. An administrator can add one.")
_PRIORITY, _KIND = "priority_", "kind_"
_PLAIN = ("language", "time_zone", "units", "theme")


class PreferencesDialog(FormDialog):
    """Sets all of them at once."""

    def __init__(self, desk: Desk, known: PreferencesAnswer, parent: QWidget) -> None:
        super().__init__(
            desk,
            _fields(),
            PreferencesReplace,
            title=_("Preferences"),
            values=flat(known),
            version=known.version,
            intro="" if desk.session.me and desk.session.me.email else NO_MAIL,
            parent=parent,
        )

    def send(self, body: BaseModel) -> Call:
        return calls.change_preferences(
            self.desk.session.client, body, version=self.version or 0, owner=self.desk.session
        )

    def typed(self) -> dict[str, object]:
        held = super().typed()
        plain: dict[str, object] = {name: held[name] for name in _PLAIN}
        return {**plain, "by_priority": _channels(held, _PRIORITY), "by_kind": _channels(held, _KIND)}

    def shown(self, current: Values) -> Values:
        known = PreferencesAnswer.model_validate(current)
        return {**flat(known), "version": known.version}

    def field_of(self, path: str) -> str:
        return path.replace("by_priority.", _PRIORITY).replace("by_kind.", _KIND)


def flat(known: PreferencesAnswer) -> dict[str, Any]:
    """Preferences as the form has them, a field for each channel."""
    said = known.model_dump(mode="json", include=set(_PLAIN))
    priorities = {f"{_PRIORITY}{one}": known.by_priority.get(one, Channel.INBOX).value for one in PRIORITIES}
    kinds = {f"{_KIND}{one}": _value(known.by_kind, one) for one in KINDS}
    return {**said, **priorities, **kinds}


def language_name(language: str) -> str:
    """What a language is called in itself."""
    locale = QLocale(language)
    return f"{locale.nativeLanguageName()} ({language})"


def _value(by_kind: Mapping[NotificationKind, Channel], kind: NotificationKind) -> str | None:
    return by_kind[kind].value if kind in by_kind else None


def _channels(held: Mapping[str, object], beginning: str) -> dict[str, object]:
    """The channel of each; None of what the person left as it comes."""
    return {name.removeprefix(beginning): value for name, value in held.items() if name.startswith(beginning)}


def _fields() -> list[Field]:
    channels = {channel.value: text for channel, text in CHANNELS.items()}
    own = _("as on this PC")
    languages = {one: language_name(one) for one in _LANGUAGES}
    return [
        Field(
            "language",
            _("Language"),
            partial(_choice, languages, own),
            _("Of numbers at once, of texts from the next start on: they are there in English and German."),
        ),
        Field(
            "time_zone",
            _("Time zone"),
            partial(_choice, {name: name for name in zone_names()}, _("as on this PC, mail as in the organization")),
            _("Of times in your mail and inbox, of sessions, people and keys. What is of a plant goes by its clock."),
        ),
        Field(
            "units",
            _("Units"),
            partial(_choice, {one.value: text for one, text in UNITS.items()}, ""),
            _(
                "Measured values stand in them too: 0.120 mm (0.00472 in). What is recorded, typed, sorted and "
                "exported, and its limits, stay in the unit of the characteristic."
            ),
        ),
        Field(
            "theme",
            _("Colours"),
            partial(_choice, {one.value: text for one, text in THEMES.items()}, ""),
            _("Wherever you sign in. The menu changes them on one PC alone."),
        ),
        *(_priority(place, priority, channels) for place, priority in enumerate(PRIORITIES)),
        *(_kind(place, kind, channels) for place, kind in enumerate(KINDS)),
    ]


def _priority(place: int, priority: Priority, channels: Mapping[str, str]) -> Field:
    heading = "" if place else _("How I am told, by priority")
    make = partial(_choice, channels, "")
    return Field(f"{_PRIORITY}{priority}", PRIORITIES[priority], make, heading=heading)


def _kind(place: int, kind: NotificationKind, channels: Mapping[str, str]) -> Field:
    heading = "" if place else _("Otherwise for some of it")
    make = partial(_choice, channels, _("as any call") if kind in CALLS else _("by its priority"))
    help_ = _("Its priority is {priority}.").format(priority=PRIORITIES[priority_of(kind)].lower())
    return Field(f"{_KIND}{kind}", KINDS[kind], make, help_, heading=heading, more=True)


def _choice(choices: Mapping[str, str], nothing: str, parent: QWidget) -> Editor:
    return ChoiceEditor(parent, choices, nothing=nothing)

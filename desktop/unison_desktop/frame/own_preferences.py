"""Makes the program look as its person prefers, wherever they sign in; what this PC remembers holds until it is known.

A theme chosen in the menu is this PC's. It stays until the person changes their preferences, here or elsewhere.
Texts are in another language from the next start on, which is said.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QLocale, QObject, Signal
from unison_domain.identity.preference_contracts import PreferencesAnswer
from unison_domain.identity.preference_contracts import Theme as Wanted

from unison_desktop.frame.theme import Scheme, Theme
from unison_desktop.identity import calls
from unison_desktop.identity.session import Session
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.language import is_spoken, remember_language
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.own_clock import choose_clock
from unison_desktop.kernel.own_units import choose_units
from unison_desktop.kernel.preferences import Preferences
from unison_desktop.kernel.texts import _

TOPIC = "identity.preferences"


class OwnPreferences(QObject):
    """Asks for them after each sign-in and when they changed; a failure leaves everything as it is.

    Signals:
        noted: what the person should know of what they chose.
    """

    noted = Signal(str)

    def __init__(self, session: Session, theme: Theme, preferences: Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._theme, self._preferences = session, theme, preferences
        self._reading = OneAtATime(partial(calls.preferences, session.client), self)
        self._reading.read.connect(self._follow)
        self._is_telling = False
        session.signed_in.connect(self._on_signed_in)
        session.changes.changed.connect(self._on_change)

    def _on_signed_in(self) -> None:
        if not self._session.is_held_back:
            self._reading.ask()

    def _on_change(self, change: Change) -> None:
        if change.concerns((TOPIC,)) and not self._is_telling:
            self._reading.ask()

    def _show_anew(self) -> None:
        """What is on screen is read again, with its times and units; preferences are what was just read."""
        self._is_telling = True
        self._session.changes.announce_all()
        self._is_telling = False

    def _follow(self, known: PreferencesAnswer) -> None:
        """Once for each version of them."""
        me = self._session.me
        if me is None:
            return
        is_another_clock, are_other_units = choose_clock(known.time_zone), choose_units(known.units)
        if is_another_clock or are_other_units:
            self._show_anew()
        if not known.version:
            return
        key, version = f"preferences/{me.id}", str(known.version)
        if self._preferences.text(key) == version:
            return
        self._preferences.set(key, version)
        remember_language(self._preferences, known.language)
        if not is_spoken(known.language):
            named = QLocale(known.language) if known.language else QLocale.system()
            text = _("Texts are in {language} from the next start of Unison on.")
            self.noted.emit(text.format(language=named.nativeLanguageName()))
        if known.theme is not Wanted.UNKNOWN:
            self._theme.choose(Scheme(known.theme.value))

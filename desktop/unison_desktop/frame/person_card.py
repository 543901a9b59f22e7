"""Who am I: the person, what they may do, and where."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from unison_domain.identity.contracts import Me

from unison_desktop.frame.overlay import Overlay
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.identity.role_words import own_roles
from unison_desktop.identity.session import Session
from unison_desktop.kernel.own_clock import own_time
from unison_desktop.kernel.texts import _


class PersonCard(Overlay):
    """Shown over the window; made from the session each time it opens.

    Signals:
        sessions_asked: the person wants to see where they are signed in.
        second_factor_asked: they want to see how their second factor stands, or set their PIN.
        preferences_asked: they want to choose how the program looks, and how they are told of things.
    """

    sessions_asked = Signal()
    second_factor_asked = Signal()
    preferences_asked = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._session = session
        self._icon = QLabel(self.card)
        self._name = QLabel(self.card)
        self._name.setFont(theme.font(Type.TITLE))
        self._facts = QWidget(self.card)
        self._close = QPushButton(_("Close"), self.card)
        self._close.clicked.connect(self.close_card)
        sign_out = QPushButton(_("Sign out"), self.card)
        sign_out.clicked.connect(session.sign_out)
        sessions = QPushButton(_("My sessions"), self.card)
        sessions.clicked.connect(self.sessions_asked)
        second_factor = QPushButton(_("Password, second factor and PIN"), self.card)
        second_factor.clicked.connect(self.second_factor_asked)
        preferences = QPushButton(_("Preferences"), self.card)
        preferences.clicked.connect(self.preferences_asked)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._icon)
        head.addWidget(self._name, 1)
        foot = QHBoxLayout()
        foot.addWidget(sessions)
        foot.addWidget(second_factor)
        foot.addWidget(preferences)
        foot.addStretch(1)
        foot.addWidget(sign_out)
        foot.addWidget(self._close)
        self._column = QVBoxLayout()
        self._column.setContentsMargins(24, 22, 24, 20)
        self._column.setSpacing(16)
        self._column.addLayout(head)
        self._column.addWidget(self._facts)
        self._column.addLayout(foot)
        self.card_layout.addLayout(self._column)

    def open(self) -> None:
        me = self._session.me
        if me is None:
            return
        self._icon.setPixmap(self.theme.pixmap("user", 32, "accent"))
        self._name.setText(me.full_name)
        self._show_facts(_facts(me, self._session.client.server))
        super().open()

    def place_card(self) -> None:
        self.card.adjustSize()
        width = min(max(440, self.card.sizeHint().width()), self.width() - 40)
        height = min(self.card.sizeHint().height(), self.height() - 40)
        self.card.setGeometry((self.width() - width) // 2, max(20, self.height() // 7), width, height)

    def first_focus(self) -> QWidget:
        return self._close

    def _show_facts(self, facts: list[tuple[str, str]]) -> None:
        fresh = QWidget(self.card)
        form = QFormLayout(fresh)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(20)
        form.setVerticalSpacing(9)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for label, value in facts:
            name = QLabel(label, fresh)
            name.setProperty("role", "muted")
            text = QLabel(value, fresh)
            text.setWordWrap(True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(name, text)
        self._column.replaceWidget(self._facts, fresh)
        self._facts.deleteLater()
        self._facts = fresh
        fresh.show()


def _facts(me: Me, server: str) -> list[tuple[str, str]]:
    facts = [
        (_("User name"), me.username),
        (_("Employee number"), me.employee_code or ""),
        (_("E-mail"), me.email or ""),
        (_("Organization"), f"{me.organization_name} ({me.organization_code})"),
        (_("Roles"), own_roles(me)),
        (_("Plants"), _plants(me)),
        (_("Signed in"), own_time(me.signed_in_at).strftime("%Y-%m-%d %H:%M")),
        (_("Server"), server),
    ]
    return [(label, value) for label, value in facts if value]


def _plants(me: Me) -> str:
    if me.all_plants:
        return _("all, reading and writing")
    writes = sum(plant.can_write for plant in me.plants)
    if me.reads_all_plants:
        return _("all to read, {writes} of them to write").format(writes=writes)
    return _("{reads} to read, {writes} of them to write").format(reads=len(me.plants), writes=writes)

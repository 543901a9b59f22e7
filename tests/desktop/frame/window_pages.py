"""Pages as rooms write them, for tests of the window around them."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.frame.place import Place, Record
from unison_desktop.frame.window import MainWindow
from unison_desktop.kernel.client import ApiClient, ListCall
from unison_desktop.kernel.texts import _
from unison_domain.stations.contracts import AgentAnswer

TOPIC = "stations.agent.changed"


class PcsPage(Page):
    """A page as rooms write them."""

    topics = ("stations.agent",)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.loads = 0
        self.names: list[str] = []
        self.set_title(_("PCs"))
        self.add_command("pc.count", _("Count the PCs"), self.count, shortcuts="Ctrl+T")
        self.counted = 0

    def load(self) -> None:
        self.loads += 1
        client = self.desk.session.client
        self.ask(client.get_all("/agents", item=AgentAnswer, owner=self), self._show)

    def count(self) -> None:
        self.counted += 1

    def _show(self, agents: list[AgentAnswer]) -> None:
        self.names = [agent.name for agent in agents]


class PcPage(Page):
    """A page reached from another."""

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.set_title(f"PC {place.argument}")

    def trail(self) -> list[tuple[str, Place]]:
        return [("PCs", Place("pcs"))]


def pcs(client: ApiClient, *, owner: QWidget) -> ListCall:
    return client.get_all("/agents", item=AgentAnswer, owner=owner)


def pc_record(item: object) -> Record:
    assert isinstance(item, AgentAnswer)
    return Record(item.name, item.hostname or "", Place("pc", str(item.id)), "stations")


ENTRIES = (
    PageEntry("pcs", "PCs", "stations", f"{__name__}:PcsPage", "pcs", (f"{__name__}:pcs", f"{__name__}:pc_record")),
    PageEntry("pc", "PC", "stations", f"{__name__}:PcPage", "pcs"),
    PageEntry("more", "More", "machines", f"{__name__}:PcPage", "more"),
    PageEntry("secret", "Secret", "key", f"{__name__}:PcPage", "secret", needs="identity.user.create"),
)


def pcs_page(window: MainWindow) -> PcsPage:
    page = window.page
    assert isinstance(page, PcsPage)
    return page


def command(window: MainWindow, id_: str) -> Command:
    return next(command for command in window.commands if command.id == id_)


def key(qtbot: QtBot, window: MainWindow, key: Qt.Key, control: bool = True) -> None:
    QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier)

"""Taking plants, work centers and machines out of use, after a question that says what goes with them."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject, Signal
from unison_domain.machines.calls import CallAnswer
from unison_domain.machines.contracts import MachineAnswer
from unison_domain.stations.contracts import TagAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.page import Page
from unison_desktop.frame.question import Question
from unison_desktop.kernel.texts import _
from unison_desktop.machines import calls as machine_calls
from unison_desktop.machines.setup import calls
from unison_desktop.stations import calls as station_calls

_TAGS_RIGHT = "stations.tag.read"
_CALLS_RIGHT = "machines.call.read"
_STAYS = _("It is not offered and not shown any more. What was recorded of it stays; “Out of use…” brings it back.")


class Ending(QObject):
    """Asks, and takes out of use what was asked about.

    Signals:
        ended: what is out of use now.
        failed: the `ApiError` with which it was refused.
    """

    ended = Signal(object)
    failed = Signal(object)

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        self._asked_of: calls.Thing | None = None
        self._tags: int = 0

    def ask(self, thing: calls.Thing) -> None:
        """Ask whether; of a machine once it is read what is told of it, as far as the person may see that."""
        self._asked_of, self._tags = thing, 0
        if not isinstance(thing, MachineAnswer):
            self._open(0)
        elif self._page.desk.session.may(_TAGS_RIGHT):
            client = self._page.desk.session.client
            self._page.ask(station_calls.tags(client, thing.id, owner=self._page), self._take_tags)
        else:
            self._read_calls(thing.id)

    def _take_tags(self, tags: list[TagAnswer]) -> None:
        self._tags = len(tags)
        if self._asked_of is not None:
            self._read_calls(self._asked_of.id)

    def _read_calls(self, machine_id: UUID) -> None:
        session = self._page.desk.session
        if session.may(_CALLS_RIGHT):
            call = machine_calls.open_calls(session.client, machine_id, owner=self._page)
            self._page.ask(call, self._take_calls)
        else:
            self._open(0)

    def _take_calls(self, open_calls: list[CallAnswer]) -> None:
        self._open(len(open_calls))

    def _open(self, open_calls: int) -> None:
        thing, self._asked_of = self._asked_of, None
        if thing is None:
            return
        question = Question(
            thing,
            self._page.desk.theme,
            self._page,
            asks=_("Deactivate {name}?").format(name=thing.name),
            explains=" ".join([*_goes_with_it(self._tags, open_calls), _STAYS]),
            yes=_("Deactivate"),
        )
        question.confirmed.connect(self._deactivate)
        question.open()

    def _deactivate(self, thing: calls.Thing) -> None:
        call = calls.deactivate(self._page.desk.session.client, thing, owner=self._page)
        call.done.connect(self._on_done)
        call.failed.connect(self.failed)

    def _on_done(self, thing: calls.Thing) -> None:
        self._page.desk.messages.say(_("{name} is out of use.").format(name=thing.name), Tone.GOOD)
        self.ended.emit(thing)


def _goes_with_it(tags: int, open_calls: int) -> list[str]:
    said = []
    if tags:
        many = _("Its {n} tags are not read until it is brought back.").format(n=tags)
        said.append(_("Its 1 tag is not read until it is brought back.") if tags == 1 else many)
    if open_calls:
        many = _("Its {n} open calls for help end.").format(n=open_calls)
        said.append(_("Its 1 open call for help ends.") if open_calls == 1 else many)
    return said

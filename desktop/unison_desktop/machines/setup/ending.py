"""Taking plants, work centers and machines out of use, after a question that says what goes with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal
from unison_domain.machines.calls import CallAnswer
from unison_domain.machines.contracts import MachineAnswer
from unison_domain.stations.contracts import TagAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.page import Page
from unison_desktop.frame.question import Question
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.texts import _
from unison_desktop.machines import calls as machine_calls
from unison_desktop.machines.setup import calls
from unison_desktop.stations import calls as station_calls

_TAGS_RIGHT = "stations.tag.read"
_CALLS_RIGHT = "machines.call.read"
_STAYS = _("It is not offered and not shown any more. What was recorded of it stays; “Out of use…” brings it back.")


@dataclass(eq=False)
class _Asking:
    """What is asked about, and what goes with it as far as that is read."""

    thing: calls.Thing
    tags: int = 0
    open_calls: int = 0


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
        self._asking: _Asking | None = None

    def ask(self, thing: calls.Thing) -> None:
        """Ask whether; of a machine once it is read what is told of it, as far as the person may see that.

        What can't be read is not told: it stands in nobody's way.
        """
        asking = self._asking = _Asking(thing)
        if not isinstance(thing, MachineAnswer):
            self._open(asking)
        elif self._page.desk.session.may(_TAGS_RIGHT):
            call = station_calls.tags(self._page.desk.session.client, thing.id, owner=self._page)
            call.done.connect(partial(self._take_tags, asking))
            call.failed.connect(partial(self._read_calls, asking))
        else:
            self._read_calls(asking)

    def _take_tags(self, asking: _Asking, tags: list[TagAnswer]) -> None:
        asking.tags = len(tags)
        self._read_calls(asking)

    def _read_calls(self, asking: _Asking, _error: object = None) -> None:
        session = self._page.desk.session
        if session.may(_CALLS_RIGHT):
            call = machine_calls.open_calls(session.client, asking.thing.id, owner=self._page)
            call.done.connect(partial(self._take_calls, asking))
            call.failed.connect(partial(self._open, asking))
        else:
            self._open(asking)

    def _take_calls(self, asking: _Asking, open_calls: list[CallAnswer]) -> None:
        asking.open_calls = len(open_calls)
        self._open(asking)

    def _open(self, asking: _Asking, _error: object = None) -> None:
        if asking is not self._asking:
            return
        self._asking = None
        question = Question(
            asking.thing,
            self._page.desk.theme,
            self._page,
            asks=_("Deactivate {name}?").format(name=asking.thing.name),
            explains=" ".join([*_goes_with_it(asking.tags, asking.open_calls), _STAYS]),
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
        one = _("Its 1 tag is not read until it is brought back.")
        said.append(counted(tags, one, _("Its {n} tags are not read until it is brought back.")))
    if open_calls:
        one = _("Its 1 open call for help ends.")
        said.append(counted(open_calls, one, _("Its {n} open calls for help end.")))
    return said

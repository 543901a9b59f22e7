"""Whether pages go when they are closed, in the middle of their requests too."""

from __future__ import annotations

import weakref
from collections.abc import Callable

from pytestqt.qtbot import QtBot
from unison_desktop.frame.page import Page

from tests.desktop.conftest import end_deletions


def left_after_closing(qtbot: QtBot, make: Callable[[], Page], times: int = 20) -> int:
    """Opens and closes a page so often, every other time before it has its answer; answers with how many are left."""
    pages = []
    for n in range(times):
        page = make()
        pages.append(weakref.ref(page))
        page.show()
        page.load()
        if n % 2:
            with qtbot.waitSignal(page.loaded):
                pass
        page.close()
        page.deleteLater()
        del page
        end_deletions()
    return sum(page() is not None for page in pages)

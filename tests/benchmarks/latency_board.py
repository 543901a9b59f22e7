"""The desktop with its machine board off screen, signed in to a real server, telling when it painted which state.

Arguments: server address, organization, user, password. Prints a JSON line for every tile painted with another state:
`machine`, `since` (start of the state) and `at` (seconds since the epoch, when its painting had ended); ends when
standard input does.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

from PySide6.QtCore import QSocketNotifier
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from unison_desktop.frame.application import Application, Options
from unison_desktop.frame.crash import CrashRecorder
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Theme
from unison_desktop.machines import board
from unison_desktop.machines.board_view import BoardView
from unison_desktop.machines.fleet import Fleet


class WatchedBoard(BoardView):
    """Tells each state once its tile is painted."""

    def __init__(self, fleet: Fleet, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(fleet, theme, parent)
        self._told: dict[UUID, datetime | None] = {}

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - a Qt override
        """What the fleet holds when painting begins is what is painted: both happen on this thread."""
        super().paintEvent(event)
        at = time.time()
        for machine_id in self.visible_ids():
            since = self._fleet.live(machine_id).since
            is_told = machine_id in self._told and self._told[machine_id] == since
            if not is_told and event.region().intersects(self.tile_rect(machine_id)):
                self._told[machine_id] = since
                said = {"machine": str(machine_id), "since": since and since.isoformat(), "at": at}
                print(json.dumps(said), flush=True)


def main() -> None:
    """Run until standard input ends."""
    _program, server, organization, user, password = sys.argv
    app = QApplication(["unison-desktop"])
    ending = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, app)
    ending.activated.connect(app.quit)
    with tempfile.TemporaryDirectory() as folder, patch.object(board, "BoardView", WatchedBoard):
        options = Options(
            server=server, organization=organization, user=user, password=password, place=Place("machines")
        )
        program = Application(app, Path(folder), options, CrashRecorder(Path(folder), app))
        program.session.signed_in.connect(lambda: _enlarge(program))
        program.start()
        app.exec()
        program.stop()


def _enlarge(program: Application) -> None:
    """Every tile is in sight. Connected after the program's own slot: the window exists."""
    if program.window is not None:
        program.window.resize(1920, 1080)


if __name__ == "__main__":
    main()

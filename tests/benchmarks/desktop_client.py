"""The desktop as it starts for a person, with a watch on it. Prints one JSON object and ends.

Arguments: server address, moment the process was asked for (seconds since the epoch), what to watch (`start`, `cpu` or
`frames`) and for how many seconds.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
from unison_desktop.frame.application import Application, Options
from unison_desktop.frame.crash import CrashRecorder
from unison_desktop.frame.place import Place
from unison_desktop.machines.board import BoardPage
from unison_desktop.machines.tile import Density

_IMPORTED = time.time()
_SCREEN = (3840, 2160)
"""A wall on which all 200 tiles are in sight with all their details: the hardest case."""


class WatchedApplication(QApplication):
    """Measures how long each event is handled, painting included: no frame takes longer than the longest of them.

    The measuring itself costs time, so the share of the processor is watched in a run without it.
    """

    longest = longest_cpu = 0.0
    depth = 0

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        if self.depth:
            return super().notify(receiver, event)
        self.depth, since, since_cpu = 1, time.perf_counter(), time.thread_time()
        try:
            return super().notify(receiver, event)
        finally:
            self.depth = 0
            self.longest = max(self.longest, time.perf_counter() - since)
            self.longest_cpu = max(self.longest_cpu, time.thread_time() - since_cpu)


class Watched(QObject):
    """Follows the start up to the first painted tiles, then the running for a while."""

    def __init__(self, app: QApplication, server: str, asked_at: float, seconds: float) -> None:
        super().__init__(app)
        self._app, self._asked_at, self._seconds = app, asked_at, seconds
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        options = Options(server=server, organization="DEMO", user="paula", password="x", place=Place("machines"))
        self._program = Application(app, folder, options, CrashRecorder(folder, app))
        self.found: dict[str, float] = {"interpreter_and_imports": _IMPORTED - asked_at}
        self._mark = _IMPORTED
        self._lap("application")
        self._program.session.signed_in.connect(self._on_signed_in)
        self._program.start()

    def _lap(self, name: str) -> None:
        now = time.time()
        self.found[name] = now - self._mark
        self._mark = now

    def _on_signed_in(self) -> None:
        """Connected after the program's own slot: the window with the board exists already."""
        self._lap("sign_in_and_window")
        window = self._program.window
        assert window is not None
        assert isinstance(window.page, BoardPage)
        window.resize(*_SCREEN)
        self._board = window.page.board
        self._board.set_density(Density.NORMAL)
        self._board.painted.connect(self._on_painted)

    def _on_painted(self) -> None:
        self._lap("data_and_paint")
        self.found["total"] = time.time() - self._asked_at
        self.found["cpu"] = time.process_time()
        self._board.painted.disconnect(self._on_painted)
        QTimer.singleShot(1500 if self._seconds else 0, self._watch)

    def _watch(self) -> None:
        self._painted = self._board.paint_count
        self._from, self._from_cpu = time.perf_counter(), time.process_time()
        if isinstance(self._app, WatchedApplication):
            self._app.longest = self._app.longest_cpu = 0.0
        QTimer.singleShot(int(self._seconds * 1000), self._on_watched)

    def _on_watched(self) -> None:
        if self._seconds:
            lasted = time.perf_counter() - self._from
            self.found |= {
                "cpu_share": (time.process_time() - self._from_cpu) / lasted,
                "tiles_in_sight": float(len(self._board.visible_ids())),
                "tiles_per_second": (self._board.paint_count - self._painted) / lasted,
            }
        if isinstance(self._app, WatchedApplication):
            self.found |= {"longest_frame": self._app.longest, "longest_frame_cpu": self._app.longest_cpu}
        print(json.dumps(self.found), flush=True)
        self._program.stop()
        self._app.quit()


def main() -> None:
    _program, server, asked_at, what, seconds = sys.argv
    app = (WatchedApplication if what == "frames" else QApplication)(["unison-desktop"])
    watched = Watched(app, server, float(asked_at), float(seconds))
    app.exec()
    watched.deleteLater()


if __name__ == "__main__":
    main()

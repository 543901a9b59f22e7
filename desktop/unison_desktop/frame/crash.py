"""When the program itself is wrong: write it down, tell the person once, go on."""

from __future__ import annotations

import faulthandler
import hashlib
import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QObject, QSysInfo, Signal, qVersion

LARGEST_LOG = 1_000_000
_log = logging.getLogger(__name__)


class CrashRecorder(QObject):
    """Catches what no code caught and writes it to `crashes.jsonl` (one rotation) in the data folder.

    Signals:
        crashed: the report as text; each different crash once per run.
    """

    crashed = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = folder / "crashes.jsonl"
        self._fault_file = folder / "fault.txt"
        self._fault: TextIO | None = None
        self._seen: set[str] = set()

    def install(self) -> str:
        """Catch from now on; answers with what a hard crash of the last run left, empty if it ended well."""
        sys.excepthook = self._on_exception
        left = self._left_fault()
        self._fault = self._fault_file.open("w", encoding="utf-8")
        faulthandler.enable(self._fault)
        return left

    def uninstall(self) -> None:
        """The program ends well."""
        if self._fault is not None:
            sys.excepthook = sys.__excepthook__
            faulthandler.disable()
            self._fault.close()
            self._fault_file.unlink(missing_ok=True)

    def _left_fault(self) -> str:
        try:
            return self._fault_file.read_text("utf-8", errors="replace").strip()
        except OSError:
            return ""

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        told = "".join(traceback.format_exception(kind, error, trace))
        _log.error("unhandled exception\n%s", told)
        where = "".join(traceback.format_tb(trace)) + kind.__name__
        key = hashlib.sha256(where.encode()).hexdigest()[:16]
        self._write(key, told)
        if key not in self._seen:
            self._seen.add(key)
            self.crashed.emit(report(told))

    def _write(self, key: str, told: str) -> None:
        try:
            if self._file.exists() and self._file.stat().st_size > LARGEST_LOG:
                self._file.replace(self._file.with_suffix(".1.jsonl"))
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"at": datetime.now(UTC).isoformat(), "key": key, "report": told}) + "\n")
        except OSError as error:
            _log.error("the crash could not be written to %s: %s", self._file, error)


def report(told: str) -> str:
    """What to send: versions and the traceback, nothing about the person or their data beyond it."""
    versions = f"Python {sys.version.split()[0]}, PySide6 {pyside_version}, Qt {qVersion()}"
    return f"Unison desktop\n{versions}\n{QSysInfo.prettyProductName()}\n\n{told}"

"""`unison-desktop` from its options to its exit code; whoever imports this has chosen the language of texts before."""

from __future__ import annotations

import argparse
import logging
import os
import platform
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from unison_desktop.frame.application import Application, Options, password_from_environment
from unison_desktop.frame.crash import CrashRecorder
from unison_desktop.frame.display import lacking_display, lacking_packages
from unison_desktop.frame.pages import BY_NAME, ENTRIES
from unison_desktop.frame.place import Place
from unison_desktop.frame.server_address import BadAddressError, server_address
from unison_desktop.frame.single_instance import SingleInstance
from unison_desktop.kernel.language import speak_for_toolkit
from unison_desktop.kernel.preferences import data_folder

_NO_DISPLAY = "unison-desktop: {why}: start it in a desktop session, or set QT_QPA_PLATFORM=offscreen for --screenshot."

_NO_LIBRARIES = """unison-desktop: libraries that Qt opens windows with are missing. On Debian, once, as root:
  apt-get install --no-install-recommends {packages}"""

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def run(arguments: list[str] | None = None) -> int:
    """Run until the last window is closed; answers with the exit code."""
    options = _read(arguments)
    lacking = lacking_display() if platform.system() == "Linux" else None
    if lacking is not None and options.screenshot is None:
        print(_NO_DISPLAY.format(why=lacking), file=sys.stderr)
        return 2
    if lacking is None and platform.system() == "Linux" and (packages := lacking_packages()):
        print(_NO_LIBRARIES.format(packages=" ".join(packages)), file=sys.stderr)
        return 2
    if lacking is not None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    qInstallMessageHandler(_on_qt_message)
    app = QApplication(["unison-desktop"])
    app.setApplicationName("Unison")
    app.setDesktopFileName("unison-desktop")
    speak_for_toolkit(app)
    folder = data_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as error:
        print(f"unison-desktop: {folder} can't be written ({error.strerror}): set UNISON_DATA.", file=sys.stderr)
        return 2
    door = SingleInstance(folder, app)
    if options.screenshot is None and not door.claim(str(options.place or "")):
        print("Unison is already open; its window comes to the front.")
        return 0
    crashes = CrashRecorder(folder, app)
    fault = "" if options.screenshot else crashes.install()  # taking a picture does not disturb the open program
    program = Application(app, folder, options, crashes)
    door.knocked.connect(program.come_forward)
    program.finished.connect(app.quit)
    app.setQuitOnLastWindowClosed(False)
    _let_signals_in(app)
    if fault:
        program.tell_last_fault(fault)
    program.start()
    code = app.exec()
    program.stop()
    if program.no_picture:
        print(f"unison-desktop: no picture was taken: {program.no_picture}", file=sys.stderr)
        code = 1
    door.release()
    crashes.uninstall()
    qInstallMessageHandler(None)
    return code


def _read(arguments: list[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="unison-desktop",
        description="The desktop of Unison.",
        epilog=_after_options(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--server", type=_address, help="address of the server, e.g. unison.example")
    parser.add_argument("--organization", help="code of the organization")
    parser.add_argument("--user", help="user name, e-mail or employee number")
    parser.add_argument("--page", type=_place, help="page to open, as listed below, e.g. machines or machine/ID")
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help="write a PNG of the first page and end")
    read = parser.parse_args(arguments)
    return Options(read.server, read.organization, read.user, password_from_environment(), read.page, read.screenshot)


def _after_options() -> str:
    pages = "\n".join(f"  {entry.name:18}{entry.title}" for entry in ENTRIES)
    remembered = "UNISON_PASSWORD signs in without asking; UNISON_DATA is the folder for what is remembered."
    return f"pages:\n{pages}\n\n{remembered}"


def _place(typed: str) -> Place:
    place = Place.parse(typed)
    if place.page not in BY_NAME:
        raise argparse.ArgumentTypeError(f"there is no page {place.page!r}; pages are {', '.join(BY_NAME)}")
    return place


def _address(typed: str) -> str:
    try:
        return server_address(typed)
    except BadAddressError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _let_signals_in(app: QApplication) -> None:
    """Ctrl+C and a service manager's TERM end the program; Python only sees them while it runs, so it is woken."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _quit)
    waker = QTimer(app, interval=300)
    waker.timeout.connect(_stay_awake)
    waker.start()


def _quit(_number: int, _frame: object) -> None:
    QApplication.quit()


def _stay_awake() -> None:
    """Running any Python lets pending signals be handled."""


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    logging.getLogger("qt").log(_LEVELS[kind], "%s", text)

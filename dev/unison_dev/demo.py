"""`./unison demo`: everything set up and running, to be looked at."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from unison_dev.clone import ROOT
from unison_dev.demo_organization import ORGANIZATION, PASSWORD, PLANNER
from unison_dev.floor import PORTS, Floor, Tell
from unison_dev.programs import BIN, Program, ProgramEndedError

_LEAST_LIFE_SECONDS = 5
"""A program that ends sooner would end again."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `demo`."""
    checking = "a minute without a window: play a shop, then compare truth and database"
    parser.add_argument("--check", action="store_true", help=checking)
    parser.add_argument("--fresh", action="store_true", help="forget what the demo kept and begin anew")
    parser.add_argument("--remove", action="store_true", help="delete all that the demo kept, and start nothing")
    parser.add_argument("--no-desktop", action="store_true", help="don't open the desktop")


def run(arguments: argparse.Namespace) -> int:
    """Start everything and wait; Ctrl+C, or closing the desktop, ends it."""
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {what}", flush=True)

    for number in _ENDING:
        signal.signal(number, _interrupt)
    try:
        if arguments.check:
            from unison_dev import demo_check

            return demo_check.run(_folder() / "check", tell)
        return _remove() if arguments.remove else _show(arguments, tell)
    except ProgramEndedError as error:
        print(f"unison demo: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"unison demo: {error.filename or 'the demo'}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _interrupt(_number: int, _frame: object) -> None:
    """End in order at the first Ctrl+C; further ones would break into that."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _folder() -> Path:
    """The data folder of this clone, so that `./unison status`, `backup` and the others speak of the demo."""
    return Path(os.environ.get("UNISON_DATA", ROOT / ".unison")).absolute()


def _remove() -> int:
    folder = _folder()
    if not folder.exists():
        print(f"There is nothing in {folder}: the demo kept nothing there")
        return 0
    with Floor(folder, "demo") as floor:
        floor.forget()
    print(f"Deleted: {folder} and its databases. All the rest lies in {ROOT}: delete that, too, to be rid of Unison")
    return 0


def _show(arguments: argparse.Namespace, tell: Tell) -> int:
    if arguments.fresh:
        with Floor(_folder(), "demo", tell) as floor:
            floor.begin_anew()
        (_folder() / PORTS).unlink()
    with Floor(_folder(), "demo", tell, log_level="info") as floor:
        floor.start()
        desktop = _desktop(floor)
        print(f"\nThe server answers at {floor.url}; organization {ORGANIZATION}, everybody's password is {PASSWORD}.")
        print("Sign in as anna (administrator), paul (planner), sven (supervisor in Kiel), petr (operator in Brno) …")
        if desktop is None or arguments.no_desktop:
            print(f"To open the desktop, from this machine:\n  {_by_hand(floor)}")
            desktop = None
        else:
            tell("opening the desktop")
            floor.launch(desktop)
        print(f"The pages of the people at the machines: {' '.join(f'{page}/station' for page in floor.pages)}")
        print(f"What each agent reads and sends: {' '.join(floor.pages)}")
        ways = "Ctrl+C ends everything" if desktop is None else "Ctrl+C, or closing the desktop, ends everything"
        print(
            f"What each program says: {floor.folder / 'logs'}. What is killed is started again. {ways}.\n", flush=True
        )
        tell("ready")
        try:
            _watch(floor, desktop, tell)
        except KeyboardInterrupt:
            pass
        finally:
            tell("ending everything")
    return 0


def _watch(floor: Floor, desktop: Program | None, tell: Tell) -> None:
    """Until the desktop is closed. What ends is started again; raises when it ends again within seconds."""
    started = dict.fromkeys((floor.server, floor.shop, *floor.agents), time.monotonic())
    while desktop is None or desktop.running:
        for program, since in started.items():
            if program.running:
                continue
            if time.monotonic() - since < _LEAST_LIFE_SECONDS:
                raise ProgramEndedError(f"{program.name} {program.ending}.\n{program.tail()}")
            tell(f"{program.name} {program.ending}: starting it again")
            floor.restart(program)
            started[program] = time.monotonic()
        time.sleep(0.3)


def _desktop(floor: Floor) -> Program | None:
    """The desktop signed in as the planner, where there is a display."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return None
    environment = {"UNISON_PASSWORD": PASSWORD, "UNISON_DATA": str(floor.folder / "desktop")}
    return Program("desktop", _desktop_command(floor), floor.folder / "logs" / "desktop.log", environment)


def _desktop_command(floor: Floor) -> list[str]:
    named = [f"--server={floor.url}", f"--organization={ORGANIZATION}", f"--user={PLANNER.username}"]
    return [str(BIN / "unison-desktop"), *named]


def _by_hand(floor: Floor) -> str:
    return subprocess.list2cmdline(_desktop_command(floor))

"""`unison-station simulate`: run a simulated shop, or describe it."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from unison_station.simulate.control import Control
from unison_station.simulate.description import DEFAULT_SERIAL_FOLDER, describe, endpoints_of
from unison_station.simulate.ledger import Ledger, read_ledger
from unison_station.simulate.scenario import PACKAGED, Scenario, ScenarioError, load_scenario
from unison_station.simulate.shop import Shop
from unison_station.simulate.wall_clock import VARIABLE
from unison_station.wording import count_words

DEFAULT_PORT_BASE = 15_020


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.description = (
        "Runs machines that speak Modbus/TCP and fail on demand, until Ctrl+C; the ledger tells what they truly made. "
        "To try an agent on them: `simulate --describe > shop.json`, then `run --configuration shop.json`."
    )
    known = ", ".join(PACKAGED)
    parser.add_argument("scenario", nargs="?", default="demo", help=f"a TOML file, or one of {known} (default: demo)")
    option = parser.add_argument
    option(
        "--ledger", type=Path, default=Path("ledger.jsonl"), help="the truth is appended here (default: %(default)s)"
    )
    option("--host", default="127.0.0.1", help="address the machines listen on (default: %(default)s)")
    option(
        "--port-base",
        type=int,
        default=DEFAULT_PORT_BASE,
        help="first of the machines' ports, one after the other; 0 takes free ones (default: %(default)s)",
    )
    option(
        "--serial-folder",
        type=Path,
        default=DEFAULT_SERIAL_FOLDER,
        help="where the machines' serial lines appear, under their names (default: %(default)s)",
    )
    option(
        "--page",
        type=_page,
        action="append",
        default=[],
        metavar="STATION=URL",
        help="where the agent of a station has its page, on which somebody asks its cameras to measure; again for each",
    )
    option("--ports-file", type=Path, help="written once all listens: control port, ledger and description")
    option("--control-port", type=int, default=0, help="loopback port for faults on demand (default: any free one)")
    option(
        "--clock-file",
        type=Path,
        help=f"where clock steps are written; an agent on this machine that is started with {VARIABLE}=FILE has its "
        "wall clock set by them, for tests only (default: clock steps stand in the ledger alone)",
    )
    option("--speed", type=float, default=1.0, help="how much faster than life (default: %(default)s)")
    option("--seed", type=int, default=1, help="the same seed gives the same shop (default: %(default)s)")
    option("--seconds", type=float, help="end after so long; by default run until stopped")
    option("--describe", action="store_true", help="print the configuration of an agent that fits, as JSON, and end")


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit code is 0, or 2 when it can't be done as asked, with the reason on stderr."""
    try:
        scenario = load_scenario(args.scenario)
        ports = _ports(scenario, args.port_base)
        if not 0 < args.speed <= 1000:
            raise ScenarioError(f"--speed {args.speed:g} must be above 0 and at most 1000")
        if args.describe:
            return _print_description(scenario, args, ports)
        return asyncio.run(_simulate(scenario, args, ports))
    except ScenarioError as error:
        print(f"unison-station simulate: {error}", file=sys.stderr)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"unison-station simulate: {place}{error.strerror}; choose another port or file", file=sys.stderr)
    return 2


def _page(text: str) -> tuple[str, str]:
    station, is_given, url = text.partition("=")
    if not is_given or not url.startswith("http://"):
        raise argparse.ArgumentTypeError(f"{text} is not STATION=URL, such as HALL-1=http://127.0.0.1:8470/")
    return station, url


def _ports(scenario: Scenario, base: int) -> dict[str, int]:
    names = endpoints_of(scenario)
    if base and not 1 <= base <= 65_536 - len(names):
        raise ScenarioError(f"--port-base {base} leaves no room for {len(names)} ports below 65536")
    return {name: base + place if base else 0 for place, name in enumerate(names)}


def _print_description(scenario: Scenario, args: argparse.Namespace, ports: dict[str, int]) -> int:
    if not args.port_base:
        raise ScenarioError("--describe needs fixed ports: give --port-base, or run with --ports-file and read that")
    print(describe(scenario, args.host, ports, args.speed, args.serial_folder).configuration.model_dump_json(indent=1))
    return 0


async def _simulate(scenario: Scenario, args: argparse.Namespace, ports: dict[str, int]) -> int:
    before = read_ledger(args.ledger)
    args.ledger.parent.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(args.ledger)
    shop = Shop(
        scenario,
        ledger,
        host=args.host,
        ports=ports,
        speed=args.speed,
        seed=args.seed,
        before=before,
        clock_file=args.clock_file,
        serial_folder=args.serial_folder,
        pages=dict(args.page),
    )
    control = Control(shop, args.control_port)
    try:
        await shop.start()
        await control.start()
        _announce(shop, control, args)
        await _until_stopped(shop, control, args.seconds)
    finally:
        await control.stop()
        await shop.stop()
        ledger.close()
    return 0


def _announce(shop: Shop, control: Control, args: argparse.Namespace) -> None:
    description = shop.description
    if args.ports_file is not None:
        listening: dict[str, Any] = {
            "control": {"host": "127.0.0.1", "port": control.port},
            "ledger": str(args.ledger.resolve()),
            "shop": description.model_dump(mode="json"),
        }
        fresh = args.ports_file.with_name(args.ports_file.name + ".new")
        fresh.write_text(json.dumps(listening, indent=1), "utf-8")
        fresh.replace(args.ports_file)
    lines = sorted({device.line for device in description.devices})
    machines = f"{count_words(len(description.machines), 'machine')} on {', '.join(lines)}"
    print(f"{description.name}: {machines}, control on {control.port}, ledger {args.ledger}", flush=True)
    for code in shop.instruments:
        print(f"  {code} at {args.serial_folder / code}", flush=True)


async def _until_stopped(shop: Shop, control: Control, seconds: float | None) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, control.stopped.set)
    play = asyncio.create_task(shop.run())

    def stop_on_failure(played: asyncio.Task[None]) -> None:
        if not played.cancelled() and played.exception():
            control.stopped.set()

    play.add_done_callback(stop_on_failure)
    # A shop whose machines are all finished still answers: an agent may have to catch up.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await control.stopped.wait()
    play.cancel()
    with suppress(asyncio.CancelledError):
        await play

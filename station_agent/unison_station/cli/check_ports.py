"""`unison-station check --listen`: what do scanners and gauges send?"""

from __future__ import annotations

import argparse
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock

from pydantic import ValidationError
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.device_settings import Parity
from unison_domain.stations.peripherals import GaugeConfiguration, ScannerConfiguration
from unison_domain.stations.serial_settings import SerialSettings

from unison_station.cli.arguments import CommandError, configuration_of, seconds
from unison_station.platform.input_device import known_keyboards
from unison_station.port_check import Listener, keyboard, listen, listener_of, serial, unknown_listener
from unison_station.wording import count_words, problems_in

_LINE = re.compile(r"(?P<baud_rate>\d+) ?(?P<data_bits>[78])(?P<parity>[NEO])(?P<stop_bits>[12])")
_AGENT_HAS_IT = (
    "  the agent of this PC may be that program: stop it first (Ctrl+C where `unison-station run` runs, "
    "or `sudo systemctl stop unison-station`)"
)
_PARITIES = {parity[0].upper(): parity for parity in Parity}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `check` for scanners and gauges."""
    parser.add_argument(
        "--listen",
        type=seconds,
        metavar="SECONDS",
        help="show for so long what scanners and gauges send, byte by byte, and what it means",
    )
    parser.add_argument(
        "--port",
        metavar="PORT",
        help="with --listen: only this one, by the name of a scanner or gauge; or any serial port or keyboard device, "
        "configured or not (--line sets its speed, by default 9600 8N1)",
    )
    parser.add_argument(
        "--ask",
        metavar="HEX",
        help="with --port: bytes to send first, so that a gauge answers, e.g. 530D0A for S CR LF",
    )


def run(arguments: argparse.Namespace) -> int:
    """Listen; 0 when something that could be read came from each."""
    listeners = [_named(arguments)] if arguments.port else _configured(configuration_of(arguments))
    if not listeners:
        print("The configuration names no scanners or gauges; any port is listened to with --port.")
        return 0
    lock, spoke_last = Lock(), ""

    def say(name: str, line: str) -> None:
        """All are heard at once: what is indented stands under the name of whom it is of."""
        nonlocal spoke_last
        with lock:
            if line.startswith(" ") and name != spoke_last:
                print(f"{name}:")
            spoke_last = name
            print(line, flush=True)

    def heard(listener: Listener) -> bool:
        tell = partial(say, listener.name)
        try:
            count = listen(listener, arguments.listen, tell)
        except ConnectionError as error:
            tell(f"{listener.name}: {error}")
            if "in use by another program" in str(error):
                tell(_AGENT_HAS_IT)
            return False
        tell(f"{listener.name}: {count_words(count, 'message')} could be read")
        return count > 0

    with ThreadPoolExecutor(len(listeners)) as threads:
        good = sum(threads.map(heard, listeners))
    return 0 if good == len(listeners) else 1


def _configured(configuration: AgentConfiguration) -> list[Listener]:
    return [
        listener_of(one, configuration.characteristics, configuration.item_patterns)
        for one in configuration.peripherals
        if isinstance(one, ScannerConfiguration | GaugeConfiguration)
    ]


def _named(arguments: argparse.Namespace) -> Listener:
    port: str = arguments.port
    known = _known(arguments, port)
    if known is not None:
        return known
    if port in known_keyboards() or port.startswith("/dev/input/"):
        opening, place = keyboard(port)
        return unknown_listener(port, opening, place, None)
    settings = _LINE.fullmatch(arguments.line or "9600 8N1")
    if settings is None:
        raise CommandError(f'--line {arguments.line}: give it as BAUD, data bits, parity, stop bits, e.g. "9600 8N1"')
    numbers = {name: int(settings[name]) for name in ("baud_rate", "data_bits", "stop_bits")}
    try:
        opening, place = serial(SerialSettings(port=port, parity=_PARITIES[settings["parity"]], **numbers))
        question = bytes.fromhex(arguments.ask) if arguments.ask else None
    except ValidationError as error:
        raise CommandError(f"--port {port}: {'; '.join(problems_in(error))}") from None
    except ValueError:
        raise CommandError(f"--ask {arguments.ask}: give bytes in hexadecimal, e.g. 530D0A") from None
    return unknown_listener(port, opening, place, question)


def _known(arguments: argparse.Namespace, port: str) -> Listener | None:
    """A configured scanner or gauge of this name; with a speed or a question of one's own none is."""
    if arguments.line or arguments.ask:
        return None
    try:
        configuration = configuration_of(arguments)
    except CommandError:
        if arguments.configuration is not None:
            raise
        return None
    return next((one for one in _configured(configuration) if one.name == port), None)

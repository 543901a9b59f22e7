"""`unison-station run`: the agent itself, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import logging
import threading
from contextlib import ExitStack
from pathlib import Path

from unison_station.agent import Agent
from unison_station.cli.arguments import add_configuration, add_data, own_folder_of, port
from unison_station.cli.signals import on_stop
from unison_station.configuration_file import load_configuration
from unison_station.platform.memory import share_arenas
from unison_station.platform.service import Service
from unison_station.recording import RecordingWriter
from unison_station.simulate.wall_clock import shop_time
from unison_station.store import StoreDamaged
from unison_station.uplink.identity import Identity, NotEnrolled, load_identity

log = logging.getLogger(__name__)

HEALTH_PORT = 8470
_LOOKED_EVERY_SECONDS = 1.0
"""So long an enrolment waits for the service at most."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `run`."""
    parser.description = (
        "Reads the devices, keeps every event on disk and sends it to the server, until SIGTERM or Ctrl+C. "
        "With --configuration it does what that file says and sends nothing."
    )
    add_data(parser)
    add_configuration(parser)
    parser.add_argument(
        "--port", type=port, default=HEALTH_PORT, metavar="N", help=f"of the local page (default {HEALTH_PORT})"
    )
    parser.add_argument("--record", type=Path, metavar="FILE", help="also keep what the devices answer, for `replay`")


def run(arguments: argparse.Namespace) -> int:
    """Work until told to stop."""
    share_arenas()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    folder = own_folder_of(arguments)
    given = load_configuration(arguments.configuration) if arguments.configuration else None
    service = Service.of_environment()
    told = threading.Event()
    identity = None if given else _identity(folder, service, told)
    with ExitStack() as stack:
        recorder = stack.enter_context(RecordingWriter(arguments.record)) if arguments.record else None

        def agent() -> Agent:
            one = Agent(
                folder,
                identity=identity,
                configuration=given,
                health_port=arguments.port,
                recorder=recorder,
                system=shop_time(),
                service=service,
            )
            on_stop(one.stop)
            return one

        first = agent()
        if told.is_set():
            service.stopping()
            return 0
        try:
            asyncio.run(first.run())
        except StoreDamaged as error:
            if service.address or first.is_told_to_stop:
                raise
            log.error("%s; without a service manager, this agent starts again by itself, once", error)
            asyncio.run(agent().run())
    return 0


def _identity(folder: Path, service: Service, told: threading.Event) -> Identity | None:
    """Who this agent is. A service waits for its enrolment; None where it is told to stop (`told`) meanwhile.

    Raises:
        NotEnrolled: nobody is, and no service manager started this.
    """
    said = ""
    while not told.is_set():
        try:
            return load_identity(folder)
        except NotEnrolled as error:
            if not service.address:
                raise
            if str(error) != said:
                said = str(error)
                on_stop(told.set)
                log.warning("waiting to be enrolled: %s", said)
                service.ready()
        service.alive()
        told.wait(min(service.feeding_seconds or _LOOKED_EVERY_SECONDS, _LOOKED_EVERY_SECONDS))
    return None

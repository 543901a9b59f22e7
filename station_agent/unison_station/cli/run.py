"""`unison-station run`: the agent itself, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import logging
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
from unison_station.uplink.identity import load_identity

log = logging.getLogger(__name__)

HEALTH_PORT = 8470


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
    identity = None if given else load_identity(folder)
    service = Service.of_environment()
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
        try:
            asyncio.run(first.run())
        except StoreDamaged as error:
            if service.address or first.is_told_to_stop:
                raise
            log.error("%s; without a service manager, this agent starts again by itself, once", error)
            asyncio.run(agent().run())
    return 0

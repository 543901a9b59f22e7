"""`unison-station record` and `replay`: what the devices said, kept; and the events that follow from it, again."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path

import orjson
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.readings import Moment

from unison_station.cli.arguments import CommandError, add_configuration, add_data, configuration_of, seconds
from unison_station.cli.signals import on_stop
from unison_station.devices.observation import Observation
from unison_station.devices.poller import Poller
from unison_station.platform.boot import boot_seconds
from unison_station.recording import RecordingWriter, replay
from unison_station.store.rows import encode
from unison_station.wording import count_words

STEP_SECONDS = 0.25
"""How often what came is written as one step."""


def add_record_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `record`."""
    parser.description = (
        "Polls the devices of the configuration and writes what they answer, raw and with times, one JSON object per "
        "line, until Ctrl+C. Nothing is sent and the agent's own data is not touched."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="recording to begin; must not exist")
    parser.add_argument("--seconds", type=seconds, metavar="N", help="stop by itself after so long")
    add_data(parser)
    add_configuration(parser)


def record(arguments: argparse.Namespace) -> int:
    """Record until told to stop."""
    configuration = configuration_of(arguments)
    if not any(device.tags for device in configuration.devices):
        raise CommandError("the configuration names no device with tags: there is nothing to record")
    with RecordingWriter(arguments.file) as writer:
        asyncio.run(_record(configuration, writer, arguments.seconds))
    if writer.failure is not None:
        raise CommandError(writer.failure)
    steps = count_words(writer.steps, "step")
    print(f"{steps} recorded; what follows from them: unison-station replay {arguments.file}", file=sys.stderr)
    return 0


async def _record(configuration: AgentConfiguration, writer: RecordingWriter, ends_after: float | None) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    on_stop(lambda: loop.call_soon_threadsafe(stop.set))
    if ends_after is not None:
        loop.call_later(ends_after, stop.set)
    waiting: list[Observation] = []
    poller = Poller(waiting.append, _now)
    writer.begin(configuration, {}, _now())
    await poller.apply(configuration)
    while not stop.is_set():
        await asyncio.wait((asyncio.ensure_future(stop.wait()),), timeout=STEP_SECONDS)
        observations, waiting[:] = tuple(waiting), []
        if observations:
            writer.step(observations, _now())
        writer.step((), _now())
    await poller.stop()


def add_replay_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `replay`."""
    parser.description = (
        "Derives the events of a recording again, with the rules of this version, and prints them one JSON object per "
        "line; or compares them with a file of such lines."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a recording")
    parser.add_argument("--data", action=_NoData, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    parser.add_argument("--expect", type=Path, metavar="EVENTS", help="exit 1 unless the events are those of this file")


class _NoData(argparse.Action):
    """`--data`, as the other commands have it; argparse would only say that it is unrecognized."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        parser.error("replay takes no --data: a recording holds its configuration, nothing else is read")


def replay_file(arguments: argparse.Namespace) -> int:
    """Print or compare the events of a recording."""
    events = (encode(event) for event in replay(arguments.file))
    if arguments.expect is None:
        for event in events:
            sys.stdout.write(event.decode() + "\n")
        return 0
    try:
        expected = arguments.expect.read_bytes().splitlines()
    except OSError as error:
        raise CommandError(f"{arguments.expect} can not be read: {error.strerror}") from None
    for number, (got, wanted) in enumerate(zip_longest(events, expected), 1):
        if not expected:
            raise CommandError(
                f"{arguments.expect} is empty, and events follow from the recording: keep those that are right with "
                f"unison-station replay {arguments.file} >EVENTS"
            )
        if got is None or wanted is None or _parsed(got) != _parsed(wanted):
            print(f"event {number} differs\n  expected {_shown(wanted)}\n  replayed {_shown(got)}")
            return 1
    print(f"{count_words(len(expected), 'event')}, all as expected")
    return 0


def _parsed(line: bytes) -> object:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return line


def _shown(line: bytes | None) -> str:
    return "nothing more" if line is None else line.decode(errors="replace")


def _now() -> Moment:
    return Moment(datetime.now(UTC), boot_seconds())

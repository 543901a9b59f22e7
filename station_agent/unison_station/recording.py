"""Recordings: what was seen of the devices, raw and with times, one JSON object per line; and the events that follow.

The first line carries the configuration and what was known before, further ones a changed configuration, the definition
of a request, or one step: observations and the moment they were judged at. The rules are pure, so a replay gives the
events of the run, on any machine and with any later version to compare.
"""

from __future__ import annotations

import base64
import errno
import logging
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self
from uuid import UUID

import orjson
from pydantic import ValidationError
from unison_domain.stations.configuration import AgentConfiguration, RegisterTable
from unison_domain.stations.events import Event
from unison_domain.stations.read_plan import Block, Refusal, Span
from unison_domain.stations.readings import Moment

from unison_station.clock import EPOCH, Line
from unison_station.devices.observation import BlockRead, Observation
from unison_station.engine.derivation import STEADY, Derivation
from unison_station.wording import problems_in

FORMAT = 1

log = logging.getLogger(__name__)


class RecordingUnreadable(Exception):
    """The file is missing or is no recording; the message names the line."""


class RecordingWriter:
    """Writes a recording (a `Recorder` of the engine), line by whole line: one that is cut off can be replayed.

    Attributes:
        steps: written so far.
        failure: why nothing more is written, e.g. a full disk; whoever is recorded goes on.
    """

    def __init__(self, path: Path) -> None:
        """Begin a new file.

        Raises:
            RecordingUnreadable: it can't be written, or is there already.
        """
        try:
            self._file: IO[bytes] = path.open("xb", buffering=0)
        except OSError as error:
            raise RecordingUnreadable(f"{path} can not be written: {error.strerror}") from None
        self._blocks: dict[Block, int] = {}
        self.steps = 0
        self.failure: str | None = None

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def begin(
        self, configuration: AgentConfiguration, stored: Mapping[str, bytes], now: Moment, line: Line = STEADY
    ) -> None:
        """The first line: what a `Derivation` is made from."""
        state = {key: base64.b64encode(value).decode() for key, value in stored.items()}
        given = {"configuration": _plain(configuration), **_line(line), "state": state}
        self._write({"recording": FORMAT, **_moment(now), **given})

    def configured(self, configuration: AgentConfiguration, now: Moment, line: Line) -> None:
        """Another configuration holds from here on."""
        self._write({**_moment(now), "configuration": _plain(configuration), **_line(line)})

    def step(self, observations: Sequence[Observation], now: Moment, again: Collection[UUID] = ()) -> None:
        """What `Derivation.step` gets."""
        seen = [self._observation(observation) for observation in observations]
        told = {"again": [str(machine) for machine in again]} if again else {}
        self._write({**_moment(now), "observations": seen, **told})
        self.steps += 1

    def _observation(self, seen: Observation) -> dict[str, Any]:
        return {
            "device": str(seen.device_id),
            **_moment(seen.moment),
            "silence": seen.silence,
            "is_offline": seen.is_offline,
            "refusals": [[str(refusal.tag_id), refusal.exception, refusal.message] for refusal in seen.refusals],
            "reads": [self._read(read) for read in seen.reads],
        }

    def _read(self, read: BlockRead) -> dict[str, Any]:
        told = {
            "block": self._number(read.block),
            **_moment(read.moment),
            "seconds": read.seconds,
            "values": read.values,
            "problem": read.problem,
            "exception": read.exception,
            "doubtful": read.doubtful,
        }
        return {key: value for key, value in told.items() if value is not None and value is not False}

    def _number(self, block: Block) -> int:
        number = self._blocks.get(block)
        if number is None:
            number = self._blocks[block] = len(self._blocks)
            spans = [[str(span.tag_id), span.address, span.count] for span in block.spans]
            place = {"table": block.table, "address": block.address, "count": block.count}
            self._write({"block": number, **place, "poll_seconds": block.poll_seconds, "spans": spans})
        return number

    def _write(self, line: dict[str, Any]) -> None:
        if self.failure is not None:
            return
        text = orjson.dumps(line) + b"\n"
        try:
            if self._file.write(text) < len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            self.failure = f"the recording ends here: {error.strerror}"
            log.error("%s", self.failure)


def replay(path: Path) -> Iterator[Event]:
    """The events that follow from a recording, in order.

    Raises:
        RecordingUnreadable: no such file, or a line that is no recording.
    """
    derivation: Derivation | None = None
    blocks: dict[int, Block] = {}
    for number, line in _lines(path):
        try:
            if "recording" in line:
                derivation, now = _begun(line), _moment_of(line)
            elif derivation is None:
                raise ValueError("the first line of a recording is missing")
            elif "configuration" in line:
                now = _moment_of(line) if "at" in line else now  # recordings of earlier versions do not say
                derivation.apply(_configuration_of(line), now, _line_of(line))
            elif "block" in line:
                blocks[line["block"]] = _block(line)
            else:
                observations = [_observation(told, blocks) for told in line["observations"]]
                again = [UUID(machine) for machine in line.get("again", ())]
                yield from derivation.step(observations, _moment_of(line), again).events
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RecordingUnreadable(f"{path} line {number} is no part of a recording: {_words(error)}") from error
    if derivation is None:
        raise RecordingUnreadable(f"{path} is no recording: it holds not one whole line")


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every whole line; the last one may have been cut off."""
    try:
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                if not text.endswith(b"\n"):
                    return
                line = orjson.loads(text)
                if not isinstance(line, dict):
                    raise RecordingUnreadable(f"{path} line {number} is no part of a recording: it is no JSON object")
                yield number, line
    except OSError as error:
        raise RecordingUnreadable(f"{path} can not be read: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        raise RecordingUnreadable(f"{path} line {number} is no JSON: {error.msg}") from None


def _begun(line: Mapping[str, Any]) -> Derivation:
    if line["recording"] != FORMAT:
        raise ValueError(f"format {line['recording']} is not understood, only {FORMAT}")
    state = {key: base64.b64decode(value) for key, value in line["state"].items()}
    return Derivation(_configuration_of(line), state, _moment_of(line), _line_of(line))


def _configuration_of(line: Mapping[str, Any]) -> AgentConfiguration:
    return AgentConfiguration.model_validate(line["configuration"])


def _observation(told: Mapping[str, Any], blocks: Mapping[int, Block]) -> Observation:
    return Observation(
        UUID(told["device"]),
        tuple(_read(read, blocks) for read in told["reads"]),
        tuple(Refusal(UUID(tag), exception, message) for tag, exception, message in told["refusals"]),
        told["silence"],
        told["is_offline"],
        _moment_of(told),
    )


def _read(told: Mapping[str, Any], blocks: Mapping[int, Block]) -> BlockRead:
    return BlockRead(
        blocks[told["block"]],
        told.get("values"),
        told.get("problem"),
        told.get("exception"),
        told.get("doubtful", False),
        _moment_of(told),
        told["seconds"],
    )


def _block(told: Mapping[str, Any]) -> Block:
    spans = tuple(Span(UUID(tag), address, count) for tag, address, count in told["spans"])
    return Block(RegisterTable(told["table"]), told["address"], told["count"], told["poll_seconds"], spans)


def _moment(moment: Moment) -> dict[str, Any]:
    return {"at": moment.at.isoformat(), "monotonic": moment.monotonic}


def _moment_of(told: Mapping[str, Any]) -> Moment:
    return Moment(datetime.fromisoformat(told["at"]), float(told["monotonic"]))


def _line(line: Line) -> dict[str, Any]:
    return {"correction": line.correction, "begun": line.begun.isoformat()}


def _line_of(told: Mapping[str, Any]) -> Line:
    """Recordings of earlier versions tell less."""
    begun = datetime.fromisoformat(told["begun"]) if "begun" in told else EPOCH
    return Line(begun, told.get("correction"))


def _plain(configuration: AgentConfiguration) -> dict[str, Any]:
    return configuration.model_dump(mode="json")


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(problems_in(error))
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)

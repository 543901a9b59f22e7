"""A scenario: which machines a simulated shop has and what happens to each, as a TOML file.

    name = "small"
    [[station]]
    code = "HALL-1"
    name = "Hall 1"
    plant = "P1"
    [[machine]]
    code = "PRESS-1"
    name = "Press 1"
    station = "HALL-1"
    maker = "a"
    steps = [{ do = "run", seconds = 30 }, { do = "fault", seconds = 5, alarms = [3] }]

Steps with `seconds` follow one another; resets, troubles and clock steps happen beside them and take no time. A machine
whose `loop` is false stays in its last state.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from unison_domain.kernel.contracts import Code, Name

from unison_station.simulate.instrument_plans import InstrumentPlan
from unison_station.simulate.makers import MAKERS
from unison_station.wording import problems_in

PACKAGED = ("demo", "check")
"""Scenarios that come with the agent, by name."""

Positive = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class ScenarioError(Exception):
    """A scenario can't be used; the text says which file, where and why."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Run(_Part):
    """Produce a part every `cycle` seconds (default: the ideal cycle), every `scrap_every`-th of them scrap."""

    do: Literal["run"]
    seconds: Positive
    cycle: Positive | None = None
    scrap_every: Annotated[int, Field(ge=0)] = 0


class Pause(_Part):
    """Produce nothing for some time. `no_output` says it runs; `micro_stop` is a `stop` by another name."""

    do: Literal[
        "stop", "micro_stop", "no_output", "starve", "block", "setup", "cleaning", "maintenance", "emergency_stop"
    ]
    seconds: Positive


class Fault(_Part):
    """Stop with alarms (bits or codes of the maker): the first at the stop, each further one half a second later."""

    do: Literal["fault"]
    seconds: Positive
    alarms: Annotated[list[Annotated[int, Field(ge=0, le=15)]], Field(min_length=1, max_length=8)]


class ResetCounter(_Part):
    """Somebody sets the part counters to zero."""

    do: Literal["reset_counter"]


class Trouble(_Part):
    """The line is bad for some time.

    Attributes:
        do: `silent` gives no reply; `late` replies after `delay` real seconds; `short` replies with a register too few;
            `garbled` with a broken frame; `exception` with `code`; `unplugged` closes the port.
    """

    do: Literal["silent", "late", "short", "garbled", "exception", "unplugged"]
    seconds: Positive
    delay: Positive = 1.0
    code: Annotated[int, Field(ge=1, le=255)] = 6


class ClockStep(_Part):
    """The wall clock of the station is set by `delta` seconds, for agents started with the shop's clock file."""

    do: Literal["clock_step"]
    delta: Annotated[float, Field(allow_inf_nan=False)]


Step = Annotated[Run | Pause | Fault | ResetCounter | Trouble | ClockStep, Field(discriminator="do")]


class StationPlan(_Part):
    """A workplace of the shop and the plant it stands in."""

    code: Code
    name: Name
    plant: Code


class SerialLinePlan(_Part):
    """A serial line; machines whose `endpoint` is its code are slaves on it."""

    code: Code
    baud_rate: Annotated[int, Field(ge=300, le=115_200)] = 19_200


class MachinePlan(_Part):
    """One machine.

    Attributes:
        maker: whose register map it has: `a` or `b`.
        endpoint: machines of the same endpoint share one port, as units behind a gateway, or a serial line of that
            code; by default each has a port of its own.
        first_good, first_scrap: what the counters show at the beginning.
        spread: durations and cycles vary by up to this share, from the seed.
    """

    code: Code
    name: Name
    station: Code
    maker: Literal["a", "b"]
    endpoint: Code | None = None
    unit_id: Annotated[int, Field(ge=1, le=247)] = 1
    ideal_cycle_seconds: Positive = 1.0
    poll_seconds: Annotated[float, Field(ge=0.05, le=60)] = 0.5
    on_delay_seconds: Annotated[float, Field(ge=0, le=60)] = 0.5
    off_delay_seconds: Annotated[float, Field(ge=0, le=60)] = 1.0
    idle_after_seconds: Positive | None = None
    first_good: Annotated[int, Field(ge=0)] = 0
    first_scrap: Annotated[int, Field(ge=0)] = 0
    loop: bool = True
    spread: Annotated[float, Field(ge=0, lt=1)] = 0.0
    steps: Annotated[list[Step], Field(min_length=1)]

    @model_validator(mode="after")
    def _can_be_played(self) -> Self:
        if not any(isinstance(step, Run | Pause | Fault) for step in self.steps):
            raise ValueError(f"machine {self.code}: no step takes time, so nothing would ever happen")
        unseen = {step.do for step in self.steps} & {"starve", "block"} if self.maker == "a" else set()
        if unseen:
            raise ValueError(f"machine {self.code}: maker a has no signal for {', '.join(sorted(unseen))}; maker b has")
        texts = MAKERS[self.maker].alarm_texts
        alarms = {alarm for step in self.steps if isinstance(step, Fault) for alarm in step.alarms}
        if alarms - texts.keys():
            missing, known = min(alarms - texts.keys()), ", ".join(map(str, texts))
            raise ValueError(f"machine {self.code}: maker {self.maker} has no alarm {missing}, only {known}")
        return self


class Scenario(_Part):
    """A whole shop.

    Attributes:
        begins: when the steps of a machine start: at once, or `settle_seconds` after somebody first reads it, so that
            nothing happens before an agent looks.
    """

    name: Name
    begins: Literal["at_once", "at_contact"] = "at_once"
    settle_seconds: Annotated[float, Field(ge=0, le=600)] = 3.0
    stations: Annotated[list[StationPlan], Field(alias="station", min_length=1)]
    serial_lines: Annotated[list[SerialLinePlan], Field(alias="serial_line", default_factory=list)]
    machines: Annotated[list[MachinePlan], Field(alias="machine", min_length=1)]
    instruments: Annotated[list[InstrumentPlan], Field(alias="instrument", default_factory=list)]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        stations = {station.code for station in self.stations}
        codes = [machine.code for machine in self.machines]
        for machine in self.machines:
            if machine.station not in stations:
                raise ValueError(f"machine {machine.code} stands at {machine.station}, but there is no such station")
            if codes.count(machine.code) > 1:
                raise ValueError(f"machine {machine.code} is there twice")
        for instrument in self.instruments:
            if instrument.station not in stations:
                raise ValueError(
                    f"{instrument.kind} {instrument.code} is at {instrument.station}, but there is no such station"
                )
        ports = [one.code for one in (*self.serial_lines, *self.instruments)]
        if doubled := next((code for code in ports if ports.count(code) > 1), None):
            raise ValueError(f"{doubled} is there twice: serial lines and instruments need codes of their own")
        endpoints = {machine.endpoint for machine in self.machines}
        unused = next((line.code for line in self.serial_lines if line.code not in endpoints), None)
        if unused is not None:
            raise ValueError(f"serial line {unused} has no machine: name it as endpoint of one")
        places = [(machine.endpoint or machine.code, machine.unit_id) for machine in self.machines]
        twice = next((place for place in places if places.count(place) > 1), None)
        if twice is not None:
            raise ValueError(f"endpoint {twice[0]} has unit {twice[1]} twice")
        return self


def load_scenario(name_or_path: str) -> Scenario:
    """A scenario that comes with the agent, by name, or one from a file.

    Raises:
        ScenarioError: there is no such file, or it is no scenario.
    """
    try:
        if name_or_path in PACKAGED:
            text = (resources.files(__package__) / "scenarios" / f"{name_or_path}.toml").read_text("utf-8")
        else:
            text = Path(name_or_path).read_text("utf-8")
        return Scenario.model_validate(tomllib.loads(text))
    except OSError as error:
        known = " or ".join(PACKAGED)
        raise ScenarioError(f"scenario {name_or_path}: {error.strerror}; give a file, or one of {known}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"scenario {name_or_path} is no TOML: {error}") from error
    except ValidationError as error:
        raise ScenarioError(f"scenario {name_or_path}: {'; '.join(problems_in(error))}") from error

"""How the agent stands, gathered in one place; page, JSON and metrics only show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from unison_domain.kernel.certificates import ends_soon
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.configuration import DeviceConfiguration, TagConfiguration
from unison_domain.stations.contracts import DeviceReport, MachineReport
from unison_domain.stations.events import DeviceState
from unison_domain.stations.peripheral_reports import PeripheralReport
from unison_domain.stations.peripherals import PeripheralConfiguration, PeripheralState
from unison_domain.stations.readings import Reading

from unison_station.engine.engine import Engine
from unison_station.operator.desk import Desk
from unison_station.operator.view import read_elsewhere
from unison_station.peripherals.life import Life
from unison_station.store import Store
from unison_station.uplink.standing import Link, LinkState
from unison_station.uplink.uplink import Uplink
from unison_station.wording import count_words


@dataclass(frozen=True)
class TagStatus:
    """A tag with its last reading (None before the first) and why it gives no value, if so."""

    tag: TagConfiguration
    reading: Reading | None
    problem: str | None


@dataclass(frozen=True)
class DeviceStatus:
    """A device: how it answers, what it was asked since the start, and its tags.

    Attributes:
        is_read: False while nothing is read because the buffer takes nothing, as the report's message says then.
        requests, failures: sent, and those without a usable reply.
        seconds: of the last answered request.
    """

    device: DeviceConfiguration
    report: DeviceReport
    requests: int
    failures: int
    seconds: float | None
    tags: tuple[TagStatus, ...]
    is_read: bool = True


@dataclass(frozen=True)
class PeripheralStatus:
    """A scanner, gauge or camera and how it fares."""

    peripheral: PeripheralConfiguration
    report: PeripheralReport


@dataclass(frozen=True)
class ToldState:
    """A machine's state where it is not what signals tell here, and where it comes from, in words."""

    state: MachineState
    since: datetime
    source: str


@dataclass(frozen=True)
class LineStatus:
    """A host and port: how late the last reading began (seconds), and how many were skipped."""

    name: str
    lateness: float
    overruns: int


@dataclass(frozen=True)
class Status:
    """Everything the local page shows.

    Attributes:
        at: steady UTC of now.
        clock_correction: seconds added to this PC's stamps before they are sent, 0 when its clock is right; None
            before the server told its time.
        oldest_unsent_at, dead_letters: None also where the buffer can't be read.
        refusal: why nothing is taken, or why the buffer can't be read; None while all is well.
        link: how sending fares; None when this agent has no server.
        answered_at: when the server answered last (steady UTC); None before it ever did.
        certificate_ends: until when the server's certificate holds; None without one, or before it was seen.
        authority_ends: until when the authority holds that this agent was enrolled with; None without one.
        heartbeat_problem: why the last heartbeat failed; the first one is needed before anything is sent.
        told: states of machines that a person set, or that another PC reads.
        picture_problem: why kept pictures stay on this PC.
        page_problem: why the operator page is not at its port.
    """

    version: str
    at: datetime
    name: str
    configuration: int
    machine_names: dict[UUID, str]
    machines: tuple[MachineReport, ...]
    devices: tuple[DeviceStatus, ...]
    peripherals: tuple[PeripheralStatus, ...]
    lines: tuple[LineStatus, ...]
    committed: int
    queue_depth: int
    oldest_unsent_at: datetime | None
    dead_letters: int | None
    takes_samples: bool
    refusal: str | None
    link: Link | None
    answered_at: datetime | None
    heartbeat_problem: str | None
    clock_correction: float | None
    certificate_ends: datetime | None = None
    authority_ends: datetime | None = None
    picture_problem: str | None = None
    page_problem: str | None = None
    told: Mapping[UUID, ToldState] = field(default_factory=dict)

    @property
    def true_time(self) -> datetime:
        """Now by the server's clock, as far as it is known."""
        return self.at + timedelta(seconds=self.clock_correction or 0.0)

    @property
    def problems(self) -> list[str]:
        """What a person should look at, worst first; empty when all is well."""
        found = []
        if self.refusal is not None:
            found.append(f"Nothing is taken any more: {self.refusal}")
        elif not self.takes_samples:
            found.append("The disk is nearly full: samples are not taken; counts and states still are")
        if self.link is not None and self.link.state not in (LinkState.ONLINE, LinkState.STARTING):
            found.append(f"Server {self.link.state}: {self.link.message or 'no reason given'}")
        elif self.heartbeat_problem is not None:
            found.append(f"Server: {self.heartbeat_problem}")
        if self.page_problem is not None:
            found.append(self.page_problem)
        found += self._endings()
        if self.picture_problem is not None:
            found.append(self.picture_problem)
        if self.dead_letters:
            refused = count_words(self.dead_letters, "event was", "events were")
            found.append(f"{refused} refused by the server for good: see `unison-station dead list`")
        for status in self.devices:
            if status.is_read and status.report.state is not DeviceState.ONLINE:
                found.append(
                    f"{status.device.name} {status.report.state}: {status.report.message or 'no reason given'}"
                )
        for one in self.peripherals:
            if one.report.state is not PeripheralState.ONLINE:
                found.append(f"{one.peripheral.name} {one.report.state}: {one.report.message or 'no reason given'}")
        return found

    def _endings(self) -> list[str]:
        """The certificates without which nothing is sent, if it is time to renew them."""
        now = self.true_time
        held = ((self.certificate_ends, _CERTIFICATE), (self.authority_ends, _AUTHORITY))
        return [_ending_words(*words, ends - now) for ends, words in held if ends is not None and ends_soon(ends, now)]


_CERTIFICATE = ("The server's certificate", "`unison tls renew` at the server")
_AUTHORITY = (
    "The authority this PC was enrolled with",
    "set the server's certificates up anew (`unison tls setup`), then enrol this PC again",
)


def _ending_words(what: str, way_out: str, left: timedelta) -> str:
    if left <= timedelta():
        return f"{what} has ended, nothing is sent: {way_out}"
    return f"{what} ends in {count_words(left.days, 'day')}; after that nothing is sent: {way_out}"


def status_of(
    store: Store,
    engine: Engine,
    desk: Desk,
    peripherals: Life,
    uplink: Uplink | None,
    version: str,
    page_problem: str | None,
) -> Status:
    """Gather the status; from any thread."""
    link = uplink.link if uplink else None
    live, configuration, poller, standing = engine.live, engine.configuration, engine.poller, store.standing
    reports = {report.device_id: report for report in live.devices}
    return Status(
        version=version,
        at=store.clock.now(),
        name=configuration.name,
        configuration=configuration.version,
        machine_names={machine.id: machine.name for machine in configuration.machines},
        machines=live.machines,
        devices=tuple(
            _device(device, reports.get(device.id), engine, is_full=store.is_refusing)
            for device in configuration.devices
        ),
        peripherals=tuple(_peripherals(configuration.peripherals, peripherals)),
        lines=tuple(LineStatus(line.name, line.lateness, line.overruns) for line in poller.lines),
        committed=engine.committed,
        queue_depth=store.outgoing.depth,
        oldest_unsent_at=standing.oldest_at,
        dead_letters=standing.dead_letters,
        takes_samples=store.takes_samples,
        refusal=engine.refusal or standing.problem,
        link=link,
        answered_at=uplink.answered_at if uplink else None,
        heartbeat_problem=uplink.heartbeat_problem if uplink else None,
        clock_correction=store.timeline.correction,
        certificate_ends=uplink.certificate_ends if uplink else None,
        authority_ends=uplink.authority_ends if uplink else None,
        picture_problem=uplink.picture_problem if uplink else None,
        page_problem=page_problem,
        told=dict(_told(desk, is_heard=link is not None and link.state is LinkState.ONLINE)),
    )


def _told(desk: Desk, *, is_heard: bool) -> Iterator[tuple[UUID, ToldState]]:
    """What people set, as the operator page shows it; what another PC reads only while the server `is_heard`."""
    floor, places, told = desk.floor.machines, desk.places, desk.told if is_heard else {}
    for id_ in places.micro_stops:
        notes = floor.get(id_)
        if notes is not None and notes.by_hand and notes.state is not MachineState.UNKNOWN:
            who = ", ".join(filter(None, (notes.person, "in the office" if notes.is_elsewhere else None)))
            yield id_, ToldState(notes.state, notes.since, f"set by hand{': ' if who else ''}{who}")
        elif (heard := read_elsewhere(id_, places, desk.floor, told.get(id_))) is not None and heard.started_at:
            yield id_, ToldState(heard.state, heard.started_at, "read by another PC, as the server has it")


def _peripherals(configured: Iterable[PeripheralConfiguration], life: Life) -> Iterator[PeripheralStatus]:
    reports = {report.peripheral_id: report for report in life.reports}
    for one in configured:
        unknown = PeripheralReport(peripheral_id=one.id, state=PeripheralState.OFFLINE, message="is being opened")
        yield PeripheralStatus(one, reports.get(one.id, unknown))


def _device(device: DeviceConfiguration, report: DeviceReport | None, engine: Engine, *, is_full: bool) -> DeviceStatus:
    is_read = report is not None or not device.tags or engine.refusal is None
    waiting = "not read yet" if device.tags else "has no tags, so it is not read"
    if not is_read:
        waiting = f"not read while the buffer {'is full' if is_full else 'takes nothing'}"
    report = report or DeviceReport(device_id=device.id, state=DeviceState.OFFLINE, message=waiting)
    problems = {problem.tag_id: problem.message for problem in report.tags}
    readings = engine.derivation.readings
    tags = tuple(TagStatus(tag, readings.get(tag.id), problems.get(tag.id)) for tag in device.tags)
    polled = engine.poller.device(device.id)
    if polled is None:
        return DeviceStatus(device, report, 0, 0, None, tags, is_read)
    return DeviceStatus(device, report, polled.requests, polled.failures, polled.seconds, tags, is_read)

"""The agent: buffer, engine, uplink and local page of one data folder, put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Self
from uuid import UUID

from unison_domain.stations.commands import CommandKind
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.peripheral_reports import PeripheralReport
from unison_domain.stations.picture_events import PictureLoss, PicturesLost

from unison_station.cameras.camera import CameraWorker
from unison_station.cameras.camera_away import CameraAway
from unison_station.cameras.kept_pictures import KeptPictures
from unison_station.clock import SystemTime
from unison_station.commands.camera_setup import CameraDesk
from unison_station.commands.dead_letters import DeadLetterDesk
from unison_station.commands.recent_log import LOG_FILE, RecentLog
from unison_station.commands.register_reads import register_reads
from unison_station.configuration_file import ConfigurationUnreadable, load_configuration
from unison_station.engine.engine import Engine, Recorder
from unison_station.health.server import HealthServer
from unison_station.health.status import Status, status_of
from unison_station.operator.answers import Answers
from unison_station.operator.desk import Desk
from unison_station.operator.lamp import lamp
from unison_station.operator.office_causes import OfficeCauses
from unison_station.operator.office_counts import OfficeCounts
from unison_station.operator.office_set_aside import OfficeSetAside
from unison_station.operator.office_states import OfficeStates
from unison_station.operator.office_undos import OfficeUndos
from unison_station.operator.pages import OperatorPages, Sources
from unison_station.operator.signing_on import Server, SigningOn
from unison_station.operator.view import Line
from unison_station.peripherals.life import Life
from unison_station.peripherals.makers import make
from unison_station.peripherals.outlet import NotKept, Outlet
from unison_station.peripherals.peripheral import STARTING, Surroundings
from unison_station.peripherals.refusal_history import RefusalHistory
from unison_station.platform.service import Service
from unison_station.store import Limits, Store, StoreFull
from unison_station.uplink.commands import Handler
from unison_station.uplink.identity import Identity
from unison_station.uplink.transport import Transport
from unison_station.uplink.uplink import CONFIGURATION_FILE, Uplink
from unison_station.version import VERSION
from unison_station.vision.booking import Booking
from unison_station.vision.templates import Templates, fetched
from unison_station.vision.work_pictures import WorkPictures, templates_of

log = logging.getLogger(__name__)

START_SECONDS = 30.0
STOP_SECONDS = 30.0
ROOM_LOOK_SECONDS = 1.0
"""How often a full disk is looked at by an agent that can't begin."""


class Agent:
    """One installation at work. Runs in a thread of its own, or in the caller's with `run`.

    Without an identity it collects and sends nothing, which is what a bench or a test bench at a machine wants.

        with Agent(folder, identity=load_identity(folder)) as agent:
            agent.status()
    """

    def __init__(
        self,
        folder: Path,
        *,
        identity: Identity | None = None,
        configuration: AgentConfiguration | None = None,
        health_port: int = 0,
        recorder: Recorder | None = None,
        limits: Limits | None = None,
        system: SystemTime | None = None,
        service: Service | None = None,
    ) -> None:
        """Nothing is opened before the agent runs.

        Args:
            folder: the agent's data.
            configuration: what to do; by default what the server sent last, and nothing before it did.
            health_port: of the local page; 0 takes a free one.
            service: the service manager that started this program, to be told how it fares.
        """
        self._folder = folder
        self._identity = identity
        self._given = configuration
        self._health_port = health_port
        self._recorder = recorder
        self._limits = limits
        self._system = system
        self._service = service or Service.none()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._log = RecentLog(folder / LOG_FILE)
        self._ready = Flag()
        self._told_to_stop = Flag()
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._run_in_thread, name="agent", daemon=True)
        self.store: Store
        self.desk: Desk
        self.engine: Engine
        self.peripherals: Life
        self.signing_on: SigningOn
        self._refused: RefusalHistory
        self.uplink: Uplink | None = None
        self.health: HealthServer
        self._page_problem: Callable[[], str | None] = lambda: None

    def __enter__(self) -> Self:
        """Start in a thread; returns when the first event is committed and devices are being read."""
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise TimeoutError(f"the agent did not start within {START_SECONDS:g} s")
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        """Stop in order; a fault that ended the agent before is raised here."""
        self.stop()
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            raise TimeoutError(f"the agent did not stop within {STOP_SECONDS:g} s")
        if self._failure is not None:
            raise self._failure

    async def run(self) -> None:
        """Work until `stop`, then leave everything committed.

        Raises:
            StoreError: the buffer can't be opened.
            StoreDamaged: it became corrupt; running once more recovers it.
            ConfigurationUnreadable: the kept configuration is damaged and there is no server to send it again.
        """
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        if self._told_to_stop.is_set():
            return
        configuration = self._configuration()
        with ExitStack() as stack:
            stack.enter_context(self._log)
            store = await self._opened_store()
            if store is None:
                return
            self.store = stack.enter_context(store)
            self.desk = self._opened_desk(configuration)
            self.peripherals = Life(make, self._surroundings)
            self.desk.on_word = self.peripherals.note
            self.engine = Engine(
                self.store,
                configuration,
                version=VERSION,
                recorder=self._recorder,
                followers=(self.desk, self.peripherals),
            )
            self._refused = RefusalHistory(self.engine)
            now, epoch = self.store.clock.now, self.store.outgoing.epoch
            self.desk.begin(self.engine.derivation.live().machines, now, epoch, lambda: self.store.timeline.line)
            self.store.listen(lambda _urgent: self.desk.tell())
            self.signing_on = SigningOn(self.desk, self.engine, self.store, self._folder)
            self.desk.countersigned = lambda: self.signing_on.countersigned
            if self._identity is not None:
                self.uplink = stack.enter_context(self._connected(self._identity))
                self.signing_on.server = Server(self.uplink.connected, self.uplink.hurry)
            pages = OperatorPages(self._sources())
            self.health = stack.enter_context(
                HealthServer(self.status, self.store, self._folder, self._health_port, operator=pages)
            )
            self._page_problem = lambda: self.health.problem
            log.info("the local page is at %s", self.health.url)
            await self._work()

    def _sources(self) -> Sources:
        clock = self.store.clock.now, lambda: self.store.timeline.line
        return Sources(self.desk, self.engine, self.peripherals, self.signing_on, self._line, *clock)

    def _surroundings(self) -> Surroundings:
        known, stamps = self.store.load_one_state, self.store.timeline
        return Surroundings(
            self._outlet(), self._folder, lambda: self.engine.configuration, known, stamps.boot, stamps.recalled
        )

    def _outlet(self) -> Outlet:
        return Outlet(self.desk, self.engine, self.signing_on, self._refused)

    def stop(self) -> None:
        """Ask the agent to end; from any thread or signal, before it runs, also twice."""
        self._told_to_stop.set()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)

    @property
    def is_told_to_stop(self) -> bool:
        """Whether somebody asked it to end."""
        return self._told_to_stop.is_set()

    def status(self) -> Status:
        """How everything stands, for the page, metrics and tests."""
        return status_of(
            self.store, self.engine, self.desk, self.peripherals, self.uplink, VERSION, self._page_problem()
        )

    async def _opened_store(self) -> Store | None:
        """The buffer, once there is room for it; None where the agent is told to stop meanwhile."""
        said = ""
        while True:
            try:
                return Store.open(self._folder, self._limits, self._system)
            except StoreFull as error:
                if str(error) != said:
                    said = str(error)
                    log.error("waiting for room: %s", said)
                    self._service.ready()
            self._service.alive()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), ROOM_LOOK_SECONDS)
                return None

    def _opened_desk(self, configuration: AgentConfiguration) -> Desk:
        """What the operator page knows; the machines matter more than it, so it begins anew where it can't be read."""
        try:
            return Desk(self.store.load_state(), configuration)
        except ValueError as error:
            log.error("the operator page begins without what was known before: %s", error)
            return Desk({}, configuration)

    def _line(self) -> Line:
        server, unsent = lamp(self.uplink.link if self.uplink is not None else None)
        standing, depth = self.store.standing, self.store.outgoing.depth
        is_waiting = self.uplink is not None and depth > 0
        refusal = self.engine.refusal or standing.problem
        return Line(server, depth, standing.oldest_at if is_waiting else None, refusal, unsent)

    async def _work(self) -> None:
        """Run the engine; the service manager hears that it began, that it goes on, and that it ends."""
        watched = asyncio.create_task(self._feed_watchdog())
        left = asyncio.Event()
        ending = asyncio.create_task(self._tell_end(left))
        try:
            await self.engine.run(left, started=self._started)
        finally:
            await asyncio.to_thread(self.peripherals.close)
            watched.cancel()
            ending.cancel()

    def _started(self) -> None:
        self.peripherals.begin(self.engine.configuration)
        self._ready.set()
        self._service.ready()

    async def _feed_watchdog(self) -> None:
        """Only what the engine did since the last look feeds: one that hangs is killed and started again."""
        seen = -1
        while self._service.feeding_seconds:
            if self.engine.turns != seen:
                seen = self.engine.turns
                self._service.alive()
            await asyncio.sleep(self._service.feeding_seconds)

    async def _tell_end(self, left: asyncio.Event) -> None:
        """Peripherals end before the engine, which keeps what they still have."""
        await self._stop.wait()
        self._service.stopping()
        await asyncio.to_thread(self.peripherals.close)
        await asyncio.to_thread(self._refused.close)
        left.set()

    def _connected(self, identity: Identity) -> Uplink:
        return Uplink(
            self.store,
            self._folder,
            identity,
            version=VERSION,
            live=lambda: self.engine.live,
            running=lambda: self.engine.configuration.version,
            on_configuration=self.engine.configure,
            system=self._system,
            handlers=self._handlers(),
            waiting_tags=lambda: self.engine.waiting_tags,
            peripherals=self.peripheral_reports,
            signals=lambda: self.engine.derivation.last_read(),
            on_beat=self._asking(),
            roster_at=lambda: self.signing_on.heard_at,
            corrected=lambda days: self.desk.correct(days, self.engine),
            page_problem=lambda: self._page_problem(),
            tell_lost=self._tell_lost,
        )

    def _tell_lost(self, reason: PictureLoss, pictures: tuple[str, ...]) -> bool:
        outlet = self._outlet()
        try:
            outlet.tell(PicturesLost(at=outlet.now(), reason=reason, sha256=pictures), {})
        except NotKept:
            return False
        return True

    def peripheral_reports(self) -> tuple[PeripheralReport, ...]:
        """How scanners, gauges and cameras fare, and what of theirs was refused."""
        refused = self.desk.refused
        reports = self.peripherals.reports
        return tuple(one.model_copy(update={"refused": refused.get(one.peripheral_id, ())}) for one in reports)

    def _asking(self) -> Callable[[Transport], None]:
        answers = Answers(self.desk, self.engine, self.store)
        causes = OfficeCauses(self.desk, self.engine, self.store)
        templates = Templates(self._work_pictures(), self.engine.monotonic)
        undos = OfficeUndos(self.desk, self.engine)
        set_aside = OfficeSetAside(self.desk, self.engine, self.store)
        counts = OfficeCounts(self.desk, self.engine, self.store)
        states = OfficeStates(self.desk, self.engine, self.store)

        def ask(transport: Transport) -> None:
            answers.ask(transport)
            causes.ask(transport)
            undos.ask(transport)
            set_aside.ask(transport)
            counts.ask(transport)
            states.ask(transport)
            self.signing_on.ask(transport)
            templates.ask(transport)

        return ask

    def _handlers(self) -> dict[CommandKind, Handler]:
        """What the server may ask of this agent, and who does it."""
        letters, cameras = DeadLetterDesk(self.store), self._camera_desk()
        return {
            CommandKind.TEST_READ: register_reads(self.engine),
            CommandKind.LIST_DEAD_LETTERS: letters.list,
            CommandKind.RETRY_DEAD_LETTERS: letters.retry,
            CommandKind.DISCARD_DEAD_LETTERS: letters.discard,
            CommandKind.SEND_LOG: self._log.send,
            CommandKind.TAKE_PICTURE: cameras.take_picture,
            CommandKind.CALIBRATE_PLANE: cameras.calibrate_plane,
            CommandKind.FIND_BOARD: cameras.find_board,
            CommandKind.TRY_TOOL: cameras.try_tool,
            CommandKind.MEASURE: cameras.measure,
        }

    def _camera_desk(self) -> CameraDesk:
        outlet = self._outlet()
        work = self._work_pictures()
        booking = Booking(outlet, KeptPictures(self._folder), work.load, lambda: self.engine.configuration)
        return CameraDesk(lambda: self.engine.configuration, self._snapshot, booking, work, outlet.now, self._fetched)

    def _fetched(self, sha256: str) -> bytes | None:
        server = self.signing_on.server
        return None if server is None else fetched(server.connected, sha256, self._work_pictures())

    def _work_pictures(self) -> WorkPictures:
        return WorkPictures(self._folder, lambda: templates_of(self.engine.configuration))

    def _snapshot(self, camera_id: UUID, seconds: float) -> tuple[bytes, datetime] | None:
        peripheral = self.peripherals.find(camera_id)
        if isinstance(peripheral, CameraWorker):
            return peripheral.camera.take_picture(seconds)
        standing = STARTING if peripheral is None else peripheral.standing
        raise CameraAway(standing.message)

    def _configuration(self) -> AgentConfiguration:
        """What to begin with. A damaged copy of what the server has is fetched again."""
        if self._given is not None:
            return self._given
        path = self._folder / CONFIGURATION_FILE
        if path.exists():
            try:
                return load_configuration(path)
            except ConfigurationUnreadable as error:
                if self._identity is None:
                    raise
                log.error("%s; the server is asked for it again", error)
        identity = self._identity
        nobody = UUID(int=0)
        return AgentConfiguration(
            agent_id=identity.agent_id if identity else nobody,
            organization_id=identity.organization_id if identity else nobody,
            version=0,
            name="not configured yet",
        )

    def _run_in_thread(self) -> None:
        try:
            asyncio.run(self.run())
        except BaseException as error:  # handed over to the thread that waits
            self._failure = error
        finally:
            self._ready.set()

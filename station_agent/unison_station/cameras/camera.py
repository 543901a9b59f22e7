"""A camera at work: a process sees for it; here, what it saw becomes events and kept pictures."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from queue import Empty, Full, Queue
from threading import Condition, Thread
from threading import Event as Flag
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError
from unison_domain.codes.aim import Symbol
from unison_domain.codes.events import LONGEST_SCAN, ScanSource, ScanTaken
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.events import Event
from unison_domain.stations.peripherals import CameraConfiguration, PeripheralState
from unison_domain.stations.picture_events import PictureKept, PictureReason

from unison_station.cameras import wire
from unison_station.cameras.camera_away import CameraAway
from unison_station.cameras.code import Code
from unison_station.cameras.counting import Counting
from unison_station.cameras.expected_set import Member
from unison_station.cameras.kept_pictures import KeptPictures
from unison_station.cameras.last_sight import LastSight
from unison_station.cameras.patience import SILENCE_SECONDS
from unison_station.cameras.seen_pictures import SeenPictures
from unison_station.cameras.shown_badge import ShowsBadge
from unison_station.cameras.stop_pictures import StopPictures
from unison_station.operator.doer import Doer
from unison_station.peripherals.outlet import NotKept
from unison_station.peripherals.peripheral import Standing, Surroundings
from unison_station.peripherals.unscanned import Unscanned
from unison_station.peripherals.worker import Tell, Worker
from unison_station.vision.booking import Booking
from unison_station.vision.on_trigger import OnTrigger
from unison_station.vision.work_pictures import WorkPictures, templates_of

log = logging.getLogger(__name__)

OPENING_SECONDS = 20.0
"""Drivers and addresses may take so long to give their first picture."""

HUNG_SECONDS = 8.0
"""A process that takes pictures and says nothing for so long is killed; of a slow camera, for so much longer."""

SAVE_SECONDS = 1.0
"""How often it is remembered which pictures of a folder were looked at, when nothing counts."""

WAKE_SECONDS = 0.2


class Camera:
    """The work with one camera. What counted and is in sight is remembered: it counts once, whatever is begun anew."""

    def __init__(self, configuration: CameraConfiguration, surroundings: Surroundings) -> None:
        self._configuration = configuration
        self._surroundings = surroundings
        self._outlet = surroundings.outlet
        self._pictures = KeptPictures(surroundings.folder)
        stored = surroundings.remembered(self._key)
        self._sight = LastSight.load(stored, configuration.source)
        self._is_kept_otherwise = stored is not None and stored != self._sight.dump()
        self._counting = Counting(configuration, self._sight.counted, self._knows)
        self._last, self._before = self._sight.last, self._sight.before
        self._seen = SeenPictures.load(self._key, self._sight.pieces, surroundings.remembered)
        self._opened: Standing | None = None
        self._save_at = 0.0
        self.stops = StopPictures(configuration, surroundings, self._pictures, self._kept)
        self._process: subprocess.Popen[bytes] | None = None
        self._asking: subprocess.Popen[bytes] | None = None
        self._answer = Condition()
        self._asked = self._answered = 0
        self._newest: tuple[bytes, datetime] | ShowsBadge | None = None
        self._away: str | None = None
        self._snapshot: tuple[bytes, datetime] | None = None
        self._shows_badge = False
        work = WorkPictures(surroundings.folder, lambda: templates_of(surroundings.configuration()))
        booking = Booking(self._outlet, self._pictures, work.load, surroundings.configuration)
        self._on_trigger = OnTrigger(configuration, self.take_picture, booking, self._outlet, work.keep)

    def run(self, ending: Flag, tell: Tell) -> None:
        """See `Work`."""
        if self._is_kept_otherwise:  # it may hold texts, as was done before, of badges too
            self._is_kept_otherwise = False
            self._outlet.remember({self._key: self._sight.dump()})
        settings = CameraSettings.model_validate(
            self._configuration.model_dump(exclude={"id", "station_id"}, mode="json")
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "unison_station.cameras.eye"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        heard: Queue[wire.Message | None] = Queue(maxsize=64)
        begin = settings.model_dump_json().encode() + b"\n" + json.dumps(self._shown()).encode() + b"\n"
        self._process = process
        listener = Thread(target=self._listen, args=(process, begin, heard), name="eye", daemon=True)
        listener.start()
        try:
            self._follow_process(heard, ending, tell)
        finally:
            with self._answer:
                self._process = self._asking = None
            process.kill()
            process.wait()
            _empty(heard)
            listener.join(1.0)
            for stream in (process.stdin, process.stdout):
                with suppress(OSError):
                    if stream is not None:
                        stream.close()

    def _listen(self, process: subprocess.Popen[bytes], begin: bytes, heard: Queue[wire.Message | None]) -> None:
        """Tell the process what it needs, which it may take a while to read; then bytes become messages until it ends.

        A full queue makes it wait, and take newer pictures after.
        """
        message: wire.Message | None = None
        try:
            if _say(process, begin):
                self._has_begun(process)
            while process.stdout is not None and (message := wire.read(process.stdout)) is not None:
                heard.put(message)
        except (OSError, ValueError):
            log.exception("the process of a camera said what nobody understands")
        with suppress(Full):
            heard.put(None, timeout=1.0)

    def _has_begun(self, process: subprocess.Popen[bytes]) -> None:
        """From now on somebody may ask it for a picture."""
        with self._answer:
            if self._process is process:
                self._asking = process
                self._answer.notify_all()

    def _knows(self, code: Code) -> bool:
        """An item pattern of the organization is of such a code."""
        patterns = self._surroundings.configuration().item_patterns
        return any(one.read(code.text, code.symbol.identifier) is not None for one in patterns)

    def ask(self) -> bool:
        """What its tools find in the next picture is booked; False: it has none."""
        return self._on_trigger.ask()

    def take_picture(self, seconds: float) -> tuple[bytes, datetime] | None:
        """A whole picture as a PNG file and when it was taken; None where none came in time. From any thread.

        Raises:
            ShowsBadge: it is nobody's to see.
            CameraAway: it is known to be away; a camera that is being opened is waited for.
        """
        ends = time.monotonic() + seconds
        with self._answer:
            self._answer.wait_for(lambda: self._asking is not None or self._away is not None, seconds)
            if self._away is not None:
                raise CameraAway(self._away)
            self._asked = number = self._asked + 1
            if not self._request(number):
                return None
            has_come = self._answer.wait_for(
                lambda: self._answered >= number or self._away is not None, ends - time.monotonic()
            )
            if has_come and self._answered < number:
                raise CameraAway(self._away)
            newest = self._newest if has_come else None
        if isinstance(newest, ShowsBadge):
            raise newest
        return newest

    def note(self, standing: Standing) -> None:
        """How it stands now, for who waits for a picture."""
        with self._answer:
            self._away = standing.message if standing.state is not PeripheralState.ONLINE else None
            self._answer.notify_all()

    def _request(self, number: int) -> bool:
        process = self._asking
        return process is not None and _say(process, b"%d\n" % number)

    def _follow_process(self, heard: Queue[wire.Message | None], ending: Flag, tell: Tell) -> None:
        patience_until = time.monotonic() + OPENING_SECONDS
        hung = HUNG_SECONDS
        while not ending.is_set():
            try:
                message = heard.get(timeout=WAKE_SECONDS)
            except Empty:
                if time.monotonic() > patience_until:
                    raise ConnectionError("its process hung and was ended; it is begun again") from None
                continue
            if message is None:
                raise ConnectionError("its process ended; it is begun again")
            is_opening = "opened" in message.said
            if "patience" in message.said:
                hung = HUNG_SECONDS + message.said["patience"] - SILENCE_SECONDS
                patience_until = max(patience_until, time.monotonic() + hung)
                continue
            patience_until = time.monotonic() + (OPENING_SECONDS if is_opening else hung)
            self._take(message, tell)

    def _take(self, message: wire.Message, tell: Tell) -> None:
        said = message.said
        if "ended" in said:
            raise ConnectionError(said["ended"])
        if "opened" in said:
            self._opened = Standing(PeripheralState.ONLINE, "; ".join(said["opened"]) or None)
            tell(self._opened)
        elif "waiting" in said:
            tell(Standing(PeripheralState.ONLINE, said["waiting"]))
        elif "ring" in said:
            if not self._shows_badge and not self._is_badge_among(said["texts"]):
                self.stops.add(message.picture, said["ring"])
        elif "asked" in said:
            self._take_asked(message)
        else:
            if self._opened is not None:
                tell(self._opened)
            self._take_codes(said, message.picture)

    def _is_badge_among(self, texts: Iterable[str]) -> bool:
        return any(map(self._outlet.is_badge, texts))

    def _time(self, at: float) -> datetime:
        """Of a moment on the monotonic clock, however long the message that told it had to wait."""
        return self._outlet.now() - timedelta(seconds=time.monotonic() - at)

    def _take_asked(self, message: wire.Message) -> None:
        """What it shows was told before; in what is not looked at for codes a badge may be read too."""
        shows_badge = self._shows_badge or self._is_badge_among(message.said["texts"])
        taken = message.picture, self._time(message.said["asked"])
        with self._answer:
            self._newest, self._answered = ShowsBadge() if shows_badge else taken, message.said["number"]
            self._answer.notify_all()

    def _take_codes(self, said: dict[str, Any], jpeg: bytes) -> None:
        codes = [_code(one) for one in said["seen"]]
        held = {(symbol, text) for symbol, text in said["held"]}
        at = self._time(said["at"])
        self._note_shown(said)
        if jpeg:
            self._snapshot = jpeg, at  # the process sends none of what it read more often
        read = {key[1] for key in held.union(code.key for code in codes)}
        self._shows_badge = self._is_badge_among(read.union(said["texts"]))
        if self._shows_badge:
            self._snapshot = None  # the badge can be read in it
        members, others = self._counting.see(codes, said["at"], held)
        for words in said["passed"]:
            self._outlet.refuse(self._configuration, words)
        for one in others:
            self._outlet.refuse_scan(self._configuration, one)
        if members:
            self._keep(members, at)
        self._remember()

    @property
    def _key(self) -> str:
        return f"camera:{self._configuration.id}"

    def _now_in_sight(self) -> LastSight:
        counted, pieces = self._counting.counted, self._seen.numbers
        return LastSight(self._configuration.source, counted, self._last, pieces, self._before)

    def _shown(self) -> dict[str, Any] | None:
        """What the process is told of its folder; None: it never was looked at."""
        seen = self._seen.all
        return {"seen": seen, "last": self._last, "before": self._before} if seen or self._before else None

    def _note_shown(self, said: dict[str, Any]) -> None:
        if said["known"] is not None:
            self._seen.replace(said["known"])
        elif said["done"]:
            self._seen.add(said["done"])
        else:
            return
        self._last, self._before = said["last"], None

    def _remember(self) -> None:
        """What another start must not count again; how far it is in a folder alone is not worth a write a picture."""
        now, sight = time.monotonic(), self._now_in_sight()
        unsaved = self._seen.unsaved(self._key)
        is_new = unsaved or sight != self._sight
        if not is_new or (sight.counted == self._sight.counted and now < self._save_at):
            return
        self._sight, self._save_at = sight, now + SAVE_SECONDS
        self._outlet.remember({self._key: sight.dump(), **unsaved})
        self._seen.saved()

    def _keep(self, members: Sequence[Member], at: datetime) -> None:
        """Scans and their picture go to disk together, or count again at the next sight."""
        scans = self._scans(members, at)
        if not scans:
            return
        try:
            sight = self._now_in_sight()
            state = {self._key: sight.dump(), **self._seen.unsaved(self._key)}
            with self._pictures.announcing():
                self._outlet.keep(*self._with_picture(scans), state=state, doer=Doer.DEVICE)
            self._sight = sight
            self._seen.saved()
        except (NotKept, OSError) as error:
            self._counting.take_back(members)
            texts = tuple(member.code.text for member in members)
            lost = Unscanned(f"{', '.join(map(repr, texts))} not kept: {error}", texts)
            self._outlet.refuse_scan(self._configuration, lost)

    def _with_picture(self, scans: Sequence[ScanTaken]) -> list[Event]:
        if self._snapshot is None:
            return [*scans]
        kept = self._kept(*self._snapshot, PictureReason.SCAN)
        return [kept, *(scan.model_copy(update={"picture": kept.sha256}) for scan in scans)]

    def _scans(self, members: Sequence[Member], at: datetime) -> list[ScanTaken]:
        """One that can be none is told; of a set none counts then. A microsecond apart, they stay in their order."""
        group = uuid4() if self._configuration.expected else None
        scans = []
        for place, member in enumerate(members):
            try:
                scans.append(self._scan(member, at + timedelta(microseconds=place), group))
            except ValidationError:
                begin = member.code.text[:40]
                words = f"{begin!r}… is no scan: it has {len(member.code.text)} characters, 1 to {LONGEST_SCAN} count"
                self._outlet.refuse_scan(self._configuration, Unscanned(words, (begin,), is_whole=False))
        return scans if group is None or len(scans) == len(members) else []

    def _scan(self, member: Member, at: datetime, group: UUID | None) -> ScanTaken:
        return ScanTaken(
            at=at,
            id=uuid4(),
            station_id=self._configuration.station_id,
            peripheral_id=self._configuration.id,
            source=ScanSource.CAMERA,
            text=member.code.text,
            symbology=member.code.symbol.identifier,
            group_id=group,
            part=member.part or None,
        )

    def _kept(self, jpeg: bytes, at: datetime, reason: PictureReason, machine_id: UUID | None = None) -> PictureKept:
        return PictureKept(
            at=at,
            id=uuid4(),
            station_id=self._configuration.station_id,
            peripheral_id=self._configuration.id,
            sha256=self._pictures.keep(jpeg),
            bytes=len(jpeg),
            reason=reason,
            machine_id=machine_id,
            retention_days=self._configuration.retention_days,
        )


class CameraWorker(Worker):
    """A camera kept going, which hears of stops."""

    def __init__(self, configuration: CameraConfiguration, surroundings: Surroundings) -> None:
        self.camera = Camera(configuration, surroundings)
        super().__init__(configuration.name, self.camera)

    def follow(self, events: Sequence[Event]) -> None:
        """See `Peripheral`."""
        self.camera.stops.note(events)

    def _live(self) -> None:
        with self.camera.stops:
            super()._live()

    def _tell(self, standing: Standing) -> None:
        super()._tell(standing)
        self.camera.note(standing)


def _code(said: dict[str, Any]) -> Code:
    corners = tuple((float(x), float(y)) for x, y in said["corners"])
    return Code(
        said["text"], Symbol(said["symbol"][0]), corners, said["was_changed"], said["is_again"], said["is_printed"]
    )


def _say(process: subprocess.Popen[bytes], line: bytes) -> bool:
    try:
        if process.stdin is None:
            return False
        process.stdin.write(line)
        process.stdin.flush()
    except (OSError, ValueError):
        return False
    return True


def _empty(heard: Queue[wire.Message | None]) -> None:
    """So that a listener that waits to put can end."""
    with suppress(Empty):
        while True:
            heard.get_nowait()

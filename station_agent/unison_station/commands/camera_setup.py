"""Setting up measuring by camera from afar: take a picture, calibrate, try a tool, measure."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import cv2
import numpy as np
from unison_domain.stations.camera_commands import (
    CalibratedPlane,
    CalibratePlane,
    Cut,
    FindBoard,
    FoundBoard,
    Measure,
    MeasuredPicture,
    TakenPicture,
    TakePicture,
    TriedTool,
    TryTool,
)
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.peripherals import CameraConfiguration
from unison_domain.stations.picture_events import PictureReason

from unison_station.cameras.camera_away import CameraAway
from unison_station.cameras.shown_badge import ShowsBadge
from unison_station.peripherals.outlet import NotKept
from unison_station.uplink.commands import CommandFailed, TooLate
from unison_station.uplink.transport import Unreachable
from unison_station.vision.board import board_found
from unison_station.vision.booking import Booking, find
from unison_station.vision.calibration import calibrate
from unison_station.vision.picture import Gray, NotMeasurable, gray_picture
from unison_station.vision.work_pictures import WorkPictures

log = logging.getLogger(__name__)

PICTURE_SECONDS = 10.0
"""A camera gives its next picture within so long."""

Snapshot = Callable[[UUID, float], tuple[bytes, datetime] | None]
"""A camera's next picture as a PNG file and when it was taken; None where none came within the seconds. Raises
ShowsBadge, CameraAway."""


class _Shot(NamedTuple):
    file: bytes
    at: datetime


class CameraDesk:
    """The handlers of one agent's cameras; from any thread but the engine's."""

    def __init__(
        self,
        configuration: Callable[[], AgentConfiguration],
        snapshot: Snapshot,
        booking: Booking,
        work: WorkPictures,
        now: Callable[[], datetime],
        fetched: Callable[[str], bytes | None],
    ) -> None:
        """`fetched` asks the server for a picture; None where it has none. It raises Unreachable."""
        self._configuration, self._snapshot, self._now = configuration, snapshot, now
        self._booking, self._work, self._fetched = booking, work, fetched

    def take_picture(self, wanted: TakePicture, seconds: float | None) -> TakenPicture:
        """Keep a new picture, or a part of one. Raises CommandFailed, TooLate."""
        camera = self._camera(wanted.peripheral_id)
        if wanted.picture is None:
            shot = self._shot(camera, seconds)
        else:
            shot = _Shot(self._stored(wanted.picture), self._now())
        if wanted.widest is not None:
            return self._glance(camera, shot, wanted.widest)
        if wanted.cut is not None:
            shot = _Shot(_part(_read(shot.file), wanted.cut), shot.at)
        return self._kept(camera, shot, PictureReason.ASKED)

    def calibrate_plane(self, wanted: CalibratePlane, _seconds: float | None) -> CalibratedPlane:
        """Raises CommandFailed: a picture is not here, or the board can't be used."""
        self._camera(wanted.peripheral_id)
        pictures = [_read(self._stored(sha256)) for sha256 in wanted.pictures]
        try:
            return CalibratedPlane(
                calibration=calibrate(pictures, wanted.board, 0, self._now(), wanted.pictures),
            )
        except NotMeasurable as refused:
            raise CommandFailed(str(refused)) from None

    def find_board(self, wanted: FindBoard, _seconds: float | None) -> FoundBoard:
        """Raises CommandFailed: the picture is not here, or the board can't be found in it."""
        self._camera(wanted.peripheral_id)
        picture = _read(self._stored(wanted.picture))
        try:
            return board_found(picture, wanted.board)
        except NotMeasurable as refused:
            raise CommandFailed(str(refused)) from None

    def try_tool(self, wanted: TryTool, seconds: float | None) -> TriedTool:
        """Nothing is booked; a new picture is kept. Raises CommandFailed, TooLate."""
        camera = self._camera(wanted.peripheral_id)
        if wanted.picture is None:
            shot = self._shot(camera, seconds)
            taken = self._kept(camera, shot, PictureReason.ASKED)
        else:
            shot = _Shot(self._stored(wanted.picture), self._now())
            taken = _taken(shot, wanted.picture)
        calibration = wanted.calibration or camera.calibration
        finding = find(_read(shot.file), wanted.tool, calibration, self._work.load, camera.gamma)
        return TriedTool(picture=taken, finding=finding)

    def measure(self, wanted: Measure, seconds: float | None) -> MeasuredPicture:
        """What is found is on disk on return. Raises CommandFailed, TooLate."""
        camera = self._camera(wanted.peripheral_id)
        if not camera.tools:
            raise CommandFailed(f"{camera.name} measures nothing: give it a tool first")
        shot = self._shot(camera, seconds)
        try:
            findings = self._booking.measure(camera, shot.file, shot.at, command_id=wanted.command_id)
        except (NotMeasurable, NotKept, OSError) as refused:
            raise CommandFailed(f"{camera.name}: nothing is booked: {refused}") from None
        with suppress(OSError):  # what is booked is booked; only tools can't be tried on this picture later
            self._work.keep(shot.file)
        return MeasuredPicture(picture=_taken(shot, hashlib.sha256(shot.file).hexdigest()), findings=findings)

    def _camera(self, camera_id: UUID) -> CameraConfiguration:
        configuration = self._configuration()
        for one in configuration.peripherals:
            if one.id == camera_id and isinstance(one, CameraConfiguration):
                return one
        raise CommandFailed(
            f"Configuration {configuration.version}, which runs here, has no camera {camera_id}: "
            "try again when the newest one runs"
        )

    def _shot(self, camera: CameraConfiguration, seconds: float | None) -> _Shot:
        if seconds is not None and seconds <= 0:
            raise TooLate
        patience = PICTURE_SECONDS if seconds is None else min(seconds, PICTURE_SECONDS)
        try:
            taken = self._snapshot(camera.id, patience)
        except CameraAway as away:
            raise CommandFailed(f"{camera.name} is not there: {away}") from None
        except ShowsBadge:
            raise CommandFailed(
                f"{camera.name} sees a badge, and no picture that shows one is kept or sent: take it out of sight, "
                "then try again"
            ) from None
        if taken is None:
            raise CommandFailed(f"{camera.name} gave no picture within {patience:.0f} s: is it connected?")
        return _Shot(*taken)

    def _kept(self, camera: CameraConfiguration, shot: _Shot, reason: PictureReason) -> TakenPicture:
        height, width = _read(shot.file).shape
        try:
            sha256 = self._work.keep(shot.file)
            self._booking.keep_picture(camera, shot.file, shot.at, reason)
        except (NotKept, OSError) as refused:
            raise CommandFailed(f"The picture of {camera.name} can not be kept: {refused}") from None
        return TakenPicture(sha256=sha256, width=width, height=height, bytes=len(shot.file), at=shot.at)

    def _glance(self, camera: CameraConfiguration, shot: _Shot, widest: int) -> TakenPicture:
        picture = _read(shot.file)
        height, width = picture.shape
        jpeg = _small(picture, widest)
        try:
            sha256 = self._booking.keep_glance(camera, jpeg, shot.at)
        except (NotKept, OSError) as refused:
            raise CommandFailed(f"The picture of {camera.name} can not be kept: {refused}") from None
        return TakenPicture(sha256=sha256, width=width, height=height, bytes=len(jpeg), at=shot.at)

    def _stored(self, sha256: str) -> bytes:
        try:
            file = self._work.load(sha256) or self._fetched(sha256)
        except Unreachable as error:
            log.warning("picture %s is not fetched: %s", sha256, error)
            raise CommandFailed(
                f"Picture {sha256[:12]}… is not on this PC, and the server does not answer: try again"
            ) from None
        if file is None:
            raise CommandFailed(f"Picture {sha256[:12]}… is neither on this PC nor at the server: take a new one")
        return file


def _read(file: bytes) -> Gray:
    try:
        return gray_picture(file, "The picture")
    except NotMeasurable as refused:
        raise CommandFailed(str(refused)) from None


def _small(picture: Gray, widest: int) -> bytes:
    height, width = picture.shape
    if width > widest:
        size = (widest, max(1, round(height * widest / width)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return np.asarray(jpeg).tobytes()


def _part(picture: Gray, cut: Cut) -> bytes:
    height, width = picture.shape
    if cut.x + cut.width > width or cut.y + cut.height > height:
        raise CommandFailed(f"The part reaches past the picture, which is {width} by {height} pixels")
    _, png = cv2.imencode(".png", picture[cut.y : cut.y + cut.height, cut.x : cut.x + cut.width])
    return np.asarray(png).tobytes()


def _taken(shot: _Shot, sha256: str) -> TakenPicture:
    height, width = _read(shot.file).shape
    return TakenPicture(sha256=sha256, width=width, height=height, bytes=len(shot.file), at=shot.at)

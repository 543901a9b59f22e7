"""What a camera's tools find becomes readings, with the picture they were found in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID, uuid4

from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.quality.events import ReadingSource, ReadingTaken
from unison_domain.stations.camera_commands import Finding
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.events import Event
from unison_domain.stations.peripherals import CameraConfiguration
from unison_domain.stations.picture_events import PictureKept, PictureReason
from unison_domain.stations.picture_tools import PictureTool, PlaneCalibration
from unison_domain.stations.tool_units import plain_tool_unit

from unison_station.operator.doer import Doer
from unison_station.operator.people import Named, said_by
from unison_station.peripherals.outlet import Outlet
from unison_station.vision.measured import Measured
from unison_station.vision.measuring import Stored, measure
from unison_station.vision.picture import Gray, NotMeasurable, Points, gray_picture

_MOST_WORDS = 2_000


class PictureFiles(Protocol):
    """Where files wait for the server. Raises OSError."""

    def keep(self, content: bytes, media_type: str) -> str:
        """Durable on return; its SHA-256."""

    def announcing(self) -> AbstractContextManager[None]:
        """What is kept in the block is taken back where that raises."""


class Booking:
    """Of one agent; from any thread but the engine's."""

    def __init__(
        self, outlet: Outlet, files: PictureFiles, stored: Stored, configuration: Callable[[], AgentConfiguration]
    ) -> None:
        self._outlet, self._files, self._stored = outlet, files, stored
        self._configuration = configuration

    def keep_picture(self, camera: CameraConfiguration, png: bytes, at: datetime, reason: PictureReason) -> str:
        """Keep a picture alone; its SHA-256. Raises NotKept, OSError."""
        with self._files.announcing():
            kept = self._kept(camera, png, at, reason)
            self._outlet.keep(kept)
        return kept.sha256

    def keep_glance(self, camera: CameraConfiguration, jpeg: bytes, at: datetime) -> str:
        """Keep a picture for a day, only to be looked at; its SHA-256. Raises NotKept, OSError."""
        with self._files.announcing():
            kept = self._kept(camera, jpeg, at, PictureReason.ASKED, "image/jpeg")
            self._outlet.keep(kept.model_copy(update={"retention_days": 1}))
        return kept.sha256

    def measure(
        self,
        camera: CameraConfiguration,
        png: bytes,
        at: datetime,
        *,
        asker: Named | None = None,
        command_id: UUID | None = None,
    ) -> tuple[Finding, ...]:
        """Lay all tools upon a picture and book what they find, the picture with it; one transaction.

        What was not found, and what is measured in another unit than its characteristic, is shown at the station, with
        what of the same picture is booked: whoever reads again would have that twice.

        Args:
            asker: who asked at the station, and bears the values whoever is there by now.
            command_id: of the command by which somebody elsewhere asked.

        Raises:
            NotMeasurable: it is no picture. NotKept, OSError: nothing was booked.
        """
        picture = gray_picture(png, f"The picture of {camera.name}")
        findings = tuple(self._finding(picture, tool, camera) for tool in camera.tools)
        found = [(tool, one) for tool, one in zip(camera.tools, findings, strict=True) if one.value is not None]
        if found:
            with self._files.announcing():
                kept = self._kept(camera, png, at, PictureReason.READING)
                readings = [_reading(camera, tool, one, at, kept.sha256, command_id) for tool, one in found]
                self._outlet.keep(*(said_by(event, asker) for event in (kept, *readings)), doer=Doer.ASKED_BEFORE)
        names = ", ".join(tool.name for tool, _ in found)
        for one in findings:
            if one.value is None and found:
                words = (
                    f"{one.words}; {len(found)} of {len(findings)} values are booked ({names}), and reading again "
                    "books them once more"
                )
                self._outlet.refuse(camera, words)
            elif one.value is None:
                self._outlet.refuse(camera, one.words)
        return findings

    def _finding(self, picture: Gray, tool: PictureTool, camera: CameraConfiguration) -> Finding:
        """A result in another unit than its characteristic's would be a wrong value: it is none."""
        finding = find(picture, tool, camera.calibration, self._stored, camera.gamma)
        if finding.value is None:
            return finding
        try:
            characteristic = _characteristic(tool, self._configuration().characteristics)
        except NotMeasurable as refused:
            return Finding(tool_id=tool.id, words=str(refused))
        if plain_tool_unit(characteristic.unit) != plain_tool_unit(finding.unit):
            wanted = characteristic.unit or "a number without unit"
            found = f"{finding.value:f} {finding.unit}".strip()
            words = f"{tool.name} found {found}, but {characteristic.name} is measured in {wanted}"
            hint = ": calibrate the camera" if finding.unit == "px" else ""
            return Finding(tool_id=tool.id, words=words + hint)
        return finding.model_copy(update={"unit": characteristic.unit})

    def _kept(
        self,
        camera: CameraConfiguration,
        file: bytes,
        at: datetime,
        reason: PictureReason,
        media_type: Literal["image/png", "image/jpeg"] = "image/png",
    ) -> PictureKept:
        return PictureKept(
            at=at,
            id=uuid4(),
            station_id=camera.station_id,
            peripheral_id=camera.id,
            sha256=self._files.keep(file, media_type),
            bytes=len(file),
            media_type=media_type,
            reason=reason,
            retention_days=camera.retention_days,
        )


def find(
    picture: Gray, tool: PictureTool, calibration: PlaneCalibration | None, stored: Stored, gamma: float
) -> Finding:
    """What a tool finds, or in words why it finds nothing."""
    try:
        return _told(tool, measure(picture, tool, calibration, stored, gamma))
    except NotMeasurable as refused:
        return Finding(tool_id=tool.id, words=str(refused)[:_MOST_WORDS])


def _told(tool: PictureTool, measured: Measured) -> Finding:
    return Finding(
        tool_id=tool.id,
        value=measured.value,
        unit=measured.unit,
        uncertainty=measured.uncertainty,
        words=measured.seen,
        points=_places(measured.points),
        paths=tuple(_places(path) for path in measured.paths),
    )


def _places(points: Points) -> tuple[tuple[float, float], ...]:
    return tuple((round(float(x), 2), round(float(y), 2)) for x, y in points)


def _reading(
    camera: CameraConfiguration,
    tool: PictureTool,
    found: Finding,
    at: datetime,
    sha256: str,
    command_id: UUID | None,
) -> Event:
    return ReadingTaken(
        at=at,
        id=uuid4(),
        station_id=camera.station_id,
        characteristic_id=tool.characteristic_id,
        peripheral_id=camera.id,
        source=ReadingSource.CAMERA,
        value=found.value,
        unit=found.unit,
        uncertainty=found.uncertainty,
        raw=f"{tool.name}: {found.words}",
        picture=sha256,
        command_id=command_id,
    )


def _characteristic(tool: PictureTool, known: Sequence[CharacteristicConfiguration]) -> CharacteristicConfiguration:
    for one in known:
        if one.id == tool.characteristic_id:
            return one
    raise NotMeasurable(f"{tool.name} measures a characteristic that is not in use any more: {tool.characteristic_id}")

"""Commands that set up measuring by camera, and their answers."""

from __future__ import annotations

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from unison_domain.kernel.contracts import Answer, Instant, Request
from unison_domain.quality.events import ReadValue
from unison_domain.stations.picture_tools import CalibrationBoard, PictureTool, PlaneCalibration, Sha256

Place = tuple[float, float]
"""x and y in pixels of the whole picture, (0, 0) the middle of the first pixel."""


class Cut(Request):
    """A rectangle of whole pixels."""

    x: Annotated[int, Field(ge=0, le=20_000)]
    y: Annotated[int, Field(ge=0, le=20_000)]
    width: Annotated[int, Field(ge=4, le=20_000)]
    height: Annotated[int, Field(ge=4, le=20_000)]


class TakePicture(Request):
    """Keep a picture of a camera now, or a part of one that is kept: a template of `Presence`.

    Attributes:
        picture: what `cut` is taken from; None: a new picture, of which `cut` is kept alone where it is given.
        widest: only to be looked at: at most so many pixels wide, kept for a day, and nothing is measured in it.
    """

    peripheral_id: UUID
    picture: Sha256 | None = None
    cut: Cut | None = None
    widest: Annotated[int, Field(ge=160, le=4_096)] | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Agents that don't know `widest` take what does not say it."""
        said: dict[str, Any] = handler(self)
        if self.widest is None:
            said.pop("widest", None)
        return said

    @model_validator(mode="after")
    def _keeps_something_new(self) -> Self:
        if self.picture is not None and self.cut is None:
            raise ValueError("say which part of the picture is to be kept: the whole one is kept already")
        if self.widest is not None and self.cut is not None:
            raise ValueError("a picture only to be looked at is a whole one: leave cut or widest out")
        return self


class CalibratePlane(Request):
    """Calibrate a camera from pictures it took of a board; the first shows the board on the plane of the parts."""

    peripheral_id: UUID
    board: CalibrationBoard
    pictures: Annotated[tuple[Sha256, ...], Field(min_length=1, max_length=40)]

    @model_validator(mode="after")
    def _pictures_differ(self) -> Self:
        if len(set(self.pictures)) != len(self.pictures):
            raise ValueError("the same picture is named twice: each must show the board otherwise")
        return self


class FindBoard(Request):
    """Look for a board in a picture that is kept, so that one it can't be found in is not used to calibrate."""

    peripheral_id: UUID
    board: CalibrationBoard
    picture: Sha256


class TryTool(Request):
    """Lay a tool upon a picture; nothing is booked.

    Attributes:
        picture: None takes a new one.
        calibration: None: the camera's own, as it is configured.
    """

    peripheral_id: UUID
    tool: PictureTool
    picture: Sha256 | None = None
    calibration: PlaneCalibration | None = None


class Measure(Request):
    """Take a picture, lay all tools of the camera upon it and book what they find.

    Attributes:
        command_id: of this command, which its agent puts in: what is booked names it, and so who asked. Never sent.
    """

    peripheral_id: UUID
    command_id: Annotated[UUID | None, Field(exclude=True)] = None


class TakenPicture(Answer):
    """`answer` of a picture that was taken; it goes to the server under its SHA-256.

    Attributes:
        width, height: in pixels of the camera's picture, also where the file is smaller (`widest`).
    """

    sha256: Sha256
    width: int
    height: int
    bytes: int
    at: Instant


class CalibratedPlane(Answer):
    """`answer` of a calibration; it takes effect when it is saved with the camera's settings."""

    calibration: PlaneCalibration


class FoundBoard(Answer):
    """`answer` of a board that was found.

    Attributes:
        corners, of: how many were found, and how many the board has.
        share: of the picture that they span, from 0 to 1.
        points: where they are.
    """

    corners: int
    of: int
    share: float
    points: tuple[Place, ...] = ()


class Finding(Answer):
    """What a tool found.

    Attributes:
        value, unit: of the result; None where it found nothing, and `words` say why.
        uncertainty: expanded, 95 % (k = 2), in `unit`.
        words: what was found.
        points, paths: what is drawn upon the picture to show it.
    """

    tool_id: UUID
    value: ReadValue | None = None
    unit: str = ""
    uncertainty: ReadValue | None = None
    words: str
    points: tuple[Place, ...] = ()
    paths: tuple[tuple[Place, ...], ...] = ()


class TriedTool(Answer):
    """`answer` of a trial: the picture it was made in, and what was found."""

    picture: TakenPicture
    finding: Finding


class MeasuredPicture(Answer):
    """`answer` of measuring: findings in the order of the tools; those with a value were booked."""

    picture: TakenPicture
    findings: tuple[Finding, ...]

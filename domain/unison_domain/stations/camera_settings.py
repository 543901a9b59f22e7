"""Cameras: where pictures come from, how codes are read in them, what is measured, and which pictures are kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from unison_domain.kernel.contracts import Name, Request, Text
from unison_domain.kernel.written_pattern import STORED, written_pattern
from unison_domain.stations.camera_address import is_same_camera
from unison_domain.stations.picture_tools import PictureTool, PlaneCalibration

AS_IT_IS = 1.0
"""The gamma of numbers that need no change; it is not sent, so that older agents understand the camera."""

Fraction = Annotated[float, Field(ge=0, le=1)]


class CodeFormat(StrEnum):
    """Symbologies a camera can read, named as in ISO/IEC and by zxing-cpp."""

    AZTEC = "aztec"
    CODABAR = "codabar"
    CODE_39 = "code_39"
    CODE_93 = "code_93"
    CODE_128 = "code_128"
    DATA_BAR = "data_bar"
    DATA_BAR_EXPANDED = "data_bar_expanded"
    DATA_MATRIX = "data_matrix"
    EAN_8 = "ean_8"
    EAN_13 = "ean_13"
    ITF = "itf"
    MAXICODE = "maxicode"
    MICRO_PDF_417 = "micro_pdf_417"
    MICRO_QR = "micro_qr"
    PDF_417 = "pdf_417"
    QR = "qr"
    RMQR = "rmqr"
    UPC_A = "upc_a"
    UPC_E = "upc_e"


class Region(Request):
    """A part of the picture, as fractions of its width and height."""

    x: Fraction
    y: Fraction
    width: Annotated[float, Field(ge=0.01, le=1)]
    height: Annotated[float, Field(ge=0.01, le=1)]

    @model_validator(mode="after")
    def _is_inside(self) -> Self:
        if self.x + self.width > 1.000_001 or self.y + self.height > 1.000_001:
            raise ValueError("the region reaches past the picture: x + width and y + height are at most 1")
        return self


def _pattern(text: str, info: ValidationInfo) -> str:
    if info.context is not STORED:
        written_pattern(text)
    return text


_PatternText = Annotated[Text, Field(min_length=1, max_length=500)]


class ExpectedCode(Request):
    """One code of a set that belongs together, known by a pattern of its text, e.g. part, serial, quantity."""

    name: Name
    pattern: Annotated[_PatternText, AfterValidator(_pattern)]


class StoredCode(ExpectedCode):
    """One as its agent is told of it, whose pattern may be one that is refused by now."""

    pattern: _PatternText


class CameraSettings(Request):
    """A camera at a station.

    Attributes:
        source: name under /dev/v4l/by-id, a device path, a file or folder of pictures, or an http, rtsp or MJPEG
            address.
        width, height: asked of the camera, in pixels. rate: pictures taken a second.
        exposure_milliseconds, focus: fixed values, for cameras at the PC; None leaves them to the camera. The unit of
            `focus` is the driver's.
        gamma: of the camera's numbers: light is taken as (number / 255) ^ gamma before edges are placed. 1 takes the
            numbers as they are: of a camera that is linear, and of all that were set up before this was asked.
        formats: what is looked for; none reads no codes.
        region: where codes are looked for; each `whole_picture_every`th picture is looked at whole, with 0 none is.
        motion: mean change of brightness (0 to 255) in what is looked at that makes it worth a look; 0 looks at each.
        sharpness: least variance of the Laplacian of what is looked at worth a look; 0 looks at each.
        second_pass: what lies beside the codes of the first look is tried rotated, enhanced, scaled and inverted.
        second_opinion: pyzbar is asked too where it is installed, in a process of its own.
        confirmations: equal reads in a row before a code without checksum is believed.
        least_length: characters from which a code without checksum (Code 39, Codabar, Interleaved 2 of 5) is believed:
            stripes that are no code look like short ones, and stay in sight.
        absent_seconds: so long a code must be out of sight before it counts again.
        expected: codes that only count together, when all are in sight; empty: each counts alone.
        keep_scans: the picture of each scan is kept.
        ring_seconds: so many seconds before and after a stop of a machine of the station are kept; 0 keeps none.
        retention_days: how long kept pictures stay.
    """

    kind: Literal["camera"] = "camera"
    name: Name
    source: Annotated[Text, Field(min_length=1, max_length=500, pattern=r"\S")]
    width: Annotated[int, Field(ge=160, le=8_192)] = 1_280
    height: Annotated[int, Field(ge=120, le=8_192)] = 720
    rate: Annotated[float, Field(gt=0, le=120)] = 15.0
    exposure_milliseconds: Annotated[float, Field(gt=0, le=1_000)] | None = None
    focus: Annotated[float, Field(ge=0, le=10_000)] | None = None
    gamma: Annotated[float, Field(ge=1, le=3, exclude_if=AS_IT_IS.__eq__)] = AS_IT_IS
    formats: tuple[CodeFormat, ...] = ()
    region: Region | None = None
    whole_picture_every: Annotated[int, Field(ge=0, le=1_000)] = 15
    motion: Annotated[float, Field(ge=0, le=255)] = 0.0
    sharpness: Annotated[float, Field(ge=0, le=100_000)] = 0.0
    second_pass: bool = True
    second_opinion: bool = False
    confirmations: Annotated[int, Field(ge=1, le=10)] = 2
    least_length: Annotated[int, Field(ge=1, le=40)] = 6
    absent_seconds: Annotated[float, Field(ge=0.1, le=60)] = 1.2
    expected: tuple[ExpectedCode, ...] = ()
    keep_scans: bool = False
    ring_seconds: Annotated[int, Field(ge=0, le=120)] = 0
    retention_days: Annotated[int, Field(ge=1, le=3_650)] = 90
    calibration: PlaneCalibration | None = None
    tools: tuple[PictureTool, ...] = ()

    @model_validator(mode="after")
    def _expects_each_once(self) -> Self:
        names = [one.name for one in self.expected]
        if doubled := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(
                f"camera {self.name}: two expected codes are called {doubled}; the set would never be whole"
            )
        return self

    def without_void_calibration(self, before: CameraSettings) -> CameraSettings:
        """Without the calibration of `before` where pictures come from elsewhere now, or at another focus.

        Exposure and gamma move no corner of a board, and what size a picture has to have a calibration says itself.
        """
        is_same = is_same_camera(self.source, before.source) and self.focus == before.focus
        if is_same or self.calibration is None or self.calibration != before.calibration:
            return self
        return self.model_copy(update={"calibration": None})

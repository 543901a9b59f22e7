"""What is measured in a camera's picture: a calibrated plane and tools laid upon it.

Places are pixels of the whole picture, x to the right and y down, (0, 0) the middle of the first pixel. Lengths that
come out are millimetres on the calibrated plane; without a calibration they are pixels.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from unison_domain.kernel.contracts import Instant, Name, Request

Pixels = Annotated[float, Field(ge=-1, le=20_000, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Corner = tuple[Number, Number]
"""x and y in pixels of the picture."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a stored picture's bytes, in hexadecimal; its name everywhere."""


class Board(StrEnum):
    """The pattern that is shown to the camera."""

    CHESSBOARD = "chessboard"
    CHARUCO = "charuco"


NOTHING = 0.0
"""Of heights and uncertainties that nobody told; they are not sent, so that older agents understand the rest."""


class CalibrationBoard(Request):
    """A printed board. `columns` and `rows` count squares (a chessboard of 10 by 7 squares has 9 by 6 inner corners).

    Attributes:
        square: side of a square, in millimetres; marker: side of a ChArUco marker, in millimetres.
        square_uncertainty: how surely the side of a square is known: expanded, 95 % (k = 2), relative (0.001 is 0.1 %).
        thickness: of the board, in millimetres: its print is so far above what it lies on.
    """

    board: Board = Board.CHESSBOARD
    columns: Annotated[int, Field(ge=3, le=50)]
    rows: Annotated[int, Field(ge=3, le=50)]
    square: Annotated[float, Field(gt=0, le=1_000)]
    marker: Annotated[float, Field(gt=0, le=1_000)] | None = None
    square_uncertainty: Annotated[float, Field(ge=0, le=0.1, exclude_if=NOTHING.__eq__)] = NOTHING
    thickness: Annotated[float, Field(ge=0, le=200, exclude_if=NOTHING.__eq__)] = NOTHING


def _is_unknown(value: object) -> bool:
    """It is not sent then, so that older agents understand the calibration."""
    return value is None


class PlaneCalibration(Request):
    """How a picture's pixels lie on the plane of the parts.

    Attributes:
        width, height: of the picture it holds for, in pixels.
        camera_matrix: 3 by 3, row by row, in pixels.
        distortion: k1, k2, p1, p2, k3 of the Brown-Conrady model.
        plane: homography from undistorted pixels to millimetres, 3 by 3, row by row.
        residual: root mean square of reprojection, in pixels.
        plane_uncertainty: standard uncertainty of a length on the plane, relative (0.001 is 0.1 %).
        hull: corners of the convex hull of all corners that were found, in pixels: elsewhere the lens is only guessed.
            None where nobody knows, of calibrations that were made before it was kept.
        distance_uncertainty: standard uncertainty of how far the camera is from the plane, relative (0.001 is 0.1 %).
            None where nobody knows, as with the hull.
    """

    board: CalibrationBoard
    width: Annotated[int, Field(ge=16, le=20_000)]
    height: Annotated[int, Field(ge=16, le=20_000)]
    camera_matrix: Annotated[tuple[Number, ...], Field(min_length=9, max_length=9)]
    distortion: Annotated[tuple[Number, ...], Field(min_length=5, max_length=5)]
    plane: Annotated[tuple[Number, ...], Field(min_length=9, max_length=9)]
    residual: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    plane_uncertainty: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    hull: Annotated[tuple[Corner, ...], Field(min_length=3, max_length=1_000)] | None = Field(
        default=None, exclude_if=_is_unknown
    )
    distance_uncertainty: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = Field(
        default=None, exclude_if=_is_unknown
    )
    pictures: tuple[Sha256, ...] = ()
    calibrated_at: Instant


class Edge(StrEnum):
    """Which change of brightness along the search line is an edge."""

    DARK_TO_LIGHT = "dark_to_light"
    LIGHT_TO_DARK = "light_to_dark"
    ANY = "any"


class Strip(Request):
    """A search line from one end to the other; brightness is averaged over `width` across it."""

    from_x: Pixels
    from_y: Pixels
    to_x: Pixels
    to_y: Pixels
    width: Annotated[float, Field(ge=1, le=2_000)] = 20.0


class _Tool(Request):
    """`characteristic_id`: what the result is a reading of."""

    id: UUID
    name: Name
    characteristic_id: UUID


class _Length(_Tool):
    """A length at a height; an angle is the same at any.

    Attributes:
        height: of the edges above what the calibrated board lay on, in millimetres; below it, negative.
        height_uncertainty: how surely that is known: expanded, 95 % (k = 2), in millimetres.
    """

    height: Annotated[float, Field(ge=-1_000, le=1_000, allow_inf_nan=False, exclude_if=NOTHING.__eq__)] = NOTHING
    height_uncertainty: Annotated[float, Field(ge=0, le=1_000, exclude_if=NOTHING.__eq__)] = NOTHING


class Caliper(_Length):
    """Distance of two edges along a strip; `contrast`: least step of brightness (0 to 255) that is an edge."""

    tool: Literal["caliper"] = "caliper"
    strip: Strip
    first: Edge = Edge.ANY
    second: Edge = Edge.ANY
    contrast: Annotated[float, Field(gt=0, le=255)] = 20.0


class CircleDiameter(_Length):
    """Diameter of a circle whose edge lies between two radii around a centre."""

    tool: Literal["circle"] = "circle"
    x: Pixels
    y: Pixels
    inner: Annotated[float, Field(gt=0, le=20_000)]
    outer: Annotated[float, Field(gt=0, le=20_000)]
    edge: Edge = Edge.ANY
    contrast: Annotated[float, Field(gt=0, le=255)] = 20.0


class EdgeAngle(_Tool):
    """Angle between two straight edges, each found in strips laid across it; degrees from 0 to 180."""

    tool: Literal["angle"] = "angle"
    first: Strip
    second: Strip
    contrast: Annotated[float, Field(gt=0, le=255)] = 20.0


class Presence(_Tool):
    """Whether a part looks like its template: 1 or 0.

    Attributes:
        template: picture of the part alone; the region is where it is looked for.
        score: least normalized correlation (0 to 1) that is a match.
    """

    tool: Literal["presence"] = "presence"
    template: Sha256
    x: Pixels
    y: Pixels
    width: Annotated[float, Field(gt=0, le=20_000)]
    height: Annotated[float, Field(gt=0, le=20_000)]
    score: Annotated[float, Field(gt=0, le=1)] = 0.8

    def region(self, width: int, height: int) -> tuple[int, int, int, int] | None:
        """Left, top, right and bottom in pixels of a picture of this size, the last two beyond it; None outside it."""
        left, top = max(0, round(self.x)), max(0, round(self.y))
        right, bottom = min(width, round(self.x + self.width)), min(height, round(self.y + self.height))
        return (left, top, right, bottom) if left < right and top < bottom else None


PictureTool = Annotated[Caliper | CircleDiameter | EdgeAngle | Presence, Field(discriminator="tool")]
"""One measurement of a picture."""

"""Pictures of known parts, made with nothing of the code under test.

Each pixel is the mean of fine samples; a sample's ray is bent by the lens backwards (fixed-point iteration on the
Brown-Conrady model), met with the plane of the parts, and asked how much of it the part covers: the signed distance to
the part's outline against the sample's own size. Blur is a Gaussian on the fine samples; then come pixels, noise and
whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Shape = Callable[[Floats, Floats], Floats]
"""Signed distance to a part's outline of places on the plane (x, y): negative inside, in their unit."""


@dataclass(frozen=True)
class Camera:
    """A pinhole with a lens: `focal` in pixels; `lens` k1, k2, p1, p2, k3."""

    width: int
    height: int
    focal: float
    lens: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)

    @property
    def middle(self) -> tuple[float, float]:
        """Where the optical axis meets the picture."""
        return (self.width - 1) / 2 + 3.7, (self.height - 1) / 2 - 2.3

    def bent(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Where the lens puts rays."""
        k1, k2, p1, p2, k3 = self.lens
        square = x * x + y * y
        radial = 1 + square * (k1 + square * (k2 + square * k3))
        return (
            x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x),
            y * radial + p1 * (square + 2 * y * y) + 2 * p2 * x * y,
        )

    def rays(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Directions that are seen at places of the picture."""
        wanted_x, wanted_y = (x - self.middle[0]) / self.focal, (y - self.middle[1]) / self.focal
        ray_x, ray_y = wanted_x, wanted_y
        for _ in range(12):
            bent_x, bent_y = self.bent(ray_x, ray_y)
            ray_x, ray_y = ray_x + wanted_x - bent_x, ray_y + wanted_y - bent_y
        return ray_x, ray_y


@dataclass(frozen=True)
class Pose:
    """How a plane lies before the camera: turned about x, y, z (radians), its origin `away` along (x, y, z)."""

    turned: tuple[float, float, float]
    away: tuple[float, float, float]

    @property
    def rotation(self) -> Floats:
        """About x, then y, then z."""
        a, b, c = self.turned
        about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
        about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
        about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
        turned: Floats = about_z @ about_y @ about_x
        return turned


@dataclass(frozen=True)
class View:
    """A camera over a plane."""

    camera: Camera
    pose: Pose

    def plane(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Places on the plane that are seen at places of the picture."""
        ray_x, ray_y = self.camera.rays(x, y)
        rotation, away = self.pose.rotation, np.array(self.pose.away)
        onto = np.linalg.inv(np.column_stack((rotation[:, 0], rotation[:, 1], away)))
        down = [row[0] * ray_x + row[1] * ray_y + row[2] for row in onto]
        return down[0] / down[2], down[1] / down[2]

    def picture(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the plane is seen."""
        rotation, away = self.pose.rotation, np.array(self.pose.away)
        place = x * rotation[:, 0] + y * rotation[:, 1] + away
        bent_x, bent_y = self.camera.bent(np.array(place[0] / place[2]), np.array(place[1] / place[2]))
        middle_x, middle_y = self.camera.middle
        return float(bent_x * self.camera.focal + middle_x), float(bent_y * self.camera.focal + middle_y)


def straight(width: int = 320, height: int = 240) -> View:
    """A picture whose pixels are the plane's units."""
    camera = Camera(width, height, 1.0)
    return View(camera, Pose((0, 0, 0), (-camera.middle[0], -camera.middle[1], 1.0)))


@dataclass(frozen=True)
class Light:
    """Brightness of the part and of what lies beside it (0 to 255), blur and noise (standard deviations).

    `numbers` makes the camera's of light, both from 0 to 1.
    """

    part: float = 40.0
    ground: float = 200.0
    blur: float = 0.8
    noise: float = 0.0
    numbers: Callable[[Floats], Floats] = lambda light: light


def render(
    view: View,
    shape: Shape,
    light: Light,
    chance: np.random.Generator,
    window: tuple[int, int, int, int] | None = None,
    fine: int = 4,
) -> NDArray[np.uint8]:
    """A picture, all ground outside `window` (left, top, right, bottom)."""
    camera = view.camera
    left, top, right, bottom = window or (0, 0, camera.width, camera.height)
    margin = int(np.ceil(4 * light.blur)) + 1
    plane_x, plane_y = _fine_plane(view, (left - margin, top - margin, right + margin, bottom + margin), fine)
    size = np.hypot(*(part[:, 1:] - part[:, :-1] for part in (plane_x, plane_y)))
    size = np.pad(size, ((0, 0), (0, 1)), mode="edge")
    covered = np.clip(0.5 - shape(plane_x, plane_y) / size, 0, 1)
    blurred = _blurred(_blurred(covered, light.blur * fine, 0), light.blur * fine, 1)
    rows, columns = blurred.shape
    pixels = blurred.reshape(rows // fine, fine, columns // fine, fine).mean(axis=(1, 3))[
        margin:-margin, margin:-margin
    ]
    picture = np.full((camera.height, camera.width), float(light.ground))
    picture[top:bottom, left:right] += pixels * (light.part - light.ground)
    picture += chance.normal(0, light.noise, picture.shape) if light.noise else 0.0
    numbers = 255 * light.numbers(np.clip(picture / 255, 0, 1))
    return np.clip(np.round(numbers), 0, 255).astype(np.uint8)


def bar(x: float, y: float, width: float, angle: float = 0.0) -> Shape:
    """An endless bar around (x, y), `width` across the direction of `angle` (radians)."""
    return lambda at_x, at_y: np.abs((at_x - x) * np.cos(angle) + (at_y - y) * np.sin(angle)) - width / 2


def disk(x: float, y: float, diameter: float) -> Shape:
    """A round part."""
    return lambda at_x, at_y: np.hypot(at_x - x, at_y - y) - diameter / 2


def corner(x: float, y: float, first: float, second: float) -> Shape:
    """What lies behind both of two straight edges through (x, y), whose outward normals have these angles (radians)."""
    return lambda at_x, at_y: np.maximum(
        (at_x - x) * np.cos(first) + (at_y - y) * np.sin(first),
        (at_x - x) * np.cos(second) + (at_y - y) * np.sin(second),
    )


def chessboard(columns: int, rows: int, square: float) -> Shape:
    """Dark squares; the first inner corner is the origin, a light margin of one square around."""

    def distance(at_x: Floats, at_y: Floats) -> Floats:
        across, down = at_x / square, at_y / square
        parity = (np.floor(across) + np.floor(down)) % 2 == 0
        to_line = np.minimum(np.abs(across - np.round(across)), np.abs(down - np.round(down)))
        inside = (across > -1) & (across < columns - 1) & (down > -1) & (down < rows - 1)
        return np.where(parity & inside, -to_line, np.where(inside, to_line, 1.0)) * square

    return distance


def image_on_plane(image: NDArray[np.uint8], pixel: float) -> Shape:
    """What is dark in an image that lies with its corner at the origin, a pixel so wide; all is light around it."""
    print_ = np.pad(image, 1, constant_values=255) < 128
    inside, outside = (
        np.asarray(cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
        for part in (print_, ~print_)
    )
    signed = np.where(print_, 0.5 - inside, outside - 0.5) * pixel

    def distance(at_x: Floats, at_y: Floats) -> Floats:
        column, row = (np.asarray(at / pixel + 0.5, np.float32) for at in (at_x, at_y))
        seen = cv2.remap(signed.astype(np.float32), column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(seen, np.float64)

    return distance


def _fine_plane(view: View, window: tuple[int, int, int, int], fine: int) -> tuple[Floats, Floats]:
    """Places on the plane of `fine` by `fine` samples a pixel; between the corners of a pixel the lens is straight."""
    left, top, right, bottom = window
    corners = view.plane(*np.meshgrid(np.arange(left, right + 1) - 0.5, np.arange(top, bottom + 1) - 0.5))
    share = (np.arange(fine) + 0.5) / fine
    return _between(corners[0], share), _between(corners[1], share)


def _between(corners: Floats, share: Floats) -> Floats:
    rows, columns = corners.shape[0] - 1, corners.shape[1] - 1
    across = corners[:, :-1, None] + (corners[:, 1:] - corners[:, :-1])[:, :, None] * share
    across = across.reshape(rows + 1, columns * len(share))
    down = across[:-1, None] + (across[1:] - across[:-1])[:, None] * share[:, None]
    return down.reshape(rows * len(share), columns * len(share))


def _blurred(values: Floats, deviation: float, axis: int) -> Floats:
    if deviation < 0.01:
        return values
    reach = int(np.ceil(4 * deviation))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(values, [(reach, reach) if one == axis else (0, 0) for one in (0, 1)], mode="edge")
    size = values.shape[axis]
    blurred = np.zeros_like(values)
    for at, weight in enumerate(kernel):
        blurred += weight * (padded[at : at + size] if axis == 0 else padded[:, at : at + size])
    return blurred

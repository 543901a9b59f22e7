"""Cameras of this PC: by the name of their maker, model and serial number, which stays the same at every plug."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

BY_ID = Path("/dev/v4l/by-id")
"""Links that udev names so; a camera often has a second one, of a device that gives no pictures."""

DEVICES = Path("/dev")
ABOUT = Path("/sys/class/video4linux")


class KnownCamera(NamedTuple):
    """The name to configure, where the device is now, and how it calls itself."""

    name: str
    path: str
    description: str


def known_cameras(by_id: Path = BY_ID, devices: Path = DEVICES, about: Path = ABOUT) -> list[KnownCamera]:
    """Those with a lasting name, then the paths of those without one (of a ribbon cable, virtual ones)."""
    links = {link.name: link.resolve() for link in sorted(by_id.iterdir())} if by_id.is_dir() else {}
    loose = [path for path in sorted(devices.glob("video[0-9]*")) if path.resolve() not in links.values()]
    named = [*links.items(), *((str(path), path) for path in loose)]
    return [KnownCamera(name, str(path), _description(about / path.name)) for name, path in named]


def path_of(name: str, by_id: Path = BY_ID) -> Path:
    """Where the camera of this name is now; a path is one already."""
    return Path(name) if name.startswith("/") else by_id / name


def _description(about: Path) -> str:
    with suppress(OSError):
        return (about / "name").read_text(encoding="utf-8", errors="replace").strip()
    return ""

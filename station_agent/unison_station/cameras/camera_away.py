"""A camera that can't give a picture now."""

from __future__ import annotations


class CameraAway(Exception):
    """It is not there, or gives no pictures; the words say why."""

"""A picture that nobody gets."""

from __future__ import annotations


class ShowsBadge(Exception):
    """A known badge was read in the picture, so it is neither kept nor sent."""

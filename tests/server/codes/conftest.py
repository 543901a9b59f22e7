"""Tests here talk to a running server."""

from tests.server.serving import address, admin, app, client, made
from tests.server.stations.floor import floor, people_copied

__all__ = ["address", "admin", "app", "client", "floor", "made", "people_copied"]

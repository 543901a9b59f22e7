"""Tests here talk to a running server."""

from tests.server.identity.mailing import mailing
from tests.server.serving import address, admin, app, client, made

__all__ = ["address", "admin", "app", "client", "made", "mailing"]

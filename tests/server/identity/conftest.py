"""Tests here talk to a running server."""

import pytest
from unison_server.identity import refusals

from tests.server.identity.mailing import mailing
from tests.server.serving import address, admin, app, client, made

__all__ = ["address", "admin", "app", "client", "made", "mailing"]


@pytest.fixture
def all_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many organizations of superadministrators other tests have left in the database."""
    monkeypatch.setattr(refusals, "MOST_TOLD", 10_000)

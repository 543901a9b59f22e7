"""What every test session begins with."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests import dead_clusters

settings.register_profile("unison", deadline=None)  # a busy machine is no failed law
settings.load_profile("unison")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Clean up after sessions that were killed; once, not in each worker."""
    if os.name == "posix" and not hasattr(session.config, "workerinput"):
        dead_clusters.clean()

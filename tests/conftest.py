"""What every test session begins with."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests import dead_clusters

# A busy machine is no failed law, and what holds for its author holds for everybody: `quick` tries the same examples
# each time. `HYPOTHESIS_PROFILE=deep` looks for new ones.
settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True, database=None)
settings.register_profile(
    "deep", max_examples=2000, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Clean up after sessions that were killed; once, not in each worker."""
    if os.name == "posix" and not hasattr(session.config, "workerinput"):
        dead_clusters.clean()

"""What every test session begins with."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests import dead_clusters, patience, secret_watch

# A busy machine is no failed law, and what holds for its author holds for everybody: `quick` tries the same examples
# each time. `HYPOTHESIS_PROFILE=deep` looks for new ones.
settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True, database=None)
settings.register_profile(
    "deep", max_examples=2000, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


class _Frozen:
    """Of which module's tests what was there before is set apart."""

    module: object = None


_FROZEN = _Frozen()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Clean up after sessions that were killed; once, not in each worker."""
    if os.name == "posix" and not hasattr(session.config, "workerinput"):
        dead_clusters.clean()


def pytest_configure() -> None:
    """Before anything is logged, asked or waited for."""
    secret_watch.install()
    patience.install()


@pytest.fixture(autouse=True)
def nothing_secret_is_logged() -> Iterator[None]:
    """Whatever a test does, no line of a log holds a secret it used."""
    secret_watch.WATCH.leaks()
    yield
    leaks = secret_watch.WATCH.leaks()
    assert not leaks, f"a secret was logged: {leaks}"


@pytest.fixture(autouse=True, scope="session")
def no_program_logged_a_secret(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nor do the logs of whole programs hold one that a test used, or that they themselves keep."""
    yield
    folder = tmp_path_factory.getbasetemp()
    secret_watch.WATCH.learn_kept(folder)
    leaks = secret_watch.WATCH.leaks_in(secret_watch.logs(folder))
    assert not leaks, f"a secret was logged: {leaks}"


@pytest.fixture(autouse=True)
def garbage_of_windows(request: pytest.FixtureRequest) -> Iterator[None]:
    """Windows are collected by the thread they live in: in that of a server beside them Qt crashes."""
    if "qtbot" not in request.fixturenames:
        yield
        return
    if request.module is not _FROZEN.module:
        # A collection after each test then looks at what tests of this module made, not at all that is imported.
        _FROZEN.module = request.module
        gc.collect()
        gc.freeze()
    gc.disable()
    yield
    gc.collect()
    gc.enable()

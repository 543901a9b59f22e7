"""Pictures around a stop that outlive the boot they were taken in: they are told at their right times, and once."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import cv2
import pytest
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.peripherals import CameraConfiguration
from unison_station.agent import Agent
from unison_station.cameras.ring import Shot
from unison_station.cameras.undecided_pictures import UndecidedPictures
from unison_station.uplink import enrol

from tests.station_agent.cameras.printing import on_table
from tests.station_agent.cameras.test_stop_pictures import watching
from tests.station_agent.engine.press import Press, connected
from tests.station_agent.operator.shop import shop
from tests.station_agent.operator.test_rebooted_pc import DEAD_BATTERY, Boot
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer, running
from tests.station_agent.waiting import until

CAMERA, MACHINE = UUID(int=1), UUID(int=2)
START = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after"), [(DEAD_BATTERY, timedelta(0)), (timedelta(0), DEAD_BATTERY), (timedelta(hours=1), timedelta())]
)
def test_pictures_of_a_killed_agent_have_their_times_after_the_pc_started_with_another_clock(
    tmp_path: Path, before: timedelta, after: timedelta
) -> None:
    cv2.imwrite(str(tmp_path / "table.png"), on_table(size=(120, 160)))
    folder, aside = tmp_path / "data", tmp_path / "aside"
    camera = watching(tmp_path / "table.png", ring_seconds=30)
    press = Press()
    with connected(press) as slave, running(FakeServer(configuration=wanted(slave.port, camera))) as server:

        def kept() -> list[dict[str, Any]]:
            return [one for one in server.taken if one["kind"] == "picture_kept" and one["reason"] == "stop"]

        folder.mkdir()
        began = datetime.now(UTC)
        identity = enrol(folder, server.url, "code_12345678", version="test")
        with Agent(folder, identity=identity, system=Boot("first", before)) as agent:
            until(lambda: agent.store.timeline.correction is not None)
            server.wait_for(lambda: any(one["kind"] == "state_changed" for one in server.taken))
            press.registers[0] = 0
            until(lambda: len(list((folder / "undecided").rglob("*.jpg"))) >= 2)
            until(lambda: copied(folder / "undecided", aside))
        ended = datetime.now(UTC)
        shutil.copytree(aside, folder / "undecided", dirs_exist_ok=True)
        left = len(list(aside.rglob("*.jpg")))
        with Agent(folder, identity=identity, system=Boot("second", after)) as agent:
            until(lambda: agent.store.timeline.correction is not None)
            until(lambda: not list((folder / "undecided").rglob("*.jpg")))
            until(lambda: not agent.store.outgoing.pending(1, 1 << 20))
            server.wait_for(lambda: max(Counter(one["id"] for one in kept()).values(), default=0) == 2)
        times = Counter((one["id"], datetime.fromisoformat(one["at"])) for one in kept())
        assert all(began <= at <= ended for _, at in times), times
        assert list(times.values()).count(2) == left, "the same event of the same picture"


def wanted(port: int, camera: CameraConfiguration) -> AgentConfiguration:
    """Nobody can tell its stops from micro-stops for ten minutes."""
    told = shop(port, agent_id=AGENT, organization_id=ORGANIZATION, peripherals=(camera,))
    machines = tuple(one.model_copy(update={"micro_stop_seconds": 600.0}) for one in told.machines)
    return told.model_copy(update={"machines": machines})


def copied(source: Path, target: Path) -> bool:
    """Whether all that lies there could be taken as it is: pictures come and go."""
    try:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
    except (OSError, shutil.Error):
        return False
    return True


def test_the_same_stamp_of_two_boots_is_two_pictures_and_files_of_other_names_go(tmp_path: Path) -> None:
    shots = [Shot(b"\xff\xd8 %d \xff\xd9" % boot, START, 0.0, boot) for boot in (1, 2)]
    UndecidedPictures(tmp_path, CAMERA).hold((MACHINE, shot) for shot in shots)
    other = tmp_path / "undecided" / str(CAMERA) / f"{MACHINE}_17.jpg"
    other.write_bytes(b"\xff\xd8\xff\xd9")
    again = UndecidedPictures(tmp_path, CAMERA)
    assert again.found() == [(MACHINE, shot) for shot in shots]
    again.hold(())
    assert not other.exists()

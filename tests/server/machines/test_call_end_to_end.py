"""Calls for help and reasons of stops, between the operator page of an agent's process and people at the server."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import IO, Any

import httpx
from unison_domain.identity.contracts import RoleCode

from tests.server.serving import sign_in
from tests.server.stations.floor import Floor
from tests.server.stations.test_real_agent import DEADLINE, until
from tests.station_agent.operator.talk import Page

AGENT = (sys.executable, "-m", "unison_station")
PAGE = "the local page is at "


def _hear(errors: IO[str], lines: Queue[str]) -> None:
    for line in errors:
        lines.put(line)


@contextmanager
def agent_process(folder: Path) -> Iterator[str]:
    """`unison-station run` in a process of its own; gives the address of its local page."""
    lines: Queue[str] = Queue()
    words = [*AGENT, "run", "--data", str(folder), "--port", "0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        reader = threading.Thread(target=_hear, args=(process.stderr, lines))
        reader.start()
        try:
            while PAGE not in (line := lines.get(timeout=DEADLINE)):
                pass
            yield line.rpartition(PAGE)[2].strip()
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(DEADLINE)
            reader.join()
        assert ended == 0


def enrol_program(floor: Floor, address: str, folder: Path) -> None:
    """Type the desktop's code at the PC."""
    code = floor.admin.post(f"/agents/{floor.agent_id}/code").json()["code"]
    words = [*AGENT, "enrol", "--server", address, "--code", code, "--data", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stderr


def test_a_reason_given_in_the_office_is_shown_at_the_page_as_another_persons(
    floor: Floor, address: str, tmp_path: Path
) -> None:
    reasons = {one["number"]: one["id"] for one in floor.admin.post("/downtime-reasons/defaults", {}).json()["items"]}
    bench = {
        "plant_id": str(floor.plant_id),
        "machine_code": "B1",
        "name": "Bench",
        "station_id": str(floor.station_id),
    }
    made = floor.admin.post("/machines", bench)
    assert made.status_code == 201, made.text
    machine = made.json()
    enrol_program(floor, address, tmp_path)
    with agent_process(tmp_path) as url, httpx.Client(base_url=url, trust_env=False, timeout=DEADLINE) as browser:
        until(lambda: browser.get("/station/S1").status_code == 200)
        page = Page(browser)
        until(lambda: "B1" in {one["code"] for one in page.hear("floor")["machines"]})
        said = page.say("state", machine_id=machine["id"], state="fault", person="Ben")
        assert said.status_code == 200, said.text
        assert page.machine("B1")["stop"]["explained"] is False

        def events() -> list[dict[str, Any]]:
            items: list[dict[str, Any]] = floor.admin.get("/downtime-events").json()["items"]
            return items

        (event,) = until(events)
        given = floor.admin.send(
            "POST",
            f"/downtime-events/{event['id']}/assign",
            json={"downtime_reason_id": reasons[110]},
            headers={"If-Match": f'"{event["version"]}"'},
        )
        assert given.status_code == 200, given.text
        until(lambda: page.machine("B1")["stop"]["reason_id"] == reasons[110])
        stop = page.machine("B1")["stop"]
        assert (stop["elsewhere"], stop["explained"]) == (True, True)
        about = {"machine_id": machine["id"], "started_at": stop["started_at"], "person": "Ben"}
        unseen = page.say("reason", **about, reason_id=reasons[120], seen_reason_id=None)
        assert (unseen.status_code, unseen.json()["code"]) == (409, "said_meanwhile")
        seen = page.say("reason", **about, reason_id=reasons[120], seen_reason_id=reasons[110])
        assert (seen.status_code, seen.json()["code"]) == (409, "override"), "it is another person's word"


def test_a_call_is_raised_answered_and_ended(floor: Floor, client: httpx.Client, address: str, tmp_path: Path) -> None:
    floor.made.add_user("mender", roles=[RoleCode.MAINTENANCE_TECHNICIAN], writes=[floor.plant_id])
    mender = sign_in(client, floor.made, "mender")
    machine_id = str(floor.machines[0])
    enrol_program(floor, address, tmp_path)
    with agent_process(tmp_path) as url, httpx.Client(base_url=url, trust_env=False, timeout=DEADLINE) as browser:
        until(lambda: browser.get("/station/S1").status_code == 200)
        page = Page(browser)
        until(lambda: "M1" in {one["code"] for one in page.hear("floor")["machines"]})

        def shown() -> list[str]:
            return [call["state"] for call in page.machine("M1")["calls"]]

        def open_calls() -> list[dict[str, Any]]:
            items: list[dict[str, Any]] = mender.get("/machine-calls").json()["items"]
            return items

        raised = page.say("call", machine_id=machine_id, called="maintenance", person="Ben")
        assert raised.status_code == 200, raised.text
        assert shown() == ["called"]
        (call,) = until(open_calls)
        assert (call["machine_code"], call["called"], call["person"]) == ("M1", "maintenance", "Ben")

        answered = mender.post(f"/machine-calls/{call['id']}/answer")
        assert answered.status_code == 200, answered.text
        until(lambda: shown() == ["answered"])

        assert page.say("arrived", call_id=call["id"]).status_code == 200
        until(lambda: [one["state"] for one in open_calls()] == ["arrived"])

        assert mender.post(f"/machine-calls/{call['id']}/done").status_code == 200
        until(lambda: shown() == [])
    over = floor.admin.get(f"/machine-calls/{call['id']}").json()
    assert over["state"] == "done"
    assert over["called_at"] <= over["answered_at"] <= over["arrived_at"] <= over["done_at"]
    assert [topic for topic in floor.topics() if topic.startswith("machines.call.")] == [
        f"machines.call.{step}" for step in ("called", "answered", "arrived", "done")
    ]
    assert floor.rows("select code from quarantine") == []

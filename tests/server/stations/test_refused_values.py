"""What scanners, gauges and cameras were refused, from the station's word to the history."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel import csv_stream
from unison_server.kernel.csv_answer import ROWS_HEADER
from unison_server.kernel.database import Databases
from unison_server.kernel.settings import Settings
from unison_server.stations.refused_values import TOLD, forget_old_refusals

from tests.server.serving import sign_in
from tests.server.stations.floor import Floor, at


def refused(floor: Floor, seconds: float = 0, **more: Any) -> dict[str, Any]:
    own = {
        "id": str(uuid4()),
        "station_id": str(floor.station_id),
        "peripheral_id": str(uuid4()),
        "raw": "noise",
        "reason": "came outside STX and ETX",
    }
    return floor.sender.event("value_refused", seconds, **{**own, **more})


def history(floor: Floor, **query: Any) -> list[dict[str, Any]]:
    answer = floor.admin.get("/refused-values", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def scanner(floor: Floor, name: str) -> str:
    settings = {"kind": "scanner", "name": name, "serial": {"port": f"usb-{name}"}}
    made = floor.admin.post("/peripherals", {"station_id": str(floor.station_id), "settings": settings})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def test_it_is_kept_with_where_it_came_from(floor: Floor) -> None:
    device = scanner(floor, "Hand scanner")
    floor.sender.send([refused(floor, peripheral_id=device, raw="A\x1dB", remedy="Scan it once more")])
    (row,) = history(floor, peripheral_id=device)
    assert (row["raw"], row["reason"], row["remedy"]) == ("A\x1dB", "came outside STX and ETX", "Scan it once more")
    assert (row["peripheral_name"], row["kind"], row["times"]) == ("Hand scanner", "scanner", 1)
    assert row["station_name"] is not None
    assert floor.topics().count(TOLD) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_count_only_grows_in_whatever_order_it_is_told(floor: Floor, order: tuple[int, ...]) -> None:
    one = refused(floor)
    told = [{**one, "times": times, "lasted_seconds": 10.0 * (times - 1)} for times in (1, 4, 9)]
    for seq, place in enumerate(order, 1):
        floor.sender.send([{**told[place], "seq": seq}])
    (row,) = history(floor)
    assert row["times"] == 9
    assert datetime.fromisoformat(row["last_at"]) - datetime.fromisoformat(row["first_at"]) == timedelta(seconds=80)


def test_told_twice_in_one_batch_it_is_one(floor: Floor) -> None:
    one = refused(floor)
    floor.sender.send([one, refused(floor, id=one["id"], times=3)])
    assert [row["times"] for row in history(floor)] == [3]


def test_another_agent_has_no_say_about_it(floor: Floor) -> None:
    floor.sender.send([refused(floor, station_id=str(uuid4()))])
    assert history(floor) == []
    assert len(floor.rows("select 1 from quarantine")) == 1


def test_the_history_is_narrowed(floor: Floor) -> None:
    device = scanner(floor, "left")
    floor.sender.send(
        [refused(floor, 0, raw="100%_X"), refused(floor, 60, peripheral_id=device, lasted_seconds=600, times=2)]
    )
    assert [row["raw"] for row in history(floor)] == ["noise", "100%_X"]
    assert [row["raw"] for row in history(floor, kind="scanner")] == ["noise"]
    assert history(floor, kind="gauge") == []
    assert [row["raw"] for row in history(floor, q="%_x")] == ["100%_X"]
    assert len(history(floor, q="STX")) == 2
    assert [row["raw"] for row in history(floor, **{"from": at(300).isoformat()})] == ["noise"], "it went on till then"
    assert [row["raw"] for row in history(floor, to=at(60).isoformat())] == ["100%_X"]
    assert history(floor, plant_id=uuid4()) == []
    assert len(history(floor, station_id=floor.station_id)) == 2


def test_the_file_has_all_of_it_whatever_its_size(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_stream, "BLOCK", 2)
    floor.sender.send([refused(floor, number, raw=f'={number};"\n') for number in range(5)])
    answer = floor.admin.get("/refused-values/export", headers={"Unison-Csv": "comma"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers[ROWS_HEADER] == "5"
    heading, *lines = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";")
    assert [line[heading.index("raw")] for line in lines] == [f"'={number};\"\n" for number in (4, 3, 2, 1, 0)]


def test_only_who_may_sees_them_and_only_of_their_plants(floor: Floor) -> None:
    floor.sender.send([refused(floor)])
    elsewhere = floor.made.add_plant("P9")
    floor.made.add_user("susi", roles=[RoleCode.PLANT_MANAGER], writes=[elsewhere])
    susi = sign_in(floor.admin.client, floor.made, "susi")
    assert susi.get("/refused-values").json()["items"] == []
    assert susi.get("/refused-values/export").text.count("\n") == 1


def test_after_a_year_it_is_forgotten(floor: Floor, settings: Settings, system_databases: Databases) -> None:
    floor.sender.send([refused(floor)])
    kept = timedelta(days=settings.incidents_kept_days)
    for age, left in ((kept - timedelta(hours=1), 1), (kept + timedelta(hours=1), 0)):
        forget_old_refusals(settings, system_databases, datetime.now(UTC) + age)
        assert len(history(floor)) == left

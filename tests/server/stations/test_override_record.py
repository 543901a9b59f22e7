"""The list of overrides at stations: what counts, what waits, what came to nothing; and who sees it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.overrides import Override, OverrideKind
from unison_server.kernel import csv_stream
from unison_server.kernel.database import Databases
from unison_server.stations import override_record

from tests.server.codes.scanning import allow_person_figures, scanned
from tests.server.codes.scanning import undone as scan_undone
from tests.server.factories import make_organization
from tests.server.machines.test_downtime import reasons
from tests.server.machines.test_station_words import reasoned, state_set
from tests.server.quality.gauging import characteristic, reading
from tests.server.quality.gauging import undone as reading_undone
from tests.server.serving import sign_in
from tests.server.stations.confirming import Confirmer, confirmer
from tests.server.stations.floor import Floor
from tests.server.stations.test_overrides import again, stopped_for
from tests.server.stations.test_quarantine import decide
from tests.server.stations.test_quarantine import listed as kept_events

__all__ = ["reasons"]


@pytest.fixture
def quinn(floor: Floor) -> Confirmer:
    """A team leader with badge and PIN, whose name the business database knows."""
    quinn = confirmer(floor)
    floor.made.until_people_are_copied()
    return quinn


def listed(floor: Floor, **query: Any) -> list[dict[str, Any]]:
    answer = floor.admin.get("/station-overrides", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def state_against_signals(floor: Floor, seconds: float = 20) -> dict[str, Any]:
    """Ben says otherwise than the signals."""
    if not floor.history():
        floor.sender.send([floor.changed(0, "running")])
    return state_set(floor, seconds, "setup", person="Ben")


def done_state(floor: Floor, quinn: Confirmer) -> dict[str, Any]:
    """The same, confirmed."""
    word = state_against_signals(floor)
    word["backing"] = quinn.backing(OverrideKind.MACHINE_STATE, floor.machines[0], word["id"])
    floor.sender.send([word])
    return word


def told(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def test_a_state_that_counts_is_told_with_who_did_it_and_who_stands_behind_it(floor: Floor, quinn: Confirmer) -> None:
    word = done_state(floor, quinn)
    (row,) = listed(floor)
    assert told(row, "outcome", "kind", "result") == ("done", "machine_state", "setup")
    assert told(row, "done_by", "confirmed_by", "station_code") == ("Ben", "Quinn", "S1")
    assert row["subject"] == " ".join(
        floor.admin.get(f"/machines/{floor.machines[0]}").json()[name] for name in ("machine_code", "name")
    )
    assert datetime.fromisoformat(row["done_at"]) == datetime.fromisoformat(word["at"])


def test_each_kind_says_what_it_was_done_to(floor: Floor, reasons: dict[int, str], quinn: Confirmer) -> None:
    stopped_for(floor, reasons)
    bore = characteristic(floor, lsl="4.00", usl="4.20")
    scan, value = scanned(floor, 0, person="Ada"), reading(floor, 0, bore, "4.1", person="Ada")
    floor.sender.send([scan, value])
    word = reasoned(floor, 40, 10, reasons[320], person="Ben", seen_reason_id=reasons[310])
    far = reading(floor, 1, bore, "42.0", person="Ben")
    acts = (
        (OverrideKind.STOP_REASON, floor.machines[0], word["id"], word),
        (OverrideKind.SCAN_UNDONE, scan["id"], scan["id"], scan_undone(floor, 5, scan["id"], person="Ben")),
        (OverrideKind.READING_UNDONE, value["id"], value["id"], reading_undone(floor, 5, value["id"], person="Ben")),
        (OverrideKind.FAR_VALUE, bore, far["id"], far),
    )
    for kind, subject, act, event in acts:
        floor.sender.send([again(floor, event, backing=quinn.backing(kind, subject, act))])
    rows = {row["kind"]: row for row in listed(floor)}
    assert set(rows) == {kind for kind, *_ in acts}
    assert {told(row, "outcome", "done_by", "confirmed_by", "station_code") for row in rows.values()} == {
        ("done", "Ben", "Quinn", "S1")
    }
    assert rows["stop_reason"]["result"].startswith("320 ")
    assert scan["text"] in rows["scan_undone"]["subject"]
    assert "4.1" in rows["reading_undone"]["subject"]
    assert rows["far_value"]["result"].startswith("42.0")
    for kind in rows:
        assert [row["kind"] for row in listed(floor, kind=kind)] == [kind]


def test_what_nobody_confirmed_waits_and_is_let_in_or_discarded(floor: Floor, quinn: Confirmer) -> None:
    floor.sender.send([state_against_signals(floor), state_against_signals(floor, 30)])
    waiting = listed(floor)
    assert [told(row, "outcome", "done_by", "confirmed_by") for row in waiting] == [("waiting", "Ben", None)] * 2
    assert all("badge and PIN" in row["remark"] and row["subject"] for row in waiting)
    first, second = kept_events(floor)
    assert decide(floor, first, "accept").status_code == 200
    assert decide(floor, second, "discard").status_code == 200
    rows = {row["outcome"]: row for row in listed(floor)}
    me = floor.admin.get("/auth/me").json()["full_name"]
    assert told(rows["accepted"], "done_by", "confirmed_by", "result") == ("Ben", me, "setup")
    assert rows["discarded"]["done_at"] is None
    assert set(rows) == {"accepted", "discarded"}


def test_what_was_confirmed_and_never_came_or_was_refused_is_told(floor: Floor, quinn: Confirmer) -> None:
    assert quinn.signs(Override(OverrideKind.MACHINE_STATE, floor.machines[0], uuid4())).status_code == 200
    refused = quinn.signs(Override(OverrideKind.FAR_VALUE, uuid4(), uuid4()), purpose="identity.user.update")
    assert refused.status_code == 403
    newest, before = listed(floor)
    assert told(newest, "outcome", "kind", "confirmed_by", "station_code") == ("refused", None, "Quinn", "S1")
    assert told(newest, "refused_for", "right") == ("may_not_sign", "identity.user.update")
    assert told(before, "outcome", "kind", "done_by", "done_at") == ("not_done", "machine_state", None, None)


def test_it_is_narrowed(floor: Floor, quinn: Confirmer) -> None:
    done_state(floor, quinn)
    quinn.signs(Override(OverrideKind.FAR_VALUE, uuid4(), uuid4()))
    quinn.signs(Override(OverrideKind.FAR_VALUE, uuid4(), uuid4()), purpose="identity.user.update")
    floor.sender.send([state_against_signals(floor, 40)])
    everything = [row["outcome"] for row in listed(floor)]
    assert everything == ["waiting", "refused", "not_done", "done"]
    assert [row["outcome"] for row in listed(floor, done=True)] == ["done"]
    assert [row["outcome"] for row in listed(floor, done=False)] == everything[:3]
    assert [row["outcome"] for row in listed(floor, kind="machine_state")] == ["waiting", "done"]
    assert len(listed(floor, station_id=floor.station_id)) == len(listed(floor, plant_id=floor.plant_id)) == 4
    assert listed(floor, station_id=uuid4()) == listed(floor, plant_id=uuid4()) == []
    now = datetime.now(UTC)
    assert listed(floor, **{"from": (now + timedelta(hours=1)).isoformat()}) == []
    assert listed(floor, to=(now - timedelta(hours=1)).isoformat()) == []


def test_one_person_is_asked_for_where_the_organization_lets(floor: Floor, quinn: Confirmer) -> None:
    done_state(floor, quinn)
    for path in ("/station-overrides", "/station-overrides/export"):
        assert floor.admin.get(path, params={"person": "ben"}).json()["code"] == "person_figures_off"
    allow_person_figures(floor.admin)
    assert len(listed(floor, person="ben")) == len(listed(floor, person="quin")) == 1
    assert listed(floor, person="Ada") == []


def test_one_person_is_told_of_the_plants_alone_where_that_right_holds(floor: Floor, quinn: Confirmer) -> None:
    done_state(floor, quinn)
    allow_person_figures(floor.admin)
    kiel = floor.made.add_plant("KIEL")
    both, manages = [kiel, floor.plant_id], {kiel: RoleCode.PLANT_MANAGER}
    floor.made.add_user("mona", roles=[RoleCode.SUPERVISOR], reads=both, roles_in=manages)
    mona = sign_in(floor.admin.client, floor.made, "mona")
    assert len(mona.get("/station-overrides").json()["items"]) == 1
    assert mona.get("/station-overrides", params={"person": "ben"}).json()["items"] == []
    assert len(mona.get("/station-overrides/export", params={"person": "ben"}).text.splitlines()) == 1


def test_pages_tell_each_once(floor: Floor, quinn: Confirmer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(override_record, "_LEAST_READ", 2)
    done_state(floor, quinn)
    for _ in range(3):
        quinn.signs(Override(OverrideKind.FAR_VALUE, uuid4(), uuid4()))
    floor.sender.send([state_against_signals(floor, 40 + number) for number in range(3)])
    whole = [row["id"] for row in listed(floor)]
    for done in (None, True):
        wanted = whole if done is None else whole[-1:]
        found, cursor = list[str](), None
        while cursor is not None or not found:
            query = {"limit": 2, "cursor": cursor, "done": done}
            page = floor.admin.get(
                "/station-overrides", params={k: v for k, v in query.items() if v is not None}
            ).json()
            found += [row["id"] for row in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == wanted
    assert floor.admin.get("/station-overrides", params={"cursor": "x"}).status_code == 422


def test_the_file_has_all_of_it(floor: Floor, quinn: Confirmer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_stream, "BLOCK", 2)
    done_state(floor, quinn)
    for seconds in range(3):
        floor.sender.send([state_set(floor, 40 + seconds, "setup", person="=1+1")])
    answer = floor.admin.get("/station-overrides/export", headers={"Unison-Csv": "comma"})
    assert answer.headers["content-type"].startswith("text/csv")
    heading, *lines = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";")
    assert [line[heading.index("outcome")] for line in lines] == ["waiting"] * 3 + ["done"]
    assert [line[heading.index("done_by")] for line in lines] == ["'=1+1"] * 3 + ["Ben"]
    assert answer.headers["X-Rows"] == "4"


def test_the_file_says_how_many_it_will_have_where_that_is_soon_known(
    floor: Floor, quinn: Confirmer, monkeypatch: pytest.MonkeyPatch
) -> None:
    done_state(floor, quinn)
    floor.sender.send([state_against_signals(floor, 40 + seconds) for seconds in range(3)])

    def told(**query: object) -> tuple[str | None, int]:
        answer = floor.admin.get("/station-overrides/export", params=query)
        return answer.headers.get("X-Rows"), answer.text.count("\n") - 1

    assert told() == ("4", 4)
    assert told(kind="far_value") == ("0", 0)
    assert told(done=True) == ("1", 1)
    assert told(plant_id=floor.plant_id) == ("4", 4)
    assert told(station_id=uuid4()) == ("0", 0)
    monkeypatch.setattr(override_record, "_MOST_COUNTED", 0)
    assert told() == ("4", 4)
    assert told(done=True) == (None, 1), "to count it would be to read it"


def test_who_may_sees_them_of_their_plants_alone(floor: Floor, quinn: Confirmer) -> None:
    done_state(floor, quinn)
    quinn.signs(Override(OverrideKind.FAR_VALUE, uuid4(), uuid4()))
    quinn.signs(Override(OverrideKind.FAR_VALUE, uuid4(), uuid4()), purpose="identity.user.update")
    floor.sender.send([state_against_signals(floor, 40)])
    elsewhere = floor.made.add_plant("P9")
    people = (("susi", elsewhere, 0), ("otto", floor.plant_id, 4))
    for name, plant_id, count in people:
        floor.made.add_user(name, roles=[RoleCode.TEAM_LEADER], writes=[plant_id])
        seen = replace(floor, admin=sign_in(floor.admin.client, floor.made, name))
        assert len(listed(seen)) == count
        file = seen.admin.get("/station-overrides/export")
        assert (file.text.count("\n"), file.headers["X-Rows"]) == (1 + count, str(count))
    floor.made.add_user("ole", roles=[RoleCode.OPERATOR], writes=[floor.plant_id])
    ole = sign_in(floor.admin.client, floor.made, "ole")
    assert ole.get("/station-overrides").status_code == ole.get("/station-overrides/export").status_code == 403


def test_another_organization_sees_nothing(
    floor: Floor, quinn: Confirmer, databases: Databases, system_databases: Databases
) -> None:
    done_state(floor, quinn)
    quinn.signs(Override(OverrideKind.FAR_VALUE, uuid4(), uuid4()), purpose="identity.user.update")
    other = make_organization(databases, system_databases)
    other.add_user("boss", roles=[RoleCode.ADMIN])
    boss = sign_in(floor.admin.client, other, "boss")
    assert boss.get("/station-overrides").json()["items"] == []
    assert boss.get("/station-overrides/export").text.count("\n") == 1

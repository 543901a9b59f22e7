"""Overrides told by stations: they count with a countersignature of that very act, and wait for a person without."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.overrides import Override, OverrideKind
from unison_server.kernel.database import Database

from tests.server.codes.scanning import history as scans
from tests.server.codes.scanning import scanned
from tests.server.codes.scanning import undone as scan_undone
from tests.server.identity.test_badges import roster
from tests.server.machines.test_downtime import listed, reasons, stand
from tests.server.machines.test_station_words import quarantined, reasoned, state_set
from tests.server.quality.gauging import characteristic, measured, reading
from tests.server.quality.gauging import undone as reading_undone
from tests.server.serving import sign_in
from tests.server.stations.confirming import Confirmer, confirmer, demand_nothing
from tests.server.stations.floor import Floor
from tests.server.stations.test_quarantine import decide
from tests.server.stations.test_quarantine import listed as kept_events

__all__ = ["reasons"]

UNSIGNED = "override_unsigned"


@pytest.fixture
def quinn(floor: Floor) -> Confirmer:
    """A team leader with badge and PIN, whose name the business database knows."""
    quinn = confirmer(floor)
    floor.made.until_people_are_copied()
    return quinn


def again(floor: Floor, event: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The event under a new number."""
    numbered = {**event, "seq": floor.sender.next_seq, **changes}
    floor.sender.next_seq += 1
    return numbered


def reason(floor: Floor) -> tuple[str, str]:
    event = listed(floor)[0]
    return event["downtime_reason_code"], event["reported_by_name"]


def stopped_for(floor: Floor, reasons: dict[int, str]) -> None:
    """Ada gave a reason."""
    stand(floor, (10, "stopped"), (500, "running"))
    floor.sender.send([reasoned(floor, 20, 10, reasons[310], person="Ada")])


def test_anothers_reason_is_changed_by_who_has_it_confirmed(
    floor: Floor, reasons: dict[int, str], quinn: Confirmer
) -> None:
    stopped_for(floor, reasons)
    word = reasoned(floor, 40, 10, reasons[320], person="Ben", seen_reason_id=reasons[310])
    floor.sender.send([word])
    assert (reason(floor), quarantined(floor)) == (("310", "Ada"), [UNSIGNED])
    assert "machines.override.change_reason" in kept_events(floor)[0]["message"]
    backing = quinn.backing(OverrideKind.STOP_REASON, floor.machines[0], word["id"])
    for _ in range(2):
        floor.sender.send([again(floor, word, backing=backing)])
    assert reason(floor) == ("320", "Ben")
    newest, first = listed(floor, f"/{listed(floor)[0]['id']}/changes")
    assert (newest["said_by_name"], newest["confirmed_by_name"]) == ("Ben", "Quinn")
    assert (first["said_by_name"], first["confirmed_by_name"]) == ("Ada", None)
    (row,) = floor.rows("select kind, act_id::text, countersigned_by from station_overrides")
    assert tuple(row) == ("stop_reason", word["id"], quinn.id)


def test_ones_own_and_nobodys_reason_take_no_badge(floor: Floor, reasons: dict[int, str]) -> None:
    stand(floor, (10, "stopped"), (500, "running"))
    floor.sender.send([reasoned(floor, 20, 10, reasons[310])])
    first = reasoned(floor, 30, 10, reasons[320], person="Ben", seen_reason_id=reasons[310])
    own = reasoned(floor, 40, 10, reasons[330], person="ben", seen_reason_id=reasons[320])
    floor.sender.send([first, own])
    assert (reason(floor), quarantined(floor)) == (("330", "ben"), [])


def test_taken_back_a_moment_after_what_stood_before_stands_again(
    floor: Floor, reasons: dict[int, str], quinn: Confirmer
) -> None:
    stopped_for(floor, reasons)
    word = reasoned(floor, 40, 10, reasons[320], person="Ben", seen_reason_id=reasons[310])
    word["backing"] = quinn.backing(OverrideKind.STOP_REASON, floor.machines[0], word["id"])
    back = reasoned(floor, 45, 10, reasons[310], person="Ada", seen_reason_id=reasons[320], undoes=word["id"])
    floor.sender.send([word, back])
    assert (reason(floor), quarantined(floor)) == (("310", "Ada"), [])
    late = reasoned(floor, 400, 10, reasons[320], person="Ben", seen_reason_id=reasons[310], undoes=word["id"])
    floor.sender.send([late])
    assert (reason(floor), quarantined(floor)) == (("310", "Ada"), [UNSIGNED])


def test_a_countersignature_is_of_one_act_alone(floor: Floor, reasons: dict[int, str], quinn: Confirmer) -> None:
    stopped_for(floor, reasons)
    word = reasoned(floor, 40, 10, reasons[320], person="Ben", seen_reason_id=reasons[310])
    backing = quinn.backing(OverrideKind.STOP_REASON, floor.machines[0], word["id"])
    other = reasoned(floor, 41, 10, reasons[330], person="Ben", seen_reason_id=reasons[310], backing=backing)
    elsewhere = quinn.backing(OverrideKind.MACHINE_STATE, floor.machines[0], other["id"])
    invented = {**backing, "id": str(uuid4())}
    for one in (backing, elsewhere, invented):
        floor.sender.send([again(floor, other, backing=one)])
    assert (reason(floor), quarantined(floor)) == (("310", "Ada"), [UNSIGNED] * 3)


def test_the_database_holds_a_countersignature_and_an_act_to_each_other(floor: Floor, quinn: Confirmer) -> None:
    machine, act = floor.machines[0], uuid4()
    backing = quinn.backing(OverrideKind.MACHINE_STATE, machine, act)
    row = {"machine": machine, "act": act, "sign": backing["id"], "by": quinn.id, "agent": floor.agent_id}
    insert = text(
        "insert into station_overrides (organization_id, id, kind, subject_id, act_id, plant_id, agent_id,"
        " countersignature_id, countersigned_by, at) select organization_id, gen_random_uuid(), 'machine_state',"
        " :machine, :act, id, :agent, :sign, :by, now() from plants"
    )
    for given in (row, {**row, "act": uuid4()}, {**row, "sign": uuid4()}):
        with floor.made.databases.session(Database.OPERATIONS, floor.made.scope) as session:
            if given is row:
                session.execute(insert, given)
                continue
            with pytest.raises(DBAPIError, match="uq_station_overrides"):
                session.execute(insert, given)
            session.rollback()
    for database, change in (
        (Database.OPERATIONS, "update station_overrides set act_id = gen_random_uuid()"),
        (Database.IDENTITY, "update countersignatures set act_id = gen_random_uuid()"),
    ):
        with floor.made.databases.session(database, floor.made.scope) as session:
            with pytest.raises(DBAPIError, match="permission denied"):
                session.execute(text(change))
            session.rollback()


def test_a_state_against_the_signals_is_confirmed(floor: Floor, quinn: Confirmer) -> None:
    floor.sender.send([floor.changed(0, "running")])
    same, other = state_set(floor, 10, "running", person="Ben"), state_set(floor, 20, "setup", person="Ben")
    floor.sender.send([same, other])
    assert (quarantined(floor), [one[0] for one in floor.history()]) == ([UNSIGNED], ["running", "running"])
    other["backing"] = quinn.backing(OverrideKind.MACHINE_STATE, floor.machines[0], other["id"])
    floor.sender.send([again(floor, other), again(floor, other)])
    newest = floor.admin.get(f"/machines/{floor.machines[0]}/history").json()["items"][0]
    assert (newest["state"], newest["person"], newest["confirmed_by_name"]) == ("setup", "Ben", "Quinn")
    assert [one[0] for one in floor.history()] == ["running", "running", "setup"]


def test_anothers_scan_is_taken_back_by_who_has_it_confirmed(floor: Floor, quinn: Confirmer) -> None:
    scan = scanned(floor, 0, person="Ada")
    own, anothers = scan_undone(floor, 3, scan["id"], person="Ada"), scan_undone(floor, 5, scan["id"], person="Ben")
    floor.sender.send([scan, anothers])
    assert (quarantined(floor), scans(floor)[0]["undone_at"]) == ([UNSIGNED], None)
    backing = quinn.backing(OverrideKind.SCAN_UNDONE, scan["id"], scan["id"])
    floor.sender.send([again(floor, anothers, backing=backing), again(floor, own)])
    (shown,) = scans(floor)
    assert (shown["undone_person"], shown["undo_confirmed_by_name"], shown["person"]) == ("Ben", "Quinn", "Ada")
    assert quarantined(floor) == [UNSIGNED], "what is taken back already is nobody's any more"


def test_a_typed_value_nobody_would_believe_is_confirmed(floor: Floor, quinn: Confirmer) -> None:
    bore = characteristic(floor, lsl="4.00", usl="4.20")
    far = reading(floor, 0, bore, "42.0", person="Ada")
    floor.sender.send([far, reading(floor, 1, bore, "4.50", person="Ada")])
    assert (quarantined(floor), [one["measured_value"] for one in measured(floor)]) == ([UNSIGNED], ["4.50"])
    backing = quinn.backing(OverrideKind.FAR_VALUE, bore, far["id"])
    floor.sender.send([again(floor, far, backing=backing)])
    shown = next(one for one in measured(floor) if one["measured_value"] == "42.0")
    assert (shown["person"], shown["confirmed_by_name"]) == ("Ada", "Quinn")
    floor.admin.send("PATCH", f"/inspection-characteristics/{bore}", json={"usl": "4.10"}, headers={"If-Match": '"1"'})
    floor.sender.send([again(floor, far)])
    assert quarantined(floor) == [UNSIGNED], "what is here already is judged no more"


def test_anothers_value_is_taken_back_by_who_has_it_confirmed(floor: Floor, quinn: Confirmer) -> None:
    one = reading(floor, 0, characteristic(floor), "1.0", person="Ada")
    back = reading_undone(floor, 5, one["id"], person="Ben")
    floor.sender.send([one, back])
    assert (quarantined(floor), measured(floor)[0]["undone_at"]) == ([UNSIGNED], None)
    backing = quinn.backing(OverrideKind.READING_UNDONE, one["id"], one["id"])
    floor.sender.send([again(floor, back, backing=backing)])
    (shown,) = measured(floor)
    assert (shown["undone_by"], shown["undo_confirmed_by_name"]) == ("Ben", "Quinn")


def test_who_lets_one_in_from_the_quarantine_stands_behind_it(
    floor: Floor, reasons: dict[int, str], quinn: Confirmer
) -> None:
    stopped_for(floor, reasons)
    floor.sender.send([reasoned(floor, 40, 10, reasons[320], person="Ben", seen_reason_id=reasons[310])])
    (kept,) = kept_events(floor)
    floor.made.add_user("otto", roles=[RoleCode.AUTOMATION_ENGINEER], writes=[floor.plant_id])
    refused = replace(floor, admin=sign_in(floor.admin.client, floor.made, "otto"))
    assert decide(refused, kept, "accept").json()["code"] == UNSIGNED, "he may accept counts, and confirm nothing"
    assert reason(floor) == ("310", "Ada")
    assert decide(floor, kept, "accept").status_code == 200
    assert reason(floor) == ("320", "Ben")
    newest = listed(floor, f"/{listed(floor)[0]['id']}/changes")[0]
    assert newest["confirmed_by_name"] == floor.admin.get("/auth/me").json()["full_name"]


@pytest.mark.parametrize("kind", OverrideKind)
def test_stations_are_told_what_an_organization_lets_pass(floor: Floor, kind: OverrideKind) -> None:
    assert set(roster(floor).countersigned or ()) == set(OverrideKind)
    demand_nothing(floor, kind)
    assert set(roster(floor).countersigned or ()) == set(OverrideKind) - {kind}


def test_what_an_organization_lets_pass_counts(floor: Floor, reasons: dict[int, str]) -> None:
    demand_nothing(floor, OverrideKind.STOP_REASON)
    stopped_for(floor, reasons)
    floor.sender.send([reasoned(floor, 40, 10, reasons[320], person="Ben", seen_reason_id=reasons[310])])
    assert (reason(floor), quarantined(floor)) == (("320", "Ben"), [])


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (RoleCode.OPERATOR, frozenset[OverrideKind]()),
        (RoleCode.SETTER, {OverrideKind.STOP_REASON, OverrideKind.MACHINE_STATE, OverrideKind.FAR_VALUE}),
        (
            RoleCode.QUALITY_INSPECTOR,
            {OverrideKind.SCAN_UNDONE, OverrideKind.READING_UNDONE, OverrideKind.FAR_VALUE},
        ),
        (RoleCode.SUPERVISOR, set(OverrideKind)),
    ],
)
def test_who_confirms_what(floor: Floor, role: RoleCode, may: set[OverrideKind]) -> None:
    quinn = confirmer(floor, role)
    answers = {kind: quinn.signs(Override(kind, uuid4(), uuid4())).status_code for kind in OverrideKind}
    assert answers == {kind: 200 if kind in may else 403 for kind in OverrideKind}

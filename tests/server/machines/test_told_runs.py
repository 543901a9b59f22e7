"""Who asked for a correction and left learns how it ended: once, in words, and only what they may still read."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from unison_domain.identity.languages import Written
from unison_domain.identity.notification_contracts import NotificationKind
from unison_domain.identity.notification_words import words_of
from unison_server.identity.receivers import Receiver
from unison_server.kernel.database import Databases
from unison_server.kernel.scope import EVERYWHERE, ActorKind, Reach, Scope
from unison_server.kernel.settings import Settings
from unison_server.machines import recompute_runs
from unison_server.machines.run_notices import RUN_NOTICES

from tests.server.identity.test_inbox import inbox, until_told
from tests.server.identity.test_notifier import happen
from tests.server.machines import test_correction_runs as counts
from tests.server.machines import test_recompute_runs as samples
from tests.server.machines.test_failed_runs import attempt
from tests.server.machines.test_recompute_runs import MANY, PART
from tests.server.machines.test_recomputing import scaled
from tests.server.serving import SignedIn, sign_in
from tests.server.stations.floor import Floor

many_samples, many_counts = samples.many, counts.many
STRAYED = "machines.machine.counter_strayed"


@pytest.fixture
def eve(many_samples: Floor) -> SignedIn:
    """Another administrator."""
    many_samples.made.add_user("eve")
    return sign_in(many_samples.admin.client, many_samples.made, "eve")


def told_before(floor: Floor, reader: SignedIn) -> list[dict[str, Any]]:
    """What somebody was told before the counter strayed, which happens now."""
    happen(floor.made, floor.machines[1], [floor.plant_id], STRAYED)
    known = 0
    while True:
        found = until_told(reader, known + 1)
        if any(one["kind"] == "counter_strayed" for one in found):
            return [one for one in found if one["kind"] != "counter_strayed"]
        known = len(found)


def test_who_asked_is_told_once_when_it_is_done(
    many_samples: Floor, eve: SignedIn, settings: Settings, system_databases: Databases
) -> None:
    floor = many_samples
    run = samples.begin(floor).json()
    for _ in range(2):
        attempt(floor, settings, system_databases)
        recompute_runs.make(floor.made.databases, Scope(floor.made.id), UUID(run["id"]))
    (told,) = told_before(floor, floor.admin)
    tag, device = floor.rows(
        "select t.name, d.name as device from tags t join devices d on d.id = t.device_id where t.id = :id",
        id=floor.gauges[0],
    )[0]
    assert (told["title"], told["message"]) == (
        f"{tag}: the correction is done",
        f"{MANY - 1} of {MANY} values are others now. {device}",
    )
    assert (told["kind"], told["priority"], told["plant_id"]) == ("correction_done", "low", str(floor.plant_id))
    assert (told["reference_type"], told["reference_id"]) == ("tag", str(floor.gauges[0]))
    assert told["parameters"]["device_id"] == str(floor.device_id)
    assert told_before(floor, eve) == []


def test_what_is_done_at_once_is_told_to_nobody(many_samples: Floor) -> None:
    assert samples.begin(many_samples, end=30).json()["state"] == "done"
    assert told_before(many_samples, many_samples.admin) == []


def test_counts_are_told_too(many_counts: Floor, settings: Settings, system_databases: Databases) -> None:
    assert counts.begin(many_counts).status_code == 202
    attempt(many_counts, settings, system_databases)
    (told,) = told_before(many_counts, many_counts.admin)
    assert (told["kind"], told["reference_id"]) == ("correction_done", str(many_counts.counters[0]))
    assert told["message"].startswith(f"{counts.MANY} of {counts.MANY} counts are others now.")


def test_a_failure_is_told_with_its_reason_and_what_was_done(
    many_samples: Floor, settings: Settings, system_databases: Databases
) -> None:
    run = samples.begin(many_samples).json()
    assert samples.part(many_samples, run)
    scaled(many_samples, scale=0.25)
    attempt(many_samples, settings, system_databases)
    (told,) = told_before(many_samples, many_samples.admin)
    assert told["kind"] == "correction_failed"
    assert "was changed meanwhile" in told["message"]
    assert f"{PART - 1} of {MANY} values are others now." in told["message"]


def test_who_cancelled_anothers_is_named_and_ones_own_is_no_news(many_samples: Floor, eve: SignedIn) -> None:
    own = samples.begin(many_samples).json()
    assert samples.cancel(many_samples, own).status_code == 200
    run = samples.begin(many_samples).json()
    answer = eve.post(f"/tags/{many_samples.gauges[0]}/recompute-runs/{run['id']}/cancel", {})
    assert answer.status_code == 200, answer.text
    (told,) = told_before(many_samples, many_samples.admin)
    name = eve.get("/auth/me").json()["full_name"]
    assert told["kind"] == "correction_cancelled"
    assert told["message"].startswith(f"Cancelled by {name}. 0 of {MANY} values are others now.")
    assert [one["kind"] for one in inbox(eve)["items"] if one["kind"] != "counter_strayed"] == []


@pytest.mark.parametrize(
    ("rights", "plants", "is_told"),
    [
        ("machines.machine.read", EVERYWHERE, True),
        ("", EVERYWHERE, False),
        ("machines.machine.read", Reach(frozenset()), False),
    ],
)
def test_who_may_not_read_machines_there_any_more_is_not_told(rights: str, plants: Reach, is_told: bool) -> None:
    person, plant = uuid4(), uuid4()
    scope = Scope(uuid4(), ActorKind.USER, person, plants, permissions=frozenset(filter(None, [rights])))
    receiver = Receiver(person, None, scope, {}, {}, ZoneInfo("UTC"), Written.ENGLISH)
    for notice in RUN_NOTICES:
        assert notice.concerns(receiver, person, plant, "system") is is_told
        assert not notice.concerns(receiver, uuid4(), plant, "system"), "it is another's"


def test_its_german_is_german_throughout() -> None:
    said = {"tag": "Druck", "changed": "3", "all": "4", "things": "values", "device": "SPS", "person": "somebody"}
    problem = "All 6 attempts on tag Druck failed, at last because the database was not reached: look whether it runs; "
    said["problem"] = f"{problem}then ask for it again"
    done, failed, cancelled = (
        words_of(kind, said, Written.GERMAN)
        for kind in (
            NotificationKind.CORRECTION_DONE,
            NotificationKind.CORRECTION_FAILED,
            NotificationKind.CORRECTION_CANCELLED,
        )
    )
    assert done == ("Druck: die Korrektur ist fertig", "3 von 4 Messwerten sind anders. SPS")
    assert failed.message == (
        "Alle 6 Versuche an Signal Druck sind gescheitert, zuletzt so: Die Datenbank war nicht zu erreichen: "
        "nachsehen, ob sie läuft; dann noch einmal beginnen. 3 von 4 Messwerten sind anders. SPS"
    )
    assert cancelled.message == "Abgebrochen von jemand. 3 von 4 Messwerten sind anders. SPS"

"""Who said a cause is named to whoever may read the cause; the accounts of people stay out of sight."""

from __future__ import annotations

import pytest
from unison_domain.identity.contracts import RoleCode
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.keys import new_id
from unison_server.sites.people import PeopleCopy
from unison_server.sites.queries import names_of

from tests.server.factories import Made, make_organization
from tests.server.machines.test_downtime import act, done, listed, stand
from tests.server.serving import sign_in
from tests.server.stations.floor import Floor

pytestmark = pytest.mark.usefixtures("people_copied")


def test_a_viewer_reads_the_name_of_who_gave_the_reason_but_no_account(made: Made, floor: Floor) -> None:
    stand(floor, (10, "stopped"), (500, "running"))
    event = done(act(floor, listed(floor)[0], "annotate", notes="bearing hot"))
    assert event["reported_by_name"] == "Anna"
    made.add_user("vera", roles=[RoleCode.VIEWER], reads=[floor.plant_id])
    vera = sign_in(floor.admin.client, made, "vera")
    assert vera.get("/users").status_code == 403
    (shown,) = vera.get("/downtime-events").json()["items"]
    assert (shown["reported_by"], shown["reported_by_name"]) == (event["reported_by"], "Anna")
    (change,) = vera.get(f"/downtime-events/{shown['id']}/changes").json()["items"]
    assert change["said_by_name"] == "Anna"


def test_nobody_of_another_organization_is_named(databases: Databases, system_databases: Databases, made: Made) -> None:
    stranger = make_organization(databases, system_databases)
    theirs = stranger.add_user("boris")
    with system_databases.identity.begin() as identity, system_databases.operations.begin() as operations:
        PeopleCopy().changed(identity, operations, stranger.id, [theirs])
    for who, named in ((made, {}), (stranger, {theirs: "Boris"})):
        with databases.session(Database.OPERATIONS, who.scope) as session:
            assert names_of(session, [theirs, None, new_id()]) == named

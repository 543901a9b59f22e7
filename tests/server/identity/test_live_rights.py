"""What somebody may do changes while they work: their desktop knows without a new sign-in, at a real server."""

from __future__ import annotations

import time
from uuid import UUID

import httpx
import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.identity.session import Session
from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.setting_contracts import PERSON_FIGURES

from tests.patience import MINUTE
from tests.server.factories import Made
from tests.server.identity.test_roles_by_place import give
from tests.server.serving import SignedIn
from tests.server.sites.test_live_in_the_desktop import Desks, desks

__all__ = ["desks"]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def olaf_id(made: Made) -> UUID:
    """An operator, who reads nothing of people and roles."""
    return made.add_user("olaf", roles=[RoleCode.OPERATOR])


@pytest.fixture
def olaf(desks: Desks, olaf_id: UUID) -> Session:
    """His session, whose stream stands."""
    return desks.of("olaf").session


def test_who_has_no_role_hears_of_the_first(qtbot: QtBot, desks: Desks, admin: SignedIn, made: Made) -> None:
    ida_id = made.add_user("ida", roles=[])
    ida = desks.of("ida").session
    assert ida.me is not None
    assert not ida.me.permissions
    assert give(admin, ida_id, "operator").status_code == 200
    qtbot.waitUntil(lambda: ida.may("machines.machine.read"))


def test_who_is_given_a_role_before_the_stream_is_there_hears_of_it(
    qtbot: QtBot, desks: Desks, admin: SignedIn, olaf_id: UUID, client: httpx.Client
) -> None:
    told: list[bool] = []

    def given(session: Session) -> None:
        """And known to the server, before the desktop asks for its stream."""
        told.append(session.may("machines.machine.create"))
        assert session.client.tokens is not None
        own = SignedIn(client, session.client.tokens.access_token, "")
        assert give(admin, olaf_id, "process_engineer").status_code == 200
        deadline = time.monotonic() + MINUTE
        while "machines.machine.create" not in own.get("/auth/me").json()["permissions"]:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    olaf = desks.of("olaf", given).session
    qtbot.waitUntil(lambda: olaf.may("machines.machine.create"))
    assert told == [False]


def test_who_may_what_they_were_told_is_not_asked_again(qtbot: QtBot, desks: Desks, olaf_id: UUID) -> None:
    asked: list[object] = []

    def listening(session: Session) -> None:
        session.events.stands_first.connect(asked.append)

    olaf = desks.of("olaf", listening).session
    qtbot.waitUntil(lambda: asked != [])
    assert olaf.me is not None
    assert asked == [olaf.me.rights_mark] != [""]
    assert olaf._asking is None


def test_an_operator_hears_of_a_role_and_a_plant_given_and_taken(
    qtbot: QtBot, olaf: Session, admin: SignedIn, made: Made, olaf_id: UUID
) -> None:
    kiel = made.add_plant("KIEL")
    assert not olaf.may("machines.machine.create")
    assert give(admin, olaf_id, "process_engineer", plant_id=kiel).status_code == 200
    qtbot.waitUntil(lambda: olaf.may("machines.machine.create"))
    assert give(admin, olaf_id, "process_engineer", assigned=False, plant_id=kiel).status_code == 200
    qtbot.waitUntil(lambda: not olaf.may("machines.machine.create"))
    seen = {"If-Match": admin.get(f"/users/{olaf_id}").headers["ETag"]}
    assert admin.post(f"/users/{olaf_id}/assign-plant", {"plant_id": str(kiel)}, headers=seen).status_code == 200
    qtbot.waitUntil(lambda: olaf.me is not None and [one.plant_id for one in olaf.me.plants] == [kiel])


def test_an_operator_hears_that_an_own_role_gives_more(
    qtbot: QtBot, olaf: Session, admin: SignedIn, olaf_id: UUID
) -> None:
    role = admin.post("/roles", {"code": "gate", "name": "Gate", "permissions": ["codes.scan.read"]}).json()
    assert give(admin, olaf_id, "gate").status_code == 200
    more = {"name": "Gate", "permissions": ["codes.scan.read", "stations.picture.read"]}
    replaced = admin.send("PUT", f"/roles/{role['id']}", json=more, headers={"If-Match": '"1"'})
    assert replaced.status_code == 200, replaced.text
    qtbot.waitUntil(lambda: olaf.may("stations.picture.read"))


def test_who_evaluates_hears_of_the_setting(qtbot: QtBot, desks: Desks, admin: SignedIn, made: Made) -> None:
    made.add_user("mona", roles=[RoleCode.PLANT_MANAGER])
    mona = desks.of("mona").session
    before = mona.may("sites.person.evaluate")
    path = f"/settings/{PERSON_FIGURES.key}"
    answer = admin.send("PUT", path, json={"value": not before}, headers={"If-Match": '"0"'})
    assert answer.status_code == 200, answer.text
    qtbot.waitUntil(lambda: mona.may("sites.person.evaluate") is not before)

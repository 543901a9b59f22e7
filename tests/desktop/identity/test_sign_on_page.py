"""The page of signing on at stations: the rules, and how old what each PC knows is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.stations.sign_on.form import RulesDialog
from unison_desktop.stations.sign_on.page import SignOnPage
from unison_domain.identity.badge_contracts import SignOnRulesAnswer
from unison_domain.stations.contracts import AgentState

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.identity.opened import MINUTE, command, error_beside, newest, opened, shown


def serve(server: FakeServer, **heard: timedelta | None) -> None:
    """PCs that heard the list so long ago."""
    agents = [
        samples.agent(number, name=name, roster_at=None if age is None else samples.NOW - age)
        for number, (name, age) in enumerate(heard.items())
    ]
    server.answer("GET /agents", [*agents, samples.agent(90, name="gone", state=AgentState.REVOKED)])


@pytest.fixture
def page(qtbot: QtBot, people_desk: Desk, server: FakeServer) -> Iterator[SignOnPage]:
    serve(server, well=timedelta(0), away=timedelta(hours=3, minutes=20), long=timedelta(hours=30), fresh=None)
    with opened(qtbot, SignOnPage, people_desk, Place("sign-on")) as made:
        yield made


def test_the_rules_and_what_each_pc_knows(page: SignOnPage) -> None:
    assert page.believed.text() == "Away from the server a station believes its list of people for 24 h."
    assert page.idle.text() == "Nobody stays signed on after 45 min without input."
    assert shown(page.table, "name", "knows") == [
        ("well", "Knows which badges are lost or revoked"),
        ("away", "Still names people by badges lost or revoked since"),
        ("long", "Too old by the rule: names nobody until it reaches the server"),
        ("fresh", "Has no list: names nobody while the server is away"),
    ]
    assert [row[0] for row in shown(page.table, "heard")][1:] == ["3 h 20 min ago", "1 d 6 h ago", "never"]
    assert page.delay.text() == (
        "Badges that were lost or revoked in the last 3 h 20 min may still name people at away."
    )


def test_with_fresh_lists_the_delay_is_that_of_the_rules(qtbot: QtBot, page: SignOnPage, server: FakeServer) -> None:
    serve(server, well=timedelta(0))
    with qtbot.waitSignal(page.loaded, timeout=MINUTE):
        page.reload()
    assert page.delay.text().endswith("once it is back, and at the latest after 24 h.")


def test_other_rules_hold_from_then_on(qtbot: QtBot, page: SignOnPage, server: FakeServer) -> None:
    wanted = SignOnRulesAnswer(version=4, roster_hours=2, idle_minutes=5)
    server.answer("PUT /sign-on-rules", wanted)
    command(page, "sign_on.rules").trigger()
    dialog = newest(qtbot, page, RulesDialog)
    assert dialog.form.values() == {"roster_hours": 24, "idle_minutes": 45}
    dialog.form.fill({"roster_hours": 0})
    dialog.save()
    assert error_beside(qtbot, dialog, "roster_hours") == "0 is too small: it must be 1 or more."
    dialog.form.fill({"roster_hours": 2, "idle_minutes": 5})
    server.answer("GET /sign-on-rules", wanted)
    dialog.save()
    qtbot.waitUntil(lambda: "after 5 min" in page.idle.text(), timeout=MINUTE)
    asked = server.asked_for("PUT /sign-on-rules")[0]
    assert asked.body == {"roster_hours": 2, "idle_minutes": 5}
    assert asked.headers["if-match"] == '"3"'
    assert shown(page.table, "knows")[1] == ("Too old by the rule: names nobody until it reaches the server",)


class TestWithoutRights:
    """Somebody who may see the rules and nothing else."""

    @pytest.fixture
    def rights(self) -> tuple[str, ...]:
        return ("identity.badge.read",)

    def test_what_is_not_for_them_says_why(self, page: SignOnPage, server: FakeServer) -> None:
        assert "identity.badge.configure" in command(page, "sign_on.rules").toolTip()
        assert "stations.agent.read" in page.table.view.notice
        assert server.asked_for("GET /agents") == []
        assert page.believed.isVisible()

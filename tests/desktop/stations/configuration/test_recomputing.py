"""Many values are computed anew while their dialog is seen, left and opened again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.form.editors import MomentEditor
from unison_desktop.frame.place import Place
from unison_desktop.stations.configuration.page import ConfigurationPage
from unison_desktop.stations.configuration.recomputing import RecomputeDialog
from unison_domain.kernel.contracts import Page
from unison_domain.machines.recomputing import Recomputed, RecomputeRun
from unison_domain.machines.tag_runs import RunState

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.configuration.samples import DEVICE, HEAT, RECOMPUTES, recompute_run, serve
from tests.desktop.stations.configuration.test_configuration_page import opened, run, select

RUN = f"{RECOMPUTES}/{recompute_run(RunState.WAITING).id}"
PART: dict[str, Any] = {"done": 300_000, "reached": samples.NOW - timedelta(hours=1), "changed": 250_000}


@pytest.fixture
def server(server: FakeServer) -> FakeServer:
    server.answer(f"POST /tags/{HEAT}/recompute/preview", Recomputed(tag_id=HEAT, samples=900_000, changed=9))
    server.answer(f"POST {RECOMPUTES}", recompute_run(RunState.WAITING), status=202)
    server.answer(f"GET {RUN}", recompute_run(RunState.RUNNING, **PART))
    last(server)
    return server


def last(server: FakeServer, *runs: RecomputeRun) -> None:
    server.answer(f"GET {RECOMPUTES}", Page[RecomputeRun](items=list(runs)))


def ask(page: ConfigurationPage) -> RecomputeDialog:
    select(page, "Heat")
    run(page, "config.recompute")
    return opened(page, RecomputeDialog)


def begun(qtbot: QtBot, page: ConfigurationPage) -> RecomputeDialog:
    dialog = ask(page)
    dialog.save()
    qtbot.waitUntil(lambda: dialog.progress.isVisible() and dialog.progress.bar.value() > 0)
    return dialog


def said(desk: Desk) -> list[str]:
    return [message.text for message in desk.messages.history]


def test_a_place_leads_to_what_was_computed_anew_of_one_tag(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    last(server, recompute_run(RunState.FAILED, **PART, problem="All 6 attempts failed"))
    page = ConfigurationPage(desk, Place("configuration", f"device/{DEVICE}/correct/{HEAT}"))
    page.show()
    page.reload()
    qtbot.waitUntil(lambda: len(page.findChildren(RecomputeDialog)) == 1)
    dialog = opened(page, RecomputeDialog)
    qtbot.waitUntil(lambda: dialog._error.text() == "The last time this failed. All 6 attempts failed")
    dialog.reject()
    page.close()
    page.deleteLater()


def test_how_far_it_is_is_seen_until_it_is_done(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, desk: Desk
) -> None:
    dialog = begun(qtbot, page)
    assert dialog.progress.said.text() == "300000 of 900000 values"
    assert dialog.progress.bar.value() * 3 == dialog.progress.bar.maximum() - 1
    assert not dialog.form.isEnabled()
    server.answer(f"GET {RUN}", recompute_run(RunState.RUNNING, **PART, late=2))
    qtbot.waitUntil(lambda: dialog.progress.said.text().startswith("Values came meanwhile, so once more"))
    with qtbot.waitSignal(dialog.saved):
        server.answer(f"GET {RUN}", recompute_run(RunState.DONE, done=900_000, changed=800_000))
    assert said(desk) == ["Heat: 900000 values looked at, 800000 of them are others now."]


def test_left_it_goes_on_and_what_came_of_it_is_told(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, desk: Desk
) -> None:
    dialog = begun(qtbot, page)
    assert dialog.leave_button.text() == "Close"
    dialog.form.fill({"unsure": True})
    with qtbot.waitSignal(dialog.destroyed):
        dialog.leave_button.click()
    assert said(desk) == ["Heat: the server goes on with it, and it is told here when it is done."]
    last(server, recompute_run(RunState.RUNNING, **PART, unsure=True))
    again = ask(page)
    qtbot.waitUntil(again.progress.isVisible)
    assert again.form.values()["unsure"] is True
    assert not again.form.isEnabled(), "it is seen when it is opened again"
    with qtbot.waitSignal(again.destroyed):
        again.leave_button.click()
    server.answer(f"GET {RUN}", recompute_run(RunState.DONE, done=900_000, changed=800_000))
    qtbot.waitUntil(lambda: said(desk)[-1] == "Heat: 900000 values looked at, 800000 of them are others now.")
    asked = len(server.asked_for(f"GET {RUN}"))
    assert desk.messages.history[-1].times == 1, "it is followed once"
    assert len(server.asked_for(f"GET {RUN}")) == asked


def test_cancelled_it_says_how_far_it_was_and_can_be_gone_on_with(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, desk: Desk
) -> None:
    dialog = begun(qtbot, page)
    server.answer(f"POST {RUN}/cancel", recompute_run(RunState.CANCELLED, **PART))
    dialog.progress.cancel_button.click()
    qtbot.waitUntil(lambda: dialog.form.isEnabled())
    assert not dialog.progress.isVisible()
    assert said(desk)[-1].startswith("Heat: Cancelled. 300000 of 900000 values are looked at, up to ")
    assert said(desk)[-1].endswith(
        ", 250000 of them are others now; the rest is as it was. Asked for again, it goes on from there."
    )
    dialog.save()
    qtbot.waitUntil(lambda: len(server.asked_for(f"POST {RECOMPUTES}")) == 2)
    first, second = server.asked_for(f"POST {RECOMPUTES}")
    assert first.body == second.body


@pytest.mark.parametrize("state", [RunState.CANCELLED, RunState.FAILED])
def test_one_that_was_cut_off_is_proposed_again(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, state: RunState
) -> None:
    now = samples.NOW.replace(microsecond=0)
    asked: dict[str, Any] = {"from": now - timedelta(days=9), "to": now - timedelta(days=1)}
    last(
        server, recompute_run(state, **PART, **asked, unsure=True, created_by_name="Bea"), recompute_run(RunState.DONE)
    )
    dialog = ask(page)
    qtbot.waitUntil(dialog.before.isVisible)
    newest, before = dialog.before.text().splitlines()[1:]
    assert newest.endswith("Bea: cut off after 300000 of 900000 values; compute anew goes on from there")
    assert before.endswith("somebody: 0 of 900000 values are others")
    dialog.save()
    qtbot.waitUntil(lambda: len(server.asked_for(f"POST {RECOMPUTES}")) == 1)
    wanted = {name: moment.isoformat().replace("+00:00", "Z") for name, moment in asked.items()}
    assert server.asked_for(f"POST {RECOMPUTES}")[0].body == {**wanted, "unsure": True}


def test_one_that_failed_while_nobody_looked_says_why_in_the_next_dialog(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    last(server, recompute_run(RunState.FAILED, **PART, problem="All 6 attempts failed"))
    dialog = ask(page)
    qtbot.waitUntil(lambda: dialog._error.text() == "The last time this failed. All 6 attempts failed")
    dialog.save()
    qtbot.waitUntil(lambda: len(server.asked_for(f"POST {RECOMPUTES}")) == 1)


def test_one_that_failed_says_why(qtbot: QtBot, page: ConfigurationPage, server: FakeServer, desk: Desk) -> None:
    dialog = begun(qtbot, page)
    server.answer(f"GET {RUN}", recompute_run(RunState.FAILED, problem="Tag Heat was changed meanwhile"))
    qtbot.waitUntil(lambda: dialog.form.isEnabled())
    assert said(desk)[-1] == "Heat: Tag Heat was changed meanwhile\nNothing was changed."


def test_recorded_values_are_computed_anew(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, desk: Desk
) -> None:
    server.answer(f"POST {RECOMPUTES}", recompute_run(RunState.DONE, samples=240, changed=12))
    seen = Recomputed(tag_id=HEAT, samples=240, looked_at=200, changed=9, implausible=1, plausible=2)
    server.answer(f"POST /tags/{HEAT}/recompute/preview", seen)
    select(page, "Heat")
    run(page, "config.recompute")
    dialog = opened(page, RecomputeDialog)
    dialog.form.fill({"from": "2026-11-20T06:00:00+00:00", "to": "2026-11-20T08:00:00+00:00"})
    told = "9 of the first 200 values change; there are 240. 1 becomes implausible. 2 become plausible."
    qtbot.waitUntil(lambda: dialog.told.text() == told)
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    body = server.asked_for(f"POST {RECOMPUTES}")[0].body
    assert body == {"from": "2026-11-20T06:00:00Z", "to": "2026-11-20T08:00:00Z", "unsure": False}
    assert desk.messages.history[-1].text == "Heat: 240 values looked at, 12 of them are others now."


def test_values_that_were_left_as_they_are_are_told(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, desk: Desk
) -> None:
    left = recompute_run(RunState.DONE, samples=240, changed=12, others=3, left_unsure=7)
    server.answer(f"POST {RECOMPUTES}", left)
    select(page, "Heat")
    run(page, "config.recompute")
    dialog = opened(page, RecomputeDialog)
    dialog.form.fill({"unsure": True})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert server.asked_for(f"POST {RECOMPUTES}")[0].body["unsure"] is True
    assert desk.messages.history[-1].text == (
        "Heat: 240 values looked at, 12 of them are others now. 3 stay: the tag read something else then. "
        "7 stay: they do not say what they were read from."
    )


def test_a_pc_that_still_reads_as_before_is_said_beside_what_is_asked(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    def intro() -> str:
        dialog = ask(page)
        words = " ".join(label.text() for label in dialog.findChildren(QLabel))
        dialog.reject()
        return words

    assert "still of the scale before" not in intro()
    serve(server, configuration_running=4, configuration_version=5)
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert "still of the scale before" in intro()


def test_moments_are_those_of_the_plant_of_the_tag(page: ConfigurationPage) -> None:
    dialog = ask(page)
    begin = dialog.form.editor("from")
    assert isinstance(begin, MomentEditor)
    dialog.form.fill({"from": "2026-01-02T12:00:00+00:00"})
    assert (begin.edit.text(), begin.clock.text()) == ("2026-01-02 13:00", "UTC+01:00")
    dialog.form.open(dialog.form.values())
    dialog.reject()

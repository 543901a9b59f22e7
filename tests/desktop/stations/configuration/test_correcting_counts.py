"""A counter's counts are put right: what would change is seen first, what was changed before stands below."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.stations.configuration.correcting_counts import CountCorrectionDialog
from unison_desktop.stations.configuration.page import ConfigurationPage
from unison_domain.kernel.contracts import Page
from unison_domain.machines.count_corrections import CountCorrection, CountCorrectionRun, CountPreview
from unison_domain.machines.tag_runs import RunState

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.configuration.samples import DEVICE, GOOD
from tests.desktop.stations.configuration.test_configuration_page import opened, run, select

PATH = f"/tags/{GOOD}/count-corrections"
RUNS = f"/tags/{GOOD}/count-correction-runs"
RUN = f"{RUNS}/{UUID(int=700)}"
FOUND = {
    "tag_id": GOOD,
    "former_scale": Decimal(1),
    "counts": 20,
    "changed": 14,
    "unread": 0,
    "parts_before": Decimal(124),
    "parts_after": Decimal("62.5"),
}


def made(**changes: Any) -> CountCorrection:
    known = {
        **FOUND,
        "id": UUID(int=700),
        "from": samples.NOW,
        "to": None,
        "scale": Decimal("0.5"),
        "reason": "Two pulses a part",
        "created_at": samples.NOW,
        "created_by": None,
        "created_by_name": "Anna",
    }
    return CountCorrection(**{**known, **changes})


def run_of(state: RunState, **changes: Any) -> CountCorrectionRun:
    known: dict[str, Any] = {"id": UUID(int=700), "tag_id": GOOD, "state": state, "counts": 900_000, "done": 0}
    return CountCorrectionRun(**{**known, **changes})


def begun(page: ConfigurationPage, server: FakeServer) -> CountCorrectionDialog:
    """A correction of many counts that is asked for and under way."""
    dialog = ask(page, server)
    server.answer(f"POST {RUNS}", run_of(RunState.WAITING), status=202)
    server.answer(f"GET {RUN}", run_of(RunState.RUNNING, done=300_000))
    dialog.form.fill({"reason": "Two pulses a part"})
    dialog.save()
    return dialog


def ask(page: ConfigurationPage, server: FakeServer, *before: CountCorrection, **found: Any) -> CountCorrectionDialog:
    server.answer(f"POST {PATH}/preview", CountPreview(**{**FOUND, **found}))
    server.answer(f"GET {PATH}", Page[CountCorrection](items=list(before)))
    server.answer(f"POST {RUNS}", run_of(RunState.DONE, correction=made()))
    select(page, "Good parts")
    run(page, "config.counts")
    return opened(page, CountCorrectionDialog)


def test_what_would_change_is_seen_and_done_with_a_reason(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, desk: Desk
) -> None:
    dialog = ask(page, server)
    qtbot.waitUntil(lambda: "124 parts become 62.5: 14 of 20 counts change." in dialog.told.text())
    assert server.asked_for(f"POST {PATH}/preview")[0].body["scale"] == "1"
    dialog.form.fill({"scale": "0.5", "from": "2026-11-20T06:00:00+00:00"})
    dialog.save()
    assert not server.asked_for(f"POST {RUNS}"), "it wants a reason"
    dialog.form.fill({"reason": "Two pulses a part"})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert server.asked_for(f"POST {RUNS}")[0].body == {
        "from": "2026-11-20T06:00:00Z",
        "to": None,
        "scale": "0.5",
        "reason": "Two pulses a part",
    }
    assert desk.messages.history[-1].text == "Good parts: 124 parts become 62.5: 14 of 20 counts change."


def test_a_place_leads_to_the_correction_of_one_counter(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    server.answer(f"POST {PATH}/preview", CountPreview(**FOUND))
    server.answer(f"GET {PATH}", Page[CountCorrection](items=[]))
    page = ConfigurationPage(desk, Place("configuration", f"device/{DEVICE}/correct/{GOOD}"))
    page.show()
    page.reload()
    qtbot.waitUntil(lambda: len(page.findChildren(CountCorrectionDialog)) == 1)
    dialog = opened(page, CountCorrectionDialog)
    assert "Good parts" in dialog.windowTitle()
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert len(page.findChildren(CountCorrectionDialog)) == 1, "it is opened once"
    dialog.reject()
    page.close()
    page.deleteLater()


def test_it_is_taken_back_until_a_moment(qtbot: QtBot, page: ConfigurationPage, server: FakeServer) -> None:
    dialog = ask(page, server)
    dialog.form.fill({"by": "booked", "ends": "until", "to": "2026-11-20T08:00:00+00:00"})
    qtbot.waitUntil(lambda: any(one.body["scale"] is None for one in server.asked_for(f"POST {PATH}/preview")))
    asked = server.asked_for(f"POST {PATH}/preview")[-1].body
    assert (asked["to"], asked["scale"]) == ("2026-11-20T08:00:00Z", None)


def test_counts_that_can_not_be_read_and_what_was_corrected_before_are_told(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    dialog = ask(page, server, made(), made(reason=None, scale=None), unread=3)
    qtbot.waitUntil(lambda: "3 counts do not tell" in dialog.told.text())
    qtbot.waitUntil(lambda: "1 → 0.5, 124 → 62.5 parts, Anna: Two pulses a part" in dialog.before.text())
    assert "as booked, for the tag was changed" in dialog.before.text()


def test_a_tag_that_counts_nothing_has_no_counts_to_correct(page: ConfigurationPage, desk: Desk) -> None:
    select(page, "Heat")
    run(page, "config.counts")
    assert desk.messages.history[-1].text == "Choose the counter whose counts are to be put right."
    select(page, "Good parts")
    run(page, "config.recompute")
    assert desk.messages.history[-1].text == "Good parts counts parts: correct its counts."


def test_of_many_counts_the_progress_is_seen_until_it_is_done(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer, desk: Desk
) -> None:
    dialog = begun(page, server)
    qtbot.waitUntil(lambda: dialog.progress.isVisible() and dialog.progress.bar.value() > 0)
    assert dialog.progress.bar.value() * 3 == dialog.progress.bar.maximum() - 1
    assert dialog.progress.said.text().startswith("300")
    assert not dialog.form.isEnabled()
    with qtbot.waitSignal(dialog.saved):
        server.answer(f"GET {RUN}", run_of(RunState.DONE, done=900_000, correction=made()))
    assert desk.messages.history[-1].text == "Good parts: 124 parts become 62.5: 14 of 20 counts change."


def test_a_correction_under_way_is_cancelled_and_can_be_asked_for_again(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    dialog = begun(page, server)
    server.answer(f"POST {RUN}/cancel", run_of(RunState.CANCELLED))
    qtbot.waitUntil(dialog.progress.isVisible)
    dialog.progress.cancel_button.click()
    qtbot.waitUntil(lambda: dialog.form.isEnabled())
    assert not dialog.progress.isVisible()
    server.answer(f"POST {RUNS}", run_of(RunState.FAILED, problem="Tag Good parts has the scale 4"))
    dialog.save()
    qtbot.waitUntil(lambda: len(server.asked_for(f"POST {RUNS}")) == 2)
    first, second = server.asked_for(f"POST {RUNS}")
    keys = [{name.lower(): value for name, value in one.headers.items()}["idempotency-key"] for one in (first, second)]
    assert keys[0] != keys[1]
    assert dialog.isVisible()


def test_numbers_reckoned_from_a_part_are_said_to_be_about_right(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    dialog = ask(page, server, is_estimate=True)
    qtbot.waitUntil(lambda: "About 124 parts become about 62.5: about 14 of 20 counts" in dialog.told.text())


def test_one_that_failed_before_says_why_and_is_proposed_again(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    asked: dict[str, Any] = {"from": samples.NOW, "to": None, "scale": "0.5", "reason": "Two pulses a part"}
    failed = run_of(RunState.FAILED, problem="All 6 attempts failed", **asked)
    server.answer(f"GET {RUNS}", Page[CountCorrectionRun](items=[failed, run_of(RunState.CANCELLED)]))
    dialog = ask(page, server)
    qtbot.waitUntil(lambda: dialog._error.text() == "The last time this failed. All 6 attempts failed")
    assert not dialog.form.is_dirty
    dialog.save()
    qtbot.waitUntil(lambda: len(server.asked_for(f"POST {RUNS}")) == 1)
    start = samples.NOW.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    assert server.asked_for(f"POST {RUNS}")[0].body == {**asked, "from": start}


def test_an_attempt_that_failed_is_seen_beside_how_far_it_is(
    qtbot: QtBot, page: ConfigurationPage, server: FakeServer
) -> None:
    dialog = begun(page, server)
    server.answer(f"GET {RUN}", run_of(RunState.RUNNING, done=0, problem="the database was too busy"))
    qtbot.waitUntil(lambda: dialog.progress.said.text().endswith("; tried again"))
    assert dialog.progress.said.toolTip() == "the database was too busy"

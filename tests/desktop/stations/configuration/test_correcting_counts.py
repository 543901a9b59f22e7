"""A counter's counts are put right: what would change is seen first, what was changed before stands below."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.stations.configuration.correcting_counts import CountCorrectionDialog
from unison_desktop.stations.configuration.page import ConfigurationPage
from unison_domain.kernel.contracts import Page
from unison_domain.machines.count_corrections import CountCorrection, CountPreview

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.stations.configuration.samples import GOOD
from tests.desktop.stations.configuration.test_configuration_page import opened, run, select

PATH = f"/tags/{GOOD}/count-corrections"
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


def ask(page: ConfigurationPage, server: FakeServer, *before: CountCorrection, **found: Any) -> CountCorrectionDialog:
    server.answer(f"POST {PATH}/preview", CountPreview(**{**FOUND, **found}))
    server.answer(f"GET {PATH}", Page[CountCorrection](items=list(before)))
    server.answer(f"POST {PATH}", made())
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
    assert not server.asked_for(f"POST {PATH}"), "it wants a reason"
    dialog.form.fill({"reason": "Two pulses a part"})
    with qtbot.waitSignal(dialog.saved):
        dialog.save()
    assert server.asked_for(f"POST {PATH}")[0].body == {
        "from": "2026-11-20T06:00:00Z",
        "to": None,
        "scale": "0.5",
        "reason": "Two pulses a part",
    }
    assert desk.messages.history[-1].text == "124 parts become 62.5: 14 of 20 counts change."


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

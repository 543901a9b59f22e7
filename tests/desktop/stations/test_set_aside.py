"""Several events that were set aside are found by what they are and decided at once; what that does is said before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.stations.page import StationsPage
from unison_desktop.stations.panel import AgentPanel
from unison_desktop.stations.reason_question import ReasonQuestion
from unison_desktop.stations.set_aside import set_aside_columns
from unison_desktop.stations.set_aside_words import cause, content, what_accepting_does, what_discarding_does
from unison_domain.machines.contracts import CountKind, MachineState
from unison_domain.stations.quarantine_contracts import DecidedEvent, Decision, QuarantinedAnswer, QuarantineDecided

from tests.desktop import samples
from tests.desktop.fake_server import Answer, Asked, FakeServer

AGENT = samples.agent(1)
MONDAY = datetime(2026, 3, 2, 6, tzinfo=UTC)
KOLKATA = ZoneInfo("Asia/Kolkata")
PATH = f"/agents/{AGENT.id}/quarantine"


def event(number: int, **values: Any) -> QuarantinedAnswer:
    """A count of a gap of machine M1, by default."""
    said: dict[str, Any] = {
        "id": UUID(int=700 + number),
        "epoch": UUID(int=1),
        "seq": number,
        "kind": "counted",
        "code": "count_across_gap",
        "message": "while nobody looked",
        "rejected": False,
        "raw": "{}",
        "received_at": MONDAY + timedelta(seconds=number),
        "may_accept": True,
        "consequence": f"Adds {number} good parts",
        "parts": number,
        "count": CountKind.GOOD,
        "machine_code": "M1",
        "station_code": "S1",
        "station_name": "Press line",
    }
    return QuarantinedAnswer(**{**said, **values})


LOST = event(3, code="lease_lost", may_accept=False, consequence="It would count 3 parts twice", machine_code="M2")
STATE = event(4, kind="state_changed", code="lease_lost", parts=None)


@pytest.fixture
def panel(qtbot: QtBot, desk: Desk, server: FakeServer) -> Iterator[AgentPanel]:
    server.answer(f"GET {PATH}", [event(2), event(1), LOST, STATE])
    page = StationsPage(desk, Place("stations"))
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.reload()
    page._table.view.selectRow(0)
    page._panel.tabs.setCurrentIndex(3)
    qtbot.waitUntil(lambda: page._panel.set_aside.model.total == 4)
    yield page._panel
    page.close()
    page.deleteLater()


def decides(server: FakeServer, decision: Decision, refused: tuple[int, ...] = ()) -> None:
    """The server decides what it is asked for, but those of these numbers."""
    known = {str(one.id): one for one in (event(1), event(2), LOST, STATE)}

    def answer(asked: Asked) -> Answer:
        items = [
            DecidedEvent(event=one, is_done=False, code="already_decided", problem="Paula was faster")
            if one.seq in refused
            else DecidedEvent(event=one.model_copy(update={"decision": decision}), is_done=True)
            for one in (known.get(id_, event(1, id=UUID(id_))) for id_ in asked.body["ids"])
        ]
        return Answer(QuarantineDecided(items=items).model_dump(mode="json"))

    server.answer_with(f"POST {PATH}/{'accept' if decision is Decision.ACCEPTED else 'discard'}", answer)


def asked_ids(server: FakeServer, what: str) -> list[list[int]]:
    return [[UUID(id_).int - 700 for id_ in one.body["ids"]] for one in server.asked_for(f"POST {PATH}/{what}")]


def give_reason(panel: AgentPanel, reason: str) -> None:
    (question,) = panel._aside.findChildren(ReasonQuestion)
    question.reason.setText(reason)
    question.yes.click()


def said(desk: Desk) -> list[str]:
    return [message.text for message in desk.messages.history]


def test_the_words_name_machines_parts_and_what_is_refused() -> None:
    events = [event(1), event(2, count=CountKind.SCRAP), event(5, machine_code=None, count=None), LOST, STATE]
    assert what_accepting_does(events, None).splitlines() == [
        "Will be booked: 1 good, 2 scrap at M1 (counts: 2); 5 at no machine (counts: 1).",
        "Taken for the times they tell of, the oldest first: other events, 1 of them.",
        "Can't be accepted and stay as they are: 1, the first because: It would count 3 parts twice",
    ]
    assert what_discarding_does(events, None).splitlines() == [
        "Will never be booked: 1 good, 2 scrap at M1 (counts: 2); "
        "3 good at M2 (counts: 1); 5 at no machine (counts: 1).",
        "Without effect, now and later: other events, 1 of them.",
        "Can still be read, with the reason, under “Also what waits for nobody”.",
    ]
    assert [cause(event(1, code=code)) for code in ("lease_lost", "counted_anew", "unknown_tag", "other_station")] == [
        "Another PC holds it",
        "Counted anew",
        "About nothing known",
        "Doesn't fit what is known",
    ]


def test_what_is_decided_of_one_event_is_named_with_what_it_says_and_of_when() -> None:
    said = event(4, kind="state_set", parts=None, count=None, state=MachineState.FAULT, told_of=MONDAY)
    what = f"M1, state said by a person: Fault, {zoned_text(MONDAY.astimezone(KOLKATA))}"
    assert what_accepting_does([said], KOLKATA).splitlines() == [what, said.consequence]
    assert what_discarding_does([said], KOLKATA).splitlines() == [
        what,
        "Without effect, now and later.",
        "Can still be read, with the reason, under “Also what waits for nobody”.",
    ]
    assert what_accepting_does([event(1)], None) == "M1, parts counted: 1 good\nAdds 1 good parts"
    measured = event(5, kind="reading_taken", parts=None, count=None, value="0.120 mm")
    told = [content(one) for one in (said, event(7, count=CountKind.SCRAP), measured, STATE)]
    assert told == ["Fault", "7 scrap", "0.120 mm", ""]


def test_moments_in_sentences_go_by_the_clock_of_their_row() -> None:
    gap = event(1, message="The counter moved by 3 from 2026-03-02 06:00 to 2026-03-02 06:10 UTC while nobody looked")
    fenced = event(2, decision=Decision.DISCARDED, reason="held by agent PC B since 2026-03-02 06:00:05 UTC")
    columns = {column.key: column for column in set_aside_columns(lambda: KOLKATA)}
    assert columns["received"].told(gap) == "2026-03-02 11:30:01 UTC+05:30"
    assert "from 2026-03-02 11:30 UTC+05:30 to 2026-03-02 11:40 UTC+05:30 while" in columns["message"].told(gap)
    assert columns["reason"].told(fenced).endswith("since 2026-03-02 11:30:05 UTC+05:30")


def test_the_selected_ones_are_accepted_the_oldest_first_and_no_other(
    qtbot: QtBot, desk: Desk, panel: AgentPanel, server: FakeServer
) -> None:
    decides(server, Decision.ACCEPTED)
    panel.set_aside.view.selectAll()
    assert "Will be booked: 3 good at M1 (counts: 2)" in panel._aside.said.text()
    panel._aside.accept_button.click()
    give_reason(panel, "seen at the machine")
    qtbot.waitUntil(lambda: "3 events are accepted." in said(desk))
    assert asked_ids(server, "accept") == [[1, 2, 4]]
    assert server.asked_for(f"POST {PATH}/accept")[0].body["reason"] == "seen at the machine"


def test_filtered_by_their_cause_all_that_is_shown_is_discarded_and_the_refused_told(
    qtbot: QtBot, desk: Desk, panel: AgentPanel, server: FakeServer
) -> None:
    decides(server, Decision.DISCARDED, refused=(4,))
    panel.set_aside.filter_bar.search.setText("Another PC")
    qtbot.waitUntil(lambda: len(panel.set_aside.model.rows()) == 2)
    panel.set_aside.view.selectAll()
    panel._aside.discard_button.click()
    give_reason(panel, "counted by the other PC")
    qtbot.waitUntil(lambda: "1 event is discarded." in said(desk))
    assert asked_ids(server, "discard") == [[3, 4]]
    assert "1 of 2 could not be decided, the first (number 4) because: Paula was faster" in said(desk)


def test_what_somebody_else_decided_meanwhile_is_not_offered_any_more(panel: AgentPanel) -> None:
    panel.set_aside.view.selectRow(0)
    (chosen,) = panel.set_aside.view.selected_rows()
    assert panel._aside.discard_button.isEnabled()
    decided = chosen.model_copy(update={"decision": Decision.DISCARDED})
    panel.set_aside.set_rows([decided if row.id == chosen.id else row for row in panel.set_aside.model.rows()])
    assert panel.set_aside.view.selected_ids() == [chosen.id]
    assert not panel._aside.discard_button.isEnabled()
    assert not panel._aside.accept_button.isEnabled()


def test_more_than_the_server_takes_at_once_go_one_part_after_the_other(
    qtbot: QtBot, desk: Desk, panel: AgentPanel, server: FakeServer
) -> None:
    decides(server, Decision.DISCARDED)
    many = [event(1000 + number) for number in range(450)]
    panel.set_aside.set_rows(many)
    panel.set_aside.view.selectAll()
    panel._aside.discard_button.click()
    give_reason(panel, "maintenance ran it empty")
    qtbot.waitUntil(lambda: "450 events are discarded." in said(desk))
    assert [len(ids) for ids in asked_ids(server, "discard")] == [200, 200, 50]


def test_a_refusal_of_the_whole_says_what_was_decided_before(
    qtbot: QtBot, desk: Desk, panel: AgentPanel, server: FakeServer
) -> None:
    server.refuse(f"POST {PATH}/accept", 404, "not_found", "There is no quarantined event 7: nothing was decided")
    panel.set_aside.view.selectAll()
    panel._aside.accept_button.click()
    give_reason(panel, "seen at the machine")
    qtbot.waitUntil(lambda: any("nothing was decided" in text for text in said(desk)))


def test_an_export_holds_machine_cause_parts_and_the_event_as_it_came(panel: AgentPanel, tmp_path: Path) -> None:
    panel.set_aside.write(tmp_path / "aside.csv")
    heading, first, *_others = (tmp_path / "aside.csv").read_text("utf-8-sig").splitlines()
    for title in ("Set aside for", "Machine", "Station", "Parts", "As it came"):
        assert title in heading
    assert "Parts of a gap" in first
    assert "Press line" in first


def test_nothing_can_be_decided_of_what_was(panel: AgentPanel) -> None:
    panel.set_aside.set_rows([event(1, decision=Decision.ACCEPTED)])
    panel.set_aside.view.selectAll()
    assert not panel._aside.accept_button.isEnabled()
    assert not panel._aside.discard_button.isEnabled()


def test_a_tab_whose_events_were_decided_counts_none(qtbot: QtBot, panel: AgentPanel, server: FakeServer) -> None:
    assert panel.tabs.tabText(3) == "Set aside (4)"
    server.answer(f"GET {PATH}", [])
    panel.load()
    qtbot.waitUntil(lambda: panel.set_aside.model.total == 0)
    assert panel.tabs.tabText(3) == "Set aside"

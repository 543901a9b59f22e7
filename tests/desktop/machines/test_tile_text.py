from datetime import timedelta

from unison_desktop.machines.tile_text import spoken, tool_tip
from unison_domain.machines.contracts import MachineState

from tests.desktop.machines.samples import live, machine
from tests.desktop.samples import NOW


def test_a_tool_tip_shows_names_as_they_are_typed() -> None:
    """A name is text, whatever brackets are in it."""
    now_does = live(0, MachineState.FAULT, alarms=["<b>Guard</b> & door"])
    text = tool_tip(machine(0, now_does, name="<img src=x>"), now_does, NOW)
    assert "&lt;b&gt;Guard&lt;/b&gt; &amp; door" in text
    assert "<img" not in text


def test_old_data_is_told_with_what_was_last_known() -> None:
    now_does = live(0, MachineState.RUNNING, last_signal_at=NOW - timedelta(minutes=5))
    text = spoken(machine(0, now_does), now_does, NOW)
    assert "State No data; Last known Running; Since" in text
    assert "(5:00)" in text

"""Who looks after PCs hears of one that went silent, whatever page is open, and of its return."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from unison_domain.stations.contracts import AgentAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.messages import Messages
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.texts import _
from unison_desktop.stations import calls

SILENT, HEARD_AGAIN = "stations.agent.silent", "stations.agent.heard_again"


def tell(desk: Desk, change: Change, owner: QObject) -> None:
    """Say which PC it is; its name is asked for first."""
    for agent_id in change.ids or ():
        call = calls.agent(desk.session.client, agent_id, owner=owner)
        call.done.connect(partial(_say, desk.messages, change.topic))


def _say(messages: Messages, topic: str, agent: AgentAnswer) -> None:
    if topic == HEARD_AGAIN:
        messages.say(_("{name} is heard again.").format(name=agent.name), Tone.GOOD)
    elif agent.last_seen_at is not None:
        since = zoned_text(agent.last_seen_at.astimezone(messages.zone), "%H:%M")
        text = _("{name} has been silent since {time}: nothing is known of its machines.")
        messages.say(text.format(name=agent.name, time=since), Tone.BAD)

"""Who looks after PCs hears in time that the certificates end by which they trust the server."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject
from unison_domain.stations.contracts import AgentAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.texts import _
from unison_desktop.stations import calls

MOST_NAMED = 3


def trust_ends(agent: AgentAnswer) -> datetime | None:
    """When the PC sends no more: with the server's certificate or the authority it trusts, whichever ends first."""
    return min((ends for ends in (agent.certificate_ends_at, agent.authority_ends_at) if ends), default=None)


def tell(desk: Desk, change: Change, owner: QObject) -> None:
    """Say it once of all PCs that were named together: they mostly go by one certificate."""
    if change.ids:
        call = calls.agents(desk.session.client, owner=owner)
        call.done.connect(partial(_say, desk, change.ids))


def _say(desk: Desk, ids: Collection[UUID], agents: list[AgentAnswer]) -> None:
    ending = {agent.name: ends for agent in agents if agent.id in ids and (ends := trust_ends(agent)) is not None}
    if not ending:
        return
    names, ends = sorted(ending), min(ending.values())
    named = ", ".join(names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        named = _("{names} and {n} more").format(names=named, n=len(names) - MOST_NAMED)
    if ends <= desk.session.clock.now():
        text = _("The server's certificate has ended for {names}: nothing is sent until it is renewed.")
        desk.messages.say(text.format(names=named), Tone.BAD)
    else:
        text = _("The server's certificate ends on {day} for {names}: nothing is sent after that, please renew it.")
        desk.messages.say(text.format(names=named, day=f"{ends.astimezone():%Y-%m-%d}"), Tone.WARNING)

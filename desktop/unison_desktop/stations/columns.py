"""Columns of the stations page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtCore import QLocale
from PySide6.QtGui import QIcon
from unison_domain.kernel.certificates import ends_soon
from unison_domain.stations.contracts import AgentAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.texts import _
from unison_desktop.stations.expiry import trust_ends
from unison_desktop.stations.health import Health, health, span
from unison_desktop.tables.columns import Align, Column


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent as the table shows it: what it was at one moment, and the names of its stations."""

    agent: AgentAnswer
    stations: str
    now: datetime

    @property
    def health(self) -> Health:
        """How it is."""
        return health(self.agent, self.now)


def agent_columns(theme: Theme) -> tuple[Column[AgentRow], ...]:
    """The table of agents; icons follow the theme."""
    return (
        Column("name", _("PC"), _name, width=14, always_visible=True),
        Column("health", _("State"), _health, sort_key=_concern, width=34, icon=_HealthIcons(theme).icon),
        Column("stations", _("Stations"), _stations, width=16),
        Column("seen", _("Last seen"), _seen, text=_seen_text, width=13),
        Column("queue", _("Unsent events"), _queue, text=_queue_text, align=Align.RIGHT, width=11),
        Column(
            "oldest",
            _("Oldest unsent"),
            lambda row: row.agent.oldest_unsent_at,
            text=_oldest_text,
            width=12,
            explain=_("How long the first event waits that the server has not taken"),
        ),
        Column(
            "set_aside",
            _("Set aside"),
            lambda row: row.agent.waiting_events,
            align=Align.RIGHT,
            width=9,
            explain=_("Events that wait for a person to accept or discard them, such as parts nobody saw being made"),
        ),
        Column(
            "refused",
            _("Refused"),
            lambda row: row.agent.dead_letters,
            align=Align.RIGHT,
            width=9,
            explain=_("Events the server refused for good; the PC keeps them"),
        ),
        Column(
            "clock",
            _("Clock off by"),
            _clock,
            text=_clock_text,
            align=Align.RIGHT,
            width=10,
            explain=_("Seconds the PC's clock is ahead of the server's; below zero it is behind"),
        ),
        Column(
            "configuration",
            _("Configuration"),
            _configuration,
            width=18,
            explain=_("Whether the PC runs the newest one; a counter that changes waits for the end of a run"),
        ),
        Column(
            "certificate",
            _("Certificate until"),
            _trust_ends,
            text=_trust_ends_text,
            width=14,
            icon=_CertificateIcons(theme).icon,
            explain=_("When the server's certificate ends, or the authority the PC trusts; nothing is sent after that"),
        ),
        Column(
            "roster",
            _("Badges told"),
            _roster,
            text=_roster_text,
            align=Align.RIGHT,
            width=12,
            explain=_(
                "When the PC last heard which badges name whom: what was lost or revoked since still works there"
            ),
        ),
        Column("version", _("Version"), _version, width=8),
        Column("host", _("Host name"), _host, width=14, visible=False),
        Column("platform", _("System"), _platform, width=20, visible=False),
        Column("note", _("Note"), lambda row: row.agent.note, width=24),
    )


class _HealthIcons:
    """Draws the state's icon in its tone."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, row: AgentRow) -> QIcon:
        state = row.health
        return self._theme.icon(state.icon, self._theme.tone(state.tone).fill)


class _CertificateIcons:
    """Marks a certificate that ends soon, or has ended."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def icon(self, row: AgentRow) -> QIcon:
        ends = trust_ends(row.agent)
        if ends is None or not ends_soon(ends, row.now):
            return QIcon()
        icon, tone = ("error", Tone.BAD) if ends <= row.now else ("warning", Tone.WARNING)
        return self._theme.icon(icon, self._theme.tone(tone).fill)


def _name(row: AgentRow) -> str:
    return row.agent.name


def _health(row: AgentRow) -> str:
    return row.health.text


def _concern(row: AgentRow) -> tuple[int, str]:
    return -row.health.concern, row.health.text


def _stations(row: AgentRow) -> str:
    return row.stations


def _seen(row: AgentRow) -> datetime | None:
    return row.agent.last_seen_at and row.agent.last_seen_at.astimezone()


def _seen_text(row: AgentRow) -> str:
    if row.agent.last_seen_at is None:
        return _("never")
    return _("{time} ago").format(time=span(row.now - row.agent.last_seen_at))


def _queue(row: AgentRow) -> int | None:
    return row.agent.queue_depth


def _queue_text(row: AgentRow) -> str:
    depth = row.agent.queue_depth
    return "" if depth is None else QLocale().toString(depth)


def _oldest_text(row: AgentRow) -> str:
    oldest = row.agent.oldest_unsent_at
    return "" if oldest is None else span(row.now - oldest)


def _clock(row: AgentRow) -> float | None:
    offset = row.agent.clock_offset_seconds
    return None if offset is None else -offset  # told is what must be added to the PC's clock


def _clock_text(row: AgentRow) -> str:
    ahead = _clock(row)
    if ahead is None:
        return ""
    return _("{offset} s").format(offset=QLocale().toString(round(ahead, 2) + 0.0, "f", 2))  # -0.0 + 0.0 is 0.0


def _configuration(row: AgentRow) -> str:
    running = row.agent.configuration_running
    if running is None:
        return _("none yet")
    if running != row.agent.configuration_version:
        return _("an older one")
    if waiting := len(row.agent.waiting_tags):
        return counted(waiting, _("current but for 1 counter"), _("current but for {n} counters"))
    return _("current")


def _trust_ends(row: AgentRow) -> datetime | None:
    return trust_ends(row.agent)


def _trust_ends_text(row: AgentRow) -> str:
    ends = trust_ends(row.agent)
    return "" if ends is None else f"{ends.astimezone():%Y-%m-%d}"


def _roster(row: AgentRow) -> datetime | None:
    return row.agent.roster_at and row.agent.roster_at.astimezone()


def _roster_text(row: AgentRow) -> str:
    told = row.agent.roster_at
    return "" if told is None else _("{time} ago").format(time=span(max(row.now - told, timedelta())))


def _version(row: AgentRow) -> str | None:
    return row.agent.agent_version


def _host(row: AgentRow) -> str | None:
    return row.agent.hostname


def _platform(row: AgentRow) -> str | None:
    return row.agent.platform

"""What an agent's report means for the person who looks after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from unison_domain.kernel.certificates import ends_soon
from unison_domain.stations.contracts import SILENT_AFTER_SECONDS, AgentAnswer, AgentState

from unison_desktop.frame.colours import Tone
from unison_desktop.kernel.counted import counted
from unison_desktop.kernel.refusals import worded
from unison_desktop.kernel.texts import _
from unison_desktop.stations.expiry import trust_ends

_SILENT_AFTER = timedelta(seconds=SILENT_AFTER_SECONDS)
BEHIND_AFTER = timedelta(minutes=5)
CLOCK_OFF_SECONDS = 2.0


class Concern(IntEnum):
    """How urgently somebody should look, least first."""

    NONE = 0
    ENDED = 1
    """Somebody wanted it so."""
    WAITING = 2
    ATTENTION = 3
    BROKEN = 4


@dataclass(frozen=True, slots=True)
class Health:
    """How an agent is, in a few words."""

    concern: Concern
    text: str

    @property
    def tone(self) -> Tone:
        """The tone of the concern."""
        return (Tone.GOOD, Tone.IDLE, Tone.IDLE, Tone.WARNING, Tone.BAD)[self.concern]

    @property
    def icon(self) -> str:
        """The icon of the concern."""
        return ("good", "close", "clock", "warning", "error")[self.concern]


def health(agent: AgentAnswer, now: datetime) -> Health:
    """The gravest thing to say about an agent."""
    match agent.state:
        case AgentState.WAITING:
            return Health(Concern.WAITING, _("Waiting for its PC"))
        case AgentState.CONFLICT:
            return _in_conflict(agent, now)
        case AgentState.REVOKED:
            return Health(Concern.ENDED, _("Revoked"))
        case AgentState.UNKNOWN:
            return Health(Concern.ATTENTION, _("In a state this program does not know"))
        case AgentState.ENROLLED:
            return _enrolled(agent, now)


def is_silent(agent: AgentAnswer, now: datetime) -> bool:
    """Whether nothing is known any more of how its devices are."""
    return agent.last_seen_at is not None and now - agent.last_seen_at > _SILENT_AFTER


def _in_conflict(agent: AgentAnswer, now: datetime) -> Health:
    if agent.last_seen_at is None or not is_silent(agent, now):
        return Health(Concern.BROKEN, _("Two PCs use this identity"))
    words = _("Two PCs use this identity, silent for {time}")
    return Health(Concern.BROKEN, words.format(time=span(now - agent.last_seen_at)))


def _enrolled(agent: AgentAnswer, now: datetime) -> Health:
    ends = trust_ends(agent)
    if ends is not None and ends <= now and not _may_have_another(ends, agent, now):
        return Health(Concern.BROKEN, _("Certificate ended {time} ago").format(time=span(now - ends)))
    if agent.last_seen_at is None:
        return Health(Concern.ATTENTION, _("Enrolled, never heard of"))
    if is_silent(agent, now):
        return Health(Concern.BROKEN, _("Silent for {time}").format(time=span(now - agent.last_seen_at)))
    if agent.refusal is not None:
        return Health(Concern.BROKEN, _("Collects nothing: {reason}").format(reason=worded(agent.refusal)))
    if agent.oldest_unsent_at is not None and now - agent.oldest_unsent_at > BEHIND_AFTER:
        return Health(Concern.ATTENTION, _("Behind by {time}").format(time=span(now - agent.oldest_unsent_at)))
    if agent.silent_devices:
        words = counted(agent.silent_devices, _("1 device does not answer"), _("{n} devices do not answer"))
        return Health(Concern.ATTENTION, words)
    if agent.silent_peripherals:
        words = counted(
            agent.silent_peripherals,
            _("1 scanner, gauge or camera can't be used"),
            _("{n} scanners, gauges or cameras can't be used"),
        )
        return Health(Concern.ATTENTION, words)
    if agent.bad_tags:
        words = _("{n} of {all} tags give no good value").format(n=agent.bad_tags, all=agent.tags)
        return Health(Concern.ATTENTION, words)
    if agent.waiting_events:
        one = agent.waiting_events == 1
        words = _("1 event waits for a decision") if one else _("{n} events wait for a decision")
        return Health(Concern.ATTENTION, words.format(n=agent.waiting_events))
    if agent.dead_letters:
        one = agent.dead_letters == 1
        words = _("1 refused event") if one else _("{n} refused events")
        return Health(Concern.ATTENTION, words.format(n=agent.dead_letters))
    if agent.page_problem is not None:
        return Health(Concern.ATTENTION, worded(agent.page_problem))
    if agent.picture_problem is not None:
        return Health(Concern.ATTENTION, _("Pictures: {problem}").format(problem=agent.picture_problem))
    if ends is not None and ends_soon(ends, now):
        return Health(Concern.ATTENTION, _("Certificate ends in {time}").format(time=span(ends - now)))
    if agent.clock_offset_seconds is not None and abs(agent.clock_offset_seconds) > CLOCK_OFF_SECONDS:
        off = span(timedelta(seconds=abs(agent.clock_offset_seconds)))
        return Health(Concern.ATTENTION, _("Its clock and the server's differ by {time}").format(time=off))
    if agent.configuration_running != agent.configuration_version:
        return Health(Concern.ATTENTION, _older(agent))
    if agent.waiting_tags:
        words = counted(
            len(agent.waiting_tags),
            _("1 counter waits for the end of a run"),
            _("{n} counters wait for the end of a run"),
        )
        return Health(Concern.WAITING, words)
    return Health(Concern.NONE, _("Well"))


def _may_have_another(end: datetime, agent: AgentAnswer, now: datetime) -> bool:
    """Whether the server may show it another certificate by now; one that was heard until the end may be silent because
    of it. The authority lies on the PC: nobody renewed that while it was off.
    """
    has_authority = agent.authority_ends_at is None or agent.authority_ends_at > now
    return has_authority and is_silent(agent, end)


def _older(agent: AgentAnswer) -> str:
    if agent.configuration_problem is None:
        return _("Runs an older configuration")
    return _("Can't use its new configuration: {reason}").format(reason=worded(agent.configuration_problem))


def span(time: timedelta) -> str:
    """A length of time in its two largest units, e.g. `3 h 20 min`."""
    seconds = max(0, int(time.total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    if days:
        return _("{days} d {hours} h").format(days=days, hours=hours)
    if hours:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    if minutes:
        return _("{minutes} min").format(minutes=minutes)
    return _("{seconds} s").format(seconds=seconds)

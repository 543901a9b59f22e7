"""The figures of a day that is not over: they go on with the clock between two answers of the server."""

from __future__ import annotations

from datetime import datetime

from unison_domain.machines.contracts import MachineState, StateTotal, Utilization

from unison_desktop.machines.columns import PlantClock
from unison_desktop.machines.headline import Headline
from unison_desktop.machines.legend import Legend


class DayTotals:
    """Keeps the share in production and the totals of states at what they are now."""

    def __init__(self, headline: Headline, legend: Legend, clock: PlantClock) -> None:
        self._headline, self._legend, self._clock = headline, legend, clock
        self._found: Utilization | None = None

    def know(self, found: Utilization) -> None:
        """The server's answer of the day that is shown."""
        self._found = found
        self.tick()

    def tick(self) -> None:
        """Time went on: it counts for the state that is shown."""
        found, day = self._found, self._clock.day
        if found is None or day is None or found.from_ != day.start:
            return  # of another day than the one shown
        now = min(self._clock.now(), day.end)
        shown = gone_on(found, self._headline.state.shown(now), now)
        self._headline.show_utilization(shown)
        self._legend.show_totals(shown.by_state)


def gone_on(found: Utilization, state: MachineState, now: datetime) -> Utilization:
    """What the server will answer at `now`, if the machine was in `state` since it answered `found`."""
    more = (now - found.to).total_seconds()
    if more <= 0:
        return found
    seconds = {total.state: total.seconds for total in found.by_state}
    seconds[state] = seconds.get(state, 0.0) + more
    period = found.period_seconds + more
    known = found.known_seconds + (0.0 if state is MachineState.UNKNOWN else more)
    producing = found.producing_seconds + (more if state is MachineState.RUNNING else 0.0)
    return found.model_copy(
        update={
            "to": now,
            "period_seconds": period,
            "known_seconds": known,
            "producing_seconds": producing,
            "utilization": producing / period if known else None,
            "by_state": [StateTotal(state=one, seconds=spent, share=spent / period) for one, spent in seconds.items()],
        }
    )

"""Where the pages meet the engine: the floor as it stands, what people say about it, and the news that wakes pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Condition
from uuid import UUID

from pydantic import TypeAdapter
from unison_domain.identity.overrides import Override, Who
from unison_domain.machines.calls import CallAnswer
from unison_domain.machines.count_corrections import CorrectedDay
from unison_domain.machines.open_states import OpenState
from unison_domain.machines.stop_causes import StopCause
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.contracts import MachineReport
from unison_domain.stations.events import Event
from unison_domain.stations.peripheral_reports import REFUSED_KEPT, RefusedValue

from unison_station.clock import SETTLED, Line
from unison_station.engine.engine import Deed, Engine
from unison_station.operator.actions import Action, AskGauge, Refused, SayName
from unison_station.operator.day_counts import DayCounts
from unison_station.operator.decisions import SAID, SAID_KEPT, Said, Situation, Word, decide
from unison_station.operator.doer import Doer
from unison_station.operator.floor import KEY, Floor, MachineNotes, OpenCall
from unison_station.operator.keeping import keep
from unison_station.operator.overriding import UNBACKED, Backings, act_of, demand_confirmed, override_in
from unison_station.operator.people import Named, People, said_by, who
from unison_station.operator.places import Places
from unison_station.operator.recent import Recent, Refusal
from unison_station.operator.set_aside_desk import SetAsideDesk
from unison_station.operator.stops import Stop
from unison_station.operator.whereabouts import station_of, station_of_peripheral

REFUSALS_KEPT = 10
"""Refusals that are shown until something newer is; a restart forgets them."""

_SAID_KEY, _ASKED_KEY = f"{KEY}:said", f"{KEY}:asked"

_ASKED = TypeAdapter(tuple[UUID, ...])


class Desk:
    """The floor, kept by the engine's loop and read by any thread.

    Attributes:
        floor: replaced as a whole with every event.
        recent: the last scans and readings; replaced as a whole too.
        people: who works where.
        set_aside: entries that the server set aside.
        told: which states the server has, as heard last.
        refusals: what came that is no event, oldest first.
        refused: the values of each gauge that became no readings, as the server is told them, oldest first.
        places: of the configuration that runs.
        countersigned: the kinds of overrides that somebody with the right confirms; None while no server told.
        on_word: hears what people said once it is on disk, on the engine's loop.
    """

    def __init__(self, stored: Mapping[str, bytes], configuration: AgentConfiguration) -> None:
        """Go on with what was committed. Raises ValueError when it can't be read."""
        self.floor = Floor.load(stored)
        self.recent = Recent.load(stored)
        self.people = People.load(stored)
        self.set_aside = SetAsideDesk(stored, keep, self.tell)
        self.told: Mapping[UUID, OpenState] = {}
        self.refusals: tuple[Refusal, ...] = ()
        self.refused: Mapping[UUID, tuple[RefusedValue, ...]] = {}
        self.places = Places.of(configuration)
        self.countersigned: Callable[[], frozenset[str] | None] = lambda: None
        self.on_word: Callable[[Sequence[Event]], None] = lambda _: None
        self._said: tuple[Said, ...] = SAID.validate_json(stored.get(_SAID_KEY, b"[]"))
        self._asked: tuple[UUID, ...] = _ASKED.validate_json(stored.get(_ASKED_KEY, b"[]"))
        self._kept = self.floor.counts
        self._now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._line: Callable[[], Line] = lambda: SETTLED
        self._news = Condition()
        self._number = 0

    def begin(
        self, reports: Sequence[MachineReport], now: Callable[[], datetime], epoch: UUID, line: Callable[[], Line]
    ) -> None:
        """Take over machines that are followed already, in this life of the buffer and by its clock and line."""
        self._now, self._line = now, line
        floor = self.floor.beginning_with(reports)
        self.floor = replace(floor, counts=floor.counts.following(self.places.counters, now()).living(epoch))

    def follow(self, events: Sequence[Event], configuration: AgentConfiguration) -> dict[str, bytes]:
        """Take the engine's events; what is to be committed with them."""
        if self.places.configuration is not configuration:
            self.places = Places.of(configuration)
            self.floor = replace(self.floor, counts=self.floor.counts.following(self.places.counters, self._now()))
        self.floor = self.floor.after(events, self.places.zones, self.places.micro_stops, self._line())
        return {**self._counts_untold(), **self.floor.dump(events)}

    def _counts_untold(self) -> dict[str, bytes]:
        """What no event says of counts, where it is another than was kept last."""
        counts, kept = self.floor.counts, self._kept
        self._kept = counts
        is_so = (kept.since, kept.epochs) == (counts.since, counts.epochs)
        return {} if is_so else counts.dump_told(KEY)

    def act(self, action: Action | SayName, engine: Engine, backings: Backings = UNBACKED) -> bool:
        """Do what a page asks for; on return it is on disk. Not on the engine's loop.

        Args:
            action: what is asked for.
            engine: commits it.
            backings: who confirmed it, by what each was given to, where it is an override.

        Returns:
            Whether it can be taken back.

        Raises:
            Refused: it is not done, and why.
        """
        if isinstance(action, SayName):
            keep(lambda _now: self._naming(action), engine)
            return False
        keep(lambda now: self._deed(action, now, backings), engine)
        return any(said.id == action.id and said.inverse is not None for said in self._said)

    def ask(self, action: AskGauge, gives: Callable[[], bool], engine: Engine) -> bool:
        """Have a gauge or camera asked once a tap, however often that is said, also after a start; not on the loop.

        Args:
            action: the tap; remembered on disk before anything is asked, for its answer may be a reading at once.
            gives: asks, or tells that it can't be asked.
            engine: commits it.

        Returns:
            Whether it was asked, now or before; what was not may be asked by the same tap again.

        Raises:
            Refused: as `act` does.
        """
        is_new = False

        def noted(now: datetime) -> Deed:
            nonlocal is_new
            is_new = action.id not in self._asked
            if not is_new:
                return self._having_asked(self._asked, self.people)
            station_id = station_of_peripheral(action.peripheral_id, self.places)
            people = self._touched_at([station_id], now)
            return self._having_asked((*self._asked, action.id)[-SAID_KEPT:], people)

        keep(noted, engine)
        if not is_new or gives():
            return True
        keep(lambda _: self._having_asked(tuple(one for one in self._asked if one != action.id), self.people), engine)
        return False

    def overrides_of(self, action: Action, now: datetime) -> list[Override]:
        """What the action overrides as things stand; nothing where it is an ordinary word, or was done before.

        Raises:
            Refused: it can't be done now; says why.
        """
        if self._is_done(action):
            return []
        situation = self._situation(now)
        found = (override_in(word, self._actor(action, word, now), situation) for word in decide(action, situation)[0])
        return [override for override in found if override is not None]

    def take(
        self, events: Sequence[Event], engine: Engine, state: Mapping[str, bytes] | None = None, *, doer: Doer
    ) -> None:
        """Commit what scanners, gauges and cameras saw, with who is named at their station. Not on the engine's loop.

        Args:
            events: what they saw.
            engine: commits it.
            state: what they remember of it.
            doer: who did it.

        Raises:
            Refused: as `act` does.
        """

        def deed(now: datetime) -> Deed:
            stamped = list(events) if doer is Doer.ASKED_BEFORE else self.people.stamped(events, now)
            recent = self.recent.after(stamped)
            people = self._touched(stamped, now) if doer is Doer.PERSON else self.people

            def done() -> None:
                self.recent, self.people = recent, people
                self.tell()

            return Deed(stamped, {**recent.dump(stamped), **self._dump(people), **(state or {})}, done, at_once=True)

        keep(deed, engine)

    def note(self, event: Event, engine: Engine, state: Mapping[str, bytes] | None = None) -> None:
        """Commit what happened here that changes nothing of what is shown. Not on the engine's loop.

        Args:
            state: what is remembered with it.

        Raises:
            Refused: as `act` does.
        """
        keep(lambda _now: Deed((event,), state or {}, self.tell), engine)

    def staff(self, change: Callable[[People, datetime], People], engine: Engine, event: Event | None = None) -> None:
        """Change who works where; on return it is on disk. Not on the engine's loop.

        Args:
            change: from who works where now, and the moment it counts from.
            engine: commits it.
            event: what the server is told of it.

        Raises:
            Refused: as `act` does.
        """
        keep(lambda now: self._peopled(change(self.people, now), () if event is None else (event,)), engine)

    def show(self, refusal: Refusal) -> None:
        """Tell the pages what came that is no event; from any thread."""
        with self._news:
            self.refusals = (*self.refusals, refusal)[-REFUSALS_KEPT:]
            if refusal.peripheral_id is not None and refusal.told is not None:
                before = self.refused.get(refusal.peripheral_id, ())
                self.refused = {**self.refused, refusal.peripheral_id: (*before, refusal.told)[-REFUSED_KEPT:]}
        self.tell()

    def learn(self, said: Sequence[CallAnswer], asked: Mapping[UUID, OpenCall], engine: Engine) -> None:
        """Take what the desktop said to calls; of one that went on since it was `asked` about, or is of a machine that
        is not here, nothing.
        """

        def told(floor: Floor, now: datetime) -> Floor:
            here = [one for one in said if one.machine_id in self.places.station_of]
            return floor.told([one for one in here if floor.calls.get(one.id) is asked.get(one.id)], now)

        self._hear(told, engine)

    def forget_calls(self, engine: Engine) -> None:
        """Keep no calls of machines that are another PC's by now; one that comes back is told its open calls."""
        self._hear(lambda floor, _now: floor.with_calls_of(self.places.station_of), engine)

    def learn_states(self, states: Sequence[OpenState], asked: Mapping[UUID, MachineNotes], engine: Engine) -> None:
        """Take which states the server has; of a machine that is not here, or that went on, nothing."""
        self.told = {one.machine_id: one for one in states}

        def told(floor: Floor, _now: datetime) -> Floor:
            for one in states:
                id_, places = one.machine_id, self.places
                if id_ in places.micro_stops and floor.machines.get(id_) is asked.get(id_):
                    floor = floor.told_state(one, places.micro_stops[id_], has_signals=id_ not in places.by_hand)
            return floor

        self._hear(told, engine)

    def correct(self, days: Sequence[CorrectedDay], engine: Engine) -> None:
        """Take what the server put right of today's counts; what was told before no longer holds."""
        corrected = {one.machine_id: one for one in days}
        if corrected != self.floor.counts.corrected:
            self.recount(lambda counts, _now: replace(counts, corrected=corrected), engine)

    def recount(self, change: Callable[[DayCounts, datetime], DayCounts], engine: Engine) -> None:
        """Change what is known of today's counts: from what is known when its turn comes, and that moment."""
        engine.order(lambda now: self._counting(change(self.floor.counts, now)))

    def _counting(self, counts: DayCounts) -> Deed:
        """On the engine's loop."""
        before = self.floor.counts
        if counts == before:
            return Deed((), {}, self.tell)

        def done() -> None:
            self.floor = replace(self.floor, counts=counts)
            self.tell()

        return Deed((), {**counts.dump_told(KEY), **counts.dump_changed(KEY, before)}, done)

    def learn_causes(self, causes: Sequence[tuple[StopCause, Stop]], engine: Engine) -> None:
        """Take why the office says machines stood in these stops; of one that went on since then, nothing."""

        def told(floor: Floor, _now: datetime) -> Floor:
            for cause, stop in causes:
                floor = floor.told_cause(cause, stop)
            return floor

        self._hear(told, engine)

    def _hear(self, told: Callable[[Floor, datetime], Floor], engine: Engine) -> None:
        """Have what the server told change the floor, as far as that differs."""

        def heard(now: datetime) -> Deed:
            before, floor = self.floor, told(self.floor, now)
            if floor == before:
                return Deed((), {}, self.tell)

            def done() -> None:
                self.floor = floor
                self.tell()

            changed = [id_ for id_, notes in floor.machines.items() if notes is not before.machines.get(id_)]
            return Deed((), {**floor.dump_machines(changed), **floor.dump_calls()}, done)

        engine.order(heard)

    def learn_undone(self, ids: Collection[UUID], engine: Engine) -> None:
        """Take which scans and readings the office took back; of those that are no longer shown, nothing."""

        def heard(_now: datetime) -> Deed:
            recent, touched = self.recent.without(ids)

            def done() -> None:
                self.recent = recent
                self.tell()

            return Deed((), recent.dump_stations(touched), done)

        engine.order(heard)

    def tell(self) -> None:
        """Wake whoever waits: something was committed."""
        with self._news:
            self._number += 1
            self._news.notify_all()

    def wait(self, known: int, seconds: float) -> int:
        """Wait until there is news after number `known`, at most so long; the number of the newest."""
        with self._news:
            self._news.wait_for(lambda: self._number != known, seconds)
            return self._number

    def _having_asked(self, asked: tuple[UUID, ...], people: People) -> Deed:
        def done() -> None:
            self._asked, self.people = asked, people

        state = {} if asked == self._asked else {_ASKED_KEY: _ASKED.dump_json(asked)}
        return Deed((), {**state, **self._dump(people)}, done, at_once=True)

    def _naming(self, action: SayName) -> Deed:
        """On the engine's loop: no event, the next ones tell the name."""
        if all(station.id != action.station_id for station in self.places.configuration.stations):
            raise Refused("no_such_station", f"This agent has no station {action.station_id}", 404)
        return self._peopled(self.people.named(action.station_id, Named(name=action.name) if action.name else None))

    def _peopled(self, people: People, events: Sequence[Event] = ()) -> Deed:
        def done() -> None:
            self.people = people
            self.tell()

        return Deed(events, people.dump(), done, at_once=True)

    def _touched(self, events: Sequence[Event], now: datetime) -> People:
        return self._touched_at((station_of(event, self.recent, self.places) for event in events), now)

    def _touched_at(self, station_ids: Iterable[UUID | None], now: datetime) -> People:
        return self.people.touched({one for one in station_ids if one is not None}, now)

    def _dump(self, people: People) -> dict[str, bytes]:
        return {} if people is self.people else people.dump()

    def _is_done(self, action: Action) -> bool:
        return any(said.id == action.id for said in self._said)

    def _situation(self, now: datetime) -> Situation:
        places = self.places
        seen = self.floor, self.recent, self._said, now, self.countersigned(), self.told
        return Situation(places.configuration, places.by_hand, *seen)

    def _actor(self, action: Action, word: Event, now: datetime) -> Who:
        station = station_of(word, self.recent, self.places)
        return who(action.person, self.people.at(station, now) if station is not None else None)

    def _deed(self, action: Action, now: datetime, backings: Backings) -> Deed:
        """On the engine's loop: what to commit. Nothing for an action that was done before."""
        if self._is_done(action):
            return Deed((), {}, self.tell)
        places, situation = self.places, self._situation(now)
        decided, said = decide(action, situation)
        for word in decided:
            demand_confirmed(override_in(word, self._actor(action, word, now), situation), backings, situation)
        words = [self._said_here(action, word, now, backings) for word in decided]
        floor, recent = self.floor.after(words, places.zones, places.micro_stops), self.recent.after(words)
        people = self._touched(words, now)
        remembered = (*self._said, said)[-SAID_KEPT:]

        def done() -> None:
            self.floor, self.recent, self.people, self._said = floor, recent, people, remembered
            self.on_word(words)
            self.tell()

        shown = {**floor.dump(words), **recent.dump(words), **self._dump(people)}
        return Deed(words, {**shown, _SAID_KEY: SAID.dump_json(remembered)}, done)

    def _said_here(self, action: Action, word: Word, now: datetime, backings: Backings) -> Word:
        station = station_of(word, self.recent, self.places)
        word = said_by(word, self.people.at(station, now)) if station is not None and action.person else word
        return word.model_copy(update={"backing": backings.get(act_of(word))})

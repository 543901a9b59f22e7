"""Signing on at a station: by badge, which the kept list names at once and the server verifies when it answers, or by
name and PIN, which the server alone can check.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import orjson
from pydantic import ValidationError
from unison_domain.codes.events import ScanTaken
from unison_domain.identity.badge_contracts import Roster, RosterBadge, RosterPerson, SignedOn
from unison_domain.stations.events import Event
from unison_domain.stations.sign_on_events import TAP_HEADER, SignOnTold

from unison_station.engine.engine import Engine
from unison_station.operator.actions import AwaitBadge, Refused, SignOnByPin
from unison_station.operator.awaited_badges import AwaitedBadges, Tapped
from unison_station.operator.desk import Desk
from unison_station.operator.people import Met, Named, People, SignOn
from unison_station.operator.recent import Refusal
from unison_station.operator.roster import KeptRoster, NamesNobody, load_roster, save_roster
from unison_station.store import Store
from unison_station.uplink.transport import Answer, Transport, Unreachable
from unison_station.uplink.verdict import is_without_details, problem_in

ROSTER_PATH = "/api/v1/stations/me/roster"
SIGN_ON_PATH = "/api/v1/stations/me/sign-on"
FETCH_SECONDS = 30.0
"""How often the list is asked for while the server answers: so long a lost badge goes on naming somebody."""
KEPT_ANEW_SECONDS = 600.0
"""That an unchanged list was confirmed is written so often: a restart takes it for older by so much at most."""

UNKNOWN_BADGE = "This badge names nobody that is known here"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Server:
    """The way to it.

    Attributes:
        connected: a connection for one question. hurry: have the next heartbeat sent now, which verifies badges.
    """

    connected: Callable[[], Transport]
    hurry: Callable[[], None]


class SigningOn:
    """Keeps the list of people, and has the desk know who signed on. From any thread but the engine's own."""

    def __init__(self, desk: Desk, engine: Engine, store: Store, folder: Path) -> None:
        self._desk = desk
        self._engine = engine
        self._store = store
        self._folder = folder
        self._last = load_roster(folder)
        self._due = 0.0
        self._written = 0.0
        self.awaited = AwaitedBadges(store.clock.monotonic)
        self.server: Server | None = None

    @property
    def _kept(self) -> KeptRoster | None:
        """The list; not that of the organization this PC belonged to before it was enrolled anew."""
        last = self._last
        return last if last and last.organization_id == self._engine.configuration.organization_id else None

    @property
    def heard_at(self) -> datetime | None:
        """When the server last said that the list holds, by its own time; None: there is none."""
        return self._kept.heard_at if self._kept else None

    @property
    def is_known(self) -> bool:
        """Whether the server ever told a list with somebody in it: then names are signed on, not typed."""
        return bool(self._let_in(self._kept.roster.people)) if self._kept else False

    @property
    def is_practice(self) -> bool:
        """Whether this PC was enrolled in a practice organization, as the server told it."""
        return self._kept is not None and self._kept.roster.is_practice

    @property
    def countersigned(self) -> frozenset[str] | None:
        """The kinds of overrides that take badge and PIN; None while no server told of any."""
        told = self._kept.roster.countersigned if self._kept else None
        return None if told is None else frozenset(told)

    def people_at(self, station_id: UUID) -> Sequence[RosterPerson]:
        """Who can sign on at a station."""
        return self._let_in(self._kept.at(station_id)) if self._kept else []

    def _let_in(self, people: Iterable[RosterPerson]) -> list[RosterPerson]:
        now = self._store.timeline.settled_now
        return [person for person in people if person.ends_at is None or person.ends_at > now]

    def without_badges(self, events: Sequence[Event]) -> list[Event]:
        """What was seen but for badges, which sign on instead: their texts are kept nowhere.

        Where a page waits for a badge, so is what can be read as nothing else, although the list does not know it.
        """
        return [event for event in events if not (isinstance(event, ScanTaken) and self._is_badge(event))]

    def is_badge(self, text: str) -> bool:
        """Whether the list knows a badge with this text, whomever it names."""
        return self._kept is not None and self._kept.badge_of(text) is not None

    def hides(self, text: str, is_whole: bool, station_id: UUID) -> bool:
        """Whether what was read before a scanner or camera may be a badge's text, or a piece of one."""
        kept = self._kept
        if self.awaited.is_awaited_at(station_id):
            return True
        return kept is not None and bool(kept.badges) and (not is_whole or kept.badge_of(text) is not None)

    def demand_no_badge(self, text: str) -> None:
        """Raises Refused where a typed text is a badge's: who holds it shows it to a reader."""
        if self.is_badge(text):
            raise Refused("is_badge", "This is a badge: show it to the scanner")

    def demand_no_typed_name(self, name: str | None) -> None:
        """Raises Refused where people sign on, who stay on no longer than they work: a typed name has no end."""
        if name is not None and self.is_known:
            raise Refused("names_sign_on", "Names are not typed here: sign on by badge, or by name and PIN")

    def wait(self, wanted: AwaitBadge) -> None:
        """A page waits for a badge, or does no more."""
        self.awaited.wait_at(wanted.station_id, waits=wanted.waits, confirms=wanted.confirms)
        self._desk.tell()

    def by_pin(self, wanted: SignOnByPin) -> None:
        """Have the server check a PIN, and sign the person on.

        Raises:
            Refused: the server does not answer or refuses, somebody else came meanwhile, or it was not kept.
        """
        met = self._desk.people.met_at(wanted.station_id)
        body = {"station_id": str(wanted.station_id), "user_id": str(wanted.user_id)}
        signed = self._signed(self._asked({**body, "pin": wanted.pin.get_secret_value()}))
        if not self._put_if(wanted.station_id, signed, None, met):
            raise Refused("changed_meanwhile", "Somebody else signed on or off meanwhile; sign on again")

    def ask(self, transport: Transport) -> None:
        """Fetch the list when it is due, ask about badges it does not know and verify who signed on by it.

        On the heartbeat's thread.
        """
        try:
            self._fetch(transport)
            while (tapped := self.awaited.next_to_ask()) is not None:
                self._ask_about(transport, tapped)
            for station_id, named in self._desk.people.stations.items():
                if named.sign_on is not None and not named.sign_on.is_verified:
                    self._verify(transport, station_id, named.sign_on)
        except ValidationError:  # whose words would quote the list and its key
            log.warning("the server told of people what this agent does not understand")
        except (Unreachable, Refused) as error:
            log.debug("people are not asked for: %s", error)

    def _is_badge(self, scan: ScanTaken) -> bool:
        kept = self._kept
        badge = kept.badge_of(scan.text) if kept else None
        if kept is None:
            return False
        if badge is None:
            return self._is_unknown_badge(kept, scan)
        try:
            if self.awaited.confirms_at(scan.station_id):
                holder = kept.whose(badge, scan.station_id, self._store.timeline.settled_now)
                self._show(scan.station_id, badge.hash, holder.person.name)
            else:
                self._by_badge(kept, badge, scan)
        except NamesNobody as error:
            self._refuse(scan, uuid4(), badge.hash, error.code, str(error))
        except Refused as error:
            self._desk.show(Refusal(scan.at, scan.station_id, self._reader(scan), f"nobody was signed on: {error}"))
        return True

    def _is_unknown_badge(self, kept: KeptRoster, scan: ScanTaken) -> bool:
        if not self.awaited.is_badge(scan, self._desk.places.configuration.item_patterns):
            return False
        if self.awaited.confirms_at(scan.station_id):  # the server may know it
            self._show(scan.station_id, kept.hash_of(scan.text), None)
            return True
        tap, badge = uuid4(), kept.hash_of(scan.text)
        self._refuse(scan, tap, badge, "badge_unknown", UNKNOWN_BADGE)
        if self.server is not None:
            met = self._desk.people.met_at(scan.station_id)
            self.awaited.tapped(scan.station_id, badge, tap, met)
            self.server.hurry()
        return True

    def _refuse(self, scan: ScanTaken, tap: UUID, badge: str, code: str, words: str) -> None:
        """Say so at the page, and to the server, whenever it is back."""
        self._desk.show(Refusal(scan.at, scan.station_id, self._reader(scan), words))
        told = SignOnTold(at=scan.at, id=tap, station_id=scan.station_id, badge=badge, refused_for=code)
        try:
            self._desk.note(told, self._engine)
        except Refused as error:
            log.warning("that a badge let nobody in is not kept: %s", error)

    def _show(self, station_id: UUID, badge: str, name: str | None) -> None:
        self.awaited.show(station_id, badge, name)
        self._desk.tell()

    def _ask_about(self, transport: Transport, tapped: Tapped) -> None:
        """A badge that was handed out a moment ago signs on; one that nobody has is in the login history then."""
        question = {"station_id": str(tapped.station_id), "badge": tapped.hash}
        answer = transport.post(SIGN_ON_PATH, _json(question), _named(tapped.tap))
        if answer.status != 200:
            return
        signed = SignedOn.model_validate_json(answer.body)
        if not self._put_if(tapped.station_id, signed, tapped.hash, tapped.met):
            words = "The badge is known now, but somebody else signed on or off meanwhile: show it again"
            self._desk.show(Refusal(self._engine.now(), tapped.station_id, "", words))

    def _reader(self, scan: ScanTaken) -> str:
        peripherals = self._desk.places.configuration.peripherals
        return next((one.name for one in peripherals if one.id == scan.peripheral_id), "")

    def _by_badge(self, kept: KeptRoster, badge: RosterBadge, scan: ScanTaken) -> None:
        station_id = scan.station_id
        holder = kept.whose(badge, station_id, self._store.timeline.settled_now)
        signed = SignedOn(user_id=holder.person.id, name=holder.person.name, ends_at=holder.ends_at)
        told = SignOnTold(at=scan.at, id=uuid4(), station_id=station_id, badge=badge.hash, person_id=holder.person.id)

        def change(people: People, now: datetime) -> People:
            sign_on = self._sign_on(signed, badge.hash, now, told.id, is_verified=False)
            return people.named(station_id, Named(name=signed.name, sign_on=sign_on))

        self._desk.staff(change, self._engine, told)
        if self.server is not None:
            self.server.hurry()

    def _put_if(self, station_id: UUID, signed: SignedOn, badge: str | None, met: Met) -> bool:
        """Sign on who the server says it is, unless somebody came or went at the station since it was asked."""
        is_put = False

        def change(people: People, now: datetime) -> People:
            nonlocal is_put
            is_put = people.met_at(station_id) == met
            if not is_put:
                return people
            sign_on = self._sign_on(signed, badge, now, uuid4(), is_verified=True)
            return people.named(station_id, Named(name=signed.name, sign_on=sign_on))

        self._desk.staff(change, self._engine)
        return is_put

    def _sign_on(self, signed: SignedOn, badge: str | None, now: datetime, tap: UUID, *, is_verified: bool) -> SignOn:
        settled = self._store.timeline.line.settled(now)
        return SignOn(
            person_id=signed.user_id,
            is_verified=is_verified,
            badge=badge,
            tap=tap,
            seen_at=now,
            idle_seconds=self._kept.roster.idle_seconds if self._kept else 3600,
            ends_at=None if signed.ends_at is None else now + (signed.ends_at - settled),
        )

    def _verify(self, transport: Transport, station_id: UUID, sign_on: SignOn) -> None:
        question = {"station_id": str(station_id), "badge": sign_on.badge}
        answer = transport.post(SIGN_ON_PATH, _json(question), _named(sign_on.tap))
        if answer.status == 200:
            self._follow(station_id, sign_on, SignedOn.model_validate_json(answer.body))
        elif answer.status == 403:
            self._change_if(station_id, sign_on, None)
            _, told = problem_in(answer.status, answer.body)
            unsaid = "The server does not let this badge sign on: hand it in"
            words = unsaid if is_without_details(answer.status, answer.body) else told
            self._desk.show(Refusal(self._engine.now(), station_id, "", words))

    def _follow(self, station_id: UUID, asked: SignOn, signed: SignedOn) -> None:
        """Who signed on is verified; or another is whom the badge was handed to since the list was fetched."""
        now = self._engine.now()
        if signed.user_id == asked.person_id:
            self._change_if(station_id, asked, asked.model_copy(update={"is_verified": True}))
            return
        another = self._sign_on(signed, asked.badge, now, uuid4(), is_verified=True)
        former = self._desk.people.stations.get(station_id)
        if self._change_if(station_id, asked, another, signed.name) and former is not None:
            words = f"The badge is {signed.name}'s now, not {former.name}'s: {signed.name} is signed on"
            self._desk.show(Refusal(now, station_id, "", words))

    def _change_if(self, station_id: UUID, asked: SignOn, verified: SignOn | None, name: str | None = None) -> bool:
        """Unless somebody else signed on since it was asked; with another's name, where that is given."""
        is_changed = False

        def change(people: People, now: datetime) -> People:
            nonlocal is_changed
            named = people.stations.get(station_id)
            is_changed = named is not None and named.sign_on is not None and named.sign_on.tap == asked.tap
            if not is_changed or named is None or named.sign_on is None:
                return people
            if verified is None:
                return people.named(station_id, None)
            seen = verified.model_copy(update={"seen_at": named.sign_on.seen_at})
            return people.named(station_id, Named(name=name or named.name, sign_on=seen))

        self._desk.staff(change, self._engine)
        return is_changed

    def _fetch(self, transport: Transport) -> None:
        now = self._store.clock.monotonic()
        if now < self._due:
            return
        kept, organization = self._kept, self._engine.configuration.organization_id
        answer = transport.get(ROSTER_PATH, {"If-None-Match": kept.etag} if kept and kept.etag else {})
        self._due = now + FETCH_SECONDS
        heard_at = self._store.timeline.settled_now
        if answer.status == 304 and kept is not None:
            self._keep(kept.model_copy(update={"heard_at": heard_at}), is_new=False)
        elif answer.status == 200:
            roster = Roster.model_validate_json(answer.body)
            etag = answer.headers.get("ETag")
            told = KeptRoster(organization_id=organization, roster=roster, etag=etag, heard_at=heard_at)
            self._keep(told, is_new=True)

    def _keep(self, kept: KeptRoster, *, is_new: bool) -> None:
        now = self._store.clock.monotonic()
        if is_new or now - self._written >= KEPT_ANEW_SECONDS:
            save_roster(self._folder, kept)
            self._written = now
        self._last = kept
        self._end_strangers(kept)
        self._desk.tell()

    def _end_strangers(self, kept: KeptRoster) -> None:
        """Who may not sign on at their station any more, or not by their badge, is signed off; typed names end.

        Also where the list is the same as before: the agent may have ended between keeping it and this.
        """
        now = self._store.timeline.settled_now

        def stays(station_id: UUID, named: Named) -> bool:
            sign_on = named.sign_on
            if sign_on is None:
                return not self.is_known
            is_here = any(one.id == sign_on.person_id for one in kept.at(station_id))
            return is_here and (sign_on.badge is None or kept.names(sign_on.badge, sign_on.person_id, station_id, now))

        def change(people: People, _now: datetime) -> People:
            return People({id_: named for id_, named in people.stations.items() if stays(id_, named)})

        if not all(stays(id_, named) for id_, named in self._desk.people.stations.items()):
            self._desk.staff(change, self._engine)

    def _asked(self, question: dict[str, str]) -> Answer:
        if self.server is None:
            raise Refused("server_needed", "A PIN needs the server, and this PC has none")
        try:
            with closing(self.server.connected()) as transport:
                return transport.post(SIGN_ON_PATH, _json(question))
        except Unreachable as error:
            log.warning("a PIN was not checked: %s", error)
            raise Refused("server_needed", "A PIN needs the server, which does not answer; use the badge") from None

    def _signed(self, answer: Answer) -> SignedOn:
        if answer.status == 200:
            return SignedOn.model_validate_json(answer.body)
        code, words = problem_in(answer.status, answer.body)
        if answer.status == 429:
            raise Refused("too_many_tries", words, 409, seconds=answer.headers.get("Retry-After") or "60")
        if code == "pin_wrong":
            raise Refused("pin_wrong", words)
        raise Refused("not_signed_on", words, 409, why=words)


def _named(tap: UUID | None) -> dict[str, str]:
    """The header by which the server keeps a tap once, that it is told of as an event too."""
    return {} if tap is None else {TAP_HEADER: str(tap)}


def _json(question: Mapping[str, str | None]) -> bytes:
    return orjson.dumps(question)

"""Overrides, done once somebody with the right stands behind them: badge at hand, a PIN, and the word of the server.

The server gives its countersignature to the act's own id before the act is done. An agent that ends in between did
nothing, and the same act may be confirmed anew: it becomes one event, whichever countersignature it bears.
"""

from __future__ import annotations

import logging
from contextlib import closing

import orjson
from pydantic import ValidationError
from unison_domain.identity.countersign_contracts import Countersigned
from unison_domain.identity.overrides import Override
from unison_domain.stations.fact import Backing

from unison_station.engine.engine import Engine
from unison_station.operator.actions import Confirm, Refused
from unison_station.operator.desk import Desk
from unison_station.operator.signing_on import SigningOn
from unison_station.uplink.transport import Answer, Unreachable
from unison_station.uplink.verdict import problem_in

PATH = "/api/v1/stations/me/countersign"

log = logging.getLogger(__name__)


class Confirming:
    """From any thread but the engine's own."""

    def __init__(self, desk: Desk, engine: Engine, signing_on: SigningOn) -> None:
        self._desk = desk
        self._engine = engine
        self._signing_on = signing_on

    def confirm(self, wanted: Confirm) -> bool:
        """Do what is to be confirmed; on return it is on disk.

        Returns:
            Whether it can be taken back.

        Raises:
            Refused: it can't be done now, no badge was shown, the server does not answer or refuses.
        """
        demanded = self._desk.countersigned() or frozenset()
        found = self._desk.overrides_of(wanted.act, self._engine.now())
        overrides = [override for override in found if override.kind in demanded]
        if not overrides:
            return self._desk.act(wanted.act, self._engine)
        backings = {override.act_id: self._backing(wanted, override) for override in overrides}
        undoable = self._desk.act(wanted.act, self._engine, backings)
        self._signing_on.awaited.put_away(wanted.station_id)
        return undoable

    def _backing(self, wanted: Confirm, override: Override) -> Backing:
        shown = self._signing_on.awaited.shown_at(wanted.station_id)
        if shown is None:
            raise Refused("badge_missing", "Show the badge of who confirms it to the scanner first")
        question = {
            "station_id": str(wanted.station_id),
            "badge": shown.hash,
            "pin": wanted.pin.get_secret_value(),
            "purpose": override.kind.right,
            "subject_id": str(override.subject_id),
            "act_id": str(override.act_id),
        }
        signed = _signed(self._asked(question))
        return Backing(id=signed.id, person_id=signed.user_id, person=signed.name, proof=signed.proof)

    def _asked(self, question: dict[str, str]) -> Answer:
        server = self._signing_on.server
        words = "Badge and PIN are checked by the server, which does not answer: do it when it is back"
        if server is None:
            raise Refused("confirm_needs_server", words)
        try:
            with closing(server.connected()) as transport:
                return transport.post(PATH, orjson.dumps(question))
        except Unreachable as error:
            log.warning("an override was not confirmed: %s", error)
            raise Refused("confirm_needs_server", words) from None


def _signed(answer: Answer) -> Countersigned:
    if answer.status == 200:
        try:
            return Countersigned.model_validate_json(answer.body)
        except ValidationError:
            words = "The server is older than this agent and confirms otherwise: update it"
            raise Refused("not_confirmed", words, 409, why=words) from None
    code, words = problem_in(answer.status, answer.body)
    if answer.status == 429:
        seconds = answer.headers.get("Retry-After") or "60"
        raise Refused("confirm_too_many", words, 409, seconds=seconds)
    if code == "pin_wrong":
        raise Refused("confirm_pin_wrong", words)
    if code == "may_not_sign":
        raise Refused("may_not_confirm", words)
    raise Refused("not_confirmed", words, 409, why=words)

"""Who is signed in, to which server, and everything that hangs on it."""

from __future__ import annotations

import socket
from uuid import UUID

from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal
from unison_domain.identity.contracts import Me, Tokens
from unison_domain.kernel.contracts import Happening

from unison_desktop.identity import calls
from unison_desktop.identity.kept_sign_in import KeptSignIn
from unison_desktop.kernel.changes import Changes
from unison_desktop.kernel.client import ApiClient, Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.events import EventStream, Link, LinkState, Pace
from unison_desktop.kernel.rights import named
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.trust import KnownAuthorities


class Session(QObject):
    """One server and the person signed in to it; handed to every page.

    Attributes:
        client: sends requests.
        clock: what time it is at the server; whatever is compared with moments the server tells asks it.
        events: the stream of what happens.
        changes: where pages listen, fed by the stream and by this program's own writes.
        me: who is signed in, None before and after.

    Signals:
        signed_in: somebody is signed in and `me` is known; also when they begin or cease to be held back.
        sign_in_failed: an `ApiError`.
        signed_out: why, as a text for people; empty if they asked for it.
        rights_changed: `me` is known anew, because somebody changed what the person may do; all is read again after it.
    """

    signed_in = Signal()
    sign_in_failed = Signal(object)
    signed_out = Signal(str)
    rights_changed = Signal()

    def __init__(
        self,
        server: str,
        kept: KeptSignIn,
        parent: QObject | None = None,
        *,
        authorities: KnownAuthorities | None = None,
        pace: Pace | None = None,
    ) -> None:
        super().__init__(parent)
        self.client = ApiClient(server, self, authorities=authorities)
        self.clock = self.client.clock
        self.changes = Changes(self)
        self.events = EventStream(self.client, self, pace=pace, now=lambda: self.client.clock.now().astimezone())
        self.me: Me | None = None
        self._kept = kept
        self._keep = False
        self._resuming = False
        self._real: Tokens | None = None
        self._call: Call | None = None
        self._asking: Call | None = None
        self.client.renewed.connect(self._on_renewed)
        self.client.tokens_changed.connect(self._on_tokens)
        self.client.not_renewed.connect(self._on_not_renewed)
        self.events.happened.connect(self._on_happening)
        self.events.reset.connect(self.changes.announce_all)
        self.events.refused.connect(self.look_again)
        # Whose rights change, no matter by what, has their stream ended: few may hear of people, roles and settings.
        self.events.stands_again.connect(self.look_again)
        self.events.stands_first.connect(self._on_first_stream)

    @property
    def link(self) -> Link:
        """How the connection stands and since when; `events.link_changed` tells when it changes."""
        return self.events.link

    @property
    def is_online(self) -> bool:
        """Whether what is shown is live and writing makes sense. Who is held back has no stream that could tell."""
        return self.is_held_back or self.link.state is LinkState.ONLINE

    @property
    def is_held_back(self) -> bool:
        """Whether nothing is open to the person until they have set up a second factor."""
        return self.me is not None and self.me.second_factor_missing

    def may(self, permission: str) -> bool:
        """Whether the person holds `room.thing.verb`."""
        return self.me is not None and permission in self.me.permissions

    def holds_in(self, permission: str, plant_id: UUID, department_id: UUID | None = None) -> bool:
        """Whether the right holds in the plant, or in that department of it; not whether they reach there."""
        placed = [one for one in self.me.placed if permission in one.permissions] if self.me is not None else []
        if not placed:
            return self.may(permission)  # in the whole organization
        return any(one.plant_id == plant_id and one.department_id in (None, department_id) for one in placed)

    @property
    def sees_plants(self) -> bool:
        """Whether there is a plant whose things the person may see."""
        return self.sees_all_places or (self.me is not None and any(one.can_read for one in self.me.plants))

    @property
    def sees_all_places(self) -> bool:
        """Whether the person sees every plant and warehouse: a role that sees all plants sees all warehouses too."""
        return self.me is not None and (self.me.all_plants or self.me.reads_all_plants)

    @property
    def zone(self) -> str:
        """The time zone of the organization."""
        return self.me.time_zone if self.me is not None else "UTC"

    @property
    def gives(self) -> list[str]:
        """The rights the person may give others, keys and roles: also those that nobody uses, as settings stand."""
        return [*self.me.permissions, *self.me.withheld] if self.me is not None else []

    @staticmethod
    def lacks(permission: str) -> str:
        """Why somebody without the right may not do something."""
        return _("You may not do this: it needs the right {right}.").format(right=named(permission))

    @property
    def may_everywhere(self) -> bool:
        """Whether the person may write in all plants, so also what is the whole organization's."""
        return self.me is not None and self.me.all_plants

    @staticmethod
    def lacks_plants() -> str:
        """Why somebody of some plants may not do something."""
        return _("All plants share this: to change it you need write access to all of them.")

    @staticmethod
    def lacks_sight() -> str:
        """Why somebody who doesn't see all places may not read something."""
        return _("This tells of every plant and warehouse: it needs a role that sees all of them, such as Auditor.")

    def sign_in(
        self, server: str, organization: str, user: str, password: str, *, keep: bool, second_factor: str = ""
    ) -> None:
        """Sign in; `signed_in` or `sign_in_failed` follows. `keep` remembers it on this PC until signed out."""
        self.abandon_sign_in()
        self.client.use(None)  # a renewal under way must not bring the former person back
        self.client.server = server.rstrip("/")
        self._keep = keep
        self._call = calls.log_in(
            self.client, organization, user, password, second_factor, pc=socket.gethostname(), owner=self
        )
        self._call.done.connect(self._on_login)
        self._call.failed.connect(self._on_sign_in_failed)

    def resume(self) -> bool:
        """Sign in with what was kept on this PC; False if there is nothing, else a signal follows as with `sign_in`."""
        kept = self._kept.read(self.client.server)
        if kept is None:
            return False
        self._keep = True
        self._resuming = True
        self.client.use(Tokens(access_token="", refresh_token=kept, expires_in=0))
        self.client.renew()
        return True

    def abandon_sign_in(self) -> None:
        """Stop waiting for the answer to `sign_in`."""
        self._resuming = False
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def practise(self) -> Call:
        """Go to the practice organization; `signed_in` follows, unless the call fails and all stays as it was."""
        call = calls.go_to_practice(self.client, pc=socket.gethostname(), owner=self)
        call.done.connect(self._on_practice)
        return call

    @property
    def can_leave_practice(self) -> bool:
        """Whether somebody practises who came from the real organization."""
        return self._real is not None

    def leave_practice(self) -> None:
        """Go back to the real organization; `signed_in` follows, or `signed_out` where the sign-in there has ended."""
        if self._real is None:
            return
        real, self._real = self._real, None
        if self.client.tokens is not None:
            calls.log_out(self.client, self.client.tokens.refresh_token, owner=self)
        self._turn_to(real)
        self._call = calls.me(self.client, owner=self)
        self._call.done.connect(self._on_me)
        self._call.failed.connect(self._on_not_back)

    def sign_out(self) -> None:
        """End the session here and on the server; of who practises, both."""
        for tokens in (self.client.tokens, self._real):
            if tokens is not None:
                calls.log_out(self.client, tokens.refresh_token, owner=self)
        self._leave("")

    def _on_practice(self, tokens: Tokens) -> None:
        self._real = self.client.tokens
        self._turn_to(tokens)
        self._call = calls.me(self.client, owner=self)
        self._call.done.connect(self._on_me)
        self._call.failed.connect(self._on_not_there)

    def _turn_to(self, tokens: Tokens) -> None:
        self.events.stop()
        self._forget_asking()
        self.client.use(None)  # a renewal under way must not bring the former tokens back
        self.client.use(tokens)

    def _on_not_there(self, _error: ApiError) -> None:
        self._call = None
        self.leave_practice()

    def _on_not_back(self, error: ApiError) -> None:
        self._call = None
        self._leave(error.message)

    def end_unless_kept(self, patience_ms: int) -> None:
        """The program ends: what nobody resumes ends at the server too. Waits for the answer so long, and no longer.

        Nobody resumes a visit to the practice organization; the real session ends only where it is not kept.
        """
        self.abandon_sign_in()
        self._forget_asking()
        ending = [] if self._keep else [self._real]
        if self._real is not None or not self._keep:
            ending.append(self.client.tokens)
        waiting = QEventLoop()
        left = [tokens.refresh_token for tokens in ending if tokens is not None and tokens.refresh_token]
        if not left:
            return
        for token in left:
            call = calls.log_out(self.client, token, owner=self)
        call.done.connect(waiting.quit)
        call.failed.connect(waiting.quit)
        patience = QTimer(waiting, singleShot=True, interval=patience_ms)
        patience.timeout.connect(waiting.quit)
        patience.start()
        self.me = None  # nobody is asked to sign in again
        waiting.exec()

    def _on_login(self, tokens: Tokens) -> None:
        self.client.use(tokens)
        self._on_tokens(tokens)
        self._ask_me()

    def _on_renewed(self) -> None:
        if self._resuming:
            self._resuming = False
            self._ask_me()

    def _ask_me(self) -> None:
        self._call = calls.me(self.client, owner=self)
        self._call.done.connect(self._on_me)
        self._call.failed.connect(self._on_sign_in_failed)

    def _on_me(self, me: Me) -> None:
        self._call = None
        self.me = me
        self.signed_in.emit()
        if not me.second_factor_missing:
            self.events.start()

    def _on_sign_in_failed(self, error: ApiError) -> None:
        self._call = None
        self.sign_in_failed.emit(error)

    def _on_not_renewed(self, error: ApiError) -> None:
        if self._resuming:
            self._resuming = False
            self.sign_in_failed.emit(error)

    def _on_tokens(self, tokens: Tokens | None) -> None:
        if self._real is not None:
            # What is kept on this PC is the sign-in to the real organization. Practice is over where it was made anew.
            if tokens is None:
                self.leave_practice()
        elif tokens is None:
            if self.me is not None:
                self._leave(_("Your sign-in has ended. Sign in again to go on."))
            else:
                self._kept.forget()
        elif self._keep:
            self._kept.write(self.client.server, tokens.refresh_token)
        elif self.me is None:
            self._kept.forget()

    def _on_happening(self, happening: Happening) -> None:
        ids = None if happening.entity is None else (happening.entity,)
        self.changes.announce(happening.topic, ids)

    def _on_first_stream(self, rights_mark: str) -> None:
        """What changed after it was asked what the person may do, and before the stream, ended no stream."""
        if rights_mark and self.me is not None and rights_mark != self.me.rights_mark:
            self.look_again()

    def look_again(self) -> None:
        """Ask what the person may do now."""
        self._forget_asking()
        self._asking = calls.me(self.client, owner=self)
        self._asking.done.connect(self._on_me_again)
        self._asking.failed.connect(self._on_me_unknown)

    def _on_me_again(self, me: Me) -> None:
        self._asking = None
        if self.is_held_back != me.second_factor_missing:
            self.events.stop()
            self._on_me(me)
        elif self.me != me:
            self.me = me
            self.rights_changed.emit()
            self.changes.announce_all()  # other rows are theirs to see now

    def _on_me_unknown(self, _error: ApiError) -> None:
        """What was known stays: the server refuses what is no longer allowed."""
        self._asking = None

    def _forget_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _leave(self, reason: str) -> None:
        self.events.stop()
        self._forget_asking()
        self.me = self._real = None
        self._kept.forget()
        self.client.use(None)
        self.signed_out.emit(reason)

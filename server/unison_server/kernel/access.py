"""Who calls: from a bearer token to a `Scope`.

People carry a short JWT (EdDSA, 10 minutes). What they may do is asked once per session and kept in memory until the
database says that it changed. While nobody listens to the database, or after it was unreachable, every request asks.
Machines carry opaque tokens `<kind>_<organization hex>_<random>`, whose rooms register a resolver.
"""

from __future__ import annotations

import hmac
import math
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from unison_server.kernel.errors import NotAllowed, NotSignedIn, TooMany
from unison_server.kernel.logs import name_caller
from unison_server.kernel.permissions import asked_for, lacking
from unison_server.kernel.scope import EVERYWHERE, NOWHERE, ActorKind, Reach, RolePlace, Scope
from unison_server.kernel.second_factor import second_factor_missing
from unison_server.kernel.signed_claims import OverError, SignedClaims

ACCESS_SECONDS = 600
_AUDIENCE = "unison"
_CLAIMS = ("sub", "org", "sid", "rv", "exp")
_MOST_TOKENS = _MOST_SESSIONS = 20_000


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do, and where, as of `version` of their rights; `until` (Unix seconds) their access ends.

    `permissions` hold in the whole organization, those of `placed` in one plant or department. Who
    `lacks_second_factor` that they must have may do nothing, anywhere, until they have one. With the end or change of
    what they follow, beside session, person and organization, they are to be asked again. With
    `person_figures` the organization has what single persons did asked for, by who has the right.
    """

    version: int
    permissions: frozenset[str]
    placed: Mapping[RolePlace, frozenset[str]] = field(default_factory=dict)
    plants: Reach = EVERYWHERE
    warehouses: Reach = EVERYWHERE
    until: float = math.inf
    lacks_second_factor: bool = False
    person_figures: bool = False
    follows: frozenset[UUID] = frozenset()

    def hold(self, version: int) -> bool:
        """Whether they are as new as that, and not over."""
        return self.version >= version and time.time() < self.until

    def of(self, actor: Scope) -> Scope:
        """The scope of the actor who has them."""
        return replace(
            actor,
            plants=self.plants,
            warehouses=self.warehouses,
            permissions=self.permissions,
            placed=self.placed,
            lacks_second_factor=self.lacks_second_factor,
            person_figures=self.person_figures,
            follows=self.follows,
        )

    def withheld(self) -> Rights:
        """What is left of them for who lacks the second factor they must have."""
        return Rights(self.version, frozenset(), plants=NOWHERE, warehouses=NOWHERE, lacks_second_factor=True)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified access token says."""

    organization_id: UUID
    user_id: UUID
    session_id: UUID
    rights_version: int
    expires_at: float

    @property
    def of(self) -> tuple[UUID, UUID, UUID]:
        """Whose change is one of what they allow."""
        return self.session_id, self.user_id, self.organization_id


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, the token they showed, and when (Unix seconds) it ends by itself: it, or the access of its person."""

    scope: Scope
    token: str = field(repr=False)
    expires_at: float = math.inf


class Opened(NamedTuple):
    """What an opaque token opens, and when (Unix seconds) it does so no more without anybody ending it."""

    scope: Scope
    until: float = math.inf


LoadRights = Callable[[UUID, UUID, UUID], Rights | None]
"""Organization, user, session → rights; None when the session is over or the person is inactive."""
TokenResolver = Callable[[UUID, str], Opened | None]
"""Organization and whole opaque token → what it opens; None when it is not good (any more). May ask the database, and
raise `organization_inactive`."""
NamePlants = Callable[[Scope, Collection[UUID]], Iterable[str]]
"""What people call plants of the organization."""
OnRefused = Callable[[str, str, str, NotSignedIn | TooMany], None]
"""Told a token that let nobody in, the address and the id of its request, and why."""
Ended = Callable[[UUID], None]
"""Told the id of a session, a user or an organization whose rights are to be asked again."""


class Access:
    """Tokens of this server.

    Attributes:
        listening: whether changes reach this process; set by the listener. While False nothing is kept.
        listened: how often it began to; who was let in before must be asked after again.
        ended: called with each session, user or organization id that changed; open streams end then.
        name_plants, refused: asked and told in a refusal, never on the way of what is allowed.
    """

    def __init__(self, key: Ed25519PrivateKey, load_rights: LoadRights) -> None:
        self.ended: list[Ended] = []
        self.name_plants: NamePlants = lambda _scope, plants: map(str, plants)
        self.refused: OnRefused = lambda *_: None
        self.listened = 0
        self._signed_claims = SignedClaims(key, _AUDIENCE)
        self._digest_key = hmac.digest(key.private_bytes_raw(), b"digest", "sha256")
        self._load = load_rights
        self._kinds: dict[str, TokenResolver] = {}
        self._claims: dict[str, Claims] = {}
        self._rights: dict[UUID, tuple[Claims, Rights]] = {}
        self._listening = False
        self._changes = 0
        self._lock = threading.Lock()

    def register_token_kind(self, kind: str, resolver: TokenResolver) -> None:
        """Accept opaque tokens `<kind>_<organization hex>_<random>`."""
        self._kinds[kind] = resolver

    def sign(self, organization_id: UUID, user_id: UUID, session_id: UUID, rights_version: int) -> str:
        """An access token good for `ACCESS_SECONDS`."""
        now = int(time.time())
        who = {"sub": str(user_id), "org": str(organization_id), "sid": str(session_id), "rv": rights_version}
        return self._signed_claims.sign({**who, "iat": now, "exp": now + ACCESS_SECONDS})

    def digest(self, said: bytes) -> bytes:
        """HMAC-SHA256 that every process of this server gives alike, and nobody else."""
        return hmac.digest(self._digest_key, said, "sha256")

    async def caller(self, request: Request) -> Caller:
        """Who sent the request, and may do more than set up a second factor.

        Raises:
            NotSignedIn: no token, or one that is not good. NotAllowed: a second factor is missing.
        """
        caller = await self.known_caller(request)
        if caller.scope.lacks_second_factor:
            raise second_factor_missing()
        return caller

    async def known_caller(self, request: Request) -> Caller:
        """Who sent the request, also where the second factor they must have is missing.

        Raises:
            NotSignedIn: no token, or one that is not good.
        """
        token = _bearer(request)
        caller = self._remembered(token) or self._signed(token)
        address = request.client.host if request.client else ""
        request_id = str(request.scope.get("request_id", ""))
        if caller is None:
            caller = await run_in_threadpool(self._let_in, token, address, request_id)
        name_caller(caller.scope)
        return replace(caller, scope=replace(caller.scope, request_id=request_id, address=address))

    def authenticate(self, token: str) -> Caller:
        """Who the token belongs to, asking the database where needed.

        Raises:
            NotSignedIn: it is not, or no longer, good.
        """
        kind, _, rest = token.partition("_")
        if kind in self._kinds:
            opened = self._resolve(kind, rest.partition("_")[0], token)
            return Caller(opened.scope, token, opened.until)
        claims = self._verified(token)
        rights = self._rights_of(claims)
        if rights is None:
            raise NotSignedIn("This session has ended; sign in again", code="session_ended")
        return _caller(claims, rights, token)

    def _let_in(self, token: str, address: str, request_id: str) -> Caller:
        try:
            return self.authenticate(token)
        except (NotSignedIn, TooMany) as refusal:
            self.refused(token, address, request_id, refusal)
            raise

    def still_good(self, caller: Caller) -> bool:
        """Whether the token is good and allows what it did when the caller was let in. May ask the database."""
        try:
            return self._allows_the_same(caller)
        except (NotSignedIn, TooMany):  # a key that asked too often is told so when it comes back
            return False

    def still_may(self, caller: Caller) -> bool:
        """The same of what was begun under the token and outlasts it: that its time is over ends nothing."""
        if caller.token.partition("_")[0] in self._kinds:
            try:
                return self._allows_the_same(caller)
            except NotSignedIn:
                return False
            except TooMany:  # it is good, and asks too often; what was begun is not asked for again
                return True
        claims = self._verified(caller.token, also_over=True)
        rights = self._rights_of(claims)
        return rights is not None and _seen_by(_caller(claims, rights, caller.token).scope) == _seen_by(caller.scope)

    def _allows_the_same(self, caller: Caller) -> bool:
        """Whether the token lets in as it did then. Raises NotSignedIn, TooMany."""
        return _seen_by(self.authenticate(caller.token).scope) == _seen_by(caller.scope)

    @property
    def listening(self) -> bool:
        """Whether changes reach this process."""
        return self._listening

    @listening.setter
    def listening(self, listening: bool) -> None:
        with self._lock:
            self._listening = listening
            self._changes += 1
            self._rights.clear()
            self.listened += listening

    def changed(self, id_: UUID) -> None:
        """Forget what is known of a session, a user or an organization, and end their streams."""
        with self._lock:
            self._changes += 1
            hanging = [s for s, (of, rights) in self._rights.items() if id_ in of.of or id_ in rights.follows]
            for session_id in hanging:
                del self._rights[session_id]
        for tell in self.ended:
            tell(id_)

    def _remembered(self, token: str) -> Caller | None:
        claims = self._claims.get(token)
        if claims is None or claims.expires_at <= time.time():
            return None
        kept = self._rights.get(claims.session_id)
        return _caller(claims, kept[1], token) if kept and kept[1].hold(claims.rights_version) else None

    def _signed(self, token: str) -> Caller | None:
        """Who a token not seen before belongs to, where nothing but its signature has to be asked."""
        if token.partition("_")[0] in self._kinds:
            return None
        with suppress(NotSignedIn):  # told where the database may be asked
            self._verified(token)
        return self._remembered(token)

    def _verified(self, token: str, *, also_over: bool = False) -> Claims:
        try:
            read = self._signed_claims.read(token, _CLAIMS, also_over=also_over)
            claims = Claims(
                UUID(read["org"]), UUID(read["sub"]), UUID(read["sid"]), int(read["rv"]), float(read["exp"])
            )
        except OverError:
            raise NotSignedIn("The access token has expired; refresh it", code="token_expired") from None
        except (ValueError, TypeError, RecursionError):
            raise NotSignedIn("The access token is not valid; sign in again", code="token_invalid") from None
        if len(self._claims) >= _MOST_TOKENS:
            self._claims.clear()
        self._claims[token] = claims
        return claims

    def _rights_of(self, claims: Claims) -> Rights | None:
        with self._lock:
            kept, changes, listening = self._rights.get(claims.session_id), self._changes, self._listening
        if kept and kept[1].hold(claims.rights_version):
            return kept[1]
        rights = self._load(claims.organization_id, claims.user_id, claims.session_id)
        with self._lock:
            # What changed while the database was asked may be missing in its answer.
            if rights and listening and changes == self._changes:
                self._rights[claims.session_id] = (claims, rights)
                if len(self._rights) > _MOST_SESSIONS:
                    del self._rights[next(iter(self._rights))]  # the first that was asked for
        return rights

    def _resolve(self, kind: str, organization: str, token: str) -> Opened:
        try:
            opened = self._kinds[kind](UUID(hex=organization), token)
        except ValueError:
            opened = None
        if opened is None:
            raise NotSignedIn(f"This {kind} token is not, or no longer, valid", code="token_invalid")
        return opened


@dataclass(frozen=True, slots=True)
class Requirement:
    """A dependency that lets nobody pass without a permission; the route holds the request to where it holds."""

    permission: str

    async def __call__(self, request: Request) -> None:
        # Async because it only looks into memory: FastAPI sends a plain function through a thread.
        scope = scope_of(request)
        if scope.holds(self.permission):
            return
        plants = scope.held_at(self.permission).plants
        access: Access = request.app.state.services.access
        names = await run_in_threadpool(access.name_plants, scope, plants) if plants else ()
        raise lacking(scope, self.permission, names)


def requires(permission: str) -> Any:
    """A dependency that lets nobody pass without the permission `room.thing.verb`: `dependencies=[requires(…)]`."""
    asked_for(permission)
    return Depends(Requirement(permission))


def scope_of(request: Request) -> Scope:
    """Who acts in this request; set by the route before any dependency runs."""
    scope: Scope = request.state.scope
    return scope


async def acting_agent(request: Request) -> UUID:
    """A dependency: the station agent that calls; what its token is good for is asked for by `requires`.

    Raises:
        NotAllowed: a person or a program calls.
    """
    scope = scope_of(request)
    if scope.actor_kind is not ActorKind.AGENT or scope.actor_id is None:
        raise NotAllowed("Only a station agent may call this, with its device token", code="agents_only")
    return scope.actor_id


def organization_inactive() -> NotSignedIn:
    """What machines of an organization are told that lets nobody in."""
    words = (
        "This organization is not active. An administrator of the server can make it so again, unless it was one for"
        " practice that was made anew, which is another one since"
    )
    return NotSignedIn(words, code="organization_inactive")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn("Sign in first: this needs an access token", headers={"WWW-Authenticate": "Bearer"})
    return token.strip()


def _caller(claims: Claims, rights: Rights, token: str) -> Caller:
    person = Scope(claims.organization_id, ActorKind.USER, claims.user_id, session_id=claims.session_id)
    return Caller(rights.of(person), token, min(claims.expires_at, rights.until))


def _seen_by(scope: Scope) -> tuple[object, ...]:
    """What decides on what a caller is told."""
    return scope.permissions, scope.placed, scope.plants.read, scope.lacks_second_factor

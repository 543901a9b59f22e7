"""Enrolling agents: a one-time code typed at the PC becomes a device token.

A code reads `<organization code>-XXXX-XXXX`, so the organization is known before anything is looked up; after a `#` it
carries the fingerprint of the installation's authority, which is for the PC alone. A token reads
`device_<organization hex>_<random>`. Only SHA-256 of either is kept: both are random, so there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import select, text, update
from unison_domain.identity.sign_in_contracts import SignInOutcome
from unison_domain.stations.contracts import AgentState, AgentUpdate, Enrol, Enrolled, EnrolmentAnswer
from unison_domain.stations.enrolment_code import ALPHABET, EnrolmentCode, read_code

from unison_server.identity.queries import (
    count_attempt,
    forget_attempts,
    forget_old_attempts,
    is_active,
    organization_id,
)
from unison_server.identity.refusals import Refusals, Shown
from unison_server.identity.roles import permissions_of_stations
from unison_server.identity.tables import Organization
from unison_server.kernel.access import Opened, organization_inactive
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Clash, Invalid, TooMany
from unison_server.kernel.logs import name_caller
from unison_server.kernel.resource import assign
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.stations.ended_counters import call_about_ending
from unison_server.stations.leases import fence_agent
from unison_server.stations.tables import Agent, AgentCursor, Enrolment
from unison_server.stations.telling import tell_of_agent

_SECRET_LETTERS = 8
CODE_LIFE = timedelta(hours=24)
WINDOW = timedelta(minutes=5)
MOST_TRIES = 20
"""Codes tried from one address in a window, of whichever organization, since the last right one; there are 8.5e11."""
REFUSED = frozenset({"enrolment_code_wrong", "enrolment_code_used", "enrolment_code_expired"})
NOBODY = UUID(int=0)
"""Stands for an organization where tries are counted: whose code it is is not known yet."""

_AGENT_OF_TOKEN = text(
    """
    select agents.id, copies.is_active
    from agents left join organization_copies copies using (organization_id)
    where organization_id = :organization and token_hash = :token_hash and state in ('enrolled', 'conflict')
    """
)


@dataclass(frozen=True, slots=True)
class Gate:
    """Where agents come in, before anybody knows who they are.

    Attributes:
        refusals: told of codes that are none, or none any more.
        fingerprint: of the authority agents are to trust; None where they trust what their system trusts.
    """

    databases: Databases
    refusals: Refusals
    fingerprint: Callable[[], str | None] = lambda: None

    def with_fingerprint(self, answer: EnrolmentAnswer) -> EnrolmentAnswer:
        """The code as people carry it to the PC."""
        return answer.model_copy(update={"code": str(EnrolmentCode(answer.code, self.fingerprint()))})

    def enrol(self, request: Enrol, address: str, request_id: str) -> Enrolled:
        """Trade a one-time code for a device token; earlier tokens of the agent end.

        Raises:
            Invalid: the code is wrong, used or expired. TooMany: too many tries from this address.
        """
        self._count(request.code, address, request_id)
        organization_code, code = _parts(request.code)
        organization = self._organization(organization_code)
        if organization is None:
            self.refusals.tell_nobody(SignInOutcome.CODE_REFUSED, address)
            raise _wrong()
        scope = Scope(organization, request_id=request_id, address=address)
        shown = partial(self._refused, code)
        with self.refusals.telling(scope, SignInOutcome.CODE_REFUSED, REFUSED, shown):
            enrolled = self._trade(scope, code, request)
        self._forget(address)
        return enrolled

    def _trade(self, scope: Scope, code: str, request: Enrol) -> Enrolled:
        with self.databases.session(Database.OPERATIONS, scope) as session:
            agent = _use_code(session, code)
            name_caller(replace(scope, actor_kind=ActorKind.AGENT, actor_id=agent.id))
            return _enrolled(session, agent, request)

    def _refused(self, code: str, scope: Scope, why: str) -> Shown:
        """The PC that a code which has ended was for."""
        of = select(Agent.name).join(Enrolment, Enrolment.agent_id == Agent.id)
        with self.databases.session(Database.OPERATIONS, scope) as session:
            name = session.scalar(of.where(Enrolment.code_hash == _hash(code)))
        return Shown(why, name or "")

    def opened_by(self, organization: UUID, token: str) -> Opened | None:
        """Who shows a device token; None when it is not, or no longer, good.

        The identity database is not asked, which may be away; but for an organization that was made a moment ago.

        Raises:
            NotSignedIn: its organization is not active.
        """
        with self.databases.session(Database.OPERATIONS, Scope(organization)) as session:
            of = {"organization": organization, "token_hash": _hash(token)}
            found = session.execute(_AGENT_OF_TOKEN, of).one_or_none()
        if found is None:
            return None
        if not (is_active(self.databases, organization) if found.is_active is None else found.is_active):
            raise organization_inactive()
        return Opened(Scope(organization, ActorKind.AGENT, found.id, permissions=permissions_of_stations()))

    def _organization(self, code: str) -> UUID | None:
        found, _ = organization_id(self.databases.identity, code)
        return found

    def _count(self, code: str, address: str, request_id: str) -> None:
        """Count before anything is looked up, or the count would tell which organizations there are."""
        with self.databases.session(
            Database.IDENTITY, Scope(NOBODY, request_id=request_id, address=address)
        ) as session:
            tries, left = count_attempt(session, _counted(address), WINDOW)
        if tries > MOST_TRIES:
            self.refusals.tell_of_address(lambda: self._organization(_parts(code)[0]), address, request_id)
            seconds = math.ceil(max(1.0, left))
            raise TooMany(
                f"Too many tries; wait {seconds} seconds", headers={"Retry-After": str(seconds)}, seconds=seconds
            )

    def _forget(self, address: str) -> None:
        with self.databases.session(Database.IDENTITY, Scope(NOBODY)) as session:
            forget_attempts(session, _counted(address))
            forget_old_attempts(session, WINDOW)


def organization_code(databases: Databases, scope: Scope) -> str:
    """The code people know the organization by."""
    with databases.session(Database.IDENTITY, scope) as session:
        return session.scalars(select(Organization.code).where(Organization.id == scope.organization_id)).one()


def create_agent(session: TenantSession, name: str, organization: str) -> EnrolmentAnswer:
    """A new agent that waits for its PC, with the code to be typed there."""
    agent = Agent(name=name, state=AgentState.WAITING)
    session.add(agent)
    session.flush()
    tell_of_agent(session, "stations.agent.created", agent.id, version=agent.version)
    return new_code(session, agent, organization)


def new_code(session: TenantSession, agent: Agent, organization: str) -> EnrolmentAnswer:
    """Another code for the agent, for a new PC or to settle a conflict; earlier codes end, its token still serves."""
    now = datetime.now(UTC)
    session.execute(
        update(Enrolment).where(Enrolment.agent_id == agent.id, Enrolment.used_at.is_(None)).values(expires_at=now)
    )
    secret = "".join(secrets.choice(ALPHABET) for _ in range(_SECRET_LETTERS))
    expires_at = now + CODE_LIFE
    session.add(
        Enrolment(agent_id=agent.id, code_hash=_hash(secret), expires_at=expires_at, created_by=session.scope.user_id)
    )
    session.flush()
    return EnrolmentAnswer(agent_id=agent.id, code=f"{organization}-{secret[:4]}-{secret[4:]}", expires_at=expires_at)


def change(session: TenantSession, agent: Agent, wanted: AgentUpdate) -> None:
    """Give the agent another name or note; it learns its name with its next configuration.

    Raises:
        Invalid: the name is empty.
    """
    assign(agent, wanted.model_dump(exclude_unset=True))
    session.flush()
    session.refresh(agent)  # a name raises the version of its configuration
    tell_of_agent(session, "stations.agent.updated", agent.id, version=agent.version)


def revoke(session: TenantSession, agent: Agent) -> None:
    """End the agent's token and codes; what it sent stays."""
    if agent.state == AgentState.CONFLICT:
        _close_epochs(session, agent.id)
    agent.state, agent.token_hash = AgentState.REVOKED, None
    call_about_ending(session, agent)
    session.execute(
        update(Enrolment)
        .where(Enrolment.agent_id == agent.id, Enrolment.used_at.is_(None))
        .values(expires_at=datetime.now(UTC))
    )
    session.flush()
    tell_of_agent(session, "stations.agent.revoked", agent.id, version=agent.version)


def _use_code(session: TenantSession, code: str) -> Agent:
    found = session.execute(
        select(Enrolment, Agent)
        .join(Agent, (Agent.organization_id == Enrolment.organization_id) & (Agent.id == Enrolment.agent_id))
        .where(Enrolment.organization_id == session.organization_id, Enrolment.code_hash == _hash(code))
        .with_for_update()
    ).first()
    if found is None:
        raise _wrong()
    enrolment, agent = found
    if enrolment.used_at is not None:
        raise Clash("This code was used already; ask for a new one in the desktop", code="enrolment_code_used")
    now = datetime.now(UTC)
    if enrolment.expires_at <= now:
        raise Invalid("This code has expired; ask for a new one in the desktop", code="enrolment_code_expired")
    enrolment.used_at = now
    return agent


def _enrolled(session: TenantSession, agent: Agent, request: Enrol) -> Enrolled:
    token = f"device_{session.organization_id.hex}_{secrets.token_urlsafe(32)}"
    in_conflict, was_waiting = agent.state == AgentState.CONFLICT, agent.state == AgentState.WAITING
    if in_conflict:
        _close_epochs(session, agent.id)
    begins_anew = in_conflict or _is_closed(session, agent.id, request.epoch)
    replaced = agent.token_hash is not None
    agent.state, agent.token_hash = AgentState.ENROLLED, _hash(token)
    agent.hostname, agent.agent_version, agent.platform = request.hostname, request.version, request.platform
    session.flush()
    if not was_waiting and (begins_anew or request.epoch is None or request.epoch != _last_epoch(session, agent.id)):
        fence_agent(session, agent.id)
    tell_of_agent(session, "stations.agent.enrolled", agent.id, version=agent.version)
    if replaced:
        tell_of_agent(session, "stations.agent.replaced", agent.id, version=agent.version)
    return Enrolled(
        agent_id=agent.id,
        organization_id=session.organization_id,
        device_token=token,
        server_time=datetime.now(UTC),
        is_lost=request.acknowledged_through > 0 and not _knows(session, request.epoch),
        begins_anew=begins_anew,
    )


def _close_epochs(session: TenantSession, agent_id: UUID) -> None:
    """Two histories were sent in them, under the same numbers: whichever PC goes on begins an epoch of its own."""
    session.execute(update(AgentCursor).where(AgentCursor.agent_id == agent_id).values(checkpoints=[]))


def _is_closed(session: TenantSession, agent_id: UUID, epoch: UUID | None) -> bool:
    """Whether the epoch was closed, perhaps by an enrolment whose answer never arrived."""
    closed = select(AgentCursor.epoch).where(
        AgentCursor.agent_id == agent_id,
        AgentCursor.epoch == epoch,
        AgentCursor.acked_through > 0,
        AgentCursor.checkpoints == [],
    )
    return session.execute(closed).first() is not None


def _last_epoch(session: TenantSession, agent_id: UUID) -> UUID | None:
    """The buffer the agent sent last from. The same one again is the same memory, so nothing is to be fenced."""
    newest = select(AgentCursor.epoch).where(AgentCursor.agent_id == agent_id).order_by(AgentCursor.updated_at.desc())
    return session.scalars(newest.limit(1)).first()


def _knows(session: TenantSession, epoch: UUID | None) -> bool:
    """Whether anything was ever taken from this buffer, under whatever name."""
    return session.scalars(select(AgentCursor.epoch).where(AgentCursor.epoch == epoch).limit(1)).first() is not None


def _counted(address: str) -> str:
    return f"enrolment at {address}"


def _parts(code: str) -> tuple[str, str]:
    """Organization code and secret of a typed code; people leave out dashes or type spaces. Empty where it is none."""
    secret = ""
    try:
        rest = read_code(code).secret
    except ValueError:
        rest = ""
    while rest and len(secret) < _SECRET_LETTERS:
        rest, letter = rest[:-1], rest[-1]
        secret = secret if letter in "- " else letter + secret
    return rest.rstrip("- "), secret.upper()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _wrong() -> Invalid:
    return Invalid("This code is wrong; copy it again from the desktop", code="enrolment_code_wrong")

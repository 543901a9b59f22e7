"""Keys of programs: `key_<organization hex>_<random>`, of which only the SHA-256 is kept."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from unison_domain.identity.api_key_contracts import ApiKeyCreate
from unison_domain.kernel.contracts import FieldError

from unison_server.identity.access_changes import tell_access
from unison_server.identity.demanded_factors import lacks_demanded
from unison_server.identity.giving_rights import demand_known, demand_permissions, demand_rights_of
from unison_server.identity.only_real import demand_real
from unison_server.identity.opaque_tokens import hash_of, new_token
from unison_server.identity.queries import count_attempt, granted, has_access
from unison_server.identity.refusals import Shown
from unison_server.identity.tables import ApiKey, Organization, User
from unison_server.kernel.access import Opened, organization_inactive
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Invalid, NotAllowed, NotSignedIn, TooMany
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import ActorKind, Scope

KIND = "key"
_MINUTE = timedelta(minutes=1)


def create_api_key(session: TenantSession, wanted: ApiKeyCreate) -> tuple[ApiKey, str]:
    """A new key of the person who asks, and its secret.

    Raises:
        NotAllowed: a scope the person lacks, or no person asks. Invalid: no such scope, or a past end. Clash: this is
            a practice organization.
    """
    demand_real(session, "make API keys")
    owner = session.scope.user_id
    if owner is None:
        raise NotAllowed("Only a person makes API keys; sign in instead of using a key", code="person_needed")
    demand_known(wanted.scopes, "scopes")
    # A key does no more than its owner, and only where they may.
    demand_permissions(session, [one for one in wanted.scopes if not session.scope.holds(one)], "give that to a key")
    if wanted.expires_at is not None and wanted.expires_at <= datetime.now(UTC):
        message = f"{wanted.expires_at:%Y-%m-%d %H:%M} UTC is past"
        raise Invalid(
            f"expires_at {message}", errors=[FieldError(field="expires_at", code="past", message=message)], code="past"
        )
    secret = new_token(KIND, session.organization_id)
    given = wanted.model_dump(exclude={"scopes"})
    key = ApiKey(
        **given, scopes=sorted(set(wanted.scopes)), user_id=owner, token_hash=hash_of(secret), ending=secret[-4:]
    )
    session.add(key)
    session.flush()
    record(session, "identity.api_key.created", key.id)
    return key, secret


def revoke_api_key(session: TenantSession, key: ApiKey) -> None:
    """Let nobody in with the key any more; one that is revoked stays so.

    Raises:
        NotAllowed: it is of a person with rights the actor lacks.
    """
    scope = session.scope
    if scope.actor_id not in (key.user_id, key.id) and key.user_id not in scope.follows:
        demand_rights_of(session, key.user_id)
    session.refresh(key, with_for_update=True)
    if key.revoked_at is None:
        key.revoked_at = datetime.now(UTC)
        session.flush()
        record(session, "identity.api_key.revoked", key.id)
        tell_access(session, key.id)


def opened_by(databases: Databases, organization: UUID, token: str) -> Opened | None:
    """What a key allows now, until it or its owner's access ends: its scopes, as far and where its owner may do them.

    Raises:
        NotSignedIn: its organization is not active, or its owner lacks the second factor they must have. TooMany:
            it asked more often in this minute than it may.
    """
    with databases.session(Database.IDENTITY, Scope(organization)) as session:
        found = session.execute(
            select(ApiKey, User.rights_version, User.access_ends_at, Organization.is_active)
            .join(User, User.id == ApiKey.user_id)
            .join(Organization, Organization.id == ApiKey.organization_id)
            .where(
                ApiKey.token_hash == hash_of(token),
                is_valid(),
                has_access(),
                Organization.practice_of.is_(None),
            )
        ).one_or_none()
        if found is None:
            return None
        key, version, access_ends_at, is_active = found
        if not is_active:
            raise organization_inactive()
        asked, left = count_attempt(session, f"key {key.id}", _MINUTE)
        _note_use(session, key)
        rights = granted(session, key.user_id, version)
        if lacks_demanded(session, key.user_id, rights.permissions):
            words = "Whose key this is must set up a second factor; it lets nobody in before"
            raise NotSignedIn(words, code="key_owner_lacks_second_factor")
    if asked > key.requests_per_minute:
        seconds = math.ceil(max(1.0, left))
        raise TooMany(
            f"The key {key.name} may ask {key.requests_per_minute} times a minute; wait {seconds} seconds",
            headers={"Retry-After": str(seconds)},
            seconds=seconds,
        )
    scope = Scope(
        organization,
        ActorKind.KEY,
        key.id,
        plants=rights.plants,
        warehouses=rights.warehouses,
        permissions=rights.permissions.intersection(key.scopes),
        placed={place: held.intersection(key.scopes) for place, held in rights.placed.items()},
        follows=frozenset({key.user_id}),
        person_figures=rights.person_figures,
    )
    ends = (end.timestamp() for end in (key.expires_at, access_ends_at) if end)
    return Opened(scope, min(ends, default=math.inf))


def is_valid() -> ColumnElement[bool]:
    """Whether a key opens anything, as far as it says itself."""
    return ApiKey.revoked_at.is_(None) & or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now())


def refused(databases: Databases, token: str, scope: Scope, code: str) -> Shown:
    """What is known of a key that opened nothing."""
    with databases.session(Database.IDENTITY, scope) as session:
        key = session.scalar(select(ApiKey).where(ApiKey.token_hash == hash_of(token)))
    if key is None:
        return Shown("key_unknown")
    now = datetime.now(UTC)
    if key.revoked_at is not None:
        why = "key_revoked"
    elif key.expires_at is not None and key.expires_at <= now:
        why = "key_expired"
    else:  # its owner is out, or it has to wait, or its organization is not active
        why = "key_owner_inactive" if code == "token_invalid" else code
    return Shown(why, key.name, key.user_id)


def _note_use(session: TenantSession, key: ApiKey) -> None:
    now = datetime.now(UTC)
    if key.last_used_at is None or key.last_used_at < now - _MINUTE:
        session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now))

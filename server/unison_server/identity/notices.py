"""Which happenings people are told of, and who: rooms list theirs, each with the words it finds for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select
from unison_domain.identity.notification_contracts import NotificationKind
from unison_domain.identity.setting_contracts import TIME_ZONE

from unison_server.identity import certificate
from unison_server.identity.invitation_tables import Invitation, PasswordReset
from unison_server.identity.receivers import Receiver
from unison_server.identity.settings import setting_in
from unison_server.identity.tables import User


@dataclass(frozen=True, slots=True)
class Subject:
    """What a happening is about.

    Attributes:
        parameters: of the words of its kind. reference_type, reference_id: what is to be opened.
        kind: where what happened tells it more closely than its topic.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    reference_type: str | None = None
    reference_id: UUID | None = None
    kind: NotificationKind | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """Where words are looked up: both databases as the system role, so every look-up names the organization.

    Attributes:
        causation: what led to the happening, where that is known. actor: who did it, as the outbox names them.
    """

    identity: Connection
    operations: Connection
    causation: UUID | None = None
    actor: str | None = None


Describe = Callable[[Sources, UUID, UUID | None], Subject | None]
"""Organization and what it happened to → what to say; None where there is nothing to tell (any more)."""


def nothing_more(_sources: Sources, _organization_id: UUID, _entity: UUID | None) -> Subject:
    """The kind says it all."""
    return Subject()


@dataclass(frozen=True, slots=True)
class Notice:
    """One topic that people are told of.

    Attributes:
        needs: the right of those who can do something about it, and so are told, where they may change the plant it
            happened in; empty: the person it happened to is told.
        reads: that person alone is told, who still must hold this right where it happened.
    """

    topic: str
    kind: NotificationKind
    needs: str
    describe: Describe = nothing_more
    reads: str = ""

    def concerns(self, receiver: Receiver, entity: UUID | None, plant_id: UUID | None, actor: str | None) -> bool:
        """Whether the person is told. Who did it themselves knows, but for what happens to their own account."""
        if not self.needs:
            may = not self.reads or receiver.scope.may_hear(self.reads, plant_id, None)
            return receiver.id == entity and may
        return receiver.scope.may_act_in(plant_id, self.needs) and actor != receiver.scope.actor


def _always(_sources: Sources, _organization_id: UUID, _entity: UUID | None) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Settlement:
    """A topic after which nobody need do anything about what people were told of: who did not read it yet has.

    Attributes:
        kinds: of the notifications about the same entity that are settled, as far as they are of before.
        is_over: whether it is so, where the topic alone does not say it.
    """

    topic: str
    kinds: frozenset[NotificationKind]
    is_over: Callable[[Sources, UUID, UUID | None], bool] = _always


def _invited(sources: Sources, organization_id: UUID, entity: UUID | None) -> Subject | None:
    statement = (
        select(User.full_name, Invitation.email)
        .join(User, (User.organization_id == Invitation.organization_id) & (User.id == Invitation.user_id))
        .where(Invitation.organization_id == organization_id, Invitation.id == entity)
    )
    found = sources.identity.execute(statement).one_or_none()
    return Subject({"name": found.full_name, "email": found.email}) if found else None


def _asked(sources: Sources, organization_id: UUID, entity: UUID | None) -> Subject | None:
    """Of a link that waits to be handed over; nothing is told of one that mail carries, or that is nobody's."""
    statement = (
        select(User.full_name, PasswordReset.expires_at)
        .join(User, (User.organization_id == PasswordReset.organization_id) & (User.id == PasswordReset.user_id))
        .where(PasswordReset.organization_id == organization_id, PasswordReset.id == entity)
        .where(PasswordReset.sealed.is_not(None), PasswordReset.expires_at > func.now())
    )
    found = sources.identity.execute(statement).one_or_none()
    if found is None:
        return None
    clock = ZoneInfo(setting_in(sources.identity, organization_id, TIME_ZONE))
    until = f"{found.expires_at.astimezone(clock):%Y-%m-%d %H:%M} ({clock.key})"
    return Subject({"name": found.full_name, "until": until})


IDENTITY_NOTICES = (
    Notice(certificate.TOPIC, NotificationKind.CERTIFICATE_DUE, "server.certificate.read"),
    Notice(
        "identity.invitation.accepted", NotificationKind.INVITATION_ACCEPTED, "identity.invitation.create", _invited
    ),
    Notice("identity.password_reset.asked", NotificationKind.PASSWORD_ASKED, "identity.user.update", _asked),
    Notice("identity.user.second_factor_removed", NotificationKind.SECOND_FACTOR_REMOVED, ""),
)

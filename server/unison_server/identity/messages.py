"""Messages to people: rows that are written with what they are about, and sent by a job.

The row is written in the transaction that makes the invitation or the reset; the relay defers the job that sends it,
exactly once; the job claims the row, talks to the mail server outside of any transaction, and notes what came of it.
Killed in between it runs again, when the claim has lapsed, with the same Message-ID.

A message links to a token that lets somebody in. Of tokens only the hash is kept with what they open, but to send one
it must be known: it is kept encrypted (`settings.encryption_key`, which no backup of the databases has) while its
message waits, and a constraint says that no other message holds one. The text is made when it is sent and not kept.
A notification links to nothing; the notifier writes it, and it is sent from there on as any other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID
from zoneinfo import ZoneInfo

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import Connection, delete, func, or_, select, update
from unison_domain.identity.languages import Written
from unison_domain.identity.message_contracts import MessageKind, MessageState

from unison_server.certificates.tls import TlsFiles
from unison_server.identity.invitation_tables import PasswordReset
from unison_server.identity.letters import write_letter
from unison_server.identity.message_tables import Message
from unison_server.identity.opaque_tokens import hash_of
from unison_server.identity.tables import User
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.jobs import Errand
from unison_server.kernel.mail import MailServer, NotSentError
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings

MOST_ATTEMPTS = 10
"""The job waits 3, 9, 27 … seconds between them: about eight hours in all."""
CLAIMED_FOR = timedelta(minutes=2)
"""Longer than a mail server may take."""
KEPT_FOR = timedelta(days=90)
"""Counted from when what a message links to is over."""
LANGUAGE = "language"
_CLOCK = "clock"
"""The parameter that says what a message is written in; one of before it could be said is in English."""
OTHER_MAIL = "The e-mail of whom it is for was changed before it was sent: its link opens nothing, make another"
_OF_PASSWORDS = (MessageKind.PASSWORD_RESET, MessageKind.FIRST_PASSWORD)
_PAGES = {
    MessageKind.INVITATION: "accept-invitation",
    MessageKind.PASSWORD_RESET: "reset-password",
    MessageKind.FIRST_PASSWORD: "reset-password",
}


class InHandError(Exception):
    """Another job sends the message at this moment, or was killed while it did."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    letter: EmailMessage
    recipient: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Post:
    """Keeps and sends messages.

    Attributes:
        links: address that links begin with. server: where messages are handed over; None: they are only kept.
    """

    encryption: MultiFernet
    links: str
    server: MailServer | None

    @classmethod
    def of(cls, settings: Settings) -> Post:
        """As these settings say."""
        scheme = "https" if TlsFiles.of(settings) else "http"
        links = settings.public_address or f"{scheme}://{settings.host}:{settings.port}"
        return cls(settings.encryption(), links, MailServer.of(settings))

    def errand(self) -> Errand:
        """The job that sends a message."""
        return Errand("identity.message.send", self.deliver, attempts=MOST_ATTEMPTS + 4)

    def link(self, kind: MessageKind, token: str) -> str:
        """What somebody opens. The token stands behind the `#`: browsers send it to no server, and none logs it."""
        return f"{self.links}/{_PAGES[kind]}#{token}"

    def write(
        self,
        session: TenantSession,
        kind: MessageKind,
        recipient: str | None,
        token: str,
        expires_at: datetime,
        parameters: Mapping[str, str],
        language: Written = Written.ENGLISH,
        clock: str = "UTC",
    ) -> Message:
        """A message, sent when this transaction commits; without recipient, or mail server, it is only kept.

        `clock` is the name of the time zone by which it tells its end.
        """
        kept = MessageState.KEPT if recipient else MessageState.NOBODY
        secret = self.encryption.encrypt(token.encode()).decode()  # also for nobody, as it takes time
        is_sent = recipient is not None and self.server is not None
        message = Message(
            kind=kind,
            recipient=recipient,
            parameters={**parameters, LANGUAGE: language, _CLOCK: clock},
            secret=secret if is_sent else None,
            state=MessageState.WAITING if is_sent else kept,
            expires_at=expires_at,
        )
        session.add(message)
        session.flush()
        record(session, "identity.message.written", message.id)
        return message

    def deliver(self, databases: Databases, scope: Scope, message_id: UUID) -> None:
        """Send the message if it still waits.

        Raises:
            NotSentError: not this time. InHandError: somebody else does.
        """
        with databases.session(Database.IDENTITY, scope) as session:
            claimed = self._claim(session, message_id)
        if claimed is None or self.server is None:
            return
        failure = None
        try:
            self.server.send(claimed.letter, claimed.recipient)
        except NotSentError as error:
            failure = error
        with databases.session(Database.IDENTITY, scope) as session:
            is_over = _note(session, message_id, claimed.attempt, failure)
        if failure and not is_over:
            raise failure

    def _claim(self, session: TenantSession, message_id: UUID) -> _Claimed | None:
        message = _locked(session, message_id)
        if message is None:
            return None
        now = session.scalars(select(func.clock_timestamp())).one()
        if self.server is None or message.expires_at <= now:
            _end(session, message, MessageState.EXPIRED if self.server else MessageState.KEPT)
            return None
        if message.claimed_until is not None and message.claimed_until > now:
            raise InHandError(f"Message {message_id} is being sent until {message.claimed_until:%H:%M:%S} UTC")
        try:
            letter = self._letter(message, self.server.sender)
            if self._opens_nothing(session, message):
                return None
        except InvalidToken:
            _end(session, message, MessageState.FAILED, "The encryption key can't read its link; ask for a new one")
            return None
        except ValueError as error:  # of an address that mail has no way to write
            _end(session, message, MessageState.FAILED, str(error))
            return None
        message.attempts += 1
        message.claimed_until = now + CLAIMED_FOR
        return _Claimed(letter, str(message.recipient), message.attempts)

    def _opens_nothing(self, session: TenantSession, message: Message) -> bool:
        """End the message if its link was ended, or is of somebody who has another e-mail by now, and say whether."""
        if message.kind not in _OF_PASSWORDS:
            return False
        token = self.encryption.decrypt(str(message.secret).encode()).decode()
        whose = select(User.email, PasswordReset.expires_at > func.now()).join(User, User.id == PasswordReset.user_id)
        reset = session.execute(whose.where(PasswordReset.token_hash == hash_of(token))).one_or_none()
        if reset is not None and tuple(reset) == (message.recipient, True):
            return False
        is_moved = reset is not None and reset.email != message.recipient
        _end(session, message, MessageState.EXPIRED, OTHER_MAIL if is_moved else None)
        return True

    def _letter(self, message: Message, sender: str) -> EmailMessage:
        kind = MessageKind(message.kind)
        clock = ZoneInfo(message.parameters.get(_CLOCK, "UTC"))
        expires = f"{message.expires_at.astimezone(clock):%Y-%m-%d %H:%M} ({clock.key})"
        parameters = {**message.parameters, "expires": expires}
        if kind in _PAGES:
            token = self.encryption.decrypt(str(message.secret).encode()).decode()
            parameters["link"] = self.link(kind, token)
        return write_letter(
            kind,
            parameters,
            Written(parameters.get(LANGUAGE, Written.ENGLISH)),
            sender=sender,
            recipient=str(message.recipient),
            key=str(message.id),
            written_at=message.created_at,
        )


@dataclass(frozen=True, slots=True)
class Postman:
    """The relay's consumer that defers the job of each message that waits."""

    errand: Errand

    def changed(
        self, identity: Connection, operations: Connection, organization_id: UUID, ids: Collection[UUID]
    ) -> None:
        """Send those that are messages that wait."""
        theirs = (Message.organization_id == organization_id, Message.id.in_(ids))
        waiting = select(Message.id).where(*theirs, Message.state == MessageState.WAITING).order_by(Message.id)
        for id_ in identity.scalars(waiting).all():
            self.errand.defer(operations, organization_id, id_)

    def start_over(self, identity: Connection, operations: Connection) -> None:
        """Send all that wait; one that has a job already is sent by whichever comes first."""
        waiting = select(Message.organization_id, Message.id).where(Message.state == MessageState.WAITING)
        for organization_id, id_ in identity.execute(waiting).all():
            self.errand.defer(operations, organization_id, id_)


def let_messages_go(_settings: Settings, system: Databases, now: datetime) -> None:
    """End messages whose links are over, with their tokens, and forget those of long ago."""
    with system.identity.begin() as connection:
        unclaimed = or_(Message.claimed_until.is_(None), Message.claimed_until < now)
        over = (Message.state == MessageState.WAITING, Message.expires_at <= now, unclaimed)
        connection.execute(update(Message).where(*over).values(state=MessageState.EXPIRED, secret=None))
        connection.execute(delete(Message).where(Message.expires_at < now - KEPT_FOR))


def withdraw(session: TenantSession, message_id: UUID | None, why: str | None = None) -> None:
    """Don't send it if it still waits: its link opens nothing any more."""
    message = _locked(session, message_id) if message_id else None
    if message is not None:
        _end(session, message, MessageState.EXPIRED, why)


def withdraw_from(session: TenantSession, *former_emails: str) -> None:
    """Send no link to a password there any more: who it is for has another e-mail now."""
    waiting = (Message.state == MessageState.WAITING, Message.kind.in_(_OF_PASSWORDS))
    for message_id in session.scalars(select(Message.id).where(Message.recipient.in_(former_emails), *waiting)).all():
        withdraw(session, message_id, OTHER_MAIL)


def _locked(session: TenantSession, message_id: UUID) -> Message | None:
    """The message, if it waits; nobody else changes it until this transaction ends."""
    mine = select(Message).where(Message.id == message_id).with_for_update()
    message = session.scalar(mine)
    return message if message is not None and message.state == MessageState.WAITING else None


def _note(session: TenantSession, message_id: UUID, attempt: int, failure: NotSentError | None) -> bool:
    """Write down what came of an attempt; gives whether there is to be no other."""
    message = _locked(session, message_id)
    if message is None:
        return True
    if failure is None:
        message.sent_at = session.scalars(select(func.clock_timestamp())).one()
        _end(session, message, MessageState.SENT)
        return True
    if message.attempts != attempt:  # somebody else tries it by now
        return True
    if failure.is_final or attempt >= MOST_ATTEMPTS:
        _end(session, message, MessageState.FAILED, str(failure))
        return True
    message.error, message.claimed_until = str(failure), None
    return False


def _end(session: TenantSession, message: Message, state: MessageState, error: str | None = None) -> None:
    message.state, message.secret, message.claimed_until = state, None, None
    if error or state is MessageState.SENT:
        message.error = error
    session.flush()
    record(session, f"identity.message.{state}", message.id)

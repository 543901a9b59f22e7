"""Forgotten passwords: a link by mail, good once and for some time, to choose a new one.

Nobody learns who exists. The answer is the same for everybody, and so is the work: for a name that nobody has, or of
somebody without access, or who was sent enough, the same rows are written, to nobody; the mail itself is sent later by
a job. Only whether an organization exists shows in the time it takes. A second factor is asked for afterwards.

Where no mail goes, or the organization wants none, the link is kept encrypted until an administrator takes it, once, to
hand it over.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from cryptography.fernet import InvalidToken
from sqlalchemy import ColumnElement, delete, func, select, update
from unison_domain.identity.message_contracts import MessageKind, MessageState
from unison_domain.identity.password_reset_contracts import (
    ForgotPassword,
    PasswordAsked,
    PasswordResetMade,
    PasswordResetShown,
    ResetPassword,
)
from unison_domain.identity.person_names import folded
from unison_domain.identity.setting_contracts import PASSWORD_LENGTH, PASSWORD_RESET_BY_MAIL, PASSWORD_RESET_MINUTES
from unison_domain.identity.sign_in_contracts import SignInOutcome

from unison_server.identity import attempts, queries
from unison_server.identity.attempts import LONGEST_WINDOW, WINDOW
from unison_server.identity.giving_rights import demand_no_more
from unison_server.identity.invitation_tables import PasswordReset
from unison_server.identity.languages import clock_of, language_of
from unison_server.identity.message_tables import Message
from unison_server.identity.messages import KEPT_FOR, Post
from unison_server.identity.oneself import oneself
from unison_server.identity.only_real import demand_real
from unison_server.identity.opaque_tokens import hash_of, new_token, organization_of
from unison_server.identity.own_sign_in import demand_proven
from unison_server.identity.password_rules import demand_good
from unison_server.identity.passwords import Passwords
from unison_server.identity.queries import has_access
from unison_server.identity.refusals import Refusals, Shown
from unison_server.identity.settings import setting_of
from unison_server.identity.sign_in import (
    acting,
    is_let_in,
    organization_named,
)
from unison_server.identity.tables import LoginHistory, Organization, User
from unison_server.identity.usecases import change_password, demand_active
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.errors import Clash, NotFound, TooMany
from unison_server.kernel.logs import name_caller
from unison_server.kernel.outbox import record
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings

KIND = "reset"
REFUSED = frozenset({"reset_unknown", "reset_used", "reset_expired", "inactive", "organization_inactive"})
"""Why the link itself opens nothing."""
MOST_PER_ADDRESS = 10
"""Links asked for with one name from one address in a window."""
MOST_PER_NAME = 5
"""Links asked for with one name in an hour by strangers; who asks for more is told to wait."""
MOST_PER_PERSON = 5
"""Links of one person in an hour, by whatever names they are asked for, from places they signed in at, and from all
others: nobody's mailbox is flooded. Beyond that none is made, and nobody is told: it would tell which names are one's.
"""


@dataclass(frozen=True, slots=True)
class PasswordResets:
    """Makes links and takes them."""

    databases: Databases
    passwords: Passwords
    post: Post
    refusals: Refusals

    def ask(self, wanted: ForgotPassword, address: str, request_id: str) -> None:
        """Send a link to who signs in with the name, if there is somebody.

        Raises:
            Invalid: it must be said which organization. TooMany: try later.
        """
        named = partial(organization_named, self.databases, wanted.organization)
        self.refusals.count_address(named, address, request_id)
        organization = named()
        if organization is None:
            return
        scope = Scope(organization, request_id=request_id, address=address)
        name_caller(scope)
        with self.databases.session(Database.IDENTITY, scope) as session:
            user = queries.user_by_name(session, wanted.user)
            is_by_mail = setting_of(session, PASSWORD_RESET_BY_MAIL)
            known = queries.is_known_address(session, address)
        # By the name alone: who counted by the person would tell which names are one's, and that there is one.
        name = folded(wanted.user)
        limits = [(f"reset {name} {attempts.at(address)}", MOST_PER_ADDRESS, WINDOW)]
        if not known:  # strangers keep nobody from it who asks where people sign in
            limits.append((f"reset account {name}", MOST_PER_NAME, LONGEST_WINDOW))
        try:
            attempts.count(self.databases, scope, limits)
        except TooMany:
            with self.databases.session(Database.IDENTITY, scope) as session:
                session.add(_history(session, wanted.user, SignInOutcome.TOO_MANY, user))
            raise
        with self.databases.session(Database.IDENTITY, scope) as session:
            whose = f"{user.id if user else name} {'at home' if known else 'elsewhere'}"
            links, _ = queries.count_attempt(session, f"links of {whose}", LONGEST_WINDOW)
            whose_link = user if links <= MOST_PER_PERSON else None
            _, _, reset = self._make(session, wanted.user, whose_link, is_kept=True, is_by_mail=is_by_mail)
            outcome = SignInOutcome.RESET_ASKED if links <= MOST_PER_PERSON else SignInOutcome.TOO_MANY
            session.add(_history(session, wanted.user, outcome, user))
            record(session, "identity.password_reset.asked", reset.id)

    def waiting(self, session: TenantSession) -> list[PasswordAsked]:
        """Who asked for a link that waits to be handed over, the newest first; of each person one."""
        found = session.execute(
            select(PasswordReset, User.full_name)
            .join(User, User.id == PasswordReset.user_id)
            .where(*_handed_over_next(), has_access())
            .order_by(PasswordReset.created_at.desc(), PasswordReset.id.desc())
        )
        newest = {reset.user_id: (reset, name) for reset, name in reversed(found.all())}
        columns = ("id", "user_id", "address", "created_at", "expires_at")
        return [
            PasswordAsked(**{column: getattr(reset, column) for column in columns}, user_name=name)
            for reset, name in sorted(newest.values(), key=lambda one: one[0].created_at, reverse=True)
        ]

    def hand_over(self, session: TenantSession, user: User) -> PasswordResetMade:
        """The link that the person asked for, told this once; of several the newest.

        Raises:
            NotAllowed: a person with rights the actor lacks, or no person asks. NotFound: none waits.
        """
        demand_proven(session, user.id)
        demand_no_more(session, user.id, "hand over a link to a new password")
        by = oneself(session, "hands over a link to a new password")
        theirs = (PasswordReset.user_id == user.id, *_handed_over_next())
        newest = select(PasswordReset).where(*theirs).order_by(PasswordReset.created_at.desc()).limit(1)
        reset = session.scalar(newest.with_for_update())
        if reset is None or reset.sealed is None or not is_let_in(user):
            words = f"No link that {user.full_name} asked for waits here: it was handed over, or is over; make one"
            raise NotFound(words, code="nothing_asked", thing="link")
        try:
            token = self.post.encryption.decrypt(reset.sealed.encode()).decode()
        except InvalidToken:
            words = "The encryption key of the server was changed, and can't read this link; make another"
            raise Clash(words, code="link_unreadable") from None
        reset.sealed, reset.handed_over_at, reset.handed_over_by = None, datetime.now(UTC), by
        record(session, "identity.password_reset.handed_over", reset.id)
        return PasswordResetMade(link=self.post.link(MessageKind.PASSWORD_RESET, token), expires_at=reset.expires_at)

    def make_for(self, session: TenantSession, user: User, good_for: timedelta | None = None) -> PasswordResetMade:
        """A link for somebody who can't ask for one, or gets no mail.

        Args:
            good_for: as long as the organization's links are good, where nothing is said.

        Raises:
            NotAllowed: a person with rights the actor lacks. Clash: the person is not let in, or only practises.
        """
        demand_real(session, "be given a password")
        demand_proven(session, user.id)
        demand_no_more(session, user.id, "make a link to a new password")
        if not is_let_in(user):
            words = f"{user.full_name} is not active, or their access has ended: let them in first"
            raise Clash(words, code="inactive")
        message, token, reset = self._make(session, user.username, user, good_for)
        session.add(_history(session, user.username, SignInOutcome.RESET_ASKED, user))
        is_sent = message.state == MessageState.WAITING
        link = None if is_sent else self.post.link(MessageKind.PASSWORD_RESET, token)
        sent_to = message.recipient if is_sent else None
        return PasswordResetMade(link=link, sent_to=sent_to, expires_at=reset.expires_at)

    def look_up(self, token: str, address: str, request_id: str) -> PasswordResetShown:
        """What a link is for.

        Raises:
            NotFound: no such link. Clash: it was used, has expired, or the person is not let in. TooMany: try later.
        """
        scope = self._scope(token, address, request_id)
        with self._telling(scope, token), self.databases.session(Database.IDENTITY, scope) as session:
            reset, user = _open(session, token)
            organization = _organization(session)
            return PasswordResetShown(
                organization_code=organization.code,
                organization_name=organization.name,
                username=user.username,
                is_first=user.hashed_password is None,
                expires_at=reset.expires_at,
                password_length=setting_of(session, PASSWORD_LENGTH),
            )

    def use(self, given: ResetPassword, address: str, request_id: str) -> None:
        """Set the new password; of two at once one does. The person's sessions end, and their other links.

        Raises:
            NotFound: no such link. Clash: it was used, has expired, or the person is not let in. Invalid: a password
            that is guessed first. TooMany: try later.
        """
        scope = self._scope(given.token, address, request_id)
        with self._telling(scope, given.token):
            self._use(scope, given)

    def _use(self, scope: Scope, given: ResetPassword) -> None:
        with self.databases.session(Database.IDENTITY, scope) as session:
            _, user = _open(session, given.token)
            demand_good(session, self.passwords, given.password, user)
        # No connection is held while it is hashed, and strangers without a link have nothing hashed.
        hashed = self.passwords.hash(given.password.get_secret_value())
        scope = acting(scope, user.id)
        name_caller(scope)
        with self.databases.session(Database.IDENTITY, scope) as session:
            reset, user = _open(session, given.token, is_locked=True)
            reset.sealed, reset.used_at = None, datetime.now(UTC)
            change_password(session, user, hashed)
            session.add(_history(session, user.username, SignInOutcome.PASSWORD_RESET, user))

    def _scope(self, token: str, address: str, request_id: str) -> Scope:
        organization = organization_of(KIND, token)
        self.refusals.count_address(lambda: organization, address, request_id)
        if organization is None:
            self.refusals.tell_nobody(SignInOutcome.LINK_REFUSED, address)
            raise _unknown()
        return Scope(organization, request_id=request_id, address=address)

    def _telling(self, scope: Scope, token: str) -> AbstractContextManager[None]:
        return self.refusals.telling(scope, SignInOutcome.LINK_REFUSED, REFUSED, partial(self._refused, token))

    def _refused(self, token: str, scope: Scope, why: str) -> Shown:
        of = select(User).join(PasswordReset, PasswordReset.user_id == User.id)
        with self.databases.session(Database.IDENTITY, scope) as session:
            user = session.scalar(of.where(PasswordReset.token_hash == hash_of(token)))
        return Shown(why, user.username, user.id) if user else Shown(why)

    def _make(
        self,
        session: TenantSession,
        name: str,
        user: User | None,
        good_for: timedelta | None = None,
        *,
        is_kept: bool = False,
        is_by_mail: bool = True,
    ) -> tuple[Message, str, PasswordReset]:
        """A link, its message and its token, to nobody where the name is nobody's who is let in.

        Args:
            is_kept: seal it for who hands it over, where no mail carries it.
            is_by_mail: mail may carry it, where the person has some.
        """
        usual = timedelta(minutes=setting_of(session, PASSWORD_RESET_MINUTES))
        token, end = new_token(KIND, session.organization_id), datetime.now(UTC) + (good_for or usual)
        is_somebody = user is not None and is_let_in(user)
        organization = _organization(session)
        parameters = {"organization": organization.name, "code": organization.code}
        parameters["username"] = user.username if user else name
        has_mail = is_by_mail and user is not None and user.email is not None
        is_carried = self.post.server is not None and has_mail
        sealed = self.post.encryption.encrypt(token.encode()).decode()  # also for nobody, as it takes time
        reset = PasswordReset(
            user_id=user.id if user and is_somebody else None,
            sealed=sealed if is_somebody and is_kept and not is_carried else None,
            token_hash=hash_of(token),
            address=session.scope.address,
            expires_at=end,
        )
        session.add(reset)
        recipient = user.email if user and is_somebody and has_mail else None
        person = user.id if user else None
        manner = language_of(session, person), clock_of(session, person)
        is_first = user is not None and user.hashed_password is None
        kind = MessageKind.FIRST_PASSWORD if is_first else MessageKind.PASSWORD_RESET
        message = self.post.write(session, kind, recipient, token, end, parameters, *manner)
        return message, token, reset


def forget_resets(_settings: Settings, system: Databases, now: datetime) -> None:
    """Forget links of long ago, and what opens nothing any more."""
    with system.identity.begin() as connection:
        over = update(PasswordReset).where(PasswordReset.expires_at <= now, PasswordReset.sealed.is_not(None))
        connection.execute(over.values(sealed=None))
        connection.execute(delete(PasswordReset).where(PasswordReset.expires_at < now - KEPT_FOR))


def _handed_over_next() -> tuple[ColumnElement[bool], ...]:
    """What a link fulfils that waits to be handed over."""
    return PasswordReset.sealed.is_not(None), PasswordReset.expires_at > func.now()


def _open(session: TenantSession, token: str, *, is_locked: bool = False) -> tuple[PasswordReset, User]:
    """The link, and whose it is, if it opens something. Raises NotFound and Clash."""
    statement = select(PasswordReset).where(PasswordReset.token_hash == hash_of(token))
    reset = session.scalar(statement.with_for_update() if is_locked else statement)
    if reset is None or reset.user_id is None:
        raise _unknown()
    if reset.used_at is not None:
        raise Clash("A password was chosen by this link already; sign in, or ask for another link", code="reset_used")
    if reset.expires_at <= datetime.now(UTC):
        message = f"This link was good until {reset.expires_at:%Y-%m-%d %H:%M} UTC; ask for another"
        raise Clash(message, code="reset_expired")
    theirs = select(User).where(User.id == reset.user_id)
    user = session.scalars(theirs.with_for_update() if is_locked else theirs).one()
    if not is_let_in(user):
        raise Clash("This account is not active, or has ended; ask an administrator", code="inactive")
    demand_active(_organization(session))
    return reset, user


def _organization(session: TenantSession) -> Organization:
    return session.scalars(select(Organization).where(Organization.id == session.organization_id)).one()


def _history(session: TenantSession, name: str, outcome: SignInOutcome, user: User | None) -> LoginHistory:
    user_id = user.id if user else None
    return LoginHistory(name=name, outcome=outcome, user_id=user_id, address=session.scope.address)


def _unknown() -> NotFound:
    return NotFound("This link opens nothing; ask for another", code="reset_unknown")

"""What crosses the network about organizations: companies on one server, kept apart."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from unison_domain.identity.person_names import PersonName, SignInCode, SignInEmail
from unison_domain.kernel.contracts import Answer, Code, Email, Instant, Name, Request, Text


class OrganizationReplace(Request):
    """PUT: every field is set. The code is what people type when they sign in; the former one lets nobody in."""

    code: Code
    name: Name
    industry: Name | None = None
    address: Text | None = None
    contact_email: Email | None = None
    contact_phone: Name | None = None


class AdministratorCreate(Request):
    """Somebody who is to administrate an organization; they choose their password by a link.

    Of one who never chose a password, full name and e-mail are set to these, and the links of before open nothing.
    """

    username: SignInCode
    full_name: PersonName
    email: SignInEmail | None = None
    """Where the link is sent; without it, or without a mail server, it is told once to who asked."""


class OrganizationCreate(OrganizationReplace):
    """A new organization with its first administrator."""

    administrator: AdministratorCreate


class OrganizationAnswer(Answer):
    """A company.

    Attributes:
        practice_of: the organization whose practice organization it is.
    """

    id: UUID
    version: int = 1
    code: str
    name: str
    industry: str | None
    address: str | None
    contact_email: str | None
    contact_phone: str | None
    is_active: bool
    practice_of: UUID | None = None
    created_at: Instant
    updated_at: Instant


class AdministratorMade(Answer):
    """An administrator who has yet to choose a password.

    Attributes:
        link: opens the page to choose it, good once and until `expires_at`; told only here. None where it was mailed.
        sent_to: the address it was mailed to.
    """

    user_id: UUID
    username: str
    link: str | None = Field(repr=False)
    sent_to: str | None = None
    expires_at: Instant


class PracticeSignIn(Request):
    """Go to the practice organization, as the person one is."""

    client: Name | None = None
    """What the person sees in their list of sessions there, e.g. `Desktop on PC-17`."""


class OrganizationMade(OrganizationAnswer):
    """A new organization and its first administrator."""

    administrator: AdministratorMade

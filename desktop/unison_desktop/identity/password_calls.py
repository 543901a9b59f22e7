"""Calls of forgotten passwords, and of links to new ones."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject
from unison_domain.identity.password_reset_contracts import (
    ForgotPassword,
    ForgotPasswordAnswer,
    PasswordAsked,
    PasswordResetMade,
)

from unison_desktop.kernel.client import ApiClient, Call


def forgot_password(client: ApiClient, body: ForgotPassword, *, owner: QObject) -> Call:
    """Ask for a link to a new password of one's own; the answer is the same whoever asks."""
    return client.post("/auth/forgot-password", body, read=ForgotPasswordAnswer, owner=owner, signed=False)


def make_password_link(client: ApiClient, id_: UUID, *, owner: QObject) -> Call:
    """A link by which a person chooses another password; `done` brings `PasswordResetMade`."""
    return client.post(f"/users/{id_}/password-reset", None, read=PasswordResetMade, owner=owner)


def asked_passwords(client: ApiClient, *, owner: QObject) -> Call:
    """Who asked for a new password, and where no mail goes; `done` brings a list of `PasswordAsked`."""
    return client.get_list("/password-resets", item=PasswordAsked, owner=owner)


def take_asked_link(client: ApiClient, id_: UUID, *, owner: QObject) -> Call:
    """The link that a person asked for, told once; `done` brings `PasswordResetMade`."""
    return client.post(f"/users/{id_}/password-reset/hand-over", None, read=PasswordResetMade, owner=owner)

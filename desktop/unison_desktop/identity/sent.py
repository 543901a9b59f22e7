"""What this program sends about people: with secrets written out, which pydantic hides, also from the server."""

from __future__ import annotations

from pydantic import SecretStr, field_serializer
from unison_domain.identity.badge_contracts import BadgeCreate, BadgeEnd, BadgeFind, OwnPinSet, PinSet
from unison_domain.identity.contracts import NewPassword, OwnPasswordChange, Password, UserCreate, UserUpdate
from unison_domain.identity.mfa_contracts import PasswordAgain, SecondFactorRemove
from unison_domain.kernel.contracts import Name


class NewPerson(UserCreate):
    """A person who may begin without a password."""

    @field_serializer("password")
    def _reveal(self, password: SecretStr | None) -> str | None:
        return None if password is None else password.get_secret_value()


class PersonChange(UserUpdate):
    """What is known about a person; nobody is without a name."""

    full_name: Name


class PasswordChange(UserUpdate):
    """Another password."""

    password: NewPassword

    @field_serializer("password")
    def _reveal(self, password: SecretStr) -> str:
        return password.get_secret_value()


class OwnPasswordGiven(OwnPasswordChange):
    """One's own new password, and the present one."""

    @field_serializer("password", "new_password")
    def _reveal(self, secret: SecretStr) -> str:
        return secret.get_secret_value()


class PasswordProof(PasswordAgain):
    """One's own password again."""

    @field_serializer("password")
    def _reveal(self, password: SecretStr) -> str:
        return password.get_secret_value()


class SecondFactorProof(SecondFactorRemove):
    """One's own password again, and a code."""

    @field_serializer("password", "second_factor")
    def _reveal(self, secret: SecretStr) -> str:
        return secret.get_secret_value()


class BadgeGiven(BadgeCreate):
    """A badge, as it was read."""

    @field_serializer("text", "own_password")
    def _reveal(self, secret: SecretStr | None) -> str | None:
        return None if secret is None else secret.get_secret_value()


class OwnBadgeEnd(BadgeEnd):
    """The end of a badge of one's own, and one's own password."""

    own_password: Password

    @field_serializer("own_password")
    def _reveal(self, password: SecretStr) -> str:
        return password.get_secret_value()


class BadgeAtHand(BadgeFind):
    """A badge that is looked up, as it was read."""

    @field_serializer("text")
    def _reveal(self, text: SecretStr) -> str:
        return text.get_secret_value()


class PinGiven(PinSet):
    """Somebody's PIN."""

    @field_serializer("pin")
    def _reveal(self, pin: SecretStr) -> str:
        return pin.get_secret_value()


class OwnPinGiven(OwnPinSet):
    """One's own PIN, and one's own password again."""

    @field_serializer("password", "pin")
    def _reveal(self, secret: SecretStr) -> str:
        return secret.get_secret_value()

"""Settings: what an organization, or the whole server, may set, and what crosses the network about it.

A value is the organization's, else the server's, else the default here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, StrictStr, TypeAdapter, ValidationError

from unison_domain.identity.overrides import OverrideKind
from unison_domain.kernel.contracts import Answer, Instant, OpenEnum, Request, TimeZone

T = TypeVar("T", int, bool, str)
SettingValue = bool | int | str
_LONGEST_WORD = 50


def _as_kept(value: object) -> object:
    # JSON knows one kind of number: 12.0 is 12.
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if not isinstance(whole, int | str):
        raise ValueError("must be a whole number, true or false, or one of the choices")
    if isinstance(whole, str) and (len(whole) > _LONGEST_WORD or "\0" in whole):
        raise ValueError(f"a choice has at most {_LONGEST_WORD} characters, and no NUL among them")
    return whole


class SettingUnit(OpenEnum):
    """What a whole number counts."""

    CHARACTERS = "characters"
    TRIES = "tries"
    MINUTES = "minutes"
    DAYS = "days"
    UNKNOWN = "unknown"


class SettingSource(OpenEnum):
    """Who said the value that holds."""

    ORGANIZATION = "organization"
    SERVER = "server"
    DEFAULT = "default"
    UNKNOWN = "unknown"


class SettingKind(StrEnum):
    """What kind of value a setting has."""

    WHOLE_NUMBER = "whole_number"
    YES_OR_NO = "yes_or_no"
    CHOICE = "choice"
    TIME_ZONE = "time_zone"
    """The name of one in the IANA list."""


class SecondFactorOf(StrEnum):
    """Of whom an organization demands a second factor."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    """Who may manage people, roles, settings or keys."""
    EVERYBODY = "everybody"


_TIME_ZONE: TypeAdapter[str] = TypeAdapter(TimeZone)


def _is_time_zone(value: SettingValue) -> bool:
    try:
        _TIME_ZONE.validate_python(value)
    except ValidationError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One setting.

    Attributes:
        least, most, unit: of a whole number; else they are None. choices: of a word, each it can be.
        is_time_zone: the word names one.
        is_of_server: read before it is known which organization somebody means, so only the server sets it.
    """

    key: str
    default: T
    least: int | None = None
    most: int | None = None
    unit: SettingUnit | None = None
    choices: tuple[str, ...] = ()
    is_time_zone: bool = False
    is_of_server: bool = False

    @property
    def kind(self) -> SettingKind:
        """What kind of value it has."""
        if self.is_time_zone:
            return SettingKind.TIME_ZONE
        if self.choices:
            return SettingKind.CHOICE
        return SettingKind.YES_OR_NO if isinstance(self.default, bool) else SettingKind.WHOLE_NUMBER

    def refusal_of(self, value: SettingValue) -> str | None:
        """Why the value can't be set, or None where it can."""
        if isinstance(self.default, bool):
            return None if isinstance(value, bool) else "must be true or false"
        if self.is_time_zone:
            return None if _is_time_zone(value) else "must be a time zone of the IANA list, e.g. Europe/Berlin"
        if self.choices:
            return None if value in self.choices else f"must be one of {', '.join(self.choices)}"
        if self.least is None or self.most is None:
            raise ValueError(f"the setting {self.key} is a number without limits")
        if isinstance(value, bool | str) or not self.least <= value <= self.most:
            return f"must be a whole number from {self.least} to {self.most}"
        return None


PASSWORD_LENGTH = Setting("identity.password_length", 8, 8, 64, SettingUnit.CHARACTERS)
"""Characters a new password has at least."""
SIGN_IN_TRIES = Setting("identity.sign_in_tries", 10, 3, 100, SettingUnit.TRIES)
"""Tries to sign in with one name from one address in five minutes."""
ADDRESS_TRIES = Setting("identity.address_tries", 200, 20, 10_000, SettingUnit.TRIES, is_of_server=True)
"""Tries of strangers from one address, behind which a whole plant may sit, in five minutes."""
PIN_TRIES = Setting("identity.pin_tries", 5, 3, 20, SettingUnit.TRIES)
"""Tries of one person's PIN at one station in five minutes."""
SESSION_IDLE_DAYS = Setting("identity.session_idle_days", 30, 1, 90, SettingUnit.DAYS)
"""A sign-in that is not used for so long is over."""
LOGIN_HISTORY_DAYS = Setting("identity.login_history_days", 730, 90, 3650, SettingUnit.DAYS)
"""How long the login history is kept."""
ENDED_DAYS = Setting("identity.ended_days", 90, 30, 730, SettingUnit.DAYS)
"""How long sessions and invitations are kept after they ended. An address where nobody signed in for so long counts as
a stranger's again."""
INVITATION_DAYS = Setting("identity.invitation_days", 7, 1, 90, SettingUnit.DAYS)
"""How long the link of an invitation is good where its maker says nothing."""
PASSWORD_RESET_MINUTES = Setting("identity.password_reset_minutes", 60, 10, 1440, SettingUnit.MINUTES)
"""How long a link to a new password is good."""
PASSWORD_RESET_BY_MAIL = Setting("identity.password_reset_by_mail", True)
"""Whether people get such a link by themselves; otherwise administrators make it."""
COUNTERSIGNED: Mapping[OverrideKind, Setting[bool]] = {
    kind: Setting(f"identity.countersign_{kind}", True) for kind in OverrideKind
}
"""Whether stations demand badge and PIN of somebody with the right for an override of each kind."""

SECOND_FACTOR_OF = Setting("identity.second_factor_of", "nobody", choices=tuple(SecondFactorOf))
"""Of whom a second factor is demanded who signs in by a password. In a practice organization it is of nobody: one gets
there from the real one alone."""

PERSON_FIGURES = Setting("identity.person_figures", False)
"""Whether anybody may ask what a single person did; who may is a right beside it."""
GERMAN_BY_DEFAULT = Setting("identity.german_by_default", False)
"""Whether who prefers no language, or has no account yet, is written to in German; else in English."""

TIME_ZONE = Setting("identity.time_zone", "Europe/Berlin", is_time_zone=True)
"""By whose clocks days are over for who has no plant, or plants of several zones; new plants begin with it."""

AnySetting = Setting[int] | Setting[bool] | Setting[str]
_IN_ORDER: tuple[AnySetting, ...] = (
    PASSWORD_LENGTH,
    PASSWORD_RESET_BY_MAIL,
    PASSWORD_RESET_MINUTES,
    SECOND_FACTOR_OF,
    GERMAN_BY_DEFAULT,
    TIME_ZONE,
    PERSON_FIGURES,
    INVITATION_DAYS,
    SESSION_IDLE_DAYS,
    ENDED_DAYS,
    LOGIN_HISTORY_DAYS,
    SIGN_IN_TRIES,
    PIN_TRIES,
    ADDRESS_TRIES,
    *COUNTERSIGNED.values(),
)
SETTINGS: Mapping[str, AnySetting] = {setting.key: setting for setting in _IN_ORDER}
"""All there are, by key, in the order people see them. Each is read where it holds; one that nothing reads is none."""


class SettingReplace(Request):
    """Sets a value."""

    value: Annotated[StrictBool | StrictInt | StrictStr, BeforeValidator(_as_kept)]


class SettingAnswer(Answer):
    """A setting and the value that holds.

    Attributes:
        kind: `whole_number` with `least`, `most` and `unit`, `yes_or_no`, `time_zone`, or `choice` of one
            of `choices`.
        value: what holds, and `source` who said so. own_value: the organization's, in the list of the server the
            server's; None where nothing is set there. server_value: what the server sets for all who set nothing.
        needs: the permission it takes to change it here.
        version: of what is set here, for `If-Match`; 0 where nothing is set.
    """

    key: str
    kind: str
    unit: SettingUnit | None
    least: int | None
    most: int | None
    choices: list[str] = Field(default_factory=list)
    default: SettingValue
    server_value: SettingValue | None
    own_value: SettingValue | None
    value: SettingValue
    source: SettingSource
    needs: str
    version: int
    updated_at: Instant | None
    updated_by: UUID | None

"""What stands against a right somebody has not, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from unison_domain.identity.role_contracts import Against, WhyNot

from unison_desktop.identity.people.ends import end_hint
from unison_desktop.identity.people.held_roles import where, where_text
from unison_desktop.identity.people.places import Places
from unison_desktop.identity.people.roles import RoleBook
from unison_desktop.identity.settings.words import WORDS as SETTINGS
from unison_desktop.kernel.texts import _

REASONS: Mapping[WhyNot, str] = {
    WhyNot.NO_ROLE: _("none of the roles gives it"),
    WhyNot.ROLE_OUT_OF_USE: _("the role that gave it is out of use: {roles}"),
    WhyNot.ORGANIZATION_WIDE: _("it is about the whole organization, and held in places alone: {places}"),
    WhyNot.OF_NO_DEPARTMENT: _(
        "what it is about belongs to no department, and it is held in departments alone: {places}"
    ),
    WhyNot.NO_PLANT: _("no plant is assigned where it holds{places}"),
    WhyNot.READ_ONLY: _("plants are assigned for reading alone{places}"),
    WhyNot.NO_ENDING: _("plants are assigned for changes, not for taking out of use{places}"),
    WhyNot.NO_WAREHOUSE: _("no warehouse is assigned for changes"),
    WhyNot.NOT_ALL_PLANTS: _("all plants share it: it takes write access to all of them"),
    WhyNot.NOT_ALL_SEEN: _(
        "it tells of every plant and warehouse: it takes a role that sees all of them, such as Auditor"
    ),
    WhyNot.PLACE_OUT_OF_USE: _("only in places out of use, where nothing new is made: {places}"),
    WhyNot.SETTING: _("a setting lets nobody use it: {setting}"),
    WhyNot.SECOND_FACTOR: _("a second factor is demanded, and missing"),
    WhyNot.INACTIVE: _("the person is deactivated"),
    WhyNot.ENDED: _("the access ended: {at}"),
    WhyNot.UNKNOWN: _("for a reason this version does not know"),
}
_LISTED = {WhyNot.NO_PLANT, WhyNot.READ_ONLY, WhyNot.NO_ENDING}
"""Whose places may be none: the roles hold everywhere."""


def against_text(against: Iterable[Against], roles: RoleBook, places: Places, zone: ZoneInfo) -> str:
    """All reasons in a line, by the clocks of the person; empty where nothing stands against it."""
    return "; ".join(_text(one, roles, places, zone) for one in against)


def _text(one: Against, roles: RoleBook, places: Places, zone: ZoneInfo) -> str:
    listed = ", ".join(dict.fromkeys(where_text(where(held), places) for held in one.places))
    if one.reason in _LISTED and listed:
        listed = f": {listed}"
    setting = SETTINGS[one.setting][0] if one.setting in SETTINGS else one.setting
    at = "" if one.at is None else end_hint(one.at, zone)
    return REASONS[one.reason].format(roles=roles.names(one.roles), places=listed, setting=setting, at=at)

"""The system roles: code, not rows, so that an update brings them to every organization alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from unison_server.kernel.access import known_permissions


@dataclass(frozen=True, slots=True)
class Role:
    """What somebody may do.

    Attributes:
        grants: patterns over permissions `room.thing.verb`; `*` stands for any word or several.
        all_plants: may read and write in every plant, whatever their plant access says.
    """

    name: str
    grants: tuple[str, ...]
    all_plants: bool = False


_SHOP_READ = ("sites.*.read", "machines.*.read", "codes.*.read", "quality.*.read")
_SHOP_WORK = (
    "machines.machine.set_status",
    "machines.call.answer",
    "machines.downtime.create",
    "machines.downtime.assign",
    "codes.scan.*",
    "quality.measurement.*",
)

ROLES: Mapping[str, Role] = {
    "superadmin": Role("Superadministrator", ("*",), all_plants=True),
    "admin": Role("Administrator", ("*",), all_plants=True),
    "manager": Role("Plant manager", ("*.read", "machines.*", "codes.*", "quality.*", "sites.plant.update")),
    "planner": Role("Planner", ("*.read", *_SHOP_WORK)),
    "supervisor": Role("Shift supervisor", (*_SHOP_READ, "stations.*.read", *_SHOP_WORK)),
    "operator": Role("Operator", (*_SHOP_READ, *_SHOP_WORK)),
    "quality_inspector": Role(
        "Quality inspector", (*_SHOP_READ, "machines.call.answer", "codes.scan.*", "quality.*", "stations.picture.read")
    ),
    "maintenance": Role("Maintenance", (*_SHOP_READ, "stations.*", "machines.machine.update", *_SHOP_WORK)),
    "viewer": Role("Viewer", _SHOP_READ),
}
"""By code, as `user_roles` names them."""


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """The flat set of permissions the roles give, of all that some endpoint asks for."""
    patterns = [pattern for code in roles if code in ROLES for pattern in ROLES[code].grants]
    return frozenset(p for p in known_permissions() if any(fnmatchcase(p, pattern) for pattern in patterns))


def sees_all_plants(roles: Iterable[str]) -> bool:
    """Whether one of the roles reaches every plant."""
    return any(ROLES[code].all_plants for code in roles if code in ROLES)

"""The system roles: code, not rows, so that an update brings them to every organization alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from uuid import UUID

from unison_domain.identity.contracts import RoleCode
from unison_domain.identity.device_rights import DeviceRight

from unison_server.kernel.permissions import DEVICE, PLATFORM, known_permissions
from unison_server.kernel.scope import EVERYWHERE, Reach


@dataclass(frozen=True, slots=True)
class Role:
    """What somebody may do.

    Attributes:
        grants: patterns over permissions `room.thing.verb`; `*` stands for any word or several, but rights over all
            organizations, and those of stations' PCs, are given by patterns that name them alone.
        all_places: may do it in every plant and warehouse, whatever their access to plants and warehouses says.
        reads_all_places: may read in every plant and warehouse.
        is_device: what the PCs of stations may, which have it by being enrolled; it is given to nobody.
    """

    name: str
    grants: tuple[str, ...]
    all_places: bool = False
    reads_all_places: bool = False
    is_device: bool = False


EVALUATE = "sites.person.evaluate"
"""To ask what a single person did. No right to read, so that nobody has it who may read all."""
AUDIT = "identity.audit.read"
LOGIN_HISTORY = "identity.login_history.read"
OF_ALL_PLACES = frozenset({AUDIT, LOGIN_HISTORY})
"""To read what tells of every plant and warehouse: of use to who sees all of them."""
_SHOP_READ = ("sites.*.read", "machines.*.read", "codes.*.read", "quality.*.read")
_SHOP_WORK = (
    "machines.machine.set_status",
    "machines.call.answer",
    "machines.downtime.create",
    "machines.downtime.assign",
    "codes.scan.*",
    "quality.measurement.*",
)
_SHOP_CONFIRM = ("machines.override.*", "codes.override.*", "quality.override.*", "stations.override.read")
"""Of who confirms what others override at stations (`unison_domain.identity.overrides`)."""

_STOCK_READ = ("sites.*.read", "codes.*.read")
_CAMERA_SET_UP = tuple(f"stations.agent.{verb}" for verb in ("take_picture", "calibrate_plane", "try_tool", "measure"))

ROLES: Mapping[str, Role] = {
    "superadmin": Role("Superadministrator", ("*", f"{PLATFORM}*"), all_places=True),
    "admin": Role("Administrator", ("*",), all_places=True),
    "plant_manager": Role(
        "Plant manager",
        (
            *("sites.*.read", "stations.*.read", "machines.*", "codes.*", "quality.*"),
            *("identity.user.read", "identity.role.read", "identity.permission.read"),
            *("sites.plant.update", "sites.department.*", "sites.warehouse.*", "sites.storage_location.*"),
            EVALUATE,
        ),
    ),
    "planner": Role("Planner", (*_SHOP_READ, "stations.*.read", *_SHOP_WORK)),
    "supervisor": Role("Shift supervisor", (*_SHOP_READ, "stations.*.read", *_SHOP_WORK, *_SHOP_CONFIRM)),
    "team_leader": Role("Team leader", (*_SHOP_READ, *_SHOP_WORK, *_SHOP_CONFIRM)),
    "setter": Role(
        "Setter",
        (
            *(*_SHOP_READ, "stations.*.read", "stations.agent.test_read", *_SHOP_WORK),
            *("machines.override.*", "quality.override.accept_value"),
        ),
    ),
    "operator": Role("Operator", (*_SHOP_READ, *_SHOP_WORK)),
    "quality_inspector": Role(
        "Quality inspector",
        (
            *(*_SHOP_READ, "machines.call.answer", "codes.scan.*", "quality.*", "stations.picture.read"),
            "codes.override.*",
        ),
    ),
    "quality_manager": Role(
        "Quality manager",
        (*_SHOP_READ, "machines.call.answer", "codes.*", "quality.*", "stations.*.read", *_CAMERA_SET_UP),
    ),
    "process_engineer": Role(
        "Process engineer",
        (*_SHOP_READ, "machines.*", "quality.characteristic.*", "stations.*.read", *_CAMERA_SET_UP, *_SHOP_WORK),
    ),
    "automation_engineer": Role(
        "Automation engineer", (*_SHOP_READ, "stations.*", "machines.machine.*", "machines.work_center.*", *_SHOP_WORK)
    ),
    "warehouse_manager": Role(
        "Warehouse manager", (*_STOCK_READ, "codes.scan.*", "sites.warehouse.update", "sites.storage_location.*")
    ),
    "warehouse_clerk": Role("Warehouse clerk", (*_STOCK_READ, "codes.scan.*")),
    "purchaser": Role("Purchaser", _STOCK_READ),
    "sales": Role("Sales", _STOCK_READ),
    "cost_accountant": Role("Cost accountant", _SHOP_READ),
    "maintenance_technician": Role(
        "Maintenance technician", (*_SHOP_READ, "stations.*", "machines.machine.update", *_SHOP_WORK)
    ),
    "auditor": Role("Auditor", ("*.read",), reads_all_places=True),
    "viewer": Role("Viewer", _SHOP_READ),
    "station": Role("Station (device)", tuple(DeviceRight), is_device=True),
}
"""By code, as `user_roles` names them."""


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """The flat set of permissions the roles give, of all that some endpoint asks for."""
    known = known_permissions()
    return frozenset().union(*(_given(ROLES[code].grants, known) for code in roles if code in ROLES))


def permissions_of_stations() -> frozenset[str]:
    """What the token of a station's PC is good for."""
    return permissions_of([RoleCode.STATION])


@lru_cache(maxsize=256)
def _given(grants: tuple[str, ...], known: frozenset[str]) -> frozenset[str]:
    return frozenset(p for p in known if any(_gives(pattern, p) for pattern in grants))


def _gives(pattern: str, permission: str) -> bool:
    is_apart = any(permission.startswith(room) and not pattern.startswith(room) for room in (PLATFORM, DEVICE))
    return not is_apart and fnmatchcase(permission, pattern)


def codes_that_read_everywhere() -> frozenset[str]:
    """Roles that read in every plant, whatever access to plants says."""
    return frozenset(code for code, role in ROLES.items() if role.all_places or role.reads_all_places)


def reached_in(plant_id: UUID, role: str) -> Reach:
    """Where somebody reaches by a role for one plant: into it, where the role reaches everywhere."""
    own, nowhere = frozenset({plant_id}), frozenset[UUID]()
    if role in ROLES and ROLES[role].all_places:
        return Reach(own, own, own)
    return Reach(own if role in ROLES and ROLES[role].reads_all_places else nowhere, nowhere, nowhere)


def widened(roles: Iterable[str], own: Reach) -> Reach:
    """Where somebody reaches: into their own places, and wherever one of the roles does."""
    held = [ROLES[code] for code in roles if code in ROLES]
    if any(role.all_places for role in held):
        return EVERYWHERE
    return replace(own, read=None) if any(role.reads_all_places for role in held) else own

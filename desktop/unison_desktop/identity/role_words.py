"""What people call system roles, and what these give."""

from __future__ import annotations

from collections.abc import Mapping

from unison_domain.identity.contracts import Me, RoleCode

from unison_desktop.kernel.texts import _

_WORK = _("Sees the shop floor; states, calls, downtime, scans, measurements")
_SEES = _("Sees the shop floor, its codes and measurements")
_STOCK = _("Sees plants, warehouses and codes")

ROLES: Mapping[str, tuple[str, str]] = {
    RoleCode.SUPERADMIN: (_("Superadministrator"), _("Everything, in every plant and warehouse")),
    RoleCode.ADMIN: (_("Administrator"), _("Everything, in every plant and warehouse")),
    RoleCode.PLANT_MANAGER: (
        _("Plant manager"),
        _("Sees all; runs machines, codes, quality, departments and warehouses"),
    ),
    RoleCode.PLANNER: (_("Planner"), _("Sees all; does what a team leader does")),
    RoleCode.SUPERVISOR: (_("Shift supervisor"), _("As a team leader, and sees the stations")),
    RoleCode.TEAM_LEADER: (_("Team leader"), _WORK),
    RoleCode.SETTER: (_("Setter"), _("As an operator; sees the stations and test reads their devices")),
    RoleCode.OPERATOR: (_("Operator"), _WORK),
    RoleCode.QUALITY_INSPECTOR: (
        _("Quality inspector"),
        _("Sees the shop floor; all of quality, scans, pictures, calls"),
    ),
    RoleCode.QUALITY_MANAGER: (
        _("Quality manager"),
        _("All of quality and codes; sees the stations and sets cameras up"),
    ),
    RoleCode.PROCESS_ENGINEER: (
        _("Process engineer"),
        _("All of machines and characteristics; cameras; an operator's work"),
    ),
    RoleCode.AUTOMATION_ENGINEER: (
        _("Automation engineer"),
        _("All of stations, machines and work centers; an operator's work"),
    ),
    RoleCode.WAREHOUSE_MANAGER: (_("Warehouse manager"), _("Changes warehouses and their places; scans")),
    RoleCode.WAREHOUSE_CLERK: (_("Warehouse clerk"), _("Sees plants, warehouses and codes; scans")),
    RoleCode.PURCHASER: (_("Purchaser"), _STOCK),
    RoleCode.SALES: (_("Sales"), _STOCK),
    RoleCode.COST_ACCOUNTANT: (_("Cost accountant"), _SEES),
    RoleCode.MAINTENANCE_TECHNICIAN: (
        _("Maintenance technician"),
        _("All of stations, changes machines; an operator's work"),
    ),
    RoleCode.AUDITOR: (_("Auditor"), _("Sees everything in every plant and warehouse, changes nothing")),
    RoleCode.VIEWER: (_("Viewer"), _SEES),
    RoleCode.STATION: (_("Station (device)"), _("What the PC of a station may; nobody is given it")),
}
"""Name of a system role, and in short what it gives."""


def own_roles(me: Me) -> str:
    """The roles somebody has, in a line, by what people call them."""
    return ", ".join(ROLES[code][0] if code in ROLES else me.role_names.get(code, code) for code in me.roles)

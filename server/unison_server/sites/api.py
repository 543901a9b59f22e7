"""Endpoints of sites."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import ColumnElement, inspect, or_
from sqlalchemy.orm.attributes import get_history
from unison_domain.identity.right_words import right_named
from unison_domain.kernel.contracts import FieldError
from unison_domain.sites.contracts import (
    DepartmentAnswer,
    DepartmentCreate,
    DepartmentReplace,
    DepartmentUpdate,
    PlantAnswer,
    PlantCreate,
    PlantReplace,
    PlantUpdate,
    StorageLocationAnswer,
    StorageLocationCreate,
    StorageLocationReplace,
    StorageLocationUpdate,
    WarehouseAnswer,
    WarehouseCreate,
    WarehouseReplace,
    WarehouseUpdate,
)

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid, NotAllowed
from unison_server.kernel.paging import Between, Equals, Order, Search
from unison_server.kernel.resource import Place, Resource
from unison_server.kernel.scope import only_sees
from unison_server.sites.queries import (
    demand_all_plants,
    demand_deletable,
    demand_in_use_above,
    demand_plant_in_use,
    demand_stock_deletable,
    demand_stock_writable,
    demand_warehouse_changeable,
    demand_warehouse_endable,
    demand_writable,
    in_plant,
)
from unison_server.sites.tables import Department, Plant, StorageLocation, UserCopy, Warehouse


def _demand_leader(session: TenantSession, row: Plant | Department, field: str) -> None:
    """Who is newly named is one of the organization's people; who left since stays named."""
    for user_id in filter(None, get_history(row, field).added):
        with session.no_autoflush:  # what else is wrong with the row is told by the checks that follow
            known = session.find(UserCopy, user_id)
        if known is None:
            message = (
                f"{user_id} is nobody of this organization; somebody made a moment ago is known here in a few seconds"
            )
            error = FieldError(field=field, code="no_such", message=message)
            raise Invalid(f"{field}: {message}", code="no_such", errors=[error])


def _check_plant(session: TenantSession, plant: Plant) -> None:
    if inspect(plant).pending:
        demand_all_plants(session, "Which plants there are is")
    _demand_leader(session, plant, "manager_user_id")


def _demand_plant_in_use(session: TenantSession, row: Department | Warehouse) -> None:
    demand_plant_in_use(session, row.plant_id, row.code)


def _demand_warehouse_in_use(session: TenantSession, location: StorageLocation) -> None:
    demand_stock_deletable(session, location.warehouse_id)
    _check_warehouse_in_use(session, location)


def _check_warehouse_in_use(session: TenantSession, location: StorageLocation) -> None:
    with session.no_autoflush:
        warehouse = session.need(Warehouse, location.warehouse_id, "warehouse")
    demand_in_use_above(warehouse, "warehouse", f"{warehouse.code} ({warehouse.name})", location.code)


def _stands_alone(_session: TenantSession, _plant: Plant) -> None:
    return None


plants = Resource(
    table=Plant,
    name="plant",
    plural="plants",
    permission="sites.plant",
    answer=PlantAnswer,
    create=PlantCreate,
    replace=PlantReplace,
    update=PlantUpdate,
    order=Order({"code": Plant.code, "name": Plant.name, "updated_at": Plant.updated_at}, "code"),
    columns=("code", "name", "time_zone", "plant_type", "address", "is_active"),
    filters=(Equals(Plant.is_active), Between(Plant.updated_at)),
    search=Search("plant", codes=(Plant.code,), words=(Plant.name,)),
    place=Place("id", demand_writable, demand_deletable),
    demand_returnable=_stands_alone,
    before_write=_check_plant,
)


def _demand_that_it_stays(session: TenantSession, row: Department | Warehouse | StorageLocation, field: str) -> None:
    if get_history(row, field).deleted:
        message = (
            f"stays what it was when the {row.__tablename__[:-1].replace('_', ' ')} was made; make another one there"
        )
        raise Invalid(
            f"{field} {message}", code="fixed", errors=[FieldError(field=field, code="fixed", message=message)]
        )


def _held_departments(session: TenantSession) -> ColumnElement[bool] | None:
    """Those that the actor's roles are for, where these are for plants or departments.

    Who changes also sees those of other plants, to be told that they may not.
    """
    held = session.scope.held
    if held is None:
        return None
    others = Department.plant_id.in_(held.plants)
    if not only_sees(held.permission):
        others = Department.plant_id.not_in(held.plants_of_departments)
    return or_(others, Department.id.in_(held.departments))


def _check_department(session: TenantSession, department: Department) -> None:
    _demand_that_it_stays(session, department, "plant_id")
    if inspect(department).pending:
        _demand_plant_in_use(session, department)
    held = session.scope.held
    if held and department.plant_id not in held.plants and department.id not in held.departments:
        raise NotAllowed(
            f"In this plant you hold the right {right_named(held.permission)} only for some departments, not "
            f"for {department.code} ({department.name}); ask an administrator for it",
            code="held_elsewhere",
            permission=held.permission,
        )
    _demand_leader(session, department, "head_user_id")


departments = Resource(
    table=Department,
    name="department",
    plural="departments",
    permission="sites.department",
    answer=DepartmentAnswer,
    create=DepartmentCreate,
    replace=DepartmentReplace,
    update=DepartmentUpdate,
    order=Order({"code": Department.code, "name": Department.name, "updated_at": Department.updated_at}, "code"),
    columns=("code", "name", "is_active"),
    filters=(Equals(Department.plant_id), Equals(Department.is_active), Between(Department.updated_at)),
    search=Search("department", codes=(Department.code,), words=(Department.name,)),
    place=in_plant,
    visible=_held_departments,
    demand_returnable=_demand_plant_in_use,
    before_write=_check_department,
)


def _check_warehouse(session: TenantSession, warehouse: Warehouse) -> None:
    _demand_that_it_stays(session, warehouse, "plant_id")
    if inspect(warehouse).pending:
        demand_writable(session, warehouse.plant_id)
        _demand_plant_in_use(session, warehouse)
    elif warehouse.is_active:
        demand_warehouse_changeable(session, warehouse)
    if warehouse.is_active is False:  # not None, which a new one has until it is written
        demand_warehouse_endable(session, warehouse)


def _demand_warehouse_returnable(session: TenantSession, warehouse: Warehouse) -> None:
    demand_warehouse_endable(session, warehouse)
    _demand_plant_in_use(session, warehouse)


warehouses = Resource(
    table=Warehouse,
    name="warehouse",
    plural="warehouses",
    permission="sites.warehouse",
    answer=WarehouseAnswer,
    create=WarehouseCreate,
    replace=WarehouseReplace,
    update=WarehouseUpdate,
    order=Order({"code": Warehouse.code, "name": Warehouse.name, "updated_at": Warehouse.updated_at}, "code"),
    columns=("code", "name", "warehouse_type", "address", "is_active"),
    filters=(Equals(Warehouse.plant_id), Equals(Warehouse.is_active), Between(Warehouse.updated_at)),
    search=Search("warehouse", codes=(Warehouse.code,), words=(Warehouse.name,)),
    demand_returnable=_demand_warehouse_returnable,
    before_lock=demand_warehouse_changeable,
    before_write=_check_warehouse,
)


def _check_storage_location(session: TenantSession, location: StorageLocation) -> None:
    _demand_that_it_stays(session, location, "warehouse_id")
    demand_stock_writable(session, location.warehouse_id)
    if inspect(location).pending:
        _check_warehouse_in_use(session, location)
    if location.is_active is False:  # not None, which a new one has until it is written
        demand_stock_deletable(session, location.warehouse_id)


def _demand_stock(session: TenantSession, location: StorageLocation) -> None:
    demand_stock_writable(session, location.warehouse_id)


storage_locations = Resource(
    table=StorageLocation,
    name="storage_location",
    plural="storage_locations",
    permission="sites.storage_location",
    answer=StorageLocationAnswer,
    create=StorageLocationCreate,
    replace=StorageLocationReplace,
    update=StorageLocationUpdate,
    order=Order({"code": StorageLocation.code, "updated_at": StorageLocation.updated_at}, "code"),
    columns=("code", "name", "zone", "aisle", "shelf", "is_active"),
    filters=(
        Equals(StorageLocation.warehouse_id),
        Equals(StorageLocation.zone),
        Equals(StorageLocation.is_active),
        Between(StorageLocation.updated_at),
    ),
    search=Search("storage_location", codes=(StorageLocation.code,), words=(StorageLocation.name,)),
    demand_returnable=_demand_warehouse_in_use,
    before_lock=_demand_stock,
    before_write=_check_storage_location,
)
router = APIRouter()
router.include_router(plants.router("/plants", tag="plants"))
router.include_router(departments.router("/departments", tag="departments"))
router.include_router(warehouses.router("/warehouses", tag="warehouses"))
router.include_router(storage_locations.router("/storage-locations", tag="warehouses"))

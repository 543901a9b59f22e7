"""What follows for people from what happens to warehouses, whose rows are in the other database.

Who makes a warehouse may work in it, unless their roles reach it anyhow; one that goes out of use is nobody's default
any more. A worker reads the events of operations and writes to identity. What it does may be done twice: killed at any
moment, it begins anew after the last place it kept.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from unison_domain.identity.contracts import WarehouseAssignment

from unison_server.identity.queries import granted, warehouses_of
from unison_server.identity.tables import ApiKey, IdleWarehouse, User, UserWarehouseAccess
from unison_server.identity.usecases import assign_warehouse, rights_changed
from unison_server.kernel.cursor import Cursor, Lookout, state_of
from unison_server.kernel.database import Database, Databases, TenantSession
from unison_server.kernel.outbox import events
from unison_server.kernel.scope import ActorKind, Scope
from unison_server.sites.tables import Warehouse

log = structlog.get_logger(__name__)

CURSOR = Cursor("warehouse_rights.operations")
POLL_SECONDS = 0.2
_CREATED = "sites.warehouse.created"
_TOPICS = (_CREATED, "sites.warehouse.deactivated", "sites.warehouse.reactivated")
_BATCH = 200


class WarehouseRights:
    """The step of the worker, and its `lookout`; both databases as the system role."""

    def __init__(self, system: Databases) -> None:
        self._system = system
        self.lookout = Lookout(system.operations)

    def step(self, identity: Connection) -> bool:
        """Follow one batch; True when there may be more at once."""
        with self._system.operations.connect() as operations:
            there = state_of(operations)
            seen = CURSOR.read(identity)
            if seen is None or seen.epoch != there.epoch or seen.position < there.pruned_through:
                self._start_over(operations, is_first=seen is None)
                CURSOR.move(identity, there.epoch, there.position)
                return False
            after = CURSOR.lock(identity)
            if after >= there.position:
                self.lookout.reached = there
                return False
            concerning = (
                select(events)
                .where(events.c.position > after, events.c.position <= there.position, events.c.topic.in_(_TOPICS))
                .order_by(events.c.position)
                .limit(_BATCH)
            )
            found = operations.execute(concerning).all()
            for event in found:
                self._follow_one(operations, event)
            is_full = len(found) == _BATCH
            CURSOR.move(identity, there.epoch, found[-1].position if is_full else there.position)
            return is_full

    def _follow_one(self, operations: Connection, event: Row[Any]) -> None:
        try:
            with operations.begin_nested():
                self._follow(operations, event)
        except OperationalError:  # a database is gone: the batch is begun anew
            raise
        except Exception:  # a fault in one is no reason to follow none after it, for ever
            log.exception("a warehouse is not followed", topic=event.topic, event_id=str(event.id))

    def _follow(self, operations: Connection, event: Row[Any]) -> None:
        of = (Warehouse.organization_id == event.organization_id, Warehouse.id == event.entity)
        is_in_use = operations.scalar(select(Warehouse.is_active).where(*of))
        if is_in_use is None:
            return
        with self._system.session(Database.IDENTITY, Scope(event.organization_id)) as session:
            mark(session, event.entity, is_in_use=is_in_use)
            if event.topic == _CREATED and is_in_use:
                _let_in(session, event.actor, event.entity)

    def _start_over(self, operations: Connection, *, is_first: bool) -> None:
        idle: dict[UUID, list[UUID]] = {}
        for row in operations.execute(select(Warehouse.organization_id, Warehouse.id).where(~Warehouse.is_active)):
            idle.setdefault(row.organization_id, []).append(row.id)
        with self._system.identity.begin() as identity:
            known = set() if is_first else set(identity.scalars(select(IdleWarehouse.organization_id).distinct()))
        for organization in known | idle.keys():
            with self._system.session(Database.IDENTITY, Scope(organization)) as session:
                _mark_all(session, idle.get(organization, ()))


def mark(session: TenantSession, warehouse_id: UUID, *, is_in_use: bool) -> None:
    """Keep whether it is in use; out of use it is the default of nobody, who are told of it."""
    if is_in_use:
        session.execute(delete(IdleWarehouse).where(IdleWarehouse.id == warehouse_id))
        return
    its = (UserWarehouseAccess.warehouse_id == warehouse_id, UserWarehouseAccess.is_default)
    people = select(UserWarehouseAccess.user_id).where(*its)
    # People before their rights, as every other change of them takes its locks.
    locked = session.scalars(select(User).where(User.id.in_(people)).order_by(User.id).with_for_update()).all()
    for access in session.scalars(select(UserWarehouseAccess).where(*its)):
        access.is_default = False
    session.flush()
    row = {"organization_id": session.organization_id, "id": warehouse_id}
    session.execute(insert(IdleWarehouse).values(row).on_conflict_do_nothing())
    for person in locked:
        rights_changed(session, person)


def _mark_all(session: TenantSession, idle: Collection[UUID]) -> None:
    for id_ in set(session.scalars(select(IdleWarehouse.id))).difference(idle):
        mark(session, id_, is_in_use=True)
    for id_ in sorted(idle):
        mark(session, id_, is_in_use=False)


def _let_in(session: TenantSession, actor: str, warehouse_id: UUID) -> None:
    kind, _, id_ = actor.partition(":")
    if kind not in (ActorKind.USER, ActorKind.KEY):
        return
    user_id: UUID | None = UUID(id_)
    if kind == ActorKind.KEY:
        user_id = session.scalar(select(ApiKey.user_id).where(ApiKey.id == user_id))
    person = session.scalar(select(User).where(User.id == user_id).with_for_update())
    if person is None or granted(session, person.id, person.rights_version).warehouses.write is None:
        return
    if all(one.warehouse_id != warehouse_id for one in warehouses_of(session, person.id)):
        may = WarehouseAssignment(warehouse_id=warehouse_id, can_write=True, can_delete=True)
        assign_warehouse(session, person, may)

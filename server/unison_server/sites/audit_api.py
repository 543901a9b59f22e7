"""Endpoints of the audit log: who changed what, when and from where, in both databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from unison_domain.identity.audit_contracts import AuditEntry
from unison_domain.kernel.contracts import Answer, Page
from unison_domain.kernel.csv_dialect import CsvDialect

from unison_server.identity.all_seen import demand_all_seen
from unison_server.identity.roles import AUDIT
from unison_server.kernel import csv_stream
from unison_server.kernel.access import requires
from unison_server.kernel.csv_answer import Dialect
from unison_server.kernel.csv_stream import CsvStream, csv_blocks
from unison_server.kernel.newest_first import cursor_of, place_of
from unison_server.kernel.route import OperationsRoute, ServicesDep, SessionDep
from unison_server.sites.audit_record import AuditRecord, AuditRequest, AuditTold

_COLUMNS = (
    *("at", "database", "action", "table_name", "entity_id", "changed_fields", "old_values", "new_values"),
    *("actor_kind", "actor_name", "actor_owner", "actor_id", "address", "request_id"),
)

_OF_ALL = (
    "The audit log tells of every plant and warehouse: to read it you need a role that sees all of them, "
    "such as Auditor"
)


def audit_router(told: AuditTold) -> APIRouter:
    """Endpoints of the audit log."""
    router = APIRouter(prefix="/audit-log", tags=["audit"], route_class=OperationsRoute)
    may_read = [requires(AUDIT)]

    @router.get("", dependencies=may_read)
    def list_audit_log(
        session: SessionDep, services: ServicesDep, given: Annotated[AuditRequest, Query()]
    ) -> Page[AuditEntry]:
        """Changes and refusals, newest first."""
        demand_all_seen(session.scope, _OF_ALL)
        record = AuditRecord(services.databases, told)
        found, following = record.page(session.scope, given, given.limit, place_of(given.cursor))
        return Page(items=found, next_cursor=following and cursor_of(following))

    @router.get("/export", dependencies=may_read, response_class=CsvStream, response_model=None)
    def export_audit_log(
        session: SessionDep,
        services: ServicesDep,
        given: Annotated[AuditRequest, Query()],
        dialect: Dialect = CsvDialect.POINT,
    ) -> CsvStream:
        """The same as CSV, whole."""
        scope, record = session.scope, AuditRecord(services.databases, told)
        demand_all_seen(scope, _OF_ALL)

        def block(cursor: str | None) -> tuple[Sequence[Answer], str | None]:
            found, following = record.page(scope, given, csv_stream.BLOCK, place_of(cursor))
            return found, following and cursor_of(following)

        count = record.count(scope, given)
        return csv_blocks(services, session, block, name="audit_log", columns=_COLUMNS, dialect=dialect, count=count)

    return router

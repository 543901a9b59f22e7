"""CSV files of any size: read block by block while they are sent, each in a transaction of its own.

Before each block it is asked whether who reads may still do so: somebody who reads slowly reads on for hours.
No connection is held while the other side is slow, and no more than a block is in memory. An answer that breaks off
ends without its last chunk, so nobody takes half a file for a whole one.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from functools import reduce
from operator import attrgetter
from typing import Any

from fastapi.responses import StreamingResponse
from sqlalchemy import Select, func, select
from starlette.concurrency import run_in_threadpool
from unison_domain.kernel.contracts import Answer
from unison_domain.kernel.csv_dialect import CsvDialect

from unison_server.kernel.csv_answer import ROWS_HEADER, csv_cell
from unison_server.kernel.database import Database, TenantSession
from unison_server.kernel.paging import Attribute, ListRequest, Order
from unison_server.kernel.route import Services, still_may

BLOCK = 1_000
"""Rows that are read at once."""


class AccessEndedError(Exception):
    """Who reads a file may not any more, or not the same: the answer breaks off."""


class CsvStream(StreamingResponse):
    """A CSV file (RFC 4180, UTF-8 with BOM) that is made while it is sent."""

    media_type = "text/csv"


def csv_stream(
    services: Services,
    session: TenantSession,
    statement: Select[Any],
    order: Order,
    key: Attribute,
    *,
    name: str,
    columns: Sequence[str],
    answers: Callable[[TenantSession, Sequence[Any]], Iterable[Answer]],
    dialect: CsvDialect,
    database: Database = Database.OPERATIONS,
    sort: str | None = None,
) -> CsvStream:
    """The rows of a select as a file.

    Args:
        session: of the request, whose scope holds for all blocks.
        key: id column of the listed table.
        columns: fields of the answers; a dotted one is a field of a field.
        answers: what is told of rows, in their order.
        sort: as a request of the list names it; None is the list's own order.

    Raises:
        Invalid: an unknown sort.
    """
    scope = session.scope
    order.ordered(statement, sort, key)  # refused now: once the file has begun it could only break off

    def block(cursor: str | None) -> tuple[list[Answer], str | None]:
        asked = ListRequest(cursor=cursor, sort=sort).model_copy(update={"limit": BLOCK})
        with services.databases.session(database, scope) as own:
            rows, following = order.page(own, statement, asked, key)
            return list(answers(own, rows)), following

    count = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery()))
    return csv_blocks(
        services, session, block, name=name, columns=columns, dialect=dialect, count=count, database=database
    )


def csv_blocks(
    services: Services,
    session: TenantSession,
    block: Callable[[str | None], tuple[Sequence[Answer], str | None]],
    *,
    name: str,
    columns: Sequence[str],
    dialect: CsvDialect,
    count: int | None = None,
    database: Database = Database.OPERATIONS,
) -> CsvStream:
    """What is read block by block as a file, wherever it comes from.

    Args:
        session: of the request.
        block: the answers after a cursor, and the cursor of the next ones; opens and ends its own transactions.
        count: how many there are, where that is known before. database: whose connections the blocks take.
    """

    may_read = still_may(session)

    def lines(cursor: str | None) -> tuple[str, str | None]:
        if cursor is not None and not may_read():
            raise AccessEndedError(f"{session.scope.actor} may not read {name} any more")
        answers, following = block(cursor)
        return _csv([_cells(answer, columns, dialect) for answer in answers], dialect), following

    async def blocks() -> AsyncIterator[str]:
        yield "\ufeff" + _csv([columns], dialect)
        cursor, is_begun = None, False
        while cursor is not None or not is_begun:
            async with services.gates[database]:
                text, cursor = await run_in_threadpool(lines, cursor)
            is_begun = True
            yield text

    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return CsvStream(blocks(), headers=headers | ({} if count is None else {ROWS_HEADER: str(count)}))


def _cells(answer: Answer, columns: Sequence[str], dialect: CsvDialect) -> list[Any]:
    told = answer.model_dump(mode="json", include={column.partition(".")[0] for column in columns})
    return [csv_cell(attrgetter(column)(answer), _within(told, column), dialect) for column in columns]


def _within(told: Any, column: str) -> Any:
    return reduce(lambda part, name: part[name], column.split("."), told)


def _csv(lines: Iterable[Sequence[Any]], dialect: CsvDialect) -> str:
    file = io.StringIO(newline="")
    dialect.writer(file).writerows(lines)
    return file.getvalue()

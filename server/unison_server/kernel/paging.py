"""Pages of a list: keyset cursors, sorts from an allow-list, filters as column objects, search by word beginnings.

All objects here are immutable: a list's declaration is shared by every request of the process.
"""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol, TypeVar, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import (
    ARRAY,
    Column,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Row,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    delete,
    exists,
    false,
    func,
    literal,
    or_,
    text,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute
from unison_domain.kernel.contracts import FieldError, Instant
from unison_domain.kernel.contracts import Text as NulFreeText

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.orm import Identity, Operations, Tenant, held_to

MOST_ROWS = 500
T = TypeVar("T", bound=Tenant)
S = TypeVar("S", bound=Select[*tuple[Any, ...]])
R = TypeVar("R")
Attribute = InstrumentedAttribute[Any]


def _declare(metadata: MetaData) -> None:
    Table(
        "search_tokens",
        metadata,
        Column("organization_id", Uuid, nullable=False),
        Column("token", Text(collation="C"), nullable=False),
        Column("kind", Text, nullable=False),
        Column("entity_id", Uuid, nullable=False),
        PrimaryKeyConstraint("organization_id", "token", "kind", "entity_id"),
        Index("ix_search_tokens_organization_id_entity_id", "organization_id", "entity_id"),
    )


for _metadata in (Identity.metadata, Operations.metadata):
    _declare(_metadata)

search_tokens: Table = Operations.metadata.tables["search_tokens"]
_WRITE_TOKENS = text(
    """
    insert into search_tokens (organization_id, kind, entity_id, token)
    select :organization_id, :kind, said.entity_id, said.token
    from unnest(cast(:entities as uuid[]), cast(:tokens as text[])) as said(entity_id, token)
    """
)
"""One statement however many rows: every ending of a code is one."""


class PageRequest(BaseModel):
    """Query parameters of every list; a list's own filters are fields of a subclass. Unknown ones are refused.

    Attributes:
        cursor: `next_cursor` of the page before.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 100
    cursor: Annotated[str, Field(max_length=2000)] | None = None


class ListRequest(PageRequest):
    """Of a list that can be sorted.

    Attributes:
        sort: a name of the list's sorts, with `-` in front for descending.
    """

    sort: Annotated[str, Field(max_length=100)] | None = None


class SearchRequest(ListRequest):
    """Of a list that can be searched too.

    Attributes:
        q: words; a row matches when each is the beginning of one of its words or any part of one of its codes.
    """

    q: Annotated[NulFreeText, Field(max_length=200)] | None = None


class Filter(Protocol):
    """A filter of a list: query parameters and what they do to a select."""

    def fields(self) -> Mapping[str, Any]:
        """Parameter name → type; all of them may be left out."""

    def apply(self, statement: Select[Any], given: Mapping[str, Any]) -> Select[Any]:
        """The select with the conditions for what was given (name → value, None where absent)."""


@dataclass(frozen=True, slots=True)
class Equals:
    """`?name=value`."""

    column: Attribute

    def fields(self) -> Mapping[str, Any]:
        return {self.column.key: _python_type(self.column)}

    def apply(self, statement: Select[Any], given: Mapping[str, Any]) -> Select[Any]:
        value = given[self.column.key]
        return statement if value is None else statement.where(self.column == value)


@dataclass(frozen=True, slots=True)
class Between:
    """`?name_from=…&name_to=…`, from inclusive, to exclusive."""

    column: Attribute

    def fields(self) -> Mapping[str, Any]:
        return dict.fromkeys((f"{self.column.key}_from", f"{self.column.key}_to"), _python_type(self.column))

    def apply(self, statement: Select[Any], given: Mapping[str, Any]) -> Select[Any]:
        start, end = given[f"{self.column.key}_from"], given[f"{self.column.key}_to"]
        if start is not None and end is not None and end < start:
            raise Invalid(f"From {start.isoformat()} to {end.isoformat()} is no time", code="span_invalid")
        if start is not None:
            statement = statement.where(self.column >= start)
        return statement if end is None else statement.where(self.column < end)


@dataclass(frozen=True, slots=True)
class Search:
    """What of a row is searched, under `kind` of `search_tokens`.

    Attributes:
        codes: found by any part. words: found by the beginning of any word.
    """

    kind: str
    codes: tuple[Attribute, ...] = ()
    words: tuple[Attribute, ...] = ()

    def index(self, session: TenantSession, *rows: Tenant) -> None:
        """Write the tokens of new or changed rows, in their transaction."""
        own = {"organization_id": session.organization_id, "kind": self.kind}
        theirs = (search_tokens.c[name] == value for name, value in own.items())
        entities = literal([row.id for row in rows], ARRAY(Uuid))  # one parameter however many they are
        session.execute(delete(search_tokens).where(search_tokens.c.entity_id == func.any(entities), *theirs))
        tokens = [(row.id, token) for row in rows for token in sorted(self._tokens(row))]
        if tokens:
            said = {"entities": [id_ for id_, _ in tokens], "tokens": [token for _, token in tokens]}
            session.execute(_WRITE_TOKENS, {**own, **said})

    def _tokens(self, row: Tenant) -> set[str]:
        tokens = {t for c in self.codes for t in code_tokens(getattr(row, c.key))}
        return tokens | {t for c in self.words for t in word_tokens(getattr(row, c.key))}

    def apply(self, statement: Select[Any], table: type[Tenant], q: str | None) -> Select[Any]:
        """Only rows that have a token beginning with each word of `q`."""
        for word in _words(q or ""):
            found = exists().where(
                search_tokens.c.organization_id == table.organization_id,
                search_tokens.c.kind == self.kind,
                search_tokens.c.entity_id == table.id,
                search_tokens.c.token.op("^@")(word),
            )
            statement = statement.where(found)
        return statement


@dataclass(frozen=True, slots=True)
class Order:
    """The sorts a list allows, by name; the key breaks ties. `default` may begin with `-`."""

    sorts: Mapping[str, Attribute]
    default: str

    def page(
        self, session: TenantSession, statement: Select[R], request: ListRequest, key: Attribute
    ) -> tuple[Sequence[R], str | None]:
        """One page of rows and the cursor of the next, None on the last.

        Args:
            key: id column of the listed table.

        Raises:
            Invalid: an unknown sort, or a cursor that isn't ours or belongs to another sort.
        """
        return self._held(session.scalars(self._paged(statement, request, key)).all(), request)

    def page_of_columns(
        self, session: TenantSession, statement: Select[*tuple[Any, ...]], request: ListRequest, key: Attribute
    ) -> tuple[Sequence[Row[*tuple[Any, ...]]], str | None]:
        """As `page`, for a select of columns, the sort's and the key among them: long lists are read faster so."""
        return self._held(session.connection().execute(self._paged(statement, request, key)).all(), request)

    def ordered(self, statement: Select[T], sort: str | None, key: Attribute) -> Select[T]:
        """The whole list in order, for exports."""
        column, descending = self._column(sort or self.default)
        return statement.order_by(*self._by(column, key, descending))

    def _paged(self, statement: S, request: ListRequest, key: Attribute) -> S:
        sort = request.sort or self.default
        column, descending = self._column(sort)
        statement = statement.order_by(*self._by(column, key, descending)).limit(request.limit + 1)
        if request.cursor is None:
            return statement
        return statement.where(_after(column, key, descending, *_read_cursor(request.cursor, sort, column)))

    def _held(self, rows: Sequence[R], request: ListRequest) -> tuple[Sequence[R], str | None]:
        """As many rows as were asked for, and the cursor of the next where there are more."""
        if len(rows) <= request.limit:
            return rows, None
        sort, last = request.sort or self.default, cast(Any, rows[request.limit - 1])
        return rows[: request.limit], _cursor(sort, getattr(last, self._column(sort)[0].key), last.id)

    def _by(self, column: Attribute, key: Attribute, descending: bool) -> list[Any]:
        by = column.desc() if descending else column.asc()
        if _nullable(column):
            by = by.nulls_last()
        return [by, key.desc() if descending else key.asc()]

    def _column(self, sort: str) -> tuple[Attribute, bool]:
        name = sort.removeprefix("-")
        if name not in self.sorts:
            raise _bad("sort", f"can't sort by {name!r}; known are {', '.join(sorted(self.sorts))}")
        return self.sorts[name], sort.startswith("-")


def word_tokens(text: str | None) -> set[str]:
    """The words of a text as they are searched: without case and accents."""
    return set(_words(text or ""))


def code_tokens(code: str | None) -> set[str]:
    """Every ending of a code, so that any part of it is the beginning of a token: `P-17` gives p-17, -17, 17, 7."""
    plain = _plain(code or "").strip()
    return {plain[start:] for start in range(len(plain))} | word_tokens(code)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _words(text: str) -> list[str]:
    return _plain(text).split()


def _after(column: Attribute, key: Attribute, descending: bool, value: Any, id_: UUID) -> Any:
    """What comes after the row `(value, id)`; rows without a value come last."""
    beyond_key = key < id_ if descending else key > id_
    if value is None:
        return and_(column.is_(None), beyond_key) if _nullable(column) else false()
    here, there = tuple_(column, key), tuple_(value, id_)
    beyond = here < there if descending else here > there
    return or_(beyond, column.is_(None)) if _nullable(column) else beyond


def _cursor(sort: str, value: Any, id_: UUID) -> str:
    plain = TypeAdapter(type(value)).dump_python(value, mode="json")
    return base64.urlsafe_b64encode(json.dumps([sort, plain, str(id_)]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, sort: str, column: Attribute) -> tuple[Any, UUID]:
    try:
        said, value, id_ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if said != sort:
            raise _bad("cursor", f"belongs to the sort {said!r}, not {sort!r}; begin again without a cursor")
        return TypeAdapter(_python_type(column) | None).validate_python(value), UUID(id_)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise _bad("cursor", "is not one this server gave; begin again without a cursor") from None


def _python_type(column: Attribute) -> Any:
    python: type = column.type.python_type
    if python is datetime:
        return Instant
    if python is not str:
        return python
    # Not the enum of domain: that may read a word it doesn't know as `unknown`, so that old clients go on.
    values = held_to(column.property.columns[0])
    return Literal[values] if values else NulFreeText


def _nullable(column: Attribute) -> bool:
    return bool(column.property.columns[0].nullable)


def _bad(field: str, message: str) -> Invalid:
    return Invalid(f"{field} {message}", errors=[FieldError(field=field, code="invalid", message=message)])

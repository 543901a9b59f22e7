"""Plain records over HTTP from one declaration: list, get, create, replace, patch, deactivate, export.

The endpoints made here are ordinary typed FastAPI endpoints. There are no special cases: as soon as a verb needs an
`if`, leave it out and write it by hand, with the functions of this file where they fit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse
from pydantic import create_model
from sqlalchemy import ColumnElement, Select, inspect, select
from sqlalchemy.orm import InstrumentedAttribute
from unison_domain.kernel.contracts import Answer, FieldError, Page
from unison_domain.kernel.contracts import Request as Body
from unison_domain.kernel.csv_dialect import CsvDialect

from unison_server.kernel.access import requires
from unison_server.kernel.csv_answer import MOST_EXPORTED, CsvAnswer, Dialect, csv_answer
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid, NotFound, VersionMissing
from unison_server.kernel.orm import Master
from unison_server.kernel.outbox import record
from unison_server.kernel.paging import Filter, ListRequest, Order, Search, SearchRequest
from unison_server.kernel.route import OperationsRoute, SessionDep, TransactionRoute, demand_too

T = TypeVar("T", bound=Master)
IfMatch = Annotated[str | None, Header(max_length=100)]
"""The `If-Match` header; that it is there and right is checked by `seen_version`."""


class Endpoint(NamedTuple):
    """One endpoint of a resource; `right` is the last word of the permission it asks; without answer it is a CSV."""

    method: str
    path: str
    name: str
    right: str
    call: Callable[..., Any]
    answer: Any


@dataclass(frozen=True, slots=True)
class Place:
    """How rows are held to plants.

    Attributes:
        attribute: the row's attribute with the plant's id.
        demand: raises NotFound where the plant is not readable and NotAllowed, naming it, where it is not writable.
        demand_deletable: the same where nothing may be deactivated.
    """

    attribute: str
    demand: Callable[[TenantSession, UUID], None]
    demand_deletable: Callable[[TenantSession, UUID], None]


def _all_of_them(_session: TenantSession) -> None:
    return None


def _as_it_is(_session: TenantSession, _row: Any) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Resource(Generic[T]):
    """One kind of record and how it is served.

    Attributes:
        table: its table. name, plural: as operation ids and messages say them.
        permission: `room.thing`; reading asks `.read`, the changes `.create`, `.update` and `.deactivate`.
            The topics of what happened are `.created`, `.updated`, `.deactivated` and `.reactivated` of it.
        answer: what is answered. create, replace, update: what is sent; a verb without its contract is not served.
        order: its sorts. columns: fields of the answer that a CSV export has.
        filters, search: what a list can be narrowed by.
        place: how rows are held to plants, where they are.
        visible: which rows there are for who asks, where row level security alone lets too many pass; None: all.
        told_in: the plant whose readers hear of changes, where rows name none themselves.
        present: rows to answers, where an answer holds more than the row.
        demand_returnable: raises a Refusal where a row that is out of use can't come back; None: here none does. Who
            may take out of use may bring back. What comes back that way is not changed meanwhile.
        demand_endable: raises NotAllowed where who asks may not take the row out of use, nor bring it back; beside
            what `place` says of it.
        before_lock: called with each row that is to be changed; raises a Refusal where row level security would hide it
            from the lock without a reason.
        before_write: called with each new or changed row before it is flushed; raises a Refusal to stop it.
        after_write: called after it, in the same transaction.
    """

    table: type[T]
    name: str
    plural: str
    permission: str
    answer: type[Answer]
    order: Order
    columns: tuple[str, ...]
    create: type[Body] | None = None
    replace: type[Body] | None = None
    update: type[Body] | None = None
    filters: tuple[Filter, ...] = ()
    search: Search | None = None
    place: Place | None = None
    visible: Callable[[TenantSession], ColumnElement[bool] | None] = _all_of_them
    told_in: Callable[[TenantSession, T], UUID] | None = None
    present: Callable[[TenantSession, Sequence[T]], Sequence[Answer]] | None = None
    demand_returnable: Callable[[TenantSession, T], None] | None = None
    demand_endable: Callable[[TenantSession, T], None] = _as_it_is
    before_lock: Callable[[TenantSession, T], None] = _as_it_is
    before_write: Callable[[TenantSession, T], None] = _as_it_is
    after_write: Callable[[TenantSession, T], None] = _as_it_is

    def router(
        self, prefix: str, *, tag: str, route_class: type[TransactionRoute] = OperationsRoute, leave_out: str = ""
    ) -> APIRouter:
        """Its endpoints under `prefix`, e.g. `/plants`; `leave_out` names verbs written by hand, e.g. `create list`."""
        router = APIRouter(prefix=prefix, tags=[tag], route_class=route_class)
        for endpoint in self._endpoints():
            verb = endpoint.name.partition("_")[0]
            if verb not in leave_out.split():
                router.add_api_route(
                    endpoint.path,
                    endpoint.call,
                    methods=[endpoint.method],
                    name=endpoint.name,
                    summary=endpoint.name.replace("_", " ").capitalize(),
                    response_model=endpoint.answer,
                    response_class=JSONResponse if endpoint.answer else CsvAnswer,
                    status_code=201 if endpoint.right == "create" else 200,
                    dependencies=[requires(f"{self.permission}.{endpoint.right}")],
                )
        return router

    def load(self, session: TenantSession, id_: UUID) -> T:
        """The row to read. Raises NotFound."""
        row = session.need(self.table, id_, self.name)
        seen = self.visible(session)
        if seen is not None and session.scalar(select(self.table.id).where(self.table.id == id_, seen)) is None:
            raise NotFound(f"There is no {self.name} {id_}", thing=self.name, id=str(id_))
        return row

    def load_for_change(self, session: TenantSession, id_: UUID, if_match: str | None) -> T:
        """The row to change, locked, at the version the client saw.

        Raises:
            NotFound, NotAllowed: not readable, or not writable there. VersionMissing: no `If-Match`.
            Clash: it was changed meanwhile; carries the row as it is now.
        """
        seen = seen_version(if_match)
        row = self.load(session, id_)
        self._demand_place(session, row)
        self.before_lock(session, row)
        session.refresh(row, with_for_update=True)
        if row.version != seen:
            raise Clash(
                f"The {self.name} was changed meanwhile: you saw version {seen}, now it is {row.version}",
                code="version_clash",
                current=self.answer_for(session, row).model_dump(mode="json"),
            )
        return row

    def write(self, session: TenantSession, row: T, happened: str) -> None:
        """Flush a new or changed row with all that belongs to it, and record what `happened`."""
        self._demand_place(session, row)
        self.before_write(session, row)
        session.flush()
        if self.search:
            self.search.index(session, row)
        self.after_write(session, row)
        plant_id = getattr(row, self.place.attribute) if self.place else None
        if self.told_in:
            plant_id = self.told_in(session, row)
        record(session, f"{self.permission}.{happened}", row.id, plant_id=plant_id, version=row.version)

    def answer_for(self, session: TenantSession, row: T) -> Answer:
        """What is answered for one row."""
        return self._answers(session, [row])[0]

    def _answers(self, session: TenantSession, rows: Sequence[T]) -> Sequence[Answer]:
        if self.present:
            return self.present(session, rows)
        return [self.answer.model_validate(row) for row in rows]

    def _demand_place(self, session: TenantSession, row: T) -> None:
        plant_id = getattr(row, self.place.attribute) if self.place else None
        if self.place and plant_id:
            self.place.demand(session, plant_id)

    def _selected(self, session: TenantSession, given: ListRequest) -> Select[T]:
        statement: Select[T] = select(self.table)
        if (seen := self.visible(session)) is not None:
            statement = statement.where(seen)
        for rule in self.filters:
            statement = rule.apply(statement, {name: getattr(given, name) for name in rule.fields()})
        if self.search is not None and isinstance(given, SearchRequest):
            statement = self.search.apply(statement, self.table, given.q)
        return statement

    def _endpoints(self) -> Iterator[Endpoint]:
        page, path = Page.__class_getitem__(self.answer), "/{id}"
        parameters = self._parameters()
        yield Endpoint("GET", "", f"list_{self.plural}", "read", _typed(self._list(), given=parameters), page)
        yield Endpoint(
            "GET", "/export", f"export_{self.plural}", "read", _typed(self._export(), given=parameters), None
        )
        yield Endpoint("GET", path, f"get_{self.name}", "read", self._get(), self.answer)
        if self.create:
            call = _typed(self._create(), body=self.create)
            yield Endpoint("POST", "", f"create_{self.name}", "create", call, self.answer)
        if self.replace:
            call = _typed(self._change(partial=False), body=self.replace)
            yield Endpoint("PUT", path, f"replace_{self.name}", "update", call, self.answer)
        if self.update:
            call = _typed(self._change(partial=True), body=self.update)
            yield Endpoint("PATCH", path, f"update_{self.name}", "update", call, self.answer)
        yield Endpoint("DELETE", path, f"deactivate_{self.name}", "deactivate", self._deactivate(), self.answer)
        if self.demand_returnable:
            call, back = self._reactivate(self.demand_returnable), f"{path}/reactivate"
            yield Endpoint("POST", back, f"reactivate_{self.name}", "deactivate", call, self.answer)

    def _parameters(self) -> Any:
        fields: dict[str, Any] = {
            name: (type_ | None, None) for rule in self.filters for name, type_ in rule.fields().items()
        }
        base = SearchRequest if self.search else ListRequest
        model = create_model(f"{self.plural.title().replace('_', '')}List", __base__=base, **fields)
        return Annotated[model, Query()]

    def _list(self) -> Callable[..., Any]:
        def list_rows(session: SessionDep, given: ListRequest) -> Page[Any]:
            rows, cursor = self.order.page(session, self._selected(session, given), given, _key(self.table))
            return Page(items=list(self._answers(session, rows)), next_cursor=cursor)

        return list_rows

    def _export(self) -> Callable[..., Any]:
        def export_rows(session: SessionDep, given: ListRequest, dialect: Dialect = CsvDialect.POINT) -> Response:
            statement = self.order.ordered(self._selected(session, given), given.sort, _key(self.table))
            rows = session.scalars(statement.limit(MOST_EXPORTED + 1)).all()
            if len(rows) > MOST_EXPORTED:
                raise Invalid(
                    f"More than {MOST_EXPORTED} {self.plural} match; narrow the filters", code="too_many_rows"
                )
            return csv_answer(self.plural, self.columns, self._answers(session, rows), dialect)

        return export_rows

    def _get(self) -> Callable[..., Any]:
        def get_row(session: SessionDep, id: UUID, response: Response) -> Any:  # noqa: A002 - the name in the path
            return self._tagged(session, self.load(session, id), response)

        return get_row

    def _create(self) -> Callable[..., Any]:
        def create_row(session: SessionDep, body: Body, response: Response) -> Any:
            row = self.table()
            assign(row, body.model_dump())
            session.add(row)
            self.write(session, row, "created")
            return self._tagged(session, row, response)

        return create_row

    def _change(self, *, partial: bool) -> Callable[..., Any]:
        def change_row(session: SessionDep, id: UUID, body: Body, response: Response, if_match: IfMatch = None) -> Any:  # noqa: A002
            row = self.load_for_change(session, id, if_match)
            was_in_use = row.is_active
            assign(row, body.model_dump(exclude_unset=partial))
            self._hold_to_use(session, row, was_in_use=was_in_use)
            self.write(session, row, "updated")
            return self._tagged(session, row, response)

        return change_row

    def _deactivate(self) -> Callable[..., Any]:
        def deactivate_row(session: SessionDep, id: UUID, response: Response, if_match: IfMatch = None) -> Any:  # noqa: A002
            row = self._load_to_end(session, id, if_match)
            row.is_active = False
            self.write(session, row, "deactivated")
            return self._tagged(session, row, response)

        return deactivate_row

    def _reactivate(self, demand_returnable: Callable[[TenantSession, T], None]) -> Callable[..., Any]:
        def reactivate_row(session: SessionDep, id: UUID, response: Response, if_match: IfMatch = None) -> Any:  # noqa: A002
            row = self._load_to_end(session, id, if_match)
            if not row.is_active:
                demand_returnable(session, row)
                row.is_active = True
                self.write(session, row, "reactivated")
            return self._tagged(session, row, response)

        return reactivate_row

    def _load_to_end(self, session: TenantSession, id_: UUID, if_match: str | None) -> T:
        """As `load_for_change`; raises NotAllowed where nothing may be taken out of use too."""
        row = self.load_for_change(session, id_, if_match)
        self._demand_endable(session, row)
        return row

    def _demand_endable(self, session: TenantSession, row: T) -> None:
        if self.place and (place_id := getattr(row, self.place.attribute)):
            self.place.demand_deletable(session, place_id)
        self.demand_endable(session, row)

    def _hold_to_use(self, session: TenantSession, row: T, *, was_in_use: bool) -> None:
        """To end something, or bring it back, takes the right to that; what is out of use stays as it is.

        Raises NotAllowed and Clash.
        """
        if row.is_active != was_in_use:
            with session.no_autoflush:  # what else is wrong with the row is told by the checks that follow
                demand_too(session, f"{self.permission}.deactivate")
                self._demand_endable(session, row)
                if row.is_active and self.demand_returnable:
                    self.demand_returnable(session, row)
        elif not was_in_use and self.demand_returnable:
            named = f"{self.name.replace('_', ' ')} {self._called(row)}"
            raise Clash(
                f"The {named} is out of use: bring it back first, then change it",
                code="out_of_use",
                kind=self.name,
                id=str(row.id),
            )

    def _called(self, row: T) -> str:
        columns = (*self.search.codes, *self.search.words) if self.search else ()
        return next((str(value) for column in columns if (value := getattr(row, column.key))), str(row.id))

    def _tagged(self, session: TenantSession, row: T, response: Response) -> Answer:
        response.headers["ETag"] = f'"{row.version}"'
        return self.answer_for(session, row)


def assign(row: Any, values: Mapping[str, Any]) -> None:
    """Set attributes of a row.

    Raises:
        Invalid: None for a column that is never empty.
    """
    columns = inspect(type(row)).columns
    empty = [name for name, value in values.items() if value is None and not columns[name].nullable]
    if empty:
        errors = [FieldError(field=name, code="missing", message="must not be empty") for name in empty]
        raise Invalid(f"{', '.join(empty)} must not be empty", errors=errors)
    for name, value in values.items():
        setattr(row, name, value)


def seen_version(if_match: str | None) -> int:
    """The version in an `If-Match` header.

    Raises:
        VersionMissing: there is none. Invalid: it is no version.
    """
    if if_match is None:
        raise VersionMissing('Send If-Match with the version you saw, e.g. If-Match: "3"')
    plain = if_match.strip().removeprefix("W/").strip('"')
    if not (plain.isascii() and plain.isdecimal() and len(plain) < 10):
        raise Invalid(f'If-Match is {if_match[:50]}, not a version such as "3"', code="version_invalid")
    return int(plain)


def _typed(endpoint: Callable[..., Any], **types: Any) -> Callable[..., Any]:
    """The endpoint with the declared types of its parameters, from which FastAPI reads and documents them."""
    endpoint.__annotations__.update(types)
    return endpoint


def _key(table: type[Master]) -> InstrumentedAttribute[Any]:
    key: InstrumentedAttribute[Any] = inspect(table).attrs["id"].class_attribute
    return key

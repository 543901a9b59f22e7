"""People as a CSV file, one line each, as they are taken over from lists of personnel.

A person is found again by user name, employee number or e-mail. An empty cell, or a column the file does not have,
leaves what is there; `-` empties it. `yes` in `is_active` lets somebody in again who was deactivated, `no` deactivates;
who is deactivated, or whose access has ended, is changed by no row that leaves that open. Several in one cell stand
between bars:

- roles: `planner | operator@KIEL | team_leader@KIEL/PRESS`, where the last two hold in a plant, or a department of it.
- plants, warehouses: `KIEL:rw | LYON`, with what the person may do there: read, write, delete (`r`, `w`, `d`; without
  any, read). A star marks the default warehouse: `KIEL-RAW:rw*`.
- badges: `barcode:10017 | rfid:04A1B2C3`; they are handed out beside those the person has, and no file has them.
- badges_end_at: when they end, one for all badges of the row or one for each: a day or a moment, `today` for a day
  badge, `-` for no end. Empty leaves a badge as it is; one the person has that ends otherwise is handed out anew.

What a cell says of roles, plants or warehouses is all the person has of them. Dates are `2026-12-31` or `31.12.2026`,
and count until that day is over by the clocks of the person's plant (where they have several, of the organization); or
a moment with its zone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from typing import Annotated, Any
from uuid import UUID

from pydantic import Base64Bytes, Field, SecretStr, TypeAdapter, ValidationError

from unison_domain.identity.badge_contracts import BadgeKind
from unison_domain.identity.contracts import UserUpdate
from unison_domain.kernel.contracts import Answer, Instant, Request
from unison_domain.kernel.csv_dialect import CsvDialect
from unison_domain.kernel.csv_file import CsvError, as_written, guarded, table_of, unguarded
from unison_domain.sites.local_days import day_over, today_over

MOST_ROWS = 10_000
"""A row takes 2 to 5 ms with all it gives, in one transaction: of more rows a request would hold people's rows locked
for minutes.
"""
NAMES = ("username", "employee_code", "email")
"""What a person is found by."""
ACCESS_ENDS = "access_ends_at"
ACTIVE = "is_active"
PLAIN = (*NAMES, "full_name", "phone", ACCESS_ENDS)
"""What a file of those who are active has, too."""
ROLES, PLANTS, WAREHOUSES, BADGES, BADGE_ENDS = "roles", "plants", "warehouses", "badges", "badges_end_at"
COLUMNS = (*PLAIN, ACTIVE, ROLES, PLANTS, WAREHOUSES, BADGES, BADGE_ENDS)
TODAY = "today"
"""As the end of a badge: the day it is handed out on."""
NOTHING = "-"
"""In a cell: empty what is there."""
_BAR = "|"
_RIGHTS = re.compile(r"(?P<place>.*):(?P<rights>[rwd*]+)", re.IGNORECASE | re.DOTALL)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_NO_DAY = "is no day such as 2026-12-31 or 31.12.2026"
_DAYS = ("%Y-%m-%d", "%d.%m.%Y")
_FIRST, _LAST = date(1970, 1, 2), date(2199, 12, 30)
"""Whose ends are moments everywhere."""


class PeopleImport(Request):
    """A file as it is, in UTF-8 or Windows-1252, separated by commas, semicolons or tabs; in base64.

    Attributes:
        seen: `PeoplePreview.seen` of the preview that was agreed to; None takes over whatever changed since.
        progress_id: made by who asks, to ask meanwhile how far it is.
    """

    file: Annotated[Base64Bytes, Field(max_length=4_000_000, repr=False)]
    seen: str | None = None
    progress_id: UUID | None = None


class PeopleImportProgress(Answer):
    """How many rows of a file are looked at; none of none where it is not under way."""

    is_under_way: bool
    done: int
    total: int


class PersonChange(Answer):
    """What a row would change: `action` is create or update, `changes` what differs, e.g. `+planner@KIEL` or
    `is_active=no`.
    """

    row: int
    name: str
    action: str
    changes: list[str] = Field(default_factory=list)


class PeoplePreview(Answer):
    """What an import would do, or did. Nothing is done while there are errors; `seen` stands for all of it."""

    rows: int
    errors: list[CsvError]
    changes: list[PersonChange]
    seen: str


@dataclass(frozen=True, slots=True)
class RoleCell:
    """A role, and the codes of the place it is for: a plant, or plant/department; without, the whole organization."""

    role: str
    place: str | None = None

    def __str__(self) -> str:
        return self.role if self.place is None else f"{self.role}@{self.place}"


@dataclass(frozen=True, slots=True)
class PlaceCell:
    """What somebody may do in the plant or warehouse of a code; who writes or deletes also reads.

    Attributes:
        written: as it stands in the file.
    """

    place: str
    can_write: bool = False
    can_delete: bool = False
    is_default: bool = False
    written: str = field(default="", compare=False)

    def __str__(self) -> str:
        told = {"w": self.can_write, "d": self.can_delete, "*": self.is_default}
        return f"{self.place}:r{''.join(mark for mark, given in told.items() if given)}"


@dataclass(frozen=True, slots=True)
class BadgeEnd:
    """Until when a badge names somebody.

    Attributes:
        at: a moment, or the day with which it ends; None: until it is lost or revoked.
        is_today: a day badge, good until the day is over that it is where the person works.
    """

    at: datetime | date | None = None
    is_today: bool = False

    def moment(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When that is for one that is handed out now in the zone; None: no end."""
        return today_over(now, zone) if self.is_today else end_in(self.at, zone)


@dataclass(frozen=True, slots=True)
class BadgeCell:
    """A badge as a reader gives it; of its end None is what the file does not say."""

    kind: BadgeKind
    text: SecretStr
    end: BadgeEnd | None = None


@dataclass(frozen=True, slots=True)
class CsvPerson:
    """A person of the file; None is what the file does not say.

    Attributes:
        values: by column, as it is to be; what is not in it stays. An end of access may be a day.
        cells: as they stand in the file, without badges. A plain one without a value is refused already.
    """

    row: int
    values: Mapping[str, Any]
    cells: Mapping[str, str]
    roles: tuple[RoleCell, ...] | None = None
    plants: tuple[PlaceCell, ...] | None = None
    warehouses: tuple[PlaceCell, ...] | None = None
    badges: tuple[BadgeCell, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of what they are found by; none where each of these cells is refused or empty."""
        return tuple(name for name in NAMES if self.values.get(name))

    def is_refused(self, column: str) -> bool:
        """Whether the cell of a plain column says something that can't be."""
        return column in self.cells and column not in self.values


def read(text: str) -> tuple[list[CsvPerson], list[CsvError]]:
    """The people of a file, with what can be read of their rows, and all that is wrong with it."""
    table = table_of(text, COLUMNS, NAMES, MOST_ROWS)
    people, errors = [], table.errors
    for number, as_read in table.rows:
        cells = {name: cell.strip() for name, cell in as_read.items() if cell.strip()}
        person, wrong = _person(number, cells)
        errors += wrong
        people.append(person)
    return people, errors


def write(people: Iterable[Mapping[str, object]], dialect: CsvDialect = CsvDialect.POINT) -> str:
    """The file (RFC 4180) of people, each by column; several of a column in a tuple."""
    file = io.StringIO(newline="")
    writer = dialect.writer(file)
    columns = [name for name in COLUMNS if name not in (ACTIVE, BADGES, BADGE_ENDS)]
    writer.writerow(columns)
    for person in people:
        writer.writerow([_cell(person.get(name)) for name in columns])
    return file.getvalue()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case tuple():
            return guarded(f" {_BAR} ".join(map(str, value))) if value else NOTHING
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            return guarded(str(value))


def _person(row: int, cells: Mapping[str, str]) -> tuple[CsvPerson, list[CsvError]]:
    values, errors = _values(row, {name: cells[name] for name in (*PLAIN, ACTIVE) if name in cells})
    if not any(values.get(name) for name in NAMES) and not errors:
        message = f"a row names somebody by one of {as_written(NAMES)}"
        errors.append(CsvError(row=row, column=NAMES[0], message=message))
    roles = _several(cells, ROLES)
    plants, wrong_plants = _places(row, PLANTS, _several(cells, PLANTS))
    warehouses, wrong_warehouses = _places(row, WAREHOUSES, _several(cells, WAREHOUSES))
    badges, wrong_badges = _badges(row, cells)
    errors += [*wrong_plants, *wrong_warehouses, *wrong_badges]
    told = {name: cell for name, cell in cells.items() if name != BADGES}
    given = None if roles is None else tuple(dict.fromkeys(map(_role, roles)))
    return CsvPerson(row, values, told, given, plants, warehouses, badges), errors


def _values(row: int, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[CsvError]]:
    """What the plain cells say, without those that are wrong."""
    given: dict[str, Any] = {name: None if cell == NOTHING else unguarded(cell) for name, cell in cells.items()}
    day = _day(given.get("access_ends_at") or "")
    if day is not None:
        given["access_ends_at"] = None
    try:
        values = UserUpdate.model_validate(given).model_dump(exclude_unset=True)
        return values if day is None else {**values, "access_ends_at": day}, []
    except ValidationError as error:
        errors = [
            CsvError(
                row=row,
                column=(column := str(entry["loc"][0])),
                value=cells[column],
                message=_way_out(column) or str(entry["msg"]).removeprefix("Value error, "),
            )
            for entry in error.errors(include_url=False)
        ]
        wrong = {one.column for one in errors}
        return _values(row, {name: cell for name, cell in cells.items() if name not in wrong})[0], errors


def _way_out(column: str) -> str:
    ways = {"email": "is no e-mail address, e.g. anna@example.org", "access_ends_at": _NO_DAY}
    ways[ACTIVE] = "is neither yes nor no"
    return ways.get(column, "")


def end_in(end: datetime | date | None, zone: tzinfo) -> datetime | None:
    """The moment of an end that may be a day, which is over by the clocks of the zone."""
    return day_over(end, zone) if isinstance(end, date) and not isinstance(end, datetime) else end


def _day(cell: str) -> date | None:
    """The day a cell is; None where it is none."""
    for form in _DAYS:
        try:
            day = datetime.strptime(cell, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        return day if _FIRST <= day <= _LAST else None
    return None


def _several(cells: Mapping[str, str], name: str) -> list[str] | None:
    """The parts of a cell; None where it says nothing, none where it empties."""
    if name not in cells:
        return None
    cell = unguarded(cells[name])
    return [] if cell == NOTHING else [part.strip() for part in cell.split(_BAR) if part.strip()]


def _role(part: str) -> RoleCell:
    role, at, place = part.partition("@")
    return RoleCell(role.strip(), place.strip() if at else None)


def _places(row: int, column: str, parts: list[str] | None) -> tuple[tuple[PlaceCell, ...] | None, list[CsvError]]:
    if parts is None:
        return None, []
    places: dict[str, PlaceCell] = {}
    errors = []
    for part in parts:
        place = _place(part)
        if place.place in places:
            errors.append(CsvError(row=row, column=column, value=part, message=f"names {place.place} twice"))
        if place.is_default and column == PLANTS:
            message = "a star marks a default warehouse; no plant is one: leave it out"
            errors.append(CsvError(row=row, column=column, value=part, message=message))
        places[place.place] = place
    if sum(place.is_default for place in places.values()) > 1:
        message = "there is one default warehouse: leave one star"
        errors.append(CsvError(row=row, column=column, value=f" {_BAR} ".join(parts), message=message))
    return None if errors else tuple(places.values()), errors


def _place(part: str) -> PlaceCell:
    found = _RIGHTS.fullmatch(part)
    if found is None:
        return PlaceCell(part.removesuffix(":").strip(), written=part)
    rights = found["rights"].lower()
    return PlaceCell(found["place"].strip(), "w" in rights, "d" in rights, "*" in rights, part)


def _badges(row: int, cells: Mapping[str, str]) -> tuple[tuple[BadgeCell, ...], list[CsvError]]:
    badges = tuple(map(_badge, _several(cells, BADGES) or ()))
    if BADGE_ENDS not in cells:
        return badges, []
    cell = unguarded(cells[BADGE_ENDS])
    parts = [part.strip() for part in cell.split(_BAR)]
    if len(parts) not in (1, len(badges)) or not badges:
        message = f"has {len(parts)} for {len(badges)} badges in this row: say one for all, or one each"
        return (), [CsvError(row=row, column=BADGE_ENDS, value=cell, message=message)]
    ends, errors = [], []
    for part in parts:
        try:
            ends.append(_badge_end(part))
        except ValidationError:
            message = f"is neither {TODAY} nor {NOTHING}, and no day such as 2026-12-31 or 31.12.2026"
            errors.append(CsvError(row=row, column=BADGE_ENDS, value=part, message=message))
    if errors:
        return (), errors
    every = ends * len(badges) if len(ends) == 1 else ends
    return tuple(replace(badge, end=end) for badge, end in zip(badges, every, strict=True)), []


def _badge_end(part: str) -> BadgeEnd | None:
    """Raises ValidationError where it is none."""
    if not part:
        return None
    if part.lower() == TODAY:
        return BadgeEnd(is_today=True)
    return BadgeEnd(None if part == NOTHING else _day(part) or _INSTANT.validate_python(part))


def _badge(part: str) -> BadgeCell:
    kind, colon, text = part.partition(":")
    known = kind.strip().lower()
    if colon and known in set(BadgeKind):
        return BadgeCell(BadgeKind(known), SecretStr(text.strip()))
    return BadgeCell(BadgeKind.BARCODE, SecretStr(part))

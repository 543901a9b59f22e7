"""One file of people on its way: what it did so far, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from unison_domain.identity.people_csv import CsvPerson, PersonChange
from unison_domain.kernel.csv_file import CsvError

from unison_server.identity.known_places import KnownPlaces
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Refusal


@dataclass
class TakeOver:
    """One file on its way.

    Attributes:
        rows: the row that is about a person, by the person. own_roles: codes of the organization's own in use.
        zone: of the organization.
        new: people the file made, who have nothing yet and whom no process knows.
    """

    session: TenantSession
    places: KnownPlaces
    own_roles: frozenset[str]
    zone: str
    errors: list[CsvError]
    changes: list[PersonChange] = field(default_factory=list)
    rows: dict[UUID, int] = field(default_factory=dict)
    new: set[UUID] = field(default_factory=set)

    def is_done(self, wanted: CsvPerson, column: str, value: str, act: Callable[[], object]) -> bool:
        """Do it, or note by the cell why it is refused. What was begun then needs no undoing: all of it is."""
        try:
            act()
        except Refusal as refusal:
            told = [one for one in refusal.errors if one.field in wanted.cells]
            for one in told:
                self.note(wanted.row, one.field, wanted.cells[one.field], one.message)
            if not told:
                self.note(wanted.row, column, value, refusal.detail)
            return False
        return True

    def note(self, row: int, column: str, value: str | None, message: str) -> None:
        """Something that is wrong."""
        self.errors.append(CsvError(row=row, column=column, value=value, message=message))

"""What the list of overrides can be narrowed by."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from unison_domain.identity.overrides import OverrideKind
from unison_domain.kernel.contracts import Storable
from unison_domain.stations.override_contracts import DONE, OverrideAnswer

from unison_server.kernel.paging import PageRequest
from unison_server.kernel.time_span import TimeSpan


class OverrideList(TimeSpan, PageRequest):
    """Which overrides: of a plant or station, from a moment on and before another, of a kind, done or not, by whom.

    Attributes:
        person: a part of the name of who did it or stands behind it; with the right to figures about single persons.
        done: only those that count, or only those that do not.
    """

    plant_id: UUID | None = None
    station_id: UUID | None = None
    kind: OverrideKind | None = None
    person: Annotated[Storable, Field(max_length=200)] | None = None
    done: bool | None = None

    @property
    def is_told_by_rows(self) -> bool:
        """Whether each row alone says that it is asked for."""
        return self.plant_id is None and self.station_id is None and self.done is None and not self.person

    def holds(self, answer: OverrideAnswer) -> bool:
        """Whether it is one that is asked for, as far as its row alone does not say."""
        names = (name.casefold() for name in (answer.done_by, answer.confirmed_by) if name)
        return (
            self.plant_id in (None, answer.plant_id)
            and self.station_id in (None, answer.station_id)
            and self.done in (None, answer.outcome in DONE)
            and (not self.person or any(self.person.casefold() in name for name in names))
        )

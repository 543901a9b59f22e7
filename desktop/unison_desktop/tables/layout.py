"""How a person left a table: which columns, how wide, in what order, sorted by what."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError
from PySide6.QtCore import Qt

from unison_desktop.tables.row_model import RowModel
from unison_desktop.tables.view import GridView


class ColumnLayout(BaseModel):
    """One column as it was left; named by key, so that columns added later don't shift the others.

    `width` is None where nobody chose one: headings of another language want another.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    width: int | None
    visible: bool


class TableLayout(BaseModel):
    """A whole table as it was left; `columns` from left to right."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    columns: list[ColumnLayout]
    sorted_by: str | None = None
    descending: bool = False

    @classmethod
    def from_text(cls, text: str) -> Self | None:
        """What `model_dump_json` wrote; None for anything else, e.g. of an older version."""
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            return None

    @classmethod
    def of(cls, view: GridView, model: RowModel) -> Self:
        """How the table is now."""
        view.refit()
        header = view.horizontalHeader()
        places = [header.logicalIndex(seen) for seen in range(header.count())]
        sorted_place = header.sortIndicatorSection()
        return cls(
            columns=[
                ColumnLayout(
                    key=model.columns[place].key, width=_chosen(view, place), visible=not view.isColumnHidden(place)
                )
                for place in places
            ],
            sorted_by=model.columns[sorted_place].key if 0 <= sorted_place < len(model.columns) else None,
            descending=header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder,
        )

    @classmethod
    def declared(cls, view: GridView, model: RowModel) -> Self:
        """How the table is before anybody touched it."""
        return cls(
            columns=[ColumnLayout(key=column.key, width=None, visible=column.visible) for column in model.columns]
        )

    def apply(self, view: GridView, model: RowModel) -> None:
        """Bring the table to this layout; columns it doesn't know stay as they are, behind the known ones."""
        header = view.horizontalHeader()
        place_of = {column.key: place for place, column in enumerate(model.columns)}
        known = [column for column in self.columns if column.key in place_of]
        for seen, column in enumerate(known):
            place = place_of[column.key]
            header.moveSection(header.visualIndex(place), seen)
            width = view.default_width(place) if column.width is None else column.width
            header.resizeSection(place, max(header.minimumSectionSize(), width))
            view.setColumnHidden(place, not column.visible and not model.columns[place].always_visible)
        order = Qt.SortOrder.DescendingOrder if self.descending else Qt.SortOrder.AscendingOrder
        view.sortByColumn(place_of.get(self.sorted_by or "", -1), order)


def _chosen(view: GridView, place: int) -> int | None:
    """The width of a column, unless it is the one it has by itself; hidden ones have none."""
    width = view.horizontalHeader().sectionSize(place)
    return None if width in (0, view.default_width(place)) else width

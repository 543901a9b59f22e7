"""What the list of PCs shows."""

from __future__ import annotations

from unison_desktop.stations.page import StationsPage


def column(page: StationsPage, key: str) -> list[str]:
    model = page._table.model
    declared = next(column for column in model.columns if column.key == key)
    return [declared.shown(row) for row in model.rows()]

"""How CSV files are written for the spreadsheet of this person: by the way of writing numbers they chose."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtNetwork import QNetworkRequest
from unison_domain.kernel.csv_dialect import CsvDialect


def own_dialect(locale: QLocale | None = None) -> CsvDialect:
    """The dialect of a locale, by default of the one in use."""
    return CsvDialect.with_sign((locale or QLocale()).decimalPoint())


def ask_for_csv(request: QNetworkRequest) -> None:
    """Ask the server for a file in it."""
    request.setRawHeader(b"Accept", b"text/csv, application/problem+json")
    request.setRawHeader(b"Unison-Csv", own_dialect().encode())

"""Which errors are told in one sentence; any other is a fault of ours and keeps its traceback."""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import OperationalError

from unison_server.kernel.backup import BackupError
from unison_server.kernel.errors import Refusal
from unison_server.kernel.migrate import NewerDatabaseError, RowsInTheWayError
from unison_server.kernel.postgres import EmbeddedError
from unison_server.kernel.settings import SettingsError


def what_to_tell(error: Exception) -> str | None:
    """The sentence for the person at the terminal, or None for a fault of ours."""
    told = SettingsError | EmbeddedError | BackupError | NewerDatabaseError | RowsInTheWayError | Refusal
    if isinstance(error, told):
        return str(error)
    if isinstance(error, OperationalError):
        return f"the database does not answer: {str(error.orig).strip()}"
    if isinstance(error, psycopg.OperationalError):
        return f"the database does not answer: {str(error).strip()}"
    if isinstance(error, PermissionError):
        return f"{error.filename}: {error.strerror}; run it as the user that owns the data, or set UNISON_DATA"
    if isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError | FileNotFoundError):
        return f"{error.filename}: {error.strerror}; the data folder is that of UNISON_DATA"
    return None

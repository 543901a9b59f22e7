"""The refresh token of somebody who asked to stay signed in on this PC."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path


class KeptSignIn:
    """A file that only its owner can read (mode 0600; on Windows the protection of the user's profile).

    Debian without a desktop session has no keyring that could be counted on, and a token that can be revoked on the
    server and changes with every use is no password. Nothing is written unless the person asks for it.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "sign-in.json"

    def read(self, server: str) -> str | None:
        """The refresh token kept for this server, None if there is none or the file can't be read."""
        try:
            kept = json.loads(self._file.read_text("utf-8"))
            token = kept["refresh_token"] if kept["server"] == server else None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return token if isinstance(token, str) else None

    def write(self, server: str, refresh_token: str) -> None:
        """Keep it in place of the one before; a crash in between leaves the old or the new one, never half a file."""
        fresh = self._file.with_suffix(".new")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({"server": server, "refresh_token": refresh_token}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)

    def forget(self) -> None:
        """Keep nothing."""
        with contextlib.suppress(FileNotFoundError):
            self._file.unlink()

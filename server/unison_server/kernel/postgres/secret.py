"""The name of a cluster and the passwords of its roles, in a file that only its owner reads."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from unison_server.kernel.postgres import EmbeddedError
from unison_server.kernel.roles import ROLES
from unison_server.kernel.settings import write_once

SUPERUSER = "postgres"
CLUSTER_FILE = "postgresql.json"


@dataclass(frozen=True, slots=True)
class ClusterSecret:
    """What is known of a cluster before it runs; `passwords` by role name."""

    file: Path
    name: str
    passwords: dict[str, str]

    @classmethod
    def of(cls, data: Path) -> Self:
        """That of a data folder, made at the first call.

        Raises:
            EmbeddedError: the file is no longer whole.
        """
        data.mkdir(parents=True, exist_ok=True)
        file = data / CLUSTER_FILE
        roles = (SUPERUSER, *ROLES)
        if not file.exists():
            made = {role: secrets.token_urlsafe(24) for role in roles}
            write_once(file, json.dumps({"cluster": secrets.token_hex(4), "passwords": made}).encode())
        try:
            kept = json.loads(file.read_bytes())
            return cls(file, str(kept["cluster"]), {role: str(kept["passwords"][role]) for role in roles})
        except (ValueError, KeyError, TypeError) as error:
            raise EmbeddedError(
                f"{file} can't be read ({error!r}): put back a copy, nothing else knows the passwords"
            ) from None

    def claim(self, cluster: Path) -> None:
        """Note in the cluster's folder whose it is: a copied data folder would share the cluster of the original.

        Raises:
            EmbeddedError: the data folder is such a copy.
        """
        data, home = self.file.parent, cluster / "home"
        original = Path(home.read_text()) if home.exists() else data
        known = original / CLUSTER_FILE
        if original != data and known.exists() and self.name in known.read_text():
            raise EmbeddedError(
                f"{data} is a copy of {original} and would share its databases: use `unison backup` and "
                f"`unison restore`, or delete {self.file} to begin with empty databases"
            )
        home.write_text(str(data))

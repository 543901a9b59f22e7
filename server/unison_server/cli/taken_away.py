"""Access that was taken away after a backup was made does not come back with it: a restore takes it away again.

What it was is read from the databases in use, before the restored ones take their place; what can't be read there is
told and holds nothing up. PCs that were enrolled since keep their access. Passwords, PINs, second factors, roles and
places are those of the backup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

from sqlalchemy import URL, Connection, create_engine, pool, select, text
from sqlalchemy.exc import SQLAlchemyError

from unison_server.cli.former_access import Former, Kind, TakeAway
from unison_server.cli.former_doors import DOORS
from unison_server.cli.former_machines import MACHINES
from unison_server.cli.former_people import PEOPLE
from unison_server.identity.tables import Organization
from unison_server.kernel import revisions
from unison_server.kernel.database import Database, TenantSession
from unison_server.kernel.scope import Scope

_KINDS: Mapping[Database, Sequence[Kind]] = {
    Database.IDENTITY: (*DOORS, *PEOPLE),
    Database.OPERATIONS: MACHINES,
}


@dataclass
class TakenAway:
    """What a restore takes away again.

    Attributes:
        told: a sentence of each thing that was, or could not be.
        is_known: there were databases in use that could tell.
    """

    told: list[str] = field(default_factory=list)
    is_known: bool = True

    def again(self, in_use: Mapping[Database, URL], restored: Mapping[Database, URL]) -> None:
        """In one transaction of each restored database, of which nobody has anything yet, held to each organization.

        Args:
            in_use: addresses of the owner, who reads of all organizations. restored: of the runtime role.
        """
        codes = self._codes(restored[Database.IDENTITY])
        for database, kinds in _KINDS.items():
            found = [(take, self._read(in_use[database], what, query)) for what, query, take in kinds]
            engine = create_engine(restored[database], poolclass=pool.NullPool)
            with engine.begin() as connection:
                for take, rows in found:
                    self._take(connection, take, rows, codes)

    def _codes(self, identity: URL) -> Mapping[UUID, str]:
        engine = create_engine(identity, poolclass=pool.NullPool)
        with engine.connect() as connection:
            return {row.id: row.code for row in connection.execute(select(Organization.id, Organization.code))}

    def _read(self, url: URL, what: str, query: str) -> Sequence[Former]:
        try:
            engine = create_engine(url, poolclass=pool.NullPool)
            with engine.connect() as connection:
                if revisions.current(connection) is None:
                    self.is_known = False
                    return []
                return connection.execute(text(query)).all()
        except SQLAlchemyError as error:
            why = str(getattr(error, "orig", error)).strip().partition("\n")[0]
            self.told.append(f"{what}: what was taken away since can't be read ({why}), look after it by hand")
            return []

    def _take(self, connection: Connection, take: TakeAway, rows: Sequence[Former], codes: Mapping[UUID, str]) -> None:
        for organization, own in groupby(rows, lambda row: row.organization_id):
            code = codes.get(organization)
            if code is None:
                continue  # it was made after the backup
            with TenantSession(connection, Scope(organization, request_id="restore")) as session, session.begin():
                self.told += [f"{code}: {words}" for words in take(session, list(own))]

"""Which texts are those of badges: asked before a scanned text is kept, for what a badge bears is kept nowhere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import structlog
from cryptography.fernet import MultiFernet
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from unison_domain.identity.badge_text import badge_hash

from unison_server.identity.badge_tables import Badge, SignOnSettings
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.errors import Unavailable
from unison_server.kernel.scope import Scope
from unison_server.kernel.sealed import unsealed

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class KnownBadges:
    """Knows all badges of an organization, also those that name nobody any more; `encryption` keeps its key."""

    databases: Databases
    encryption: MultiFernet

    def among_what_stations_send(self, scope: Scope, texts: Collection[str]) -> frozenset[str]:
        """The same; none while nobody can say: a PC with its list sorts badges out itself, and its counts, which come
        in the same batch, must not wait for another database.
        """
        try:
            return self.among(scope, texts)
        except (Unavailable, OperationalError) as error:
            log.warning("scans are taken without a look for badges", error=str(error).partition("\n")[0])
            return frozenset()

    def among(self, scope: Scope, texts: Collection[str]) -> frozenset[str]:
        """Those of the texts that a badge bears."""
        if not texts:
            return frozenset()
        with self.databases.session(Database.IDENTITY, scope) as session:
            sealed = session.scalar(select(SignOnSettings.badge_key))
            if sealed is None:
                return frozenset()
            key = unsealed(self.encryption, sealed)
            hashes = {text: badge_hash(key, text) for text in texts}
            known = set(session.scalars(select(Badge.text_hash).where(Badge.text_hash.in_(set(hashes.values())))))
        return frozenset(text for text, hashed in hashes.items() if hashed in known)

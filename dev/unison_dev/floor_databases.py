"""The databases of a floor, reached as an installer does: with the server's own code, not through its API.

Apart from `floor.py`, because importing the server takes longer than starting all programs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from unison_domain.identity.contracts import UserCreate
from unison_server.cli.ground import embedded_cluster
from unison_server.identity.passwords import Passwords
from unison_server.identity.usecases import create_organization, create_user
from unison_server.kernel.database import Database
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.keys import new_id
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings

from unison_dev.demo_organization import ADMIN, ORGANIZATION, fields_of


def cluster_of(environment: Mapping[str, str]) -> Cluster | None:
    """The embedded PostgreSQL of a server with these variables, or None where they name servers."""
    return embedded_cluster(Settings.load({**os.environ, **environment}))


def settings_of(environment: Mapping[str, str]) -> Settings:
    """Settings of the server with these variables, with the addresses of its running databases."""
    settings, cluster = Settings.load({**os.environ, **environment}), cluster_of(environment)
    return settings if cluster is None else settings.with_urls(cluster.urls())


def add_organization(settings: Settings) -> None:
    """The organization and its administrator, who lets everybody else in."""
    databases, system = settings.databases(), settings.system_databases()
    scope = Scope(new_id())
    passwords = Passwords.of(settings)
    try:
        with system.session(Database.IDENTITY, scope) as session:
            create_organization(session, ORGANIZATION, "Nordwerk Pumps")
        with databases.session(Database.IDENTITY, scope) as session:
            create_user(session, UserCreate.model_validate(fields_of(ADMIN)), passwords)
    finally:
        databases.dispose()
        system.dispose()

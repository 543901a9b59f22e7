"""The embedded PostgreSQL is there whatever is killed."""

from __future__ import annotations

from unison_server.kernel.database import Databases
from unison_server.kernel.embedded import Cluster


def test_it_answers(cluster: Cluster) -> None:
    assert cluster.answers()


def test_databases_run_as_the_runtime_role(databases: Databases) -> None:
    with databases.operations.connect() as connection:
        assert connection.exec_driver_sql("select current_user").scalar() == "unison_runtime"

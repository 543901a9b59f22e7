"""A backup brings back every row of both databases, or says why not and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool
from unison_server.kernel.backup import BackupError, backup, drop_former, read_manifest, restore
from unison_server.kernel.database import Database, Databases
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.keys import new_id
from unison_server.kernel.revisions import head
from unison_server.kernel.roles import create_database
from unison_server.kernel.scope import Scope
from unison_server.kernel.settings import Settings
from unison_server.kernel.undone import Undone, undone_times

from tests.server.factories import Made, make_organization

Pair = Callable[[], Settings]


@pytest.fixture
def pair(cluster: Cluster, settings: Settings) -> Iterator[Pair]:
    """Makes migrated pairs of databases of their own, dropped at the end with all that restore made of them."""
    made: list[str] = []

    def make() -> Settings:
        names = {database: f"{database}_{new_id().hex[-16:]}" for database in Database}
        with cluster.connect(autocommit=True) as connection:
            for database, name in names.items():
                create_database(connection, name, f"template_{database}")
                made.append(name)
        return Settings(settings.data).with_urls(cluster.urls(names))

    yield make
    with cluster.connect(autocommit=True) as connection:
        for (name,) in connection.execute("select datname from pg_database").fetchall():
            if name.startswith(tuple(made)):
                connection.execute(f'drop database "{name}" with (force)'.encode())


def fill(settings: Settings) -> Made:
    """An organization with a plant and a person."""
    databases, system = settings.databases(), settings.system_databases()
    made = make_organization(databases, system)
    made.add_plant("NORTH")
    made.add_user("anna")
    databases.dispose()
    system.dispose()
    return made


def read(settings: Settings, database: Database, statement: str) -> list[object]:
    engine = create_engine(settings.owner_url(database), poolclass=NullPool)
    with engine.connect() as connection:
        return list(connection.execute(text(statement)).scalars())


def epoch(settings: Settings, database: Database) -> object:
    return read(settings, database, "select value from platform_settings where key = 'events.epoch'")[0]


def undone(settings: Settings) -> list[Undone]:
    """What restores undid, as the runtime role reads it."""
    databases = settings.databases()
    with databases.session(Database.OPERATIONS, Scope(new_id())) as session:
        times = undone_times(session)
    databases.dispose()
    return times


def test_every_row_comes_back_under_its_policies_and_with_a_new_epoch(pair: Pair, tmp_path: Path) -> None:
    settings = pair()
    made = fill(settings)
    epochs = [epoch(settings, database) for database in Database]
    manifest = backup(settings, tmp_path / "monday")
    assert {path.name for path in (tmp_path / "monday").iterdir()} == {
        "identity.dump",
        "operations.dump",
        "manifest.json",
    }
    assert manifest.databases["identity"].revision == head(Database.IDENTITY)
    made_after = fill(settings)

    former = restore(settings, tmp_path / "monday")

    assert read(settings, Database.OPERATIONS, "select code from plants") == ["NORTH"]
    assert read(settings, Database.IDENTITY, "select id from organizations") == [made.id]
    assert not {epoch(settings, database) for database in Database} & set(epochs)
    databases = settings.databases()
    with databases.session(Database.OPERATIONS, Scope(made_after.id)) as session:
        assert session.scalar(text("select count(*) from plants")) == 0
    with databases.session(Database.OPERATIONS, Scope(made.id)) as session:
        assert session.scalar(text("select count(*) from plants")) == 1
    databases.dispose()
    ((since, until),) = undone(settings)
    assert since == datetime.fromisoformat(manifest.created_at)
    assert since < until <= datetime.now(UTC)
    kept = make_url(settings.operations_owner_url).set(database=former[Database.OPERATIONS])
    before = settings.with_urls({"operations_owner_url": kept.render_as_string(hide_password=False)})
    assert read(before, Database.OPERATIONS, "select code from plants") == ["NORTH", "NORTH"]


def test_each_restore_adds_the_time_it_undid(pair: Pair, tmp_path: Path) -> None:
    settings = pair()
    backup(settings, tmp_path / "monday")
    restore(settings, tmp_path / "monday")
    backup(settings, tmp_path / "tuesday")
    restore(settings, tmp_path / "tuesday")
    (first, _), (second, _) = undone(settings)
    assert first <= second


def test_a_name_that_postgresql_would_cut_off_is_refused(pair: Pair, tmp_path: Path) -> None:
    settings = pair()
    backup(settings, tmp_path / "monday")
    long = make_url(settings.operations_owner_url).set(database="operations" * 6)
    settings = settings.with_urls({"operations_owner_url": long.render_as_string(hide_password=False)})
    with pytest.raises(BackupError, match="at most 40 bytes"):
        restore(settings, tmp_path / "monday")


def test_former_databases_are_deleted_when_asked_and_no_others(pair: Pair, tmp_path: Path, cluster: Cluster) -> None:
    settings, bystander = pair(), pair()
    backup(settings, tmp_path / "monday")
    former = restore(settings, tmp_path / "monday")
    untouched = restore(bystander, tmp_path / "monday")
    assert set(drop_former(settings)) == set(former.values())
    assert drop_former(settings) == []
    with cluster.connect() as connection:
        present = {name for (name,) in connection.execute("select datname from pg_database")}
    assert set(untouched.values()) <= present
    assert not set(former.values()) & present
    assert epoch(settings, Database.OPERATIONS)


def test_a_backup_never_writes_over_anything(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear all")
    with pytest.raises(BackupError, match="is not an empty folder"):
        backup(pair(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]


def test_a_backup_that_fails_leaves_nothing_behind(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_server.kernel.backup._to_disk", full_disk)
    with pytest.raises(BackupError, match="No space left on device"):
        backup(pair(), tmp_path / "monday")
    assert list(tmp_path.iterdir()) == []


def full_disk(_folder: Path) -> None:
    raise OSError(28, "No space left on device")


@pytest.fixture
def kept(pair: Pair, tmp_path: Path) -> tuple[Settings, Path]:
    """Databases and a good backup of them."""
    settings = pair()
    backup(settings, tmp_path / "kept")
    return settings, tmp_path / "kept"


def refused(kept: tuple[Settings, Path], words: str) -> None:
    """The restore is refused with these words and nothing is changed."""
    settings, folder = kept
    before = epoch(settings, Database.OPERATIONS)
    with pytest.raises(BackupError, match=words):
        restore(settings, folder)
    assert epoch(settings, Database.OPERATIONS) == before


def test_a_damaged_archive_is_refused(kept: tuple[Settings, Path]) -> None:
    archive = kept[1] / "operations.dump"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    refused(kept, "operations.dump is not as it was written")


def test_a_missing_archive_is_refused(kept: tuple[Settings, Path]) -> None:
    (kept[1] / "identity.dump").unlink()
    refused(kept, "identity.dump is not as it was written")


def test_a_backup_of_a_newer_version_is_refused(kept: tuple[Settings, Path]) -> None:
    manifest = json.loads((kept[1] / "manifest.json").read_text())
    manifest["databases"]["identity"]["revision"] = "9999"
    (kept[1] / "manifest.json").write_text(json.dumps(manifest))
    refused(kept, "does not know migration '9999' of identity: install that version first")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"databases": {}}', "\x00"])
def test_a_manifest_that_is_none_is_refused(kept: tuple[Settings, Path], text: str) -> None:
    (kept[1] / "manifest.json").write_text(text)
    refused(kept, "manifest.json can't be read")


def test_a_folder_without_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="holds no backup"):
        read_manifest(tmp_path)


def test_nothing_is_restored_under_a_running_server(kept: tuple[Settings, Path]) -> None:
    databases: Databases = kept[0].databases()
    with databases.operations.connect() as connection:
        connection.execute(text("select 1"))
        refused(kept, "connections to operations_.* are open: stop every server")
    databases.dispose()


def test_a_restore_that_was_killed_can_be_done_again(kept: tuple[Settings, Path], cluster: Cluster) -> None:
    name = make_url(kept[0].operations_url).database
    with cluster.connect(autocommit=True) as connection:
        create_database(connection, f"{name}_restoring")
    restore(*kept)

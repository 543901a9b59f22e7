"""The embedded PostgreSQL is there whatever is killed, and nobody enters it without a password."""

from __future__ import annotations

import json
import multiprocessing
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from unison_server.kernel.database import Database
from unison_server.kernel.embedded import Cluster
from unison_server.kernel.postgres import EmbeddedError
from unison_server.kernel.postgres.binaries import find_binaries
from unison_server.kernel.rls import OWNER, RUNTIME, SYSTEM

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
UNSAFE = {"fsync": "off"}
"""Survives every kill, not a power cut: enough here."""
START = """
import sys
from pathlib import Path
from unison_server.kernel.embedded import Cluster
cluster = Cluster(Path(sys.argv[1]), options={"fsync": "off"})
cluster.start()
print("started", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of this file's own; a test finds it in whatever state the one before left it."""
    cluster = Cluster(tmp_path_factory.mktemp("embedded") / "data", options=UNSAFE)
    yield cluster
    cluster.destroy()


def postmaster(cluster: Cluster) -> int:
    return int((cluster.pgdata / "postmaster.pid").read_text().splitlines()[0])


def note(cluster: Cluster) -> str:
    """Commit a word and give it."""
    word = os.urandom(8).hex()
    with cluster.connect() as connection:
        connection.execute("create table if not exists notes (word text)")
        connection.execute("insert into notes values (%s)", (word,))
    return word


def notes(cluster: Cluster) -> list[str]:
    with cluster.connect() as connection:
        return [word for (word,) in connection.execute("select word from notes")]


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def kill_while_it_starts(cluster: Cluster, times: int) -> list[int]:
    """Kill each new postmaster as soon as it shows, so often; gives which."""
    killed: list[int] = []
    deadline = time.monotonic() + 60
    while len(killed) < times and time.monotonic() < deadline:
        try:
            number = postmaster(cluster)
            if number not in killed and cluster.running():
                os.kill(number, signal.SIGKILL)
                killed.append(number)
        except (OSError, ValueError, IndexError):
            continue  # it has not written its number yet, or was gone before
    return killed


def test_killed_while_it_starts_it_starts_anew(own: Cluster) -> None:
    own.start()
    word = note(own)
    own.stop()
    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(kill_while_it_starts, Cluster(own.data, options=UNSAFE), 3)
        own.start()
        killed = killing.result()
        assert len(set(killed)) == 3
        own.start()
    assert postmaster(own) not in killed
    assert word in notes(own)


def test_it_starts_is_found_and_ends(own: Cluster) -> None:
    own.stop()
    assert not own.running()
    own.start()
    first = postmaster(own)
    own.start()
    assert postmaster(own) == first
    own.stop()
    assert not own.running()
    assert not own.answers()
    own.stop()


def test_committed_rows_survive_kill_9_of_the_postmaster(own: Cluster) -> None:
    own.start()
    word = note(own)
    os.kill(postmaster(own), signal.SIGKILL)
    own.start()
    assert word in notes(own)


def test_a_watched_postmaster_comes_back_by_itself(own: Cluster) -> None:
    own.start()
    end = threading.Event()
    watching = threading.Thread(target=own.watch, args=(end,))
    watching.start()
    for _ in range(2):
        killed = postmaster(own)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda killed=killed: own.answers() and postmaster(own) != killed)  # type: ignore[misc]
    end.set()
    watching.join()


def test_kill_9_of_ourselves_leaves_it_running_for_the_next_start(own: Cluster) -> None:
    own.stop()
    with subprocess.Popen([sys.executable, "-c", START, own.data], stdin=-1, stdout=-1, text=True) as victim:
        assert victim.stdout
        assert victim.stdout.readline() == "started\n"
        victim.kill()
    running = postmaster(own)
    own.start()
    assert postmaster(own) == running
    assert note(own) in notes(own)


def test_kill_9_of_both_at_once(own: Cluster) -> None:
    own.stop()
    with subprocess.Popen([sys.executable, "-c", START, own.data], stdin=-1, stdout=-1, text=True) as victim:
        assert victim.stdout
        assert victim.stdout.readline() == "started\n"
        word = note(own)
        victim.kill()
        os.kill(postmaster(own), signal.SIGKILL)
    own.start()
    assert word in notes(own)


def test_two_starts_at_once_make_one_cluster(own: Cluster) -> None:
    own.stop()
    command = [sys.executable, "-c", START, str(own.data)]
    both = [subprocess.Popen(command, stdin=-1, stdout=-1, text=True) for _ in range(2)]
    assert [process.communicate()[0] for process in both] == ["started\n"] * 2
    assert own.answers()


def test_an_initdb_that_was_killed_is_begun_again(own: Cluster) -> None:
    own.start()
    own.stop()
    own.pgdata.rename(own.folder / "data.new")
    (own.folder / "data.new" / "PG_VERSION").unlink()
    own.start()
    assert own.answers()


def test_a_number_reused_after_a_reboot_is_not_taken_for_it(own: Cluster) -> None:
    own.start()
    own.stop()
    (own.pgdata / "postmaster.pid").write_text(f"{os.getpid()}\n{own.pgdata}\n")
    assert not own.running()
    own.start()
    assert own.answers()


def test_a_bad_configuration_is_told_with_the_words_of_postgresql(own: Cluster) -> None:
    own.stop()
    broken = Cluster(own.data, options={**UNSAFE, "shared_buffers": "plenty"})
    with pytest.raises(EmbeddedError, match="shared_buffers"):
        broken.start()


def test_a_lost_or_broken_password_file_is_told_at_once(own: Cluster) -> None:
    own.start()
    secret = own.data / "postgresql.json"
    kept = secret.read_text()
    told = json.loads(kept)
    secret.write_text(json.dumps({**told, "passwords": dict.fromkeys(told["passwords"], "guess")}))
    with pytest.raises(EmbeddedError, match="does not hold the passwords"):
        Cluster(own.data, options=UNSAFE).start()
    secret.write_text(kept[: len(kept) // 2])
    with pytest.raises(EmbeddedError, match=r"postgresql.json can't be read"):
        Cluster(own.data, options=UNSAFE)
    secret.write_text(kept)


def test_roles_have_their_own_passwords_and_only_the_system_role_passes_row_level_security(own: Cluster) -> None:
    own.start()
    secret = own.data / "postgresql.json"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    passwords = json.loads(secret.read_text())["passwords"]
    assert len(set(passwords.values())) == 4
    with own.connect() as connection:
        rows = connection.execute("select rolname, rolsuper, rolbypassrls from pg_roles where rolname like 'unison%'")
        found = {name: (superuser, bypass) for name, superuser, bypass in rows}
        owners = connection.execute(
            "select datname, pg_get_userbyid(datdba) from pg_database where datname = any(%s)", ([*Database],)
        ).fetchall()
    assert found == {OWNER: (False, False), RUNTIME: (False, False), SYSTEM: (False, True)}
    assert dict(owners) == {"identity": OWNER, "operations": OWNER}
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=str(own.sockets), user=RUNTIME, password="guess", dbname="operations")


def test_it_does_not_listen_on_any_port_and_leaves_foreign_folders_alone(own: Cluster) -> None:
    modes = [parent.stat().st_mode for parent in own.data.parents]
    own.start()
    with own.connect() as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
    assert [parent.stat().st_mode for parent in own.data.parents] == modes
    assert stat.S_IMODE(own.folder.stat().st_mode) == 0o700
    assert [path.name for path in (own.folder / "log").glob("postgresql-*.log")]


@pytest.mark.skipif(not DEBIAN_15.exists(), reason="PostgreSQL 15 is not installed")
def test_an_installed_postgresql_15_serves_as_well_and_data_stays_with_its_version(tmp_path: Path) -> None:
    old = Cluster(tmp_path / "data", str(DEBIAN_15), options=UNSAFE)
    old.start()
    old.stop()
    unset = Cluster(tmp_path / "data", options=UNSAFE)
    try:
        unset.start()
        with unset.connect() as connection:
            assert connection.info.server_version // 10_000 == 15
        assert find_binaries("", 15).folder == DEBIAN_15
    finally:
        unset.destroy()


def test_a_folder_without_postgresql_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=f"UNISON_POSTGRES is '{tmp_path}'"):
        Cluster(tmp_path / "data", str(tmp_path)).start()
    with pytest.raises(EmbeddedError, match="PostgreSQL 12, which made the data"):
        find_binaries("", 12)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another user")
class TestAsRoot:
    def test_the_system_user_runs_it_from_a_copy_that_it_reaches(self, own: Cluster) -> None:
        own.start()
        user = pwd.getpwnam("unison")
        process = Path(f"/proc/{postmaster(own)}")
        assert process.stat().st_uid == user.pw_uid
        assert (process / "exe").readlink().is_relative_to("/var/lib/unison/postgresql")
        assert own.sockets.parent == Path("/run")

    def test_a_copied_data_folder_does_not_share_the_databases(self, own: Cluster, tmp_path: Path) -> None:
        own.start()
        own.stop()
        shutil.copytree(own.data, tmp_path / "copy")
        with pytest.raises(EmbeddedError, match="is a copy of"):
            Cluster(tmp_path / "copy", options=UNSAFE).start()

    def test_a_moved_data_folder_keeps_them(self, own: Cluster, tmp_path: Path) -> None:
        own.start()
        word = note(own)
        own.stop()
        own.data.rename(tmp_path / "moved")
        moved = Cluster(tmp_path / "moved", options=UNSAFE)
        moved.start()
        assert word in notes(moved)
        moved.stop()
        (tmp_path / "moved").rename(own.data)

    @pytest.mark.parametrize("depth", [1, 12], ids=["short path", "path too long for a socket"])
    def test_an_ordinary_user_has_all_of_it_in_the_data_folder(self, depth: int) -> None:
        nobody = pwd.getpwnam("nobody")
        home = Path(tempfile.mkdtemp(prefix="unison-test-"))
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        data = home.joinpath(*["a-long-name"] * depth)
        # A fork, because the interpreter itself may lie where this user can't go.
        child = multiprocessing.get_context("fork").Process(target=as_user, args=(nobody, data, depth == 1))
        try:
            child.start()
            child.join()
            # Root finds what the user made, and runs it as that user.
            as_root(nobody, data)
        finally:
            shutil.rmtree(home)
        assert child.exitcode == 0


def as_user(user: pwd.struct_passwd, data: Path, fits: bool) -> None:
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    cluster = Cluster(data, options=UNSAFE)
    cluster.start()
    os.kill(postmaster(cluster), signal.SIGKILL)
    cluster.start()
    assert Path(f"/proc/{postmaster(cluster)}").stat().st_uid == user.pw_uid
    assert cluster.folder == data / "postgresql"
    assert cluster.sockets.is_relative_to(data) == fits
    assert stat.S_IMODE(cluster.sockets.stat().st_mode) == 0o700
    cluster.stop()


def as_root(user: pwd.struct_passwd, data: Path) -> None:
    cluster = Cluster(data, options=UNSAFE)
    cluster.start()
    assert Path(f"/proc/{postmaster(cluster)}").stat().st_uid == user.pw_uid
    cluster.destroy()
    assert not cluster.sockets.exists()

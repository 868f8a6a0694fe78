"""Database files: nobody else reads them, and several processes may open them at once."""

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
from sqlalchemy import text

from privacy.database import Database
from privacy.sealing import MasterKey

PROCESSES = 6
OPENING = """
import asyncio, sys
from alerts.store.store import Store
from privacy.accounts import Accounts
from privacy.sealing import MasterKey
from producers.directory.store import Directory

async def main(folder):
    key = MasterKey(b"k" * 32)
    def at(name):
        return f"sqlite+aiosqlite:///{folder}/new/{name}.db"
    sys.stdin.readline()  # all at once
    for made in (Store.open(at("alerts")), Accounts.open(at("accounts"), key),
                 Directory.open(at("directory"), key)):
        await (await made).close()

print("ready", flush=True)
asyncio.run(main(sys.argv[1]))
"""


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


async def test_what_is_written_is_for_its_owner_alone(tmp_path, open_umask):
    file = tmp_path / "data" / "some.db"
    database = Database(f"sqlite+aiosqlite:///{file}", "some")
    async with database.writing() as connection:
        await connection.execute(text("CREATE TABLE t (n)"))
        await connection.execute(text("INSERT INTO t VALUES (1)"))
    assert mode(file.parent) == 0o700
    files = {path.name: mode(path) for path in file.parent.iterdir()}
    await database.close()
    assert files == dict.fromkeys(["some.db", "some.db-wal", "some.db-shm"], 0o600)


async def test_a_file_from_before_is_closed_to_others_and_its_folder_left_alone(tmp_path):
    file = tmp_path / "some.db"
    sqlite3.connect(file).close()
    file.touch()
    file.chmod(0o644)
    tmp_path.chmod(0o755)
    database = Database(f"sqlite+aiosqlite:///{file}", "some")
    async with database.reading() as connection:
        how = (await connection.execute(text("PRAGMA journal_mode"))).scalar_one()
    await database.close()
    assert (mode(file), mode(tmp_path), how) == (0o600, 0o755, "wal")


def test_a_key_is_for_its_owner_alone(tmp_path, open_umask):
    path = tmp_path / "data" / "master.key"
    MasterKey.make(path)
    MasterKey.rotate(path)
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


@pytest.mark.slow
def test_six_processes_make_the_same_databases_at_once(tmp_path):
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", OPENING, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for one in starting:
        assert one.stdout.readline() == "ready\n"
    for one in starting:
        one.stdin.write("go\n")
        one.stdin.flush()
    told = [one.communicate(timeout=60)[1] for one in starting]
    assert ([one.returncode for one in starting], told) == ([0] * PROCESSES, [""] * PROCESSES)


def test_a_file_that_another_writes_to_in_the_old_mode_is_waited_for(tmp_path):
    """As it is for a moment when several processes open a new one at once."""
    path = tmp_path / "some.db"
    writing = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    writing.execute("CREATE TABLE t (n)")
    writing.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.5, lambda: writing.execute("COMMIT"))
    done.start()
    Database(f"sqlite+aiosqlite:///{path}", "some")
    done.join()
    writing.close()
    with contextlib.closing(sqlite3.connect(path)) as again:
        assert again.execute("PRAGMA journal_mode").fetchone() == ("wal",)

"""A real PostgreSQL server of Debian's package, on loopback, for as long as the tests run."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sessionwatch.broker import free_port

TOOLS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
USER, PASSWORD = "sessionwatch", "only-for-tests"


@contextmanager
def server() -> Iterator[str]:
    """Yields the URL of an empty database; the server and its files go with the block."""
    assert TOOLS is not None, "PostgreSQL is not installed"
    folder = Path(tempfile.mkdtemp(prefix="sessionwatch-pg-"))
    word = folder / "password"
    word.write_text(PASSWORD)
    if os.geteuid() == 0:  # the server refuses to run as root
        for path in (folder, word):
            shutil.chown(path, "postgres", "postgres")
    port = free_port()
    try:
        _run("initdb", "-D", folder / "db", "-U", USER, "-A", "scram-sha-256", f"--pwfile={word}")
        options = f"-h 127.0.0.1 -p {port} -k {folder} -F"
        _run("pg_ctl", "-D", folder / "db", "-w", "-o", options, "-l", folder / "log", "start")
        yield f"postgresql+asyncpg://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres"
    finally:
        if (folder / "db" / "postmaster.pid").exists():
            _run("pg_ctl", "-D", folder / "db", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _run(tool: str, *words: object) -> None:
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*as_user, str(TOOLS / tool), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
    assert done.returncode == 0, done.stderr

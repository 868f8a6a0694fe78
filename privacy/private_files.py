"""Files that nobody else on the machine may read: 0600, in a folder of 0700."""

import os
from pathlib import Path

FOLDER, FILE = 0o700, 0o600


def folder(path: Path) -> None:
    """Makes the folder where there is none; one that was there keeps its rights."""
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=FOLDER, exist_ok=True)


def create(path: Path) -> int:
    """Makes a new file and its folder; a descriptor to write it by. Raises `FileExistsError`."""
    folder(path.parent)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE)


def close_to_others(path: Path) -> None:
    """Takes away what rights others have to a file, if it is there and ours."""
    try:
        held = path.stat()
        if held.st_mode & 0o077 and held.st_uid == os.geteuid():
            path.chmod(FILE)
    except FileNotFoundError:
        return

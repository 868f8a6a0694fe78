"""A file that a command was asked to write."""

from pathlib import Path


def written(path: Path, content: bytes) -> None:
    """Raises `OSError` with the file's name: the system names none where the disk is full."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None

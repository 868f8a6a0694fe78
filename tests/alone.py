"""What only one of the processes that run the tests may do at a time: building, say."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

LOCKS = Path(__file__).parents[1] / ".cache"


@contextlib.contextmanager
def alone(what: str) -> Iterator[None]:
    """The others wait until the block ends, or its process."""
    LOCKS.mkdir(exist_ok=True)
    with (LOCKS / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

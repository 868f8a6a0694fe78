"""The watchdog ends a process that stands still, and only that."""

import subprocess
import sys

import pytest

from streams.watchdog import EXIT_STALLED

CHILD = """
import time
from streams.watchdog import Watchdog
dog = Watchdog("part", stalled_seconds=1, lease_seconds=1.5)
dog.start()
dog.behind = {behind}
for _ in range(25):
    {each}
    time.sleep(0.1)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("behind", "each", "status"),
    [
        pytest.param(True, "dog.beat()", EXIT_STALLED, id="behind, and no progress"),
        pytest.param(False, "dog.progress()", EXIT_STALLED, id="a blocked event loop"),
        pytest.param(False, "dog.beat(); time.sleep(1.6)", EXIT_STALLED, id="was stopped"),
        pytest.param(True, "dog.beat(); dog.progress()", 0, id="working"),
        pytest.param(False, "dog.beat()", 0, id="idle"),
    ],
)
def test_it_ends_what_stands_still(behind, each, status):
    child = CHILD.format(behind=behind, each=each)
    ended = subprocess.run([sys.executable, "-c", child], timeout=60, capture_output=True)
    assert ended.returncode == status

"""C1 and C2: every event three times, in any order within the allowed lateness."""

import pytest

from tests.faults import load
from tests.faults.engine import Engines
from tests.faults.topics import eventually, expected_of, told, write

pytestmark = pytest.mark.slow


async def test_doubles_and_disorder_change_nothing_that_is_told(kafka):
    wanted = expected_of(load.log(), kafka.partitions)
    with Engines("session", kafka) as engines:
        engines.start()
        await write(kafka, load.disturbed_log(seed=1), pace=0)
        got = await eventually(lambda: told(kafka), lambda facts: facts >= wanted)
    assert got == wanted

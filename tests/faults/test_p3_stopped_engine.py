"""P3: an engine that is stopped beyond its session timeout wakes up as a stale owner.

It joins again or exits; what it still held repeats nothing wrong and loses nothing.
"""

import signal

import pytest

from streams.events import MINUTE
from tests.faults import load
from tests.faults.engine import Engines
from tests.faults.topics import eventually, expected, told, write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


async def test_a_stopped_session_monitor_that_wakes_up_changes_nothing(kafka):
    log = load.log()
    early = [event for event in log if event.ts <= load.START + 10.5 * MINUTE]
    late = log[len(early) :]
    with Engines("session", kafka) as engines:
        sleeper = engines.start()
        await write(kafka, early[:100])
        begun = await eventually(lambda: told(kafka), bool)
        await write(kafka, early[100:])
        sleeper.send_signal(signal.SIGSTOP)
        engines.start()
        await write(kafka, late[: len(late) // 2])
        went_on = await eventually(lambda: told(kafka), lambda facts: len(facts) > len(begun) + 20)
        assert len(went_on) > len(begun), "nobody took over from the stopped worker"
        sleeper.send_signal(signal.SIGCONT)
        await write(kafka, late[len(late) // 2 :])
        wanted = await expected(kafka)
        got = await eventually(lambda: told(kafka), lambda facts: facts >= wanted)
    assert got == wanted

"""P1: kill -9 of an engine in mid-stream, twice; what is told is that of an undisturbed run.

A second worker stands by and takes over. Doubles on a topic are allowed: they have the same id.
"""

import pytest

from streams.events import MINUTE
from tests.faults import load
from tests.faults.engine import Engines
from tests.faults.topics import (
    changes_expected,
    changes_told,
    eventually,
    expected,
    told,
    write,
    write_batches,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(params=["kafka", "apache_kafka"], ids=["embedded broker", "Apache Kafka"])
def broker_settings(request):
    return request.getfixturevalue(request.param)


CUTS = (-3, 10.5, 16, 30)
"""Minutes: both kills come right after something is due, at 10 and before 30."""


def stretches_of(log):
    """The log in five parts."""
    ends = [load.START + cut * MINUTE for cut in CUTS]
    parts = [[] for _ in range(5)]
    for event in log:
        parts[sum(event.ts > end for end in ends)].append(event)
    return parts


async def killed_twice(engines, feed, stretches, ask):
    """Feeds five stretches; the worker at work is killed in the third and in the fifth."""
    first = engines.start()
    await feed(stretches[0])
    begun = await eventually(ask, bool)
    assert begun, "the first worker never began"
    second = engines.start()
    await feed(stretches[1])
    first.kill()
    await feed(stretches[2])
    went_on = await eventually(ask, lambda answer: len(answer) > len(begun))
    assert len(went_on) > len(begun), "nobody took over from the first worker"
    engines.start()
    await feed(stretches[3])
    second.kill()
    await feed(stretches[4])


async def test_killing_the_session_monitor_twice_changes_nothing(broker_settings):
    kafka = broker_settings
    with Engines("session", kafka) as engines:
        await killed_twice(
            engines,
            lambda events: write(kafka, events),
            stretches_of(load.log()),
            lambda: told(kafka),
        )
        wanted = await expected(kafka)
        got = await eventually(lambda: told(kafka), lambda facts: facts >= wanted)
    assert got == wanted
    rules = {rule for rule, *_ in wanted}
    assert {"missed_session", "dropped_out", "host_missing", "session.attended"} <= rules


async def test_killing_the_quality_reducer_twice_changes_nothing(broker_settings):
    kafka = broker_settings
    rounds = list(load.batches(250))
    with Engines("quality", kafka) as engines:
        await killed_twice(
            engines,
            lambda rounds: write_batches(kafka, rounds),
            [rounds[at : at + 50] for at in range(0, 250, 50)],
            lambda: changes_told(kafka),
        )
        wanted = await changes_expected(kafka)
        got = await eventually(lambda: changes_told(kafka), lambda ids: set(ids) >= set(wanted))
    assert set(got) == set(wanted)
    assert len(wanted) > 50

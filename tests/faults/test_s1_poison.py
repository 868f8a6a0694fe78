"""S1 and S2: what cannot be read becomes a dead letter; a flood of it stops the worker once."""

import pytest

from streams import codec
from streams.events import ParticipantJoined, SessionScheduled
from streams.topics import DEAD_LETTERS
from tests.faults import load
from tests.faults.engine import SEAL, Engines
from tests.faults.topics import eventually, expected, read, told, write

pytestmark = pytest.mark.slow

JOIN = next(codec.encode(e) for e in load.events() if isinstance(e, ParticipantJoined))
SCHEDULE = next(codec.encode(e) for e in load.events() if isinstance(e, SessionScheduled))
POISON = [
    (b"", b"not_json"),
    (b"{", b"not_json"),
    (b"\xff\xfe\x00", b"not_json"),
    (b"[" * 20_000, b"invalid_field"),
    (b'{"type": "clock.ticked", "id": "1", "ts": NaN}', b"not_json"),
    (b'"\xed\xa0\x80"', b"invalid_field"),
    (b'{"type": "\xed\xa0\x80"}', b"not_json"),
    (b"null", b"invalid_field"),
    (JOIN.replace(b'"ts":', b'"ts":"soon","was":'), b"invalid_field"),
    (JOIN.replace(b'"session_id":"group', b'"session_id":"Jane Doe'), b"invalid_field"),
    (SCHEDULE.replace(b'"roster":[', b'"roster":[7,'), b"invalid_field"),
    (b"x" * 500_000, b"not_json"),
    (None, b"tombstone"),
]
UNKNOWN = b'{"type": "participant.levitated", "id": "1", "ts": 1, "session_id": "group0"}'


def poisoned(log):
    """A poisonous record after each twentieth event, and one of a later version's type."""
    mixed = []
    poison = [UNKNOWN, *(raw for raw, _ in POISON)]
    for number, event in enumerate(log):
        mixed.append(event)
        if number % 20 == 10 and poison:
            mixed.append(poison.pop())
    assert not poison
    return mixed


async def test_poison_becomes_dead_letters_and_the_neighbours_are_told(kafka):
    with Engines("session", kafka) as engines:
        worker = engines.start()
        await write(kafka, poisoned(load.log()), pace=0)
        wanted = await expected(kafka)
        got = await eventually(lambda: told(kafka), lambda facts: facts >= wanted)
        assert worker.poll() is None
    assert got == wanted
    letters = await read(kafka, DEAD_LETTERS)
    why = [(SEAL.open(letter.value), dict(letter.headers)["reason"]) for letter in letters]
    assert sorted(why) == sorted((raw or b"", reason) for raw, reason in POISON)


async def test_a_flood_of_poison_stops_the_worker_and_the_next_one_goes_on(kafka):
    flood = [b"{"] * 150
    with Engines("session", kafka) as engines:
        first = engines.start()
        await write(kafka, [*flood, *load.log()], pace=0)
        status = await eventually(lambda: _status(first), lambda code: code is not None)
        assert status == 1
        wanted = await expected(kafka)
        engines.start()
        got = await eventually(lambda: told(kafka), lambda facts: facts >= wanted)
    assert got == wanted
    assert len(await read(kafka, DEAD_LETTERS)) == len(flood)


async def _status(process):
    return process.poll()

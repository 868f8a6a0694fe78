"""The participant monitor's process: killed in mid-stream, it says what an undisturbed one says."""

import pytest

from streams import codec
from streams.events import HOUR, ParticipantProfiled
from streams.participant.monitor import Monitor
from streams.rules import load
from streams.topics import PARTICIPANT_EVENTS, SESSION_EVENTS, SIGNALS
from tests.faults.engine import Engines
from tests.faults.topics import eventually, read, write
from tests.participant_story import Weeks, logged, ms

pytestmark = pytest.mark.slow

HOWS = ("AAAAAAAAA", "AAMMAMMMA", "MAAAAMMAE", "CCCAAAAAA", "MMMMMMMMM", "EEEEEEAAA")
DEVICE_TROUBLE = {"drops": 3, "lost_ms": HOUR // 4}


def weeks():
    """Three weeks of six people, one of whose sessions are corrected and revised."""
    people = []
    for number, hows in enumerate(HOWS):
        person = Weeks(who=f"p{number}").enrolled("2026-08-31").history("2026-08-31", hows)
        people.append(person)
    people[1].corrects("2026-09-07 10:00", "A", "2026-09-08 09:00")
    people[3].went("2026-09-09 10:00", revision=1, arrives="2026-09-09 15:00", **DEVICE_TROUBLE)
    people[4].acts("outreach", "left_message", "2026-09-04 16:00")
    log = [one for person in people for one in person.log]
    return logged(log, ms("2026-09-28"), 8 * HOUR)


async def told(kafka):
    """What was written: (rule, alert, status) of signals, and profiles."""
    signals = [codec.signals.decode(record.value) for record in await read(kafka, SIGNALS)]
    events = [
        codec.session_events.decode(record.value) for record in await read(kafka, SESSION_EVENTS)
    ]
    return _facts(signals, [one for one in events if isinstance(one, ParticipantProfiled)])


async def expected(kafka):
    """The same of an undisturbed run: the core in this process, over the log read back."""
    cores = {number: Monitor(number, load()) for number in range(kafka.partitions)}
    steps = [
        cores[record.partition].apply(codec.participant_events.decode(record.value), record.offset)
        for record in await read(kafka, PARTICIPANT_EVENTS)
    ]
    return _facts(
        [signal for step in steps for signal in step.signals],
        [profile for step in steps for profile in step.profiles],
    )


def _facts(signals, profiles):
    said = {(one.rule, one.alert_id, one.status, one.ts) for one in signals}
    return said | {(one.id, one.ts, one.sessions, one.missed_14d) for one in profiles}


async def test_killing_it_in_mid_stream_changes_nothing(kafka):
    log = weeks()
    third = len(log) // 3
    with Engines("participant", kafka) as engines:
        first = engines.start()
        await write(kafka, log[:third], to=PARTICIPANT_EVENTS)
        assert await eventually(lambda: told(kafka), bool)
        engines.start()  # stands by
        await write(kafka, log[third : 2 * third], to=PARTICIPANT_EVENTS)
        first.kill()
        await write(kafka, log[2 * third :], to=PARTICIPANT_EVENTS)
        wanted = await expected(kafka)
        got = await eventually(lambda: told(kafka), lambda facts: facts >= wanted)
    assert got == wanted
    rules = {fact[0] for fact in wanted}
    assert {"missed_in_a_row", "not_seen", "technology_in_the_way", "care_fit_review"} <= rules

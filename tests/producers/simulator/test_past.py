"""The weeks before the demonstration's day."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.directory.enrolling import enrolment_changed
from producers.simulator.day import make
from producers.simulator.past import past
from producers.simulator.timeline import TIME_ZONE, Names
from streams.codec import encode, participant_events
from streams.events import HOUR, MINUTE, ClockTicked, SessionAttended
from streams.participant.monitor import Monitor
from streams.rules import load
from streams.topics import DAY_MS

START = 1_800_000_000_000 // MINUTE * MINUTE
MADE = Pseudonyms(MasterKey(b"\x05" * 32))
ROOM = make("demo", 1, START).rooms[0]


def test_the_first_group_has_four_weeks_of_three_sessions_behind_it():
    events = list(past(ROOM, MADE))
    assert [participant_events.decode(encode(one)) for one in events] == events
    told = [one for one in events if isinstance(one, SessionAttended)]
    people = {Names(MADE).patient(person) for person in ROOM.roster}
    assert Counter(one.participant_id for one in told) == dict.fromkeys(people, 12)
    assert len({one.id for one in told}) == len(told) == 120
    for one in told:
        starts = one.ts - one.scheduled_ms
        day = datetime.fromtimestamp(starts / 1000, ZoneInfo(TIME_ZONE))
        assert day.weekday() in (0, 2, 4)
        assert START - 29 * DAY_MS < starts < START - 20 * HOUR
        assert one.present_ms <= one.scheduled_ms


def test_something_stands_out_in_them():
    monitor = Monitor(0, load())
    told = list(past(ROOM, MADE))
    imported = [enrolment_changed(who, "active", START) for who in {e.participant_id for e in told}]
    ticks = [ClockTicked(id=f"t{n}", ts=START + n) for n in range(2)]
    events = [ticks[0], *imported, *told, ticks[1]]
    steps = [monitor.apply(event, offset) for offset, event in enumerate(events)]
    found = {signal.rule for step in steps for signal in step.signals}
    assert found >= {"missed_in_a_row", "technology_in_the_way", "often_late"}

from collections import Counter

import pytest

from producers.simulator import habits
from producers.simulator.day import dice, make
from producers.simulator.log import as_log
from streams.codec import samples, session_events
from streams.events import ClockTicked
from tests.producers.simulator.days import PSEUDONYMS, START


@pytest.mark.parametrize("scenario", ["day", "demo"])
def test_the_same_seed_gives_the_same_log_byte_by_byte(scenario):
    first = b"\n".join(as_log(make(scenario, 7, START), PSEUDONYMS))
    again = b"\n".join(as_log(make(scenario, 7, START), PSEUDONYMS))
    assert first == again


def test_another_seed_gives_another_day():
    assert make("day", 1, START) != make("day", 2, START)


@pytest.mark.parametrize("scenario", ["day", "demo"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_line_can_be_read_and_time_never_goes_back(scenario, seed):
    day = make(scenario, seed, START)
    ticks = []
    for line in as_log(day, PSEUDONYMS):
        if line.startswith(b'{"samples"'):
            samples.decode(line)
        elif isinstance(event := session_events.decode(line), ClockTicked):
            ticks.append(event.ts)
    assert ticks == sorted(set(ticks))
    assert ticks[0] <= day.starts_at + 5_000
    assert ticks[-1] >= max(room.ends_at for room in day.rooms) + 20 * 60_000


@pytest.mark.parametrize("scenario", ["day", "demo"])
def test_no_stay_of_a_person_on_one_device_begins_before_the_last_has_ended(scenario):
    for seed in range(1, 21):
        for room in make(scenario, seed, START).rooms:
            for conduct in room.conducts:
                assert all(stay.start < stay.end for stay in conduct.stays)
                if conduct.habit != "phone_and_laptop":
                    ends = [stay.end for stay in conduct.stays]
                    assert all(
                        stay.start > end for stay, end in zip(conduct.stays[1:], ends, strict=False)
                    ), conduct.habit


def test_base_rates_are_those_of_the_literature():
    random = dice(1, "rates")
    drawn = Counter(habits.everyday(random).__name__ for _ in range(20_000))
    assert drawn["absent"] / 20_000 == pytest.approx(0.17, abs=0.01)
    failed = drawn["cannot_connect"] + drawn["connects_at_last"]
    assert 0.03 <= failed / 20_000 <= 0.055


def test_some_people_speak_spanish_and_nobody_is_there_twice():
    day = make("day", 1, START)
    people = [person for room in day.rooms for person in room.roster]
    assert len({person.name for person in people}) == len(people)
    assert 0.1 < sum(person.language == "es" for person in people) / len(people) < 0.5

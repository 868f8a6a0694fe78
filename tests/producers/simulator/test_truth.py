from collections import Counter

import msgspec
import pytest

from producers.simulator.day import make
from producers.simulator.expected import RULES
from producers.simulator.truth import Truth, as_lines, truths
from streams.events import MINUTE
from tests.producers.simulator.days import PSEUDONYMS, START


def of(scenario, seed=1):
    return list(truths(make(scenario, seed, START), PSEUDONYMS))


def test_every_rule_has_something_to_find_in_each_scenario():
    for scenario in ("day", "demo"):
        assert {truth.rule for truth in of(scenario)} == {*RULES, None}


@pytest.mark.parametrize("seed", range(1, 11))
def test_windows_are_short_and_lie_within_the_session(seed):
    day = make("day", seed, START)
    rooms = {PSEUDONYMS.session(room.uid, room.original_start): room for room in day.rooms}
    for truth in truths(day, PSEUDONYMS):
        if truth.rule is None:
            continue
        room = rooms[truth.session_id]
        assert 0 < truth.latest - truth.earliest <= 90_000, truth.habit
        assert room.starts_at - 15 * MINUTE < truth.earliest < room.ends_at, truth.habit


@pytest.mark.parametrize(
    "habit",
    [
        "camera_off",
        "tiring",
        "late_a_little",
        "headset_test",
        "phone_and_laptop",
        "late_webhook",
        "webhook_after_grace",
        "reconnects",
        "steps_out",
        "measured_each_minute",
        "excused",
        "excused_late",
        "excused_early",
        "in_person",
        "unmatched_then_matched",
    ],
)
def test_hard_negatives_are_in_the_day_and_nothing_is_to_be_said_of_them(habit):
    told = [truth for truth in of("day") if truth.habit == habit]
    assert told
    assert {truth.rule for truth in told} == {None}


def test_the_demo_has_every_alert_within_the_first_quarter_of_an_hour_or_so():
    first = {}
    for truth in of("demo"):
        if truth.rule:
            first[truth.rule] = min(truth.latest, first.get(truth.rule, truth.latest))
    assert max(first.values()) < START + 25 * MINUTE
    assert min(first.values()) < START + 2 * MINUTE
    assert sum(latest < START + 11.5 * MINUTE for latest in first.values()) >= 10


def test_lines_are_read_back():
    lines = list(as_lines(make("day", 1, START), PSEUDONYMS))
    assert [msgspec.json.decode(line, type=Truth) for line in lines] == of("day")


def test_absences_are_as_frequent_as_in_the_literature():
    """17 % of the seats that are drawn at base rates, over many days."""
    habits = Counter(
        conduct.habit
        for seed in range(30)
        for room in make("day", seed, START).rooms
        if room.title == "Afternoon group 4"
        for conduct in room.patients[2:]
    )
    assert 0.10 < habits["absent"] / habits.total() < 0.25

"""What the rules over weeks say of nothing but chance: the figures that were computed for them.

Independent outcomes of seeded people; the limits allow for the error of so many people.
"""

import random
from itertools import combinations, permutations
from math import comb

import pytest
from msgspec.structs import replace

from streams.episodes import NEVER
from streams.events import HOUR
from streams.participant import trend
from streams.participant.days import day_of, week_of
from streams.participant.detectors import (
    drifting_away,
    falling_attendance,
    fatigue_trend,
    missed_in_a_row,
    often_late,
)
from streams.participant.facts import Care, Person, Session
from streams.participant.ledger import DRIFTING, Past, Result
from tests.participant_story import RULES, ms

PEOPLE = 1_500
LIMITS = RULES.of("iop", "group")
START = ms("2026-03-02 10:00")
STEP = (48, 48, 72)
"""Hours between sessions of a week of three."""


def result(late=0, early=0, fatigue=None, signs=None):
    zeros = dict.fromkeys(Result.__struct_fields__, 0)
    changed = {"late": late, "early": early, "fatigue": fatigue, "signs": signs}
    return Result(**(zeros | changed | {"parts": [], "gaps": [], "fault": False}))


def person_of(sessions):
    """`sessions`: whether attended, and what was measured."""
    made, starts_at = [], START
    for number, (present, measured) in enumerate(sessions):
        made.append(
            Session(
                key=number,
                starts_at=starts_at,
                ends_at=starts_at + 3 * HOUR,
                day=day_of(starts_at, "America/New_York"),
                week=week_of(day_of(starts_at, "America/New_York")),
                kind="group",
                told_at=0,
                changed_at=0,
                status="scheduled",
                outcome="attended" if present else "missed",
                corrected=False,
                result=measured,
                faulted=False,
                present=present,
                counted=True,
                measured=measured if present else None,
                hours=9,
            )
        )
        starts_at += STEP[number % 3] * HOUR
    return Person(
        at=starts_at + 7 * 24 * HOUR,
        care=Care(0, False, ((0, NEVER),), (), NEVER, 0),
        sessions=tuple(made),
        judged=tuple(made),
        past=Past(drifting=[[0, 0] for _ in DRIFTING]),
        settled=0,
        stood={},
        acts=(),
        earlier_causes=(),
        consents=True,
        inferring=True,
        zone="America/New_York",
        limits=LIMITS,
    )


def share_told(rule, number, session, people=PEOPLE, seed=1, limits=None):
    """Of people with `number` sessions, to how many the rule says something."""
    chance = random.Random(seed)  # noqa: S311 - seeded people, no secret
    limits = limits or LIMITS[rule.__name__.rpartition(".")[2]]
    told = 0
    for _ in range(people):
        person = person_of([session(chance, at) for at in range(number)])
        told += any(True for _ in rule.episodes(person, limits))
    return told / people


def comes(share):
    return lambda chance, _: (chance.random() < share, result())


def late_in(share):
    return lambda chance, _: (True, result(late=1200 if chance.random() < share else 0))


def test_who_comes_to_four_of_five_is_said_to_come_less_by_chance():
    """Computed: 28 % within sixteen sessions after the first eighteen; with a gap of 0.50, 14 %."""
    whole = replace(LIMITS["falling_attendance"], before_at_least=12)
    for gap, expected in ((0.4, 0.28), (0.5, 0.14)):
        limits = replace(whole, gap=gap)
        told = share_told(falling_attendance, 34, comes(0.8), limits=limits)
        assert told == pytest.approx(expected, abs=0.03)


def test_in_the_first_weeks_it_is_said_of_fewer():
    assert share_told(falling_attendance, 16, comes(0.8)) == pytest.approx(0.09, abs=0.03)


def test_a_real_fall_is_found_in_four_of_five():
    def falls(chance, at):
        return chance.random() < (0.85 if at < 12 else 0.40), result()

    assert share_told(falling_attendance, 20, falls) > 0.75


@pytest.mark.parametrize(("share", "expected"), [(0.10, 0.11), (0.15, 0.31), (0.20, 0.51)])
def test_three_of_six_late_by_chance(share, expected):
    assert share_told(often_late, 24, late_in(share)) == pytest.approx(expected, abs=0.04)


@pytest.mark.parametrize(("share", "low", "high"), [(0.17, 0.22, 0.28), (0.20, 0.29, 0.36)])
def test_two_missed_in_a_row_by_chance(share, low, high):
    assert low < share_told(missed_in_a_row, 12, comes(1 - share)) < high


def habits(comes, late, early, signs):
    """A person's ways: shares, and how much they take part."""

    def session(chance, _):
        late_s, early_s = (1200 * (chance.random() < share) for share in (late, early))
        taking_part = round(1000 * signs * chance.uniform(0.7, 1.3))
        return chance.random() < comes, result(late_s, early_s, signs=taking_part)

    return session


def test_few_steady_people_are_said_to_drift_away():
    assert share_told(drifting_away, 30, habits(0.85, 0.10, 0.10, 0.3), people=400) < 0.12
    assert share_told(drifting_away, 30, habits(0.80, 0.20, 0.15, 0.3), people=400) < 0.25


def test_who_drifts_is_found_within_four_weeks():
    before, since = habits(0.9, 0.1, 0.1, 0.3), habits(0.6, 0.5, 0.4, 0.2)

    def drifts(chance, at):
        return (before if at < 15 else since)(chance, at)

    assert share_told(drifting_away, 27, drifts, people=400) > 0.9


def test_a_rising_index_is_found():
    def rises(chance, at):
        return True, result(fatigue=round(1000 * (0.2 + 0.05 * at + chance.gauss(0, 0.1))))

    assert share_told(fatigue_trend, 12, rises, people=400) > 0.9


def test_fatigue_without_a_trend_is_seldom_told():
    def flat(chance, _):
        return True, result(fatigue=round(1000 * min(1, max(0, chance.gauss(0.4, 0.15)))))

    assert share_told(fatigue_trend, 12, flat, people=400) < 0.08


# --- the exact test -----------------------------------------------------------------------------


def rises(pairs, size):
    """A series of `size` different values of which all pairs but so many rise."""
    series, left = list(range(size)), comb(size, 2) - pairs
    for at in range(size):
        while left and at and series[at - 1] < series[at]:
            for down in range(at, 0, -1):
                if not left:
                    break
                series[down - 1], series[down] = series[down], series[down - 1]
                left -= 1
            break
    return series


@pytest.mark.parametrize(("size", "least"), [(8, 16), (10, 21)])
def test_the_exact_table_one_sided(size, least):
    """S >= 16 of 28 at n = 8 and S >= 21 of 45 at n = 10 are the least below 5 %."""
    pairs = comb(size, 2)

    def p(s):
        series = rises((pairs + s) // 2, size)
        falling = sum(b < a for i, a in enumerate(series) for b in series[i + 1 :])
        assert pairs - 2 * falling == s
        return trend.rising_p(series)

    assert p(least) < 0.05 <= p(least - 2)


def test_known_chances():
    assert trend.rising_p([1, 2, 3, 4]) == pytest.approx(1 / 24)
    assert trend.rising_p([4, 3, 2, 1]) == 1
    assert trend.rising_p([1, 1, 2]) == pytest.approx(1 / 3)
    assert trend.rising_p([1, 1, 1]) == 1


@pytest.mark.parametrize("series", [[3, 1, 2, 2, 5], [1, 1, 2, 2, 2], [0.1, 0.4, 0.4, 0.2, 0.9]])
def test_ties_are_exact_as_well(series):
    def falling(order):
        return sum(b < a for a, b in combinations(order, 2))

    orders = [falling(order) for order in permutations(series)]
    expected = sum(one <= falling(series) for one in orders) / len(orders)
    assert trend.rising_p(series) == pytest.approx(expected)


def test_the_slope_is_the_median_of_all_pairs():
    assert trend.slope([0, 1, 2, 3]) == 1
    assert trend.slope([0, 1, 2, 30]) == 5.5
    assert trend.slope([5, 5, 5]) == 0

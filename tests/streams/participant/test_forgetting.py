"""Nothing is said, and nothing kept back, because history was forgotten.

One monitor forgets as it does; the other keeps every fact there ever was and settles nothing, but
for what a care fit review is about, which stands until there is one. Over
most of a year of somebody's weeks, both say the same.
"""

import random
from datetime import date, timedelta
from zlib import decompress

import pytest

from streams.events import HOUR, MINUTE
from streams.participant import watch
from streams.participant.keeping import remember_causes
from streams.participant.monitor import PARTITION, Monitor
from tests.participant_story import RULES, Weeks, cleared, ms, play, raised, starts, when

FIRST, LENGTH = "2026-01-05", 34
UNTIL = ms("2026-09-07")
FIGURES = (
    {"drops": 3, "lost_ms": 20 * MINUTE},
    {"joined_late_ms": 20 * MINUTE},
    {"left_early_ms": 30 * MINUTE},
    {"privacy_reports": 1},
    {"joined_late_ms": 15 * MINUTE, "left_early_ms": 20 * MINUTE},
    {"poor_ms": 20 * MINUTE},
    {"fault": "platform"},
)
ACTS = (("outreach", "left_message"), ("help", "link_sent"), ("crisis", "safe_now"))
ACTS += (("review", "plan_kept"), ("help", "not_needed"))


def day_of(start, days):
    return str(date.fromisoformat(start[:10]) + timedelta(days=days))


def a_life(seed, corrected):
    """Somebody whose ways change every few weeks: good and bad ones, gaps, leave, corrections."""
    chance = random.Random(f"life/{seed}")  # noqa: S311 - a seeded story, no secret
    weeks = Weeks(who=f"p{seed}")
    days = chance.choice([(0, 2, 4), (1,), (0, 1, 3, 4), (0, 1, 2, 3, 4), (1, 3)])
    if chance.random() < 0.8:
        weeks.enrolled(FIRST)
    ways, trouble = "A", 0.0
    for number, start in enumerate(starts(FIRST, days)):
        if number >= LENGTH * len(days):
            break
        if chance.random() < 0.12:
            ways = chance.choice(
                ["A", "A", "AAAAM", "AAM", "AM", "M", "E", "AC", "AAAAP", "N", "MEEE"]
            )
            trouble = chance.choice([0.0, 0.1, 0.5])
        figures = chance.choice(FIGURES) if chance.random() < trouble else {}
        index = {"fatigue_index": round(min(1, 0.2 + number % 30 / 60 + chance.random() / 4), 3)}
        speaking = round(0.1 + chance.random() / 5, 3)
        taking_part = {"parts": [{"speaking": speaking, "chat": chance.randrange(4)}]}
        if chance.random() < 0.1:
            index = taking_part = {}
        weeks.session(start, chance.choice(ways), **(figures | index | taking_part))
        if chance.random() < 0.03:
            weeks.went(start, chance.choice("AMC"), revision=1, arrives=f"{start[:10]} 17:00")
        if corrected and chance.random() < 0.03:
            at = f"{day_of(start, chance.randrange(1, 9))} 09:00"
            weeks.corrects(start, chance.choice("AMEN"), at)
        if chance.random() < 0.04:
            weeks.acts(*chance.choice(ACTS), f"{start[:10]} 16:00")
        if chance.random() < 0.01:
            weeks.enrolled(day_of(start, 1), chance.choice(["on_leave", "on_leave", "discharged"]))
            weeks.enrolled(day_of(start, chance.randrange(3, 30)))
        if chance.random() < 0.005:
            weeks.consents(chance.random() < 0.5, f"{day_of(start, 1)} 12:00")
    return weeks


def told(weeks):
    steps = play(weeks.events(UNTIL, 12 * HOUR))
    signals = [one for step in steps for one in step.signals]
    return [
        (one.rule, one.status, one.ts, one.raised_at, one.audience, one.evidence) for one in signals
    ]


@pytest.mark.parametrize(("seed", "corrected"), [(5, False), (9, False), (4, True), (52, True)])
def test_what_is_said_is_what_all_of_history_says(seed, corrected, monkeypatch):
    """Where a correction makes an old alert stand again, its figures are those of now; else they
    are the same as well."""
    weeks = a_life(seed, corrected)
    said = told(weeks)
    monkeypatch.setattr(watch, "keep", lambda ledger, person, _: remember_causes(ledger, person))
    whole = told(weeks)
    assert [one[:-1] for one in said] == [one[:-1] for one in whole]
    assert corrected or said == whole
    assert len(said) > 10


# --- one thing at a time ------------------------------------------------------------------------


def test_an_alert_stands_though_everything_since_is_skipped_for_months():
    weeks = Weeks().history("2026-01-05", "AAAAAAMM" + "E" * 60)
    assert weeks.signals("2026-06-20", "missed_in_a_row") == [
        raised("missed_in_a_row", "2026-01-21 13:00")
    ]
    assert weeks.signals("2026-06-20", "dose_shortfall")[-1].status == "raised"


def test_falling_attendance_ends_by_coming_again_only():
    """Missing each second one for months, the share is never back within 0.15 of what was before
    until the months themselves are what was before."""
    said = Weeks().history("2026-01-05", "A" * 18 + "MA" * 30).signals("2026-06-20", FALLING)
    assert [(one.status, one.evidence.get("reason")) for one in said] == [
        ("raised", None),
        ("cleared", "recovered"),
    ]
    assert when(said[1].ts) == "2026-03-20 13:00"


FALLING = "falling_attendance"


def test_a_fact_told_after_a_correction_is_not_taken_back_with_time():
    weeks = Weeks().history("2026-01-05", "AMAMAAAAAAAA")
    weeks.corrects("2026-01-09 10:00", "M", "2026-01-25 09:00")
    came_back = raised("welcome_back", "2026-01-25 09:00", improved="came_back", misses=3)
    assert weeks.signals("2026-02-28", "welcome_back") == [came_back]
    weeks.corrects("2026-01-09 10:00", "A", "2026-01-25 10:00")
    assert weeks.signals("2026-02-28", "welcome_back") == [
        came_back,
        cleared("welcome_back", "2026-01-25 10:00", reason="corrected"),
    ]


def test_many_leaves_leave_one_episode_of_care():
    weeks = Weeks().enrolled("2026-01-05").history("2026-01-05", "A" * 90)
    for number in range(14):
        weeks.enrolled(day_of("2026-01-10", 14 * number), "on_leave")
        weeks.enrolled(day_of("2026-01-11", 14 * number))
    last = weeks.expects("2026-08-03 10:00")
    profile = [one for step in last.play("2026-08-04") for one in step.profiles][-1]
    assert profile.sessions == 90


def test_consent_taken_back_takes_back_the_sums_of_what_is_forgotten():
    """The signs of months that are only sums any more no longer make a change of signs."""
    much, little = {"parts": [{"chat": 9.0}]}, {"parts": [{"chat": 1.0}]}
    weeks = Weeks()
    for number, start in enumerate(starts(FIRST)):
        if number >= 66:
            break
        late = {"joined_late_ms": 20 * MINUTE} if number >= 56 else {}
        weeks.session(start, **((much if number < 54 else little) | late))
    rule = "drifting_away"
    assert weeks.signals("2026-06-20", rule)[-1].evidence["found"] == ["lateness", "signs"]
    weeks.consents(False, "2026-05-09 12:00").consents(True, "2026-05-09 13:00")
    assert weeks.signals("2026-06-20", rule) == []


def test_a_state_stored_before_it_was_compressed_is_read():
    weeks = Weeks().history("2026-01-05", "AMM")
    monitor = Monitor(0, RULES)
    for offset, event in enumerate(weeks.events(ms("2026-01-12"), HOUR)):
        monitor.apply(event, offset)
    stored = {key: monitor.stored(key) for key in (weeks.who, PARTITION)}
    again = Monitor(0, RULES)
    again.restore(stored | {weeks.who: decompress(stored[weeks.who])})
    assert {key: again.stored(key) for key in stored} == stored

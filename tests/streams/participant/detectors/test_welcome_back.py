"""Welcome back: good news is news, once each, and no chance."""

from streams.events import MINUTE
from tests.participant_story import Weeks, raised, starts

RULE = "welcome_back"


def told(weeks, until="2026-12-01"):
    return weeks.signals(until, RULE)


def test_coming_again_after_two_missed_is_told():
    said = told(Weeks().history("2026-08-31", "AAMMAAMMMA"))
    assert said == [
        raised(RULE, "2026-09-09 13:00", severity="info", improved="came_back", misses=2),
        raised(RULE, "2026-09-21 13:00", improved="came_back", misses=3, misses_limit=2),
    ]
    assert [one.subject for one in said] == ["day:2026-09-09", "day:2026-09-21"]


def test_after_one_missed_it_is_no_news():
    assert told(Weeks().history("2026-08-31", "AAMAAMA")) == []


def test_weeks_later_it_is_neither_over_nor_told_again():
    said = told(Weeks().history("2026-08-31", "AAMMA" + "A" * 30))
    assert [one.status for one in said] == ["raised"]


def test_the_best_week_of_four_is_told_at_its_end():
    weeks = Weeks().history("2026-08-31", "AA.AA.AA.AAA")
    assert told(weeks) == [
        raised(
            RULE,
            "2026-09-28 00:00",
            improved="best_week",
            minutes=540,
            best_before=360,
            more_minutes=60,
            best_of_weeks=4,
        )
    ]


def test_a_few_minutes_more_are_no_news():
    weeks = Weeks()
    for number, start in zip(range(12), starts("2026-08-31"), strict=False):
        weeks.session(start, present_ms=(150 + number) * MINUTE)
    assert told(weeks) == []


def test_a_correction_takes_it_back():
    weeks = (
        Weeks().history("2026-08-31", "AAMMA").corrects("2026-09-07 10:00", "A", "2026-09-10 09:00")
    )
    assert [(one.status, one.evidence.get("reason")) for one in told(weeks)] == [
        ("raised", None),
        ("cleared", "corrected"),
    ]

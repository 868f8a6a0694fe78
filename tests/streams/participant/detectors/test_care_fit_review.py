"""Care fit review: the evidence for a conversation, until a person records one."""

from tests.participant_story import Weeks, cleared, raised, starts

RULE = "care_fit_review"
DROPS = {"drops": 3}


def told(weeks, until="2026-11-01"):
    return weeks.signals(until, RULE)


def bad_line(**figures):
    weeks = Weeks()
    for number, start in zip(range(18), starts("2026-08-31"), strict=False):
        weeks.session(start, **(figures if number < 12 else {}))
    return weeks


def test_three_missed_in_a_row_are_told_to_clinician_and_supervisor():
    (signal,) = told(Weeks().history("2026-08-31", "AAMMM"))
    assert signal == raised(RULE, "2026-09-09 13:00", causes=["missed_in_a_row"], misses=3)
    assert signal.audience == {"clinician": "high", "supervisor": "high"}
    assert signal.severity == "high"


def test_technology_counts_once_it_stood_for_two_weeks_in_spite_of_help():
    weeks = bad_line(drops=3).acts("help", "link_sent", "2026-09-07 09:00")
    assert told(weeks) == [
        raised(RULE, "2026-09-18 13:00", causes=["technology_in_the_way"], standing_days=14)
    ]
    assert told(bad_line(drops=3)) == []
    assert told(bad_line(drops=3).acts("help", "not_needed", "2026-09-07 09:00")) == []


def test_help_that_comes_late_counts_from_then():
    weeks = bad_line(drops=3).acts("help", "link_sent", "2026-09-22 09:00")
    assert told(weeks) == [raised(RULE, "2026-09-22 09:00", helped=1)]


def test_no_private_place_counts_likewise():
    weeks = bad_line(privacy_reports=1).acts("outreach", "left_message", "2026-09-03 09:00")
    assert told(weeks) == [raised(RULE, "2026-09-16 13:00", causes=["no_private_place"])]


def test_two_crises_within_four_weeks_count():
    weeks = Weeks().history("2026-08-31", "AAAAAA").acts("crisis", "safe_now", "2026-09-01 12:00")
    weeks.acts("crisis", "no_crisis", "2026-09-03 12:00")
    weeks.acts("help", "became_crisis", "2026-09-08 12:00")
    assert told(weeks) == [
        raised(RULE, "2026-09-08 12:00", causes=["crisis_reported"], crises=2, helped=1)
    ]


def test_two_crises_in_five_weeks_do_not():
    weeks = Weeks().history("2026-08-31", "A" * 18).acts("crisis", "safe_now", "2026-09-01 12:00")
    assert told(weeks.acts("crisis", "safe_now", "2026-10-01 12:00")) == []


def test_a_recorded_review_ends_it_and_uses_up_what_it_was_about():
    weeks = Weeks().history("2026-08-31", "AAMMMAAAA")
    assert told(weeks.acts("review", "plan_kept", "2026-09-11 15:00")) == [
        raised(RULE, "2026-09-09 13:00"),
        cleared(RULE, "2026-09-11 15:00", reason="reviewed"),
    ]


def test_what_comes_after_a_review_is_told_anew():
    weeks = Weeks().history("2026-08-31", "AAMMMAMMM")
    weeks.acts("review", "plan_changed", "2026-09-10 15:00")
    assert told(weeks, "2026-09-20") == [
        raised(RULE, "2026-09-09 13:00"),
        cleared(RULE, "2026-09-10 15:00", reason="reviewed"),
        raised(RULE, "2026-09-18 13:00", causes=["missed_in_a_row"]),
    ]


def test_it_stands_until_then_and_is_told_once():
    assert len(told(Weeks().history("2026-08-31", "AAMMMAAAAMMMA"))) == 1

"""Short day: off unless a program asks for it; judged at the day's last session."""

from streams.events import MINUTE
from streams.rules import Rules
from tests.participant_story import RULES, Weeks, raised

RULE = "short_day"
PER_DIEM = Rules(RULES._tables | {"program": {"iop": {"presets": ["per_diem"]}}})


def told(weeks):
    return weeks.signals("2026-09-02", RULE)


def weeks(rules=PER_DIEM):
    return Weeks(rules=rules).enrolled("2026-08-01")


def test_it_is_off_by_default():
    assert told(weeks(RULES).session("2026-08-31 10:00", "P")) == []


def test_less_than_three_hours_are_told_at_the_days_last_session():
    day = weeks().session("2026-08-31 10:00", present_ms=100 * MINUTE)
    day.session("2026-08-31 14:00", hours=1, present_ms=50 * MINUTE)
    said = told(day)
    assert said == [
        raised(RULE, "2026-08-31 15:00", severity="info", minutes=150, minimum_minutes=180)
    ]
    assert said[0].subject == "day:2026-08-31"


def test_three_hours_are_enough_and_in_person_counts():
    day = weeks().session("2026-08-31 10:00", present_ms=120 * MINUTE)
    assert told(day.session("2026-08-31 14:00", "I", hours=1)) == []


def test_a_day_without_any_care_is_an_absence_and_no_short_day():
    assert told(weeks().session("2026-08-31 10:00", "M")) == []


def test_a_session_still_to_come_that_day_is_waited_for():
    day = weeks().session("2026-08-31 10:00", present_ms=100 * MINUTE)
    assert told(day.expects("2026-08-31 14:00", hours=1)) == []


def test_a_correction_takes_it_back():
    day = weeks().session("2026-08-31 10:00", "P")
    day.corrects("2026-08-31 10:00", "A", "2026-08-31 16:00")
    assert [signal.status for signal in told(day)] == ["raised", "cleared"]
    assert told(day)[1].evidence["reason"] == "corrected"

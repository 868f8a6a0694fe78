"""Fatigue trend: both tests, once a week, over ten sessions; only with consent."""

from tests.participant_story import Weeks, cleared, ms, raised, starts

RULE = "fatigue_trend"
RISING = [0.20, 0.24, 0.22, 0.28, 0.30, 0.33, 0.31, 0.38, 0.40, 0.44]


def weeks_of(indices):
    weeks = Weeks()
    for start, index in zip(starts("2026-08-31"), indices, strict=False):
        weeks.session(start, fatigue_index=index)
    return weeks


def told(indices, until="2026-11-01"):
    return weeks_of(indices).signals(until, RULE)


def test_a_rise_is_told_at_the_end_of_the_week():
    said = told(RISING)
    assert said == [raised(RULE, "2026-09-28 00:00", severity="info", series=RISING)]
    figures = said[0].evidence
    assert figures["slope"] > figures["slope_limit"] == 0.02
    assert figures["p"] < figures["chance"] == 0.05
    assert figures["since_at"] == ms("2026-08-31 10:00")


def test_nine_sessions_are_too_few():
    assert told(RISING[:9]) == []


def test_a_rise_too_slow_or_too_noisy_is_not_told():
    assert told([0.2 + 0.01 * n for n in range(12)]) == []
    assert told([0.2, 0.6, 0.1, 0.5, 0.3, 0.7, 0.2, 0.5, 0.6, 0.4]) == []


def test_it_is_over_once_the_slope_is_gone():
    assert told([*RISING, 0.45, 0.47] + [0.2] * 9, "2026-10-25") == [
        raised(RULE, "2026-09-28 00:00"),
        cleared(RULE, "2026-10-05 00:00", reason="recovered"),
    ]


def test_without_consent_nothing_is_looked_at():
    weeks = weeks_of(RISING).consents(False, "2026-09-20 12:00")
    assert weeks.signals("2026-11-01", RULE) == []


def test_taking_consent_back_ends_it():
    weeks = weeks_of(RISING).consents(True, "2026-08-30").consents(False, "2026-09-29 09:00")
    assert weeks.signals("2026-11-01", RULE) == [
        raised(RULE, "2026-09-28 00:00"),
        cleared(RULE, "2026-09-29 09:00", reason="consent_withdrawn"),
    ]


def test_consent_given_again_begins_anew():
    weeks = weeks_of(RISING).consents(False, "2026-09-26 09:00").consents(True, "2026-09-26 10:00")
    assert weeks.signals("2026-11-01", RULE) == []

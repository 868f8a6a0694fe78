"""The rules over weeks, listed by hand in the order in which they speak.

A rule is a module: its `Thresholds`, and `episodes(person, limits)`, a pure function from what is
known of one person to episodes.
"""

from typing import Any

from streams.participant.detectors import (
    care_fit_review,
    dose_shortfall,
    drifting_away,
    falling_attendance,
    fatigue_trend,
    missed_in_a_row,
    no_private_place,
    not_seen,
    often_late,
    short_day,
    technology_in_the_way,
    welcome_back,
)

DETECTORS: tuple[Any, ...] = (
    missed_in_a_row,
    not_seen,
    falling_attendance,
    often_late,
    technology_in_the_way,
    no_private_place,
    dose_shortfall,
    short_day,
    fatigue_trend,
    drifting_away,
    welcome_back,
    care_fit_review,
)
FACTS = frozenset({"short_day", "welcome_back"})
"""What stands until a person closes it: no condition that could end."""

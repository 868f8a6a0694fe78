"""Drifting away: two signs at once within three weeks, each against the person's own before."""

from streams.events import MINUTE
from tests.participant_story import Weeks, cleared, raised, starts

RULE = "drifting_away"
LATE = {"joined_late_ms": 20 * MINUTE}
EARLY = {"left_early_ms": 30 * MINUTE}
MUCH, LITTLE = (
    {"parts": [{"speaking": 0.1, "chat": 2.0}]},
    {"parts": [{"speaking": 0.05, "chat": 0.5}]},
)


def weeks_of(*sessions):
    weeks = Weeks()
    for start, one in zip(starts("2026-08-03"), sessions, strict=False):
        how, figures = (one, {}) if isinstance(one, str) else ("A", one)
        weeks.session(start, how, **figures)
    return weeks


def told(*sessions, until="2026-10-01"):
    return weeks_of(*sessions).signals(until, RULE)


def found(*sessions):
    said = told(*sessions)
    return said[0].evidence["found"] if said else []


def test_fewer_and_later_are_told_until_one_is_gone():
    said = told(*"AAAAAAAAA", *[LATE, "M"] * 4, *"AAAAAAA", until="2026-10-01")
    assert said == [
        raised(
            RULE, "2026-09-04 13:00", severity="high", found=["attendance", "lateness"], parts=2
        ),
        cleared(RULE, "2026-09-16 13:00", reason="recovered"),
    ]
    assert said[0].audience == {"clinician": "high"}
    assert said[0].evidence["before_share"] == 1.0


def test_one_sign_alone_is_not_told():
    assert found(*"AAAAAAAAA", *"MAMAMAMA") == []
    assert found(*"AAAAAAAAA", *[LATE] * 8) == []


def test_leaving_early_counts_only_on_a_good_line():
    assert found(*"AAAAAAAAA", *[LATE | EARLY] * 8) == ["lateness", "leaving_early"]
    dropped = LATE | EARLY | {"drops": 2}
    assert found(*"AAAAAAAAA", *[dropped] * 8) == []


def test_taking_part_less_counts_only_on_a_good_line_and_with_consent():
    much, little = [MUCH] * 9, [LATE | LITTLE] * 8
    assert found(*much, *little) == ["lateness", "signs"]
    assert found(*much, *[one | {"poor_ms": 20 * MINUTE} for one in little]) == []
    withdrawn = weeks_of(*much, *little).consents(False, "2026-08-26 12:00")
    assert withdrawn.signals("2026-10-01", RULE) == []


def test_too_little_to_compare_says_nothing():
    assert found(*"AAAAA", *[LATE | EARLY] * 8) == []


def test_silence_in_psychoeducation_is_no_sign():
    weeks = weeks_of(*[MUCH] * 9)
    weeks.kind = "psychoeducation"
    for start, _ in zip(starts("2026-08-24"), range(8), strict=False):
        weeks.session(start, **(LATE | LITTLE))
    assert weeks.signals("2026-10-01", RULE) == []

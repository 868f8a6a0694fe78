"""One person over weeks: each rule once where it must speak, and where it only seems so."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from producers.simulator.scenarios.registry import of_weeks
from producers.simulator.scenarios.weeks import Weeks
from streams.events import MINUTE

LATE = 12 * MINUTE
PAYER = '[program.payer]\npresets = ["per_diem"]\n'


@of_weeks("two_missed_in_a_row", "Two sessions missed, one after the other.", "not_seen")
def two_missed_in_a_row(weeks: Weeks) -> None:
    weeks.hours = 0.0
    before = "A" * (3 * weeks.random.randint(2, 3))
    weeks.history(before + "AMMA")
    weeks.expects("missed_in_a_row", weeks.ends[-2])
    weeks.expects("welcome_back", weeks.ends[-1])


@of_weeks("missed_twice_apart", "Two misses with a session between them.", "missed_in_a_row")
def missed_twice_apart(weeks: Weeks) -> None:
    weeks.hours = 0.0
    weeks.history("AAAAAAMAMAAA")


@of_weeks(
    "excused_and_at_fault",
    "Not there, but excused, not held, or the platform's fault.",
    "missed_in_a_row",
    "falling_attendance",
    "dose_shortfall",
)
def excused_and_at_fault(weeks: Weeks) -> None:
    weeks.history("AAAAAA")
    for weekday, how in ((0, "N"), (2, "A"), (4, "N")):
        weeks.session(weeks.day(2, weekday), how)
    weeks.session(weeks.day(3, 0), "M", fault="platform")
    weeks.session(weeks.day(3, 2), "A")
    weeks.session(weeks.day(3, 4), "M", fault="platform")


@of_weeks("new_person_misses_once", "In the first three sessions one miss is enough.")
def new_person_misses_once(weeks: Weeks) -> None:
    weeks.enrolled(weeks.monday)
    weeks.history("AMA")
    weeks.expects("missed_in_a_row", weeks.ends[1])
    weeks.expects("dose_shortfall", weeks.ends[1])


@of_weeks("not_seen_for_a_week", "Excused again and again.", "missed_in_a_row")
def not_seen_for_a_week(weeks: Weeks) -> None:
    weeks.history("AAAAAAEEEE")
    last = weeks.day(1, 4)
    weeks.expects("not_seen", weeks.at(last + timedelta(days=7), weeks.hour + 3))
    weeks.expects("dose_shortfall", weeks.ends[6])


@of_weeks("seen_on_the_sixth_day", "A gap of some days between sessions.", "not_seen")
def seen_on_the_sixth_day(weeks: Weeks) -> None:
    weeks.hours = 3.0
    weeks.history("AAAA", every=(0,))
    weeks.session(weeks.day(4, 0))


@of_weeks("falling_attendance", "From always to seldom.", "drifting_away")
def falling(weeks: Weeks) -> None:
    weeks.hours = 0.0
    weeks.history("AAAAAAAAAAAA" + "MAMAMA")
    # 3 of 6 against 12 of 12; with two misses of five, the gap is a third.
    weeks.expects("falling_attendance", weeks.ends[16])


@of_weeks("steady_attendance", "One of five missed, as always.", "falling_attendance", "not_seen")
def steady(weeks: Weeks) -> None:
    weeks.hours = 0.0
    weeks.history("AAMAAAAMAAAAMAAAAMAAAA")


@of_weeks("often_late", "Late in three of six.", "drifting_away")
def often_late(weeks: Weeks) -> None:
    lates = {6, 8, weeks.random.choice((10, 11))}
    _each(weeks, 12, lambda number: {"joined_late_ms": LATE} if number in lates else {})
    weeks.expects("often_late", weeks.ends[max(lates)])


@of_weeks("late_twice", "Late in two of six, and by little in a third.", "often_late")
def late_twice(weeks: Weeks) -> None:
    figures = {6: LATE, 8: LATE, 10: 9 * MINUTE}
    _each(weeks, 12, lambda n: {"joined_late_ms": figures[n]} if n in figures else {})


@of_weeks("technology_in_the_way", "Three of six sessions spoilt by the line.")
def technology(weeks: Weeks) -> None:
    spoilt = {
        6: {"drops": 2},
        8: {"poor_ms": 20 * MINUTE},
        10: {"lost_ms": 11 * MINUTE},
    }
    _each(weeks, 12, lambda n: spoilt.get(n, {}))
    weeks.expects("technology_in_the_way", weeks.ends[10])


@of_weeks("small_troubles", "A drop here, bad minutes there.", "technology_in_the_way")
def small_troubles(weeks: Weeks) -> None:
    _each(weeks, 12, lambda n: {"drops": 1, "poor_ms": 8 * MINUTE, "lost_ms": 3 * MINUTE})


@of_weeks("no_private_place", "Not alone in two of six sessions.")
def no_private_place(weeks: Weeks) -> None:
    _each(weeks, 9, lambda n: {"privacy_reports": 1} if n in (3, 5) else {})
    weeks.expects("no_private_place", weeks.ends[5])


@of_weeks("not_alone_once", "Not alone in one session.", "no_private_place", "care_fit_review")
def not_alone_once(weeks: Weeks) -> None:
    _each(weeks, 9, lambda n: {"privacy_reports": 2} if n == 4 else {})


@of_weeks("dose_shortfall", "A session missed of nine hours a week.", "missed_in_a_row")
def dose_shortfall(weeks: Weeks) -> None:
    weeks.history("AAAAAAMAA")
    weeks.expects("dose_shortfall", weeks.ends[6])


@of_weeks(
    "admitted_on_a_thursday",
    "Admitted in mid-week: the first week is prorated.",
    "dose_shortfall",
    "missed_in_a_row",
    "not_seen",
)
def admitted_on_a_thursday(weeks: Weeks) -> None:
    weeks.enrolled(weeks.day(0, 3))
    weeks.history("..AAAAAAA")


@of_weeks("closed_day", "A holiday: nothing was held.", "dose_shortfall", "short_day")
def closed_day(weeks: Weeks) -> None:
    weeks.history("AAAANAAAA")


@of_weeks("short_day", "Half of a day of three hours, for a payer who asks for all.", rules=PAYER)
def short_day(weeks: Weeks) -> None:
    weeks.program = "payer"
    weeks.hours = 0.0
    weeks.history("AAAPAA")
    weeks.expects("short_day", weeks.ends[3])


@of_weeks("full_day", "Three hours in two sessions of a day.", "short_day", rules=PAYER)
def full_day(weeks: Weeks) -> None:
    weeks.program = "payer"
    weeks.history("AAAAAA")


@of_weeks("fatigue_rises", "The index rises by a twentieth a session.")
def fatigue_rises(weeks: Weeks) -> None:
    _each(weeks, 12, lambda n: {"fatigue_index": round(0.2 + 0.05 * n, 3)})
    weeks.expects("fatigue_trend", weeks.at(weeks.day(4, 0)))
    weeks.until = weeks.at(weeks.day(4, 0), 2)


@of_weeks("fatigue_goes_up_and_down", "High, and no higher than before.", "fatigue_trend")
def fatigue_up_and_down(weeks: Weeks) -> None:
    _each(weeks, 12, lambda n: {"fatigue_index": (0.6, 0.7, 0.5)[n % 3]})
    weeks.until = weeks.at(weeks.day(4, 0), 2)


@of_weeks("drifts_away", "Comes later, goes earlier, in three weeks.", "falling_attendance")
def drifts_away(weeks: Weeks) -> None:
    def figures(number: int) -> dict[str, int]:
        late = {"joined_late_ms": LATE} if number in (9, 12, 16) else {}
        return late | ({"left_early_ms": 20 * MINUTE} if number in (10, 14, 16) else {})

    _each(weeks, 18, figures)
    weeks.expects("drifting_away", weeks.ends[16])  # three of the nine of 21 days each


@of_weeks("one_sign_alone", "Comes later, and nothing else.", "drifting_away")
def one_sign_alone(weeks: Weeks) -> None:
    _each(weeks, 18, lambda n: {"joined_late_ms": LATE} if n in (9, 12, 16) else {})


@of_weeks("back_after_a_miss", "There again after one miss.", "welcome_back", "missed_in_a_row")
def back_after_a_miss(weeks: Weeks) -> None:
    weeks.hours = 0.0
    weeks.history("AAAAAAMAAAAA")


@of_weeks("care_fit_review", "Three missed in a row.")
def care_fit_review(weeks: Weeks) -> None:
    weeks.hours = 0.0
    weeks.history("AAAAAAAAAMMM")
    weeks.expects("missed_in_a_row", weeks.ends[10])
    for rule in ("care_fit_review", "falling_attendance", "not_seen"):
        weeks.expects(rule, weeks.ends[11])


@of_weeks("one_crisis", "One report, closed as a crisis.", "care_fit_review")
def one_crisis(weeks: Weeks) -> None:
    weeks.history("AAAAAA")
    weeks.acts("crisis", "safe_now", weeks.at(weeks.day(1, 0), 20))


@of_weeks("two_crises", "Two reports within four weeks that staff closed as crises.")
def two_crises(weeks: Weeks) -> None:
    weeks.history("AAAAAAAAA")
    second = weeks.at(weeks.day(2, 2), 20)
    weeks.acts("crisis", "safe_now", weeks.at(weeks.day(0, 2), 20))
    weeks.acts("crisis", "safe_now", second)
    weeks.expects("care_fit_review", second)


@of_weeks(
    "weeks_over_the_clocks_going_forward",
    "A week that is an hour shorter; then not seen for seven days by the calendar.",
    "dose_shortfall",
    "missed_in_a_row",
)
def clocks_forward(weeks: Weeks) -> None:
    _over_a_change(weeks, date(2026, 2, 23))


@of_weeks(
    "weeks_over_the_clocks_going_back",
    "A week that is an hour longer; then not seen for seven days by the calendar.",
    "dose_shortfall",
    "missed_in_a_row",
)
def clocks_back(weeks: Weeks) -> None:
    _over_a_change(weeks, date(2026, 10, 19))


def _over_a_change(weeks: Weeks, monday: date) -> None:
    weeks.monday = monday
    weeks.history("AAAAA")  # the last on the Wednesday before the Sunday of the change
    day = weeks.day(1, 4)
    weeks.expected(day)
    weeks.expected(day, status="cancelled")
    weeks.session(weeks.day(2, 4), "A")
    last = weeks.day(1, 2)
    weeks.expects("not_seen", weeks.at(last + timedelta(days=7), weeks.hour + 3))


def _each(weeks: Weeks, number: int, figures: Callable[[int], Mapping[str, Any]]) -> None:
    for at, day in zip(range(number), weeks.days(), strict=False):
        weeks.session(day, **figures(at))


SCENARIOS = (
    two_missed_in_a_row,
    missed_twice_apart,
    excused_and_at_fault,
    new_person_misses_once,
    not_seen_for_a_week,
    seen_on_the_sixth_day,
    falling,
    steady,
    often_late,
    late_twice,
    technology,
    small_troubles,
    no_private_place,
    not_alone_once,
    dose_shortfall,
    admitted_on_a_thursday,
    closed_day,
    short_day,
    full_day,
    fatigue_rises,
    fatigue_up_and_down,
    drifts_away,
    one_sign_alone,
    back_after_a_miss,
    care_fit_review,
    one_crisis,
    two_crises,
    clocks_forward,
    clocks_back,
)

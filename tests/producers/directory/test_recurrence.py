"""A repetition looked at within a window: the same as all of it, without the years before."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil import rrule
from hypothesis import given
from hypothesis import strategies as st
from icalendar.prop import vRecur

from producers.directory import recurrence
from streams.topics import DAY_MS

local = datetime.fromisoformat
WHERE = ZoneInfo("America/New_York")
SOME_DAYS = st.lists(
    st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, max_size=4, unique=True
)
OF_ALL = {
    "INTERVAL": st.integers(1, 7),
    "BYDAY": SOME_DAYS.map(",".join),
    "BYMONTH": st.sampled_from(["1", "2,11", "3,6,9"]),
    "WKST": st.sampled_from(["MO", "SU", "WE"]),
    "COUNT": st.integers(1, 400),
    "UNTIL": st.sampled_from(["20180601T120000", "20260301T000000"]),
}
OF_LONG = OF_ALL | {
    "BYMONTHDAY": st.sampled_from(["1", "-1", "15,31"]),
    "BYSETPOS": st.sampled_from(["1", "-1", "2"]),
}


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(recurrence.FREQUENCIES))
    parts = OF_LONG if frequency in ("MONTHLY", "YEARLY") else OF_ALL
    chosen = draw(st.sets(st.sampled_from([*parts]), max_size=4))
    if not chosen & {"BYDAY", "BYMONTH", "BYMONTHDAY"}:
        chosen -= {"BYSETPOS"}
    if {"COUNT", "UNTIL"} <= chosen:
        chosen -= {"UNTIL"}
    said = [f"{name}={draw(parts[name])}" for name in sorted(chosen)]
    return ";".join([f"FREQ={frequency}", *said])


def found(start: datetime, text: str, since: int, until: int) -> list[int]:
    rule = vRecur.from_ical(text)
    return [*recurrence.occurrences(start, rule, text, (), WHERE, since, until)]


@given(
    rules(),
    st.datetimes(local("2000-01-01"), local("2024-12-31")),
    st.integers(0, 9_000),
)
def test_within_a_window_nothing_is_other_than_in_all_of_it(text: str, start: datetime, days: int):
    start = start.replace(microsecond=0)
    since = recurrence.instant(start + timedelta(days=days), WHERE)
    until = since + 500 * DAY_MS
    everything = [one for one in found(start, text, 0, until) if one >= since]
    assert [one for one in found(start, text, since, until) if one >= since] == everything


def test_the_years_before_the_window_are_not_gone_through(monkeypatch):
    gone_through: list[datetime] = []

    def counted(text: str, dtstart: datetime):
        for one in rrule.rrulestr(text, dtstart=dtstart):
            gone_through.append(one)
            yield one

    monkeypatch.setattr(recurrence, "rrulestr", counted)
    since = recurrence.instant(local("2026-11-23"), WHERE)
    for text, most in (("FREQ=DAILY", 65), ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR", 600)):
        gone_through.clear()
        assert len(found(local("1999-01-04 18:00"), text, since, since + 60 * DAY_MS)) > 40
        assert len(gone_through) < most

"""The occurrences of a repeating calendar entry (RFC 5545, 3.8.5).

An entry repeats by the clocks of its place: a group at 18:00 stays at 18:00 when the clocks
change. Reckoning is therefore done in local time, and each occurrence made an instant after.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from math import lcm
from typing import Any, Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from producers.directory.times import millis
from streams.topics import DAY_MS

FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
DAYS: Final = {"DAILY": 1, "WEEKLY": 7}
ALLOWED: Final = {
    "BYWEEKNO": ("YEARLY",),
    "BYYEARDAY": ("YEARLY",),
    "BYSETPOS": ("MONTHLY", "YEARLY"),
}
"""By the frequency (RFC 5545, 3.3.10). With shorter ones a rule can be made that never comes true,
and is looked for day by day until the year 9999."""
MOST: Final = 50_000
"""Times that one rule is followed: daily for more than a century."""
LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class BadRecurrence(ValueError):
    """The text says what is wrong, and nothing of what was written."""


def instant(local: datetime, where: ZoneInfo) -> int:
    """A skipped local time counts with the offset before the gap, a repeated one the first time
    (RFC 5545, 3.3.5): that is what `fold=0` means."""
    return millis(local.replace(tzinfo=where, fold=0))


def local(moment: int, where: ZoneInfo) -> datetime:
    """As the clocks there show that instant (ms)."""
    return datetime.fromtimestamp(moment / 1000, where).replace(tzinfo=None)


def naive(moment: datetime, where: ZoneInfo) -> datetime:
    """As the clocks there show it."""
    return moment.astimezone(where).replace(tzinfo=None) if moment.tzinfo else moment


def occurrences(
    start: datetime,
    rule: dict[str, list[Any]] | None,
    rule_text: str,
    added: Iterable[datetime],
    where: ZoneInfo,
    since: int,
    until: int,
) -> Iterator[int]:
    """Starts (ms) from `since` up to `until`, in order for each rule, and some before;
    `start` and `added` are local times."""
    if rule is None:
        yield instant(start, where)
    else:
        for one in _by_rule(start, rule, rule_text, where, local(since - DAY_MS, where)):
            moment = instant(one, where)
            if moment >= until:
                break
            yield moment
    for one in added:
        yield instant(one, where)


def _by_rule(
    start: datetime, rule: dict[str, list[Any]], text: str, where: ZoneInfo, since: datetime
) -> Iterator[datetime]:
    frequency = str(rule.get("FREQ", [""])[0]).upper()
    if frequency not in FREQUENCIES:
        raise BadRecurrence("sessions repeat by day, week, month or year")
    for name, with_ in ALLOWED.items():
        if name in rule and frequency not in with_:
            raise BadRecurrence(f"{name} does not go with {frequency}")
    if _never(rule):
        raise BadRecurrence("no month has such a day")  # it would be looked for until the year 9999
    parts = [part for part in text.split(";") if not part.upper().startswith("UNTIL=")]
    try:
        made = rrulestr(";".join(parts), dtstart=_nearer(start, rule, frequency, since))
    except (ValueError, TypeError, KeyError):
        raise BadRecurrence("this rule cannot be followed") from None
    last = _last(rule, where)
    for number, local in enumerate(made):
        if last is not None and local > last:
            return
        if number == MOST:
            raise BadRecurrence(f"comes more than {MOST} times")
        if local >= since:
            yield local


def _nearer(
    start: datetime, rule: dict[str, list[Any]], frequency: str, since: datetime
) -> datetime:
    """A later start, up to `since`, of the same repetition: years that are over need not be gone
    through day by day. Where occurrences are counted, each of them has to be."""
    every = int(rule.get("INTERVAL", [1])[0])
    if "COUNT" in rule or every < 1 or since <= start:
        return start
    if frequency in DAYS:
        step = DAYS[frequency] * every
        return start + timedelta(days=(since - start).days // step * step)
    step = every if frequency == "YEARLY" else lcm(every, 12) // 12
    years = (since.year - 1 - start.year) // step * step
    is_leap_day = (start.month, start.day) == (2, 29)
    return start if is_leap_day or years < 1 else start.replace(year=start.year + years)


def _never(rule: dict[str, list[Any]]) -> bool:
    months = [int(one) for one in rule.get("BYMONTH", range(1, 13))]
    days = [abs(int(one)) for one in rule.get("BYMONTHDAY", [1])]
    longest = [LONGEST_MONTHS[month - 1] for month in months if 1 <= month <= 12]
    return not any(1 <= day <= most for day in days for most in longest)


def _last(rule: dict[str, list[Any]], where: ZoneInfo) -> datetime | None:
    last = next(iter(rule.get("UNTIL", [])), None)
    if isinstance(last, datetime):
        return naive(last, where)
    return datetime.combine(last, time(23, 59, 59)) if isinstance(last, date) else None


def excluded(moment: int, dates: Iterable[date], where: ZoneInfo) -> bool:
    """Whether an EXDATE (a local time, a time with its zone, or a whole day) takes it away."""
    local = datetime.fromtimestamp(moment / 1000, where)
    for one in dates:
        if isinstance(one, datetime):
            if instant(naive(one, where), where) == moment:
                return True
        elif one == local.date():
            return True
    return False


def length(start: datetime, end: Any, duration: Any, where: ZoneInfo) -> int:
    """Milliseconds; the same for every occurrence (RFC 5545, 3.6.1). Raises `BadRecurrence`."""
    if isinstance(duration, timedelta):
        return round(duration.total_seconds() * 1000)
    if not isinstance(end, datetime):
        raise BadRecurrence("there is no end: DTEND or DURATION is missing")
    begin, finish = (instant(naive(one, where), where) for one in (start, end))
    return finish - begin

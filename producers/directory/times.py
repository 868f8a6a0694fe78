"""Times as files write them, to milliseconds since the epoch.

A local time that a change of the clocks skips or repeats is refused, since nobody can know which
instant was meant; a time with an offset is always clear.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

_ZONES = frozenset(available_timezones())
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


class BadTime(ValueError):
    """The text says what is wrong, and nothing of what was written."""


def zone(name: str) -> ZoneInfo:
    """Raises `BadTime` for what is no IANA time zone."""
    if name not in _ZONES:
        raise BadTime("not a time zone; write it like America/New_York")
    return ZoneInfo(name)


def millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def local(moment: int, time_zone: str) -> datetime:
    """A moment as the clocks there show it."""
    return datetime.fromtimestamp(moment / 1000, ZoneInfo(time_zone))


def instant(text: str, where: ZoneInfo) -> int:
    """`2026-11-24 18:00`, local, or with an offset. Raises `BadTime`."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadTime("not a date and time; write it like 2026-11-24 18:00") from None
    if len(text.strip()) <= 10:
        raise BadTime("a date without a time; write it like 2026-11-24 18:00")
    return millis(moment) if moment.tzinfo else _only(moment, where)


def day(text: str) -> date:
    """`2026-12-25`. Raises `BadTime`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadTime("not a day; write it like 2026-12-25") from None


def on_day(text: str, there: date, where: ZoneInfo) -> int:
    """`18:00` on that day there. Raises `BadTime`."""
    clock = _CLOCK.fullmatch(text.strip())
    if not clock or int(clock[1]) > 23 or int(clock[2]) > 59:
        raise BadTime("not a time of day; write it like 18:00")
    return _only(datetime.combine(there, time(int(clock[1]), int(clock[2]))), where)


def after(text: str, start: int, where: ZoneInfo) -> int:
    """The next instant from `start` on at which clocks there show `18:00`."""
    there = datetime.fromtimestamp(start / 1000, where).date()
    same_day = on_day(text, there, where)
    return same_day if same_day >= start else on_day(text, there + timedelta(days=1), where)


def _only(moment: datetime, where: ZoneInfo) -> int:
    first, second = (moment.replace(tzinfo=where, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        shown = first.astimezone(UTC).astimezone(where).replace(tzinfo=None)
        skipped = "is skipped" if shown != moment else "happens twice"
        raise BadTime(f"that time {skipped} when the clocks change; write it with an offset")
    return millis(first)

"""Days and weeks of a time zone: what a person calls today, whatever the clock did in between."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from streams.events import Millis


@cache
def zone(name: str) -> tzinfo:
    """The IANA zone; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


@lru_cache(maxsize=65_536)
def day_of(instant: Millis, name: str) -> date:
    return datetime.fromtimestamp(instant / 1000, zone(name)).date()


def week_of(day: date) -> date:
    """The Monday of its ISO week."""
    return day - timedelta(days=day.weekday())


def day_after(day: date, days: int = 1) -> date:
    return day + timedelta(days=days)


@lru_cache(maxsize=65_536)
def start_of(day: date, name: str) -> Millis:
    """Its midnight; where the clocks skip midnight, the first instant of the day."""
    midnight = datetime.combine(day, time(), zone(name))
    return int(midnight.timestamp()) * 1000


def week_end(week: date, name: str) -> Millis:
    return start_of(day_after(week, 7), name)


@lru_cache(maxsize=65_536)
def days_later(instant: Millis, days: int, name: str) -> Millis:
    """The same time of day so many days later."""
    then = datetime.fromtimestamp(instant // 1000, zone(name)) + timedelta(days=days)
    return int(then.timestamp()) * 1000 + instant % 1000

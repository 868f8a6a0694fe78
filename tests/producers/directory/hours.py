"""Moments as people write them."""

from datetime import datetime
from zoneinfo import ZoneInfo


def at(text: str, zone: str = "America/New_York") -> int:
    """Milliseconds of `2026-11-24 18:00` there."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)

"""Whether a file's times can be meant: by another place's clocks all of them are off together."""

from collections.abc import Mapping
from datetime import timedelta
from statistics import median
from typing import Final

from producers.directory.times import local
from streams.events import HOUR, MINUTE, Millis, SessionScheduled

OFF: Final = 45 * MINUTE
"""Hosts who come so late, and groups of whom half come so early or late, are asked about."""
STEP: Final = 30 * MINUTE
"""Most zones are whole or half hours apart."""


def doubt(session: SessionScheduled, came: Mapping[str, Millis], time_zone: str) -> str:
    """Why the times are to be asked about, and what would make them fit; empty where they fit.

    `came` is when each person came first, by id; `time_zone` the zone that was told.
    """
    late = _lateness(session, came)
    if late is None:
        return ""
    whose, off = late
    shift = round(off / STEP) * STEP
    way = "earlier" if off > 0 else "later"
    told = _offset(local(session.starts_at, time_zone).utcoffset())
    fitting = _offset(local(session.starts_at, time_zone).utcoffset(), shift)
    return (
        f"{whose} {abs(off) // MINUTE:.0f} min {'after' if off > 0 else 'before'} the session's "
        f"start. With all times {_length(shift)} {way} they would fit: clocks at {fitting}, and "
        f"{time_zone} is at {told}. Give the zone of the account with --time-zone; or --yes, "
        "when it is right"
    )


def _lateness(session: SessionScheduled, came: Mapping[str, Millis]) -> tuple[str, float] | None:
    """Who is out of the ordinary, and by how much (ms, early is negative)."""
    off = {who: at - session.starts_at for who, at in came.items()}
    if off.get(session.host_id, 0) > OFF:
        return "the host came", off[session.host_id]
    usual = median(off.values()) if off else 0
    return ("half of the people came", usual) if abs(usual) >= OFF else None


def _length(shift: Millis) -> str:
    hours, rest = divmod(abs(shift), HOUR)
    parts = [f"{hours} h"] * bool(hours) + [f"{rest // MINUTE} min"] * bool(rest)
    return " ".join(parts)


def _offset(offset: timedelta | None, shift: Millis = 0) -> str:
    minutes = round((offset or timedelta()).total_seconds() / 60) + shift // MINUTE
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"

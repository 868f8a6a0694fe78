"""Lines of an import's report: what changed, by time and program; never a name."""

from collections.abc import Mapping, Sequence
from typing import Any

from producers.directory.times import local

WORDS = {
    "program_id": "program",
    "host_id": "host",
    "time_zone": "time zone",
    "room": "room",
}


def entry(session: Mapping[str, Any], code: str) -> str:
    """`2026-11-24 18:00-21:00 America/New_York, iop-evening, group`."""
    start = local(session["starts_at"], session["time_zone"])
    end = local(session["ends_at"], session["time_zone"])
    where = session["time_zone"]
    return f"{start:%Y-%m-%d %H:%M}-{end:%H:%M} {where}, {code}, {session['kind']}"


def what_changed(
    known: Mapping[str, Any],
    said: Mapping[str, Any],
    differing: Sequence[str],
    seats: tuple[int, int, int],
) -> tuple[str, str]:
    """The word that counts the change, and its particulars; `seats` new, gone, otherwise."""
    parts: list[str] = []
    if "starts_at" in differing or "ends_at" in differing:
        start, end = (local(known[name], known["time_zone"]) for name in ("starts_at", "ends_at"))
        parts.append(f"was {start:%Y-%m-%d %H:%M}-{end:%H:%M}")
    others = [WORDS.get(name, name) for name in differing if not name.endswith("s_at")]
    if others := [word for word in others if word != "cancelled"]:
        parts.append(f"{', '.join(others)} changed")
    new, gone, otherwise = seats
    if any(seats):
        parts.append(f"roster +{new} -{gone}" + (f", {otherwise} otherwise" if otherwise else ""))
    if "cancelled" in differing:
        word = "cancelled" if said["cancelled"] else "reinstated"
    elif "starts_at" in differing or "ends_at" in differing:
        word = "moved"
    else:
        word = "changed" if differing else "roster changed"
    return word, "; ".join(parts)

"""The sessions file: one row an occurrence, known again by its `uid` wherever it is moved."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from producers.directory import times
from producers.directory.cells import Row
from producers.directory.records import Seat, SessionRow, Who
from streams.events import HOUR, Kind, Modality

KINDS: Final[tuple[Kind, ...]] = ("group", "individual", "family", "psychoeducation")
MODALITIES: Final[tuple[Modality, ...]] = ("virtual", "in_person", "hybrid")
REQUIRED = frozenset({"uid", "start", "end", "program", "host"})
COLUMNS = REQUIRED | {
    "time_zone",
    "track",
    "kind",
    "platform",
    "room",
    "modality",
    "roster",
    "breaks",
    "status",
}
PLATFORM = re.compile(r"[a-z0-9_-]{1,16}")
LONGEST_MS = 24 * HOUR
_TIME_OF_DAY = re.compile(r"\d{1,2}:\d{2}")


def session(row: Row, zones: Mapping[str, str]) -> SessionRow:
    """Harmless where something is wrong with the row; the problems are told by the row."""
    program = row.text("program", required=True, longest=64)
    time_zone = row.time_zone("time_zone", zones.get(program, "UTC"))
    where = times.zone(time_zone)
    starts_at, ends_at = _span(row, where)
    platform, room = _room(row)
    return SessionRow(
        line=row.line,
        uid=row.text("uid", required=True),
        original_start=starts_at,
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=time_zone,
        program=program,
        track=row.text("track", longest=64) or track_of(starts_at, time_zone),
        kind=row.choice("kind", KINDS, "group"),
        modality=row.choice("modality", MODALITIES, "virtual"),
        host=Who("id", row.text("host", required=True), row.line, "host"),
        roster=_roster(row),
        platform=platform,
        room=room,
        breaks=_breaks(row, starts_at, ends_at, where),
        cancelled=row.choice("status", ("scheduled", "cancelled"), "scheduled") == "cancelled",
    )


def track_of(starts_at: int, time_zone: str) -> str:
    """By the clock there: morning before 12, afternoon before 17, else evening."""
    hour = times.local(starts_at, time_zone).hour
    return "morning" if hour < 12 else "afternoon" if hour < 17 else "evening"


def _span(row: Row, where: ZoneInfo) -> tuple[int, int]:
    start_text, end_text = row.text("start", required=True), row.text("end", required=True)
    start = row.tried("start", lambda: times.instant(start_text, where)) if start_text else None
    if start is None or not end_text:
        return 0, 0
    read = times.after if _TIME_OF_DAY.fullmatch(end_text) else _instant
    end = row.tried("end", lambda: read(end_text, start, where))
    if end is not None and not 0 < end - start <= LONGEST_MS:
        row.bad("end", "must be after the start, by 24 h at most")
    return start, end or start


def _instant(text: str, _: int, where: ZoneInfo) -> int:
    return times.instant(text, where)


def _room(row: Row) -> tuple[str | None, str | None]:
    platform = row.matching("platform", PLATFORM, "zoom or livekit") or None
    room = row.text("room") or None
    if room and not platform:
        row.bad("platform", "is empty, but there is a room")
    if platform == "zoom" and room:
        room = re.sub(r"[\s-]", "", room)  # meeting ids are shown in groups: 812 3456 7890
    return platform, room


def _roster(row: Row) -> list[Seat]:
    seats: list[Seat] = []
    seen: set[str] = set()
    for number, part in enumerate(row.listed("roster"), 1):
        person_id, _, last = part.rpartition(":")
        modality = next((word for word in MODALITIES if person_id and word == last), None)
        who = person_id if modality else part
        if who in seen:
            row.bad("roster", f"entry {number} is there twice")
        seen.add(who)
        seats.append(Seat(Who("id", who, row.line, f"roster entry {number}"), modality))
    return seats


def _breaks(row: Row, start: int, end: int, where: ZoneInfo) -> list[tuple[int, int]]:
    made: list[tuple[int, int]] = []
    for number, part in enumerate(row.listed("breaks"), 1):
        begin, _, finish = part.partition("-")
        first = row.tried("breaks", partial(times.after, begin, start, where))
        last = row.tried("breaks", partial(times.after, finish, start, where))
        if first is None or last is None:
            continue
        if not start <= first < last <= end:
            row.bad("breaks", f"entry {number} does not lie within the session")
        made.append((first, last))
    return made

"""iCalendar (RFC 5545): events with their repetitions, exceptions and time zones.

How a session's program, kind, host, roster and room are told: `docs/schedules.md`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar import Calendar as Parsed
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON
from msgspec import Struct

from producers.directory import ical_session, recurrence, times
from producers.directory.csv_sessions import LONGEST_MS
from producers.directory.ical_lines import EventLines, event_lines
from producers.directory.ical_session import When
from producers.directory.records import BadFile, Problem, Problems, SessionRow
from producers.directory.recurrence import BadRecurrence
from producers.directory.scheduling import Calendar

BROKEN: Final = "not a whole iCalendar file"
ONCE: Final = ("UID", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID")
YEARS: Final = range(1971, 9999)
"""What milliseconds since the epoch, and a day around it, can be reckoned in."""


class Entry(Struct):
    """One VEVENT that can be a session: its times, and where it stands in the file."""

    event: Any
    lines: EventLines
    uid: str
    start: datetime  # local
    where: ZoneInfo
    length: int  # ms
    replaces: int | None  # RECURRENCE-ID: the original start of the occurrence it is
    onwards: bool = False  # and of all that follow (RANGE=THISANDFUTURE)


def read(
    raw: bytes, name: str, zones: Mapping[str, str], since: int, until: int
) -> tuple[Calendar, list[SessionRow]]:
    """Occurrences that end after `since` and start before `until` (ms). `zones` are the known
    programs' time zones; `name` is used when the calendar has none. Raises `BadFile`."""
    problems = Problems()
    parsed = _parsed(raw)
    default = str(parsed.get("X-WR-TIMEZONE", ""))
    entries: list[Entry] = []
    whole_days = 0
    events, places = parsed.walk("VEVENT"), event_lines(raw)
    if len(events) != len(places):
        raise BadFile([Problem(_unbalanced(raw), "file", BROKEN)])
    for event, lines in zip(events, places, strict=True):
        if _is_whole_day(event):
            whole_days += 1
        elif (entry := _entry(event, lines, default, problems)) is not None:
            entries.append(entry)
    rows = _rows(entries, zones, (since, until), problems)
    problems.raise_any(rows)
    many = "entry" if whole_days == 1 else "entries"
    notes = (f"{whole_days} all-day {many} passed over",) if whole_days else ()
    named = str(parsed.get("X-WR-CALNAME", "")).strip() or name
    return Calendar(named, until, notes), rows


def _parsed(raw: bytes) -> Parsed:
    text = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.upper().startswith(b"BEGIN:VCALENDAR"):
        told = "an iCalendar file begins with BEGIN:VCALENDAR"
        raise BadFile([Problem(1, "file", told)])
    try:
        raw.decode("utf-8-sig")
        return Parsed.from_ical(raw.removeprefix(b"\xef\xbb\xbf"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadFile([Problem(line, "file", "not UTF-8")]) from None
    except (ValueError, IndexError, KeyError):
        raise BadFile([Problem(_unbalanced(raw), "file", BROKEN)]) from None


def _unbalanced(raw: bytes) -> int:
    """The first line whose END meets no BEGIN of its kind, else the last line."""
    inside: list[bytes] = []
    lines = raw.splitlines()
    for number, text in enumerate(lines, 1):
        word, _, kind = text.strip().upper().partition(b":")
        if word == b"BEGIN":
            inside.append(kind)
        elif word == b"END" and (not inside or inside.pop() != kind):
            return number
    return len(lines)


def _is_whole_day(event: Any) -> bool:
    start = _value(event, "DTSTART")
    return isinstance(start, date) and not isinstance(start, datetime)


def _value(event: Any, name: str) -> Any:
    """A property's date, time or duration; None when it is missing or broken."""
    held = event.get(name)
    held = held[0] if isinstance(held, list) else held
    return None if held is None or _is_broken(held) else getattr(held, "dt", None)


def _is_broken(held: Any) -> bool:
    return type(held).__name__ == "vBroken"


def _entry(event: Any, lines: EventLines, default: str, problems: Problems) -> Entry | None:
    for name, _ in event.errors:
        column = name or "event"
        problems.add(lines.line(column), column, "not understood")
    if event.errors:
        return None
    twice = [name for name in ONCE if isinstance(event.get(name), list)]
    for name in twice:
        problems.add(lines.line(name, 1), name, "is there twice")
    if twice:
        return None
    start = _value(event, "DTSTART")
    uid = str(event.get("UID", "")).strip()
    if start is None or not uid or len(uid) > 1000:
        problems.add(lines.begin, "UID" if start else "DTSTART", "is missing")
        return None
    try:
        if _out_of_years(event):
            raise times.BadTime("a time before 1971 or after 9998")
        where = _zone(event.get("DTSTART"), start, default)
        local = recurrence.naive(start, where)
        end, duration = _value(event, "DTEND"), _value(event, "DURATION")
        length = recurrence.length(local, end, duration, where)
        if not 0 < length <= LONGEST_MS:
            raise BadRecurrence("the end must be after the start, by 24 h at most")
    except (times.BadTime, BadRecurrence) as error:
        problems.add(lines.line("DTSTART"), "DTSTART", str(error))
        return None
    onwards = _replaced_range(event) == "THISANDFUTURE"
    return Entry(event, lines, uid, local, where, length, _replaces(event, where), onwards)


def _out_of_years(event: Any) -> bool:
    told = [_value(event, name) for name in ("DTSTART", "DTEND", "RECURRENCE-ID")]
    dates = [*told, *_dates(event, "RDATE"), *_dates(event, "EXDATE")]
    return any(isinstance(one, date) and one.year not in YEARS for one in dates)


def _zone(held: Any, start: datetime, default: str) -> ZoneInfo:
    name = str(held.params.get("TZID", "")) or ("UTC" if start.tzinfo else default)
    if not name:
        raise times.BadTime("a time without a time zone (TZID)")
    return times.zone(WINDOWS_TO_OLSON.get(name, name))


def _replaces(event: Any, where: ZoneInfo) -> int | None:
    moment = _value(event, "RECURRENCE-ID")
    if not isinstance(moment, datetime):
        return None
    return recurrence.instant(recurrence.naive(moment, where), where)


def _replaced_range(event: Any) -> str:
    held = event.get("RECURRENCE-ID")
    return str(held.params.get("RANGE", "")).upper() if held is not None else ""


def _rows(
    entries: Sequence[Entry],
    zones: Mapping[str, str],
    window: tuple[int, int],
    problems: Problems,
) -> list[SessionRow]:
    by_uid: dict[str, list[Entry]] = {}
    for entry in entries:
        by_uid.setdefault(entry.uid, []).append(entry)
    rows: list[SessionRow] = []
    for same in by_uid.values():
        since = window[0] - LONGEST_MS - max(map(_later, same))
        found = _occurrences(same, (max(0, since), window[1]), problems)
        for original, entry in sorted(found.items()):
            at = _when(entry, original)
            if at.ends_at <= window[0] or min(at.starts_at, original) >= window[1]:
                continue
            rows.append(ical_session.session(entry.event, entry.lines, at, zones, problems))
    return rows


def _later(entry: Entry) -> int:
    """How much later (ms) it puts the occurrences that it stands for."""
    if entry.replaces is None:
        return 0
    return max(0, recurrence.instant(entry.start, entry.where) - entry.replaces)


def _when(entry: Entry, original: int) -> When:
    start = original
    if entry.replaces is not None:
        # what stands for several moves each as far as it moves the first, by the clocks there
        shift = entry.start - recurrence.local(entry.replaces, entry.where)
        moved = recurrence.local(original, entry.where) + shift
        start = recurrence.instant(moved, entry.where)
    return When(original, start, start + entry.length, entry.where)


def _occurrences(
    same: Sequence[Entry], window: tuple[int, int], problems: Problems
) -> dict[int, Entry]:
    """The occurrences of one UID by original start in this time, and some before; exceptions take
    their places."""
    made: dict[int, Entry] = {}
    masters = [entry for entry in same if entry.replaces is None]
    for _, again in pairwise(masters):
        problems.add(again.lines.line("UID"), "UID", "this UID is there twice")
    for entry in masters[:1]:
        try:
            made |= dict.fromkeys(_repeated(entry, window), entry)
        except BadRecurrence as error:
            problems.add(entry.lines.line("RRULE"), "RRULE", str(error))
    replacing = [(entry.replaces, entry) for entry in same if entry.replaces is not None]
    for first, entry in sorted(replacing, key=lambda one: one[0]):
        if entry.onwards:
            made |= {original: entry for original in made if original >= first}
    return made | dict(replacing)


def _repeated(entry: Entry, window: tuple[int, int]) -> list[int]:
    rule = entry.event.get("RRULE")
    if isinstance(rule, list) or "EXRULE" in entry.event:
        raise BadRecurrence("only one RRULE, and no EXRULE, is understood")
    text = rule.to_ical().decode() if rule is not None else ""
    dates = _dates(entry.event, "RDATE")
    added = [recurrence.naive(one, entry.where) for one in dates if isinstance(one, datetime)]
    gone = _dates(entry.event, "EXDATE")
    starts = recurrence.occurrences(entry.start, rule, text, added, entry.where, *window)
    return [start for start in starts if not recurrence.excluded(start, gone, entry.where)]


def _dates(event: Any, name: str) -> list[date]:
    held = event.get(name)
    lists = held if isinstance(held, list) else [held] if held is not None else []
    return [one.dt for dates in lists for one in dates.dts]

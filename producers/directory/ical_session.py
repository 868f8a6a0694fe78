"""What a calendar event says of a session beside its times."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from producers.directory import times
from producers.directory.csv_sessions import KINDS, MODALITIES, PLATFORM, track_of
from producers.directory.ical_lines import EventLines
from producers.directory.records import Problems, Seat, SessionRow, Who

T = TypeVar("T", bound=str)

OWN: Final = "X-SESSIONWATCH-"
TRACKS: Final = ("morning", "afternoon", "evening")
ZOOM: Final = re.compile(r"https://[\w.-]*zoom\.us/[jw]/(\d{9,12})", re.ASCII)
NOT_PEOPLE: Final = ("ROOM", "RESOURCE", "GROUP")


class When(Struct, frozen=True):
    """One occurrence's times (ms) and place."""

    original_start: int
    starts_at: int
    ends_at: int
    where: ZoneInfo


class _Reading:
    """One event, read property by property with the problems they have."""

    def __init__(self, event: Any, lines: EventLines, problems: Problems) -> None:
        self.event = event
        self.lines = lines
        self.problems = problems
        self.categories = [word.strip() for word in _categories(event)]

    def bad(self, name: str, problem: str) -> None:
        self.problems.add(self.lines.line(name), name, problem)

    def own(self, name: str) -> str:
        """One of our own X- properties."""
        held = self.event.get(OWN + name, "")
        return str(held[0] if isinstance(held, list) else held).strip()

    def choice(self, name: str, options: Sequence[T], default: T) -> T:
        """By our own property, else by a category, else the default."""
        word = self.own(name).lower()
        if word and word not in options:
            self.bad(OWN + name, f"must be one of {', '.join(options)}")
        words = [word, *(category.lower() for category in self.categories)]
        return next((option for option in options if option in words), default)


def session(
    event: Any,
    lines: EventLines,
    at: When,
    zones: Mapping[str, str],
    problems: Problems,
) -> SessionRow:
    """Harmless where something is wrong with the event; the problems are told."""
    reading = _Reading(event, lines, problems)
    platform, room = _room(reading)
    host = _host(reading)
    return SessionRow(
        line=lines.begin,
        uid=str(event["UID"]).strip(),
        original_start=at.original_start,
        starts_at=at.starts_at,
        ends_at=at.ends_at,
        time_zone=at.where.key,
        program=_program(reading, zones),
        track=reading.choice("TRACK", TRACKS, track_of(at.starts_at, at.where.key)),
        kind=reading.choice("KIND", KINDS, "group"),
        modality=reading.choice("MODALITY", MODALITIES, "virtual"),
        host=host,
        roster=_roster(reading, host),
        platform=platform,
        room=room,
        breaks=_breaks(reading, at),
        cancelled=str(event.get("STATUS", "")).upper() == "CANCELLED",
    )


def _categories(event: Any) -> list[str]:
    held = event.get("CATEGORIES")
    lists = held if isinstance(held, list) else [held] if held is not None else []
    return [str(word) for words in lists for word in words.cats]


def _program(reading: _Reading, zones: Mapping[str, str]) -> str:
    code = reading.own("PROGRAM")
    known = [category for category in reading.categories if category in zones]
    if code or len(known) == 1:
        return code or known[0]
    few = "no category is a known program" if not known else "several categories are programs"
    reading.bad("CATEGORIES", f"{few}; say which by {OWN}PROGRAM")
    return ""


def _host(reading: _Reading) -> Who:
    if code := reading.own("HOST"):
        return Who("id", code, reading.lines.line(OWN + "HOST"), OWN + "HOST")
    chairs = [who for who, role in _attendees(reading) if role == "CHAIR"]
    if chairs:
        return chairs[0]
    address = _address(reading.event.get("ORGANIZER"))
    if not address:
        reading.bad("ORGANIZER", f"nobody is the host: ORGANIZER, a CHAIR or {OWN}HOST is missing")
    return Who("email", address, reading.lines.line("ORGANIZER"), "ORGANIZER")


def _attendees(reading: _Reading) -> list[tuple[Who, str]]:
    """The people among the attendees, each with the ROLE given."""
    held = reading.event.get("ATTENDEE")
    found: list[tuple[Who, str]] = []
    for number, one in enumerate(held if isinstance(held, list) else [held] if held else []):
        role = str(one.params.get("ROLE", "")).upper()
        kind = str(one.params.get("CUTYPE", "")).upper()
        if kind in NOT_PEOPLE or role == "NON-PARTICIPANT":
            continue
        line = reading.lines.line("ATTENDEE", number)
        found.append((Who("email", _address(one), line, f"ATTENDEE {number + 1}"), role))
    return found


def _address(held: Any) -> str:
    text = str(held or "").strip()
    return re.sub(r"(?i)^mailto:", "", text)


def _roster(reading: _Reading, host: Who) -> list[Seat]:
    by_id = [part.strip() for part in reading.own("ROSTER").split(";") if part.strip()]
    line = reading.lines.line(OWN + "ROSTER")
    seats = [
        Seat(Who("id", part, line, f"{OWN}ROSTER entry {number}"))
        for number, part in enumerate(by_id, 1)
    ]
    hosts = {host.value.casefold(), _address(reading.event.get("ORGANIZER")).casefold()}
    seats += [Seat(who) for who, _ in _attendees(reading) if who.value.casefold() not in hosts]
    return seats


def _room(reading: _Reading) -> tuple[str | None, str | None]:
    platform, room = reading.own("PLATFORM").lower(), reading.own("ROOM")
    if platform and not PLATFORM.fullmatch(platform):
        reading.bad(OWN + "PLATFORM", "not understood; write it like zoom or livekit")
    if room and not platform:
        reading.bad(OWN + "ROOM", f"a room without {OWN}PLATFORM")
    if room:
        return platform, room
    for name in ("CONFERENCE", "LOCATION", "URL", "DESCRIPTION"):
        if link := ZOOM.search(str(reading.event.get(name, ""))):
            return "zoom", link[1]
    return platform or None, None


def _breaks(reading: _Reading, at: When) -> list[tuple[int, int]]:
    made: list[tuple[int, int]] = []
    for part in filter(None, (part.strip() for part in reading.own("BREAKS").split(";"))):
        begin, _, finish = part.partition("-")
        try:
            first = times.after(begin, at.starts_at, at.where)
            last = times.after(finish, at.starts_at, at.where)
        except times.BadTime as error:
            reading.bad(OWN + "BREAKS", str(error))
            continue
        if not first < last <= at.ends_at:
            reading.bad(OWN + "BREAKS", "does not lie within the session")
        made.append((first, last))
    return made

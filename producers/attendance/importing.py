"""`sessionwatch attendance import`: a platform's file as events, for replay or for the log."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, get_args

from msgspec import Struct
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy import audit
from producers.attendance import teams, zoom
from producers.attendance.doubting import doubt
from producers.attendance.events import People, made
from producers.attendance.placing import Placed, Session, place
from producers.attendance.sheet import Sheet
from producers.directory import times
from producers.directory.acts import STILL_TAKEN
from producers.directory.announcing import as_scheduled
from producers.directory.records import BadFile, Problem
from producers.directory.store import Directory, put_out, queued
from producers.directory.tables import ALIASES, AUDIT, SESSIONS
from producers.directory.times import local
from streams.events import HOUR, SECOND, ClockTicked, Millis, SessionEvent, SessionScheduled
from streams.topics import SESSION_EVENTS

Platform = Literal["zoom", "teams"]
PLATFORMS: Final = get_args(Platform)
LARGEST: Final = 8 * 1024 * 1024
READERS: Final[dict[Platform, Callable[[bytes], Sheet]]] = {
    "zoom": zoom.read,
    "teams": teams.read,
}
NO_ZONE: Final = (
    "the file does not say whose clocks its times are by: give --time-zone, for example "
    "--time-zone America/New_York (the account's, not the session's)"
)
TOO_LATE: Final = (
    "the log takes what belongs to a session until 6 h after its end, and that is over; without "
    "--publish the events are printed, for sessionwatch replay"
)


class Refused(Exception):
    """What the person at the command line can do about it."""


class Attendance(Struct, frozen=True):
    """A file's events; `unmatched` are the lines of people whom nobody has matched."""

    scheduled: SessionScheduled
    events: list[SessionEvent]
    people: int
    unmatched: list[int]
    first_join: Millis | None = None
    last_leave: Millis | None = None

    def tape(self) -> list[SessionEvent]:
        """What a replay needs beside the events: the schedule before, and time to pass after."""
        after = self.scheduled.ends_at + HOUR
        return [self.scheduled, *self.events, ClockTicked(id=str(after // SECOND), ts=after)]

    def __str__(self) -> str:
        many, lines = len(self.unmatched), ", ".join(map(str, self.unmatched))
        told = f"; not matched: {many}, line{'s' if many > 1 else ''} {lines}" if many else ""
        return f"{self.times}\n{len(self.events)} events of {self.people} people{told}"

    @property
    def times(self) -> str:
        """The session's hours and, next to them, when the first came and the last left."""
        one, zone = self.scheduled, self.scheduled.time_zone
        start, end = local(one.starts_at, zone), local(one.ends_at, zone)
        came, left = (
            f"{local(at, zone):%H:%M}" if at else "not told"
            for at in (self.first_join, self.last_leave)
        )
        hours = f"{start:%Y-%m-%d %H:%M}-{end:%H:%M} {zone}"
        return f"session of {hours}: first join {came}, last leave {left}"


async def read(
    directory: Directory,
    path: Path,
    platform: Platform,
    uid: str,
    time_zone: str,
    *,
    totals: bool = False,
    sure: bool = False,
) -> Attendance:
    """`uid` is the session's own in the schedule, or its id; `sure` takes times that look like
    another zone's. Raises `Refused`, and `BadFile` with all that is wrong, by line."""
    sheet = READERS[platform](contents(path))
    if not time_zone:
        raise Refused(NO_ZONE)
    try:
        where = times.zone(time_zone)
    except times.BadTime as error:
        raise Refused(f"--time-zone: {error}") from None
    async with directory.reading() as connection:
        sessions = await _sessions(connection, directory, uid)
        if not sessions:
            raise Refused("no session of that UID is in the schedule; import it first")
        placed = place(sheet, sessions, where, totals=totals)
        found, came = await _attendance(connection, directory, placed, platform)
    if not sure and (why := doubt(found.scheduled, came, time_zone)):
        raise Refused(f"{found.times}\n{why}")
    return found


async def publish(directory: Directory, attendance: Attendance, now: int) -> None:
    """Queues the events for the log. Raises `Refused` when it takes them no more; `now` in ms."""
    session = attendance.scheduled
    if now > session.ends_at + STILL_TAKEN:
        raise Refused(TOO_LATE)
    if any(event.ts > now for event in attendance.events):
        raise Refused("some of the file's times are still to come; is the time zone right?")
    async with directory.writing() as connection:
        key = session.session_id
        rows = [queued(SESSION_EVENTS, key, event) for event in attendance.events]
        await put_out(connection, rows)
        await audit.record(
            connection,
            AUDIT,
            at=now,
            who=audit.SYSTEM,
            what="attendance.imported",
            object_=session.session_id,
        )


def contents(path: Path) -> bytes:
    """A file's, unless it is far too large. Raises `BadFile`."""
    try:
        if path.stat().st_size > LARGEST:
            raise BadFile([Problem(0, "file", f"larger than {LARGEST >> 20} MiB")])
        return path.read_bytes()
    except OSError as error:
        raise BadFile([Problem(0, "file", f"cannot be read: {error.strerror}")]) from None


async def _sessions(connection: AsyncConnection, directory: Directory, uid: str) -> list[Session]:
    columns = [SESSIONS.c[name] for name in Session.__struct_fields__]
    series = directory.pseudonyms.series(uid)
    query = select(*columns).where(or_(SESSIONS.c.series == series, SESSIONS.c.id == uid))
    return [Session(**row._mapping) for row in await connection.execute(query)]


async def _attendance(
    connection: AsyncConnection, directory: Directory, placed: Placed, platform: Platform
) -> tuple[Attendance, dict[str, Millis]]:
    """And when each person came first, where the file has times."""
    known = await connection.execute(select(ALIASES.c.alias, ALIASES.c.person_id))
    aliases = {row.alias: row.person_id for row in known}
    session_id, pseudonyms = placed.session.id, directory.pseudonyms
    people = People(pseudonyms, platform, session_id, aliases)
    scheduled = await as_scheduled(directory, connection, session_id)
    events = made(placed, people, pseudonyms, platform, scheduled.host_id)
    who = {stay.row.line: people.of(stay) for stay in placed.stays}
    timed = [stay for stay in placed.stays if stay.row.joined]
    came: dict[str, Millis] = {}
    for stay in sorted(timed, key=lambda one: one.start):
        host = stay.row.host and not stay.row.waiting
        came.setdefault(scheduled.host_id if host else who[stay.row.line], stay.start)
    found = Attendance(
        scheduled,
        events,
        len(set(who.values())),
        sorted(line for line, id_ in who.items() if id_.startswith("unmapped:")),
        min((stay.start for stay in timed), default=None),
        max((stay.end for stay in timed if stay.end is not None), default=None),
    )
    return found, came

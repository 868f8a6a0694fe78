"""Which session and whose seat each line of the clinic's own attendance is."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.pseudonyms import Pseudonyms
from producers.attendance.clinic import Seat
from producers.directory import known
from producers.directory.identities import versions
from producers.directory.records import Problems
from producers.directory.store import Directory
from producers.directory.tables import ALIASES, PROGRAMS, SESSIONS
from producers.directory.times import local
from sessionwatch.attended import Line
from streams.events import Millis

SEVERAL = "several sessions fit; give the UID in session, or also start or group"
TWICE = "the same person and session as in an earlier line; leave one of them"


class Session(Struct, frozen=True):
    id: str
    series: str
    starts_at: Millis
    time_zone: str
    track: str
    code: str
    cancelled: bool

    @property
    def start(self) -> str:
        """`2026-11-24 18:00`, by the clocks of the session."""
        return f"{local(self.starts_at, self.time_zone):%Y-%m-%d %H:%M}"

    @property
    def day(self) -> date:
        return local(self.starts_at, self.time_zone).date()

    def fits(self, seat: Seat) -> bool:
        """Whether it is on the day, at the hour and of the group that a line has."""
        return (
            seat.day in (None, self.day)
            and seat.start in ("", self.start[-5:])
            and seat.group in ("", self.track.casefold(), self.code.casefold())
        )


async def sessions(connection: AsyncConnection) -> list[Session]:
    """All of the schedule."""
    own = [SESSIONS.c[name] for name in Session.__struct_fields__ if name != "code"]
    query = select(*own, PROGRAMS.c.code).join(PROGRAMS, PROGRAMS.c.id == SESSIONS.c.program_id)
    return [Session(**row._mapping) for row in await connection.execute(query)]


async def people(
    connection: AsyncConnection, directory: Directory, given: Collection[str]
) -> dict[str, str]:
    """The pseudonyms of those who are known, by their own id or e-mail address."""
    rows = await connection.execute(select(ALIASES.c.alias, ALIASES.c.person_id))
    aliases = {row.alias: row.person_id for row in rows}
    found: dict[str, str] = {}
    for one in sorted(given):
        if "@" in one:
            names = versions(directory.pseudonyms, "email", one)
            person = next((aliases[name] for name in names if name in aliases), None)
        else:
            person = await known.person(connection, directory, one)
        if person is not None:
            found[one] = person
    return found


class Places:
    """`expected` are the seats of which an outcome was recorded, as session and person."""

    def __init__(
        self,
        schedule: Sequence[Session],
        who: Mapping[str, str],
        expected: Collection[tuple[str, str]],
        pseudonyms: Pseudonyms,
    ) -> None:
        self._schedule = schedule
        self._who = who
        self._expected = expected
        self._pseudonyms = pseudonyms
        self._taken: set[tuple[str, str]] = set()

    def line(self, number: int, seat: Seat, problems: Problems) -> Line:
        """Of the file of that number."""
        person = self._who.get(seat.person)
        session = self._session(seat, person, problems)
        if session and person:
            if (session, person) in self._taken:
                problems.add(seat.line, "row", TWICE)
            self._taken.add((session, person))
        return Line(number, seat.line, seat.said, session, person, seat.minutes)

    def _session(self, seat: Seat, person: str | None, problems: Problems) -> str | None:
        if seat.session:
            series = self._pseudonyms.series(seat.session)
            fitting = [
                one
                for one in self._schedule
                if seat.session == one.id or (one.series == series and one.fits(seat))
            ]
        else:
            fitting = [one for one in self._schedule if one.fits(seat) and not one.cancelled]
        if len(fitting) < 2:
            return fitting[0].id if fitting else None
        own = [one for one in fitting if person and (one.id, person) in self._expected]
        if len(own) > 1 or (seat.session and not own):
            problems.add(seat.line, "session", SEVERAL)
        return own[0].id if len(own) == 1 else ""

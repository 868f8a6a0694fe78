"""Takes sessions of a file over: each is found again wherever it was moved, or is new.

A session's id is made once, of the calendar's uid and the start it was first given; later only
the row changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.people import changed
from producers.directory import closing, doors, identities
from producers.directory.known import erased, participants
from producers.directory.matching import Known, matched
from producers.directory.records import BadFile, Problem, Problems, Report, SessionRow, Who
from producers.directory.store import Directory
from producers.directory.tables import ALIASES, PROGRAMS, ROSTER, SESSIONS
from producers.directory.telling import entry, what_changed

SAID: Final = (
    "starts_at",
    "ends_at",
    "time_zone",
    "program_id",
    "track",
    "kind",
    "platform",
    "room",
    "host_id",
    "modality",
    "breaks",
    "cancelled",
)
"""What an import says of a session, but for its roster."""


class Calendar(Struct, frozen=True):
    """Where sessions come from. One read whole as far as `until` cancels what it lacks.

    One that is not `trusted` (nobody looks at what a feed sends) cancels nothing when it holds no
    session to come any more.
    """

    name: str
    until: int | None = None
    notes: tuple[str, ...] = ()
    trusted: bool = True


class SuddenlyEmpty(BadFile):
    """A feed that held sessions to come holds none any more: more likely broken than true."""

    def __init__(self, missing: int) -> None:
        told = f"holds no session to come any more; the {missing} known of it stay as they are"
        super().__init__([Problem(0, "calendar", told)])


async def sessions(
    connection: AsyncConnection,
    directory: Directory,
    rows: Sequence[SessionRow],
    report: Report,
    now: int,
    calendar: Calendar,
) -> None:
    """Adds, moves, changes and cancels. Raises `BadFile` with all that does not fit."""
    report.notes += calendar.notes
    source = directory.pseudonyms.source(calendar.name)
    scheduling = _Scheduling(connection, directory, report, now, source)
    await scheduling.take(rows, calendar)


async def check(
    connection: AsyncConnection,
    directory: Directory,
    rows: Sequence[SessionRow],
    problems: Problems,
) -> tuple[dict[Who, tuple[str, str]], dict[str, str]]:
    """Who each mention in the rows is, and of which kind; and the programs' codes by id. Who and
    what is not known is a problem."""
    found = await _people(connection, directory, rows)
    query = select(PROGRAMS.c.id, PROGRAMS.c.code)
    codes = {row.id: row.code for row in await connection.execute(query)}
    for row in rows:
        if row.program and directory.pseudonyms.program(row.program) not in codes:
            problems.add(row.line, "program", "not known; import the programs first")
        if row.host.value and found.get(row.host, ("", ""))[1] != "staff":
            problems.add(row.host.line, row.host.column, "not anybody on the staff")
        for seat in row.roster:
            kind = found.get(seat.who, ("", ""))[1]
            if not kind or (kind == "staff" and seat.who.how == "id"):
                reason = "is on the staff" if kind else "not known; import the people first"
                problems.add(seat.who.line, seat.who.column, reason)
    return found, codes


async def _people(
    connection: AsyncConnection, directory: Directory, rows: Sequence[SessionRow]
) -> dict[Who, tuple[str, str]]:
    """Who each mention is, and of which kind; those not known are left out."""
    mentions = {row.host: "staff" for row in rows}
    mentions |= {seat.who: "participant" for row in rows for seat in row.roster}
    made = directory.pseudonyms
    by_id = {who: role for who, role in mentions.items() if who.how == "id"}
    theirs = await participants(
        connection, directory, (who.value for who, role in by_id.items() if role != "staff")
    )
    ids = {
        who: made.staff(who.value) if role == "staff" else theirs[who.value]
        for who, role in by_id.items()
    }
    ids |= await _addressed(connection, directory, (w for w in mentions if w.how == "email"))
    kinds = await directory.people.kinds(connection, set(ids.values()))
    return {who: (id_, kinds[id_]) for who, id_ in ids.items() if id_ in kinds}


async def _addressed(
    connection: AsyncConnection, directory: Directory, mentions: Iterable[Who]
) -> dict[Who, str]:
    made = directory.pseudonyms
    aliases = {who: identities.versions(made, "email", who.value) for who in mentions}
    everything = {alias for versions in aliases.values() for alias in versions}
    query = select(ALIASES.c.alias, ALIASES.c.person_id).where(ALIASES.c.alias.in_(everything))
    owners = {row.alias: row.person_id for row in await connection.execute(query)}
    return {
        who: next(owners[alias] for alias in versions if alias in owners)
        for who, versions in aliases.items()
        if not owners.keys().isdisjoint(versions)
    }


class _Scheduling:
    """One file of sessions, in one transaction."""

    def __init__(
        self,
        connection: AsyncConnection,
        directory: Directory,
        report: Report,
        now: int,
        source: str,
    ) -> None:
        self._connection = connection
        self._directory = directory
        self._report = report
        self._now = now
        self._source = source
        self._changed = False
        self._new: list[dict[str, Any]] = []
        self._seats: list[dict[str, Any]] = []
        self._rooms: dict[str, str | None] = {}

    async def take(self, rows: Sequence[SessionRow], calendar: Calendar) -> None:
        problems = Problems()
        found, codes = await check(self._connection, self._directory, rows, problems)
        problems.raise_any()
        known = await self._known(rows)
        gone = await erased(self._connection)
        rosters = await self._rosters([row["id"] for row in known.values()])
        pairs = self._pairs(rows, known)
        shut = await closing.closed_days(self._connection)
        if calendar.until is not None:
            kept = {id_ for id_ in pairs if id_}
            empty = not any(row.starts_at > self._now for row in rows)
            may_cancel = calendar.trusted or not empty
            await self._cancel_missing(kept, calendar.until, codes, may_cancel)
        known_uids = {row.uid for row, id_ in zip(rows, pairs, strict=True) if id_}
        for row, known_id in zip(rows, pairs, strict=True):
            before = known[known_id] if known_id else None
            said = self._said(row, found)
            said["cancelled"] = row.cancelled or self._closed(said, before, shut)
            seats = {found[seat.who]: seat.modality for seat in row.roster}
            roster = {
                id_: how
                for (id_, kind), how in seats.items()
                if kind != "staff" and id_ not in gone
            }
            code = codes[said["program_id"]]
            if known_id is None:
                # a repetition that was moved as a whole does not write its past anew
                if row.ends_at > self._now or row.uid not in known_uids:
                    self._add(row, said, roster, code)
            else:
                self._rooms[known_id] = row.room
                if known[known_id]["called_off"] != row.cancelled:
                    await self._update(known_id, {"called_off": row.cancelled})
                seats_before = rosters.get(known_id, {})
                await self._change(known[known_id], said, seats_before, roster, code)
        for table, new in ((SESSIONS, self._new), (ROSTER, self._seats)):
            if new:
                await self._connection.execute(insert(table), new)
        await doors.keep(self._connection, self._directory.rooms, self._rooms)
        if self._changed:
            await changed(self._connection, "schedule")

    async def _known(self, rows: Sequence[SessionRow]) -> dict[str, dict[str, Any]]:
        series = {self._directory.pseudonyms.series(row.uid) for row in rows}
        query = select(SESSIONS).where(SESSIONS.c.series.in_(series))
        return {row.id: dict(row._mapping) for row in await self._connection.execute(query)}

    async def _rosters(self, ids: Sequence[str]) -> dict[str, dict[str, str | None]]:
        query = select(ROSTER).where(ROSTER.c.session_id.in_(ids))
        rosters: dict[str, dict[str, str | None]] = {}
        for row in await self._connection.execute(query):
            rosters.setdefault(row.session_id, {})[row.person_id] = row.modality
        return rosters

    def _pairs(
        self, rows: Sequence[SessionRow], known: Mapping[str, Mapping[str, Any]]
    ) -> list[str | None]:
        """For each row the id of the session it is, or none."""
        of_series: dict[str, list[Known]] = {}
        for id_, row in known.items():
            of_series.setdefault(row["series"], []).append(
                Known(id_, row["original_start"], row["starts_at"], row["ends_at"])
            )
        places: dict[str, list[int]] = {}
        for place, wanted in enumerate(rows):
            places.setdefault(self._directory.pseudonyms.series(wanted.uid), []).append(place)
        pairs: list[str | None] = [None] * len(rows)
        for series, at in places.items():
            ids = matched(of_series.get(series, []), [rows[place] for place in at], self._now)
            for place, one in zip(at, ids, strict=True):
                pairs[place] = one
        return pairs

    def _said(self, row: SessionRow, found: Mapping[Who, tuple[str, str]]) -> dict[str, Any]:
        made = self._directory.pseudonyms
        said: dict[str, Any] = {
            name: getattr(row, name) for name in SAID if name not in ("program_id", "host_id")
        }
        room = made.room(row.platform or "", row.room) if row.room else None
        return said | {
            "program_id": made.program(row.program),
            "host_id": found[row.host][0],
            "room": room,
            "breaks": [list(part) for part in row.breaks],
        }

    def _closed(
        self, said: Mapping[str, Any], known: Mapping[str, Any] | None, shut: closing.Days
    ) -> bool:
        """Whether the program holds none that day; of a session that is over, as it was."""
        if known is not None and known["ends_at"] <= self._now:
            return bool(known["cancelled"] and not known["called_off"])
        return closing.closed(said, shut)

    def _add(
        self, row: SessionRow, said: dict[str, Any], roster: Mapping[str, str | None], code: str
    ) -> None:
        if row.cancelled:
            self._report.count("cancelled before they were known")
            return
        made = self._directory.pseudonyms
        id_ = made.session(row.uid, row.original_start)
        values = said | {
            "id": id_,
            "source": self._source,
            "series": made.series(row.uid),
            "original_start": row.original_start,
            "called_off": False,
            "version": 1,
            "changed_at": self._now,
            "scheduled_version": 0,
            "scheduled_ts": 0,
            "expected_version": 0,
        }
        self._new.append(values)
        self._rooms[id_] = row.room
        self._seat(id_, roster)
        closed = "; closed that day" if said["cancelled"] else ""
        self._tell("added", said, code, f"{len(roster)} on the roster{closed}")

    async def _change(
        self,
        known: Mapping[str, Any],
        said: Mapping[str, Any],
        before: Mapping[str, str | None],
        roster: Mapping[str, str | None],
        code: str,
    ) -> None:
        differing = [name for name in SAID if said[name] != known[name]]
        new = {id_: modality for id_, modality in roster.items() if id_ not in before}
        gone = [id_ for id_ in before if id_ not in roster]
        other = {i: m for i, m in roster.items() if i in before and before[i] != m}
        if known["source"] != self._source:
            await self._update(known["id"], {"source": self._source})
        if not (differing or new or gone or other):
            self._report.count("unchanged")
            return
        version = {"version": known["version"] + 1, "changed_at": self._now}
        await self._update(known["id"], {name: said[name] for name in differing} | version)
        await self._unseat(known["id"], gone)
        self._seat(known["id"], new)
        await self._reseat(known["id"], other)
        seats = (len(new), len(gone), len(other))
        word, particulars = what_changed(known, said, differing, seats)
        self._tell(word, said, code, particulars)

    async def _cancel_missing(
        self, kept: set[str], until: int, codes: Mapping[str, str], may_cancel: bool
    ) -> None:
        """Cancels what this calendar no longer holds, of the time to come that was read."""
        query = select(SESSIONS).where(
            SESSIONS.c.source == self._source,
            SESSIONS.c.starts_at > self._now,
            SESSIONS.c.starts_at < until,
            SESSIONS.c.called_off.is_(False),
        )
        rows = (await self._connection.execute(query.order_by(SESSIONS.c.starts_at))).all()
        missing = [row for row in rows if row.id not in kept]
        if missing and not may_cancel:
            raise SuddenlyEmpty(len(missing))
        for row in missing:
            version = {"version": row.version + 1, "changed_at": self._now}
            await self._update(row.id, {"cancelled": True, "called_off": True} | version)
            code = codes[row.program_id]
            self._tell("cancelled", dict(row._mapping), code, "no longer in this calendar")

    async def _update(self, id_: str, values: Mapping[str, Any]) -> None:
        await self._connection.execute(
            update(SESSIONS).where(SESSIONS.c.id == id_).values(**values)
        )

    def _seat(self, id_: str, roster: Mapping[str, str | None]) -> None:
        self._seats += [
            {"session_id": id_, "person_id": person, "modality": how, "added_at": self._now}
            for person, how in roster.items()
        ]

    async def _unseat(self, id_: str, people: Sequence[str]) -> None:
        of_session = ROSTER.c.session_id == id_, ROSTER.c.person_id.in_(people)
        await self._connection.execute(delete(ROSTER).where(*of_session))

    async def _reseat(self, id_: str, roster: Mapping[str, str | None]) -> None:
        for person, how in roster.items():
            seat = ROSTER.c.session_id == id_, ROSTER.c.person_id == person
            await self._connection.execute(update(ROSTER).where(*seat).values(modality=how))

    def _tell(self, word: str, session: Mapping[str, Any], code: str, particulars: str) -> None:
        self._changed = True
        self._report.count(word)
        said = f"{word}: {entry(session, code)}"
        self._report.lines.append(f"{said} ({particulars})" if particulars else said)

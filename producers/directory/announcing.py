"""What the schedule has to say now: put into the outbox once for each version of a session.

`session.scheduled` from 24 h before a start, `session.expected` 8 days ahead, both again at each
change. That a version has been said is written in the transaction that queues it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct, field
from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from producers.directory.store import Directory, put_out, queued
from producers.directory.tables import EXPECTED, PEOPLE, ROSTER, SESSIONS
from streams.events import (
    Break,
    RosterEntry,
    SessionCancelled,
    SessionExpected,
    SessionScheduled,
)
from streams.topics import DAY_MS, PARTICIPANT_EVENTS, SESSION_EVENTS

SCHEDULED_AHEAD = DAY_MS
EXPECTED_AHEAD = 8 * DAY_MS
AT_ONCE = 50
"""Sessions of one transaction: acts of staff wait no longer than that takes."""
OVER = DAY_MS
"""What ended longer ago is not announced any more: its events are no longer kept either."""


class Seat(Struct, frozen=True):
    """Somebody on a roster, with what is known of them."""

    person_id: str
    kind: str
    modality: str | None
    clinician_id: str | None
    hours_per_week: float | None
    language: str | None

    def entry(self) -> RosterEntry:
        """As `session.scheduled` has it."""
        return msgspec.convert(
            {
                "participant_id": self.person_id,
                "member": self.kind,
                "language": self.language,
                "clinician_id": self.clinician_id,
                "modality": self.modality,
                "prescribed_hours_per_week": self.hours_per_week,
            },
            RosterEntry,
        )


class _Said(Struct):
    """What is to be written, gathered so that it takes few statements."""

    outbox: list[dict[str, Any]] = field(default_factory=list)
    untold: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    sessions: list[dict[str, Any]] = field(default_factory=list)

    async def write(self, connection: AsyncConnection) -> None:
        one = EXPECTED.c.session_id == bindparam("s"), EXPECTED.c.person_id == bindparam("p")
        statements = (
            (delete(EXPECTED).where(*one), self.untold),
            (insert(EXPECTED), self.told),
            (update(SESSIONS).where(SESSIONS.c.id == bindparam("s")), self.sessions),
        )
        await put_out(connection, self.outbox)
        for statement, rows in statements:
            if rows:
                await connection.execute(statement, rows)


async def announce(directory: Directory, now: int) -> int:
    """Queues what is due, of some sessions; returns of how many (0: nothing is due)."""
    async with directory.reading() as connection:
        if not await _due(connection, now):
            return 0
    async with directory.writing() as connection:
        due = await _due(connection, now)
        ids = [row["id"] for row in due]
        rosters = await _rosters(directory, connection, ids)
        told = await _told(connection, ids)
        said = _Said()
        for row in due:
            _say(row, rosters.get(row["id"], []), told.get(row["id"], {}), now, said)
        await said.write(connection)
        return len(due)


async def announce_anew(directory: Directory, now: int) -> int:
    """Has everything said again that is not over, for a log that was made anew; returns of how
    many sessions. The events keep their ids: a log that has them takes them once."""
    kept = SESSIONS.c.ends_at > now - OVER
    said = or_(SESSIONS.c.scheduled_version > 0, SESSIONS.c.expected_version > 0)
    async with directory.writing() as connection:
        ids = select(SESSIONS.c.id).where(kept)
        await connection.execute(delete(EXPECTED).where(EXPECTED.c.session_id.in_(ids)))
        unsaid = {"scheduled_version": 0, "scheduled_ts": 0, "expected_version": 0}
        return (
            await connection.execute(update(SESSIONS).where(kept, said).values(unsaid))
        ).rowcount


def _say(
    row: Mapping[str, Any], seats: Sequence[Seat], told: Mapping[str, str], now: int, said: _Said
) -> None:
    written = {"s": row["id"]} | {
        name: row[name] for name in ("scheduled_version", "scheduled_ts", "expected_version")
    }
    near = row["starts_at"] <= now + SCHEDULED_AHEAD
    if row["scheduled_version"] != row["version"] and (near or row["scheduled_version"]):
        written["scheduled_version"] = row["version"]
        written["scheduled_ts"] = _say_scheduled(row, seats, said)
    if row["starts_at"] <= now + EXPECTED_AHEAD or row["expected_version"]:
        written["expected_version"] = row["version"]
        _say_expected(row, seats, told, said)
    said.sessions.append(written)


async def _due(connection: AsyncConnection, now: int) -> list[dict[str, Any]]:
    one = SESSIONS.c
    scheduled = (one.scheduled_version != one.version) & or_(
        one.scheduled_version > 0, one.starts_at <= now + SCHEDULED_AHEAD
    )
    expected = (one.expected_version != one.version) & or_(
        one.expected_version > 0, one.starts_at <= now + EXPECTED_AHEAD
    )
    query = select(SESSIONS).where(one.ends_at > now - OVER, or_(scheduled, expected))
    rows = await connection.execute(query.order_by(one.starts_at, one.id).limit(AT_ONCE))
    return [dict(row._mapping) for row in rows]


async def _told(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """What was last said to whom, by session and person."""
    told: dict[str, dict[str, str]] = {}
    query = select(EXPECTED).where(EXPECTED.c.session_id.in_(ids))
    for row in await connection.execute(query):
        told.setdefault(row.session_id, {})[row.person_id] = row.told
    return told


async def _rosters(
    directory: Directory, connection: AsyncConnection, ids: Sequence[str]
) -> dict[str, list[Seat]]:
    """Those on each roster who are active: who is on leave or discharged is not expected."""
    query = (
        select(ROSTER.c.session_id, ROSTER.c.modality, PEOPLE)
        .join(PEOPLE, PEOPLE.c.id == ROSTER.c.person_id)
        .where(ROSTER.c.session_id.in_(ids), PEOPLE.c.state == "active")
        .order_by(ROSTER.c.session_id, ROSTER.c.added_at, PEOPLE.c.id)
    )
    rows = (await connection.execute(query)).all()
    known = await directory.people.fields(connection, {row.id for row in rows}, ["language"])
    rosters: dict[str, list[Seat]] = {}
    for row in rows:
        seat = Seat(
            person_id=row.id,
            kind=row.kind,
            modality=row.modality,
            clinician_id=row.clinician_id,
            hours_per_week=row.hours_per_week,
            language=known.get(row.id, {}).get("language"),
        )
        rosters.setdefault(row.session_id, []).append(seat)
    return rosters


def _say_scheduled(row: Mapping[str, Any], seats: Sequence[Seat], said: _Said) -> int:
    """Returns the event's `ts` (ms): that of the change; of the first, when it became due.

    What is cancelled before anybody was told of it stays unsaid (0 then).
    """
    before: int = row["scheduled_ts"]
    if row["cancelled"] and not before:
        return 0
    ts: int = max(row["changed_at"], before + 1 if before else row["starts_at"] - SCHEDULED_AHEAD)
    same = {"id": f"{row['id']}:{row['version']}", "session_id": row["id"], "ts": ts}
    event = SessionCancelled(**same) if row["cancelled"] else _scheduled(row, seats, same)
    said.outbox.append(queued(SESSION_EVENTS, row["id"], event))
    return ts


def _scheduled(
    row: Mapping[str, Any], seats: Sequence[Seat], same: Mapping[str, Any]
) -> SessionScheduled:
    return SessionScheduled(
        **same,
        program_id=row["program_id"],
        track=row["track"],
        kind=row["kind"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        time_zone=row["time_zone"],
        host_id=row["host_id"],
        platform=row["platform"],
        modality=row["modality"],
        roster=[seat.entry() for seat in seats],
        breaks=[Break(start, end) for start, end in row["breaks"]],
    )


def _say_expected(
    row: Mapping[str, Any], seats: Sequence[Seat], told: Mapping[str, str], said: _Said
) -> None:
    """To each patient whose expectation differs from what was last said of it."""
    patients = {seat.person_id: seat for seat in seats if seat.kind == "patient"}
    for person_id in [*patients, *(told.keys() - patients.keys())]:
        seat = patients.get(person_id)
        status = "cancelled" if row["cancelled"] else "scheduled" if seat else "removed"
        if status == "cancelled" and person_id not in told:
            continue
        event = _expected(row, person_id, seat, status)
        essence = msgspec.json.encode(msgspec.structs.replace(event, id="-", ts=0)).decode()
        if told.get(person_id) == essence:
            continue
        said.outbox.append(queued(PARTICIPANT_EVENTS, person_id, event))
        said.untold.append({"s": row["id"], "p": person_id})
        said.told.append({"session_id": row["id"], "person_id": person_id, "told": essence})


def _expected(
    row: Mapping[str, Any], person_id: str, seat: Seat | None, status: str
) -> SessionExpected:
    known = {
        "prescribed_hours_per_week": seat.hours_per_week if seat else None,
        "clinician_id": seat.clinician_id if seat else None,
        "language": seat.language if seat else None,
    }
    return msgspec.convert(
        {
            "id": f"{row['id']}:{person_id}:{row['version']}",
            "ts": row["changed_at"],
            "participant_id": person_id,
            "session_id": row["id"],
            "program_id": row["program_id"],
            "kind": row["kind"],
            "starts_at": row["starts_at"],
            "ends_at": row["ends_at"],
            "time_zone": row["time_zone"],
            "status": status,
            "type": "session.expected",
            **known,
        },
        SessionExpected,
    )


async def as_scheduled(
    directory: Directory, connection: AsyncConnection, session_id: str
) -> SessionScheduled:
    """A known session as the log has it, whether it has been announced or not."""
    query = select(SESSIONS).where(SESSIONS.c.id == session_id)
    row = dict((await connection.execute(query)).one()._mapping)
    seats = (await _rosters(directory, connection, [session_id])).get(session_id, [])
    ts = row["starts_at"] - SCHEDULED_AHEAD
    return _scheduled(row, seats, {"id": f"{session_id}:0", "session_id": session_id, "ts": ts})

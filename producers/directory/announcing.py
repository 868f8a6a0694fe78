"""What the schedule has to say now: put into the outbox once for each version of a session.

`session.scheduled` from 24 h before a start, `session.expected` 8 days ahead, both again at each
change. That a version has been said is written in the transaction that queues it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from producers.directory.store import Directory, put_out
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


async def announce(directory: Directory, now: int) -> int:
    """Queues what is due; returns how many sessions had something to say."""
    async with directory.reading() as connection:
        if not await _due(connection, now):
            return 0
    async with directory.writing() as connection:
        due = await _due(connection, now)
        rosters = await _rosters(directory, connection, [row["id"] for row in due])
        for row in due:
            seats = rosters.get(row["id"], [])
            said = {}
            if _scheduled_due(row, now):
                ts = await _say_scheduled(connection, row, seats)
                said = {"scheduled_version": row["version"], "scheduled_ts": ts}
            if row["starts_at"] <= now + EXPECTED_AHEAD or row["expected_version"]:
                await _say_expected(connection, row, seats)
                said["expected_version"] = row["version"]
            await connection.execute(
                update(SESSIONS).where(SESSIONS.c.id == row["id"]).values(**said)
            )
        return len(due)


async def _due(connection: AsyncConnection, now: int) -> list[dict[str, Any]]:
    one = SESSIONS.c
    scheduled = (one.scheduled_version != one.version) & or_(
        one.scheduled_version > 0, one.starts_at <= now + SCHEDULED_AHEAD
    )
    expected = (one.expected_version != one.version) & or_(
        one.expected_version > 0, one.starts_at <= now + EXPECTED_AHEAD
    )
    query = select(SESSIONS).where(one.ends_at > now - OVER, or_(scheduled, expected))
    rows = await connection.execute(query.order_by(one.starts_at, one.id).limit(200))
    return [dict(row._mapping) for row in rows]


def _scheduled_due(row: Mapping[str, Any], now: int) -> bool:
    near = row["starts_at"] <= now + SCHEDULED_AHEAD
    return bool(row["scheduled_version"] != row["version"] and (near or row["scheduled_version"]))


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


async def _say_scheduled(
    connection: AsyncConnection, row: Mapping[str, Any], seats: Sequence[Seat]
) -> int:
    """Returns the event's `ts` (ms): that of the change; of the first, when it became due.

    What is cancelled before anybody was told of it stays unsaid (0 then).
    """
    before: int = row["scheduled_ts"]
    if row["cancelled"] and not before:
        return 0
    ts: int = max(row["changed_at"], before + 1 if before else row["starts_at"] - SCHEDULED_AHEAD)
    same = {"id": f"{row['id']}:{row['version']}", "session_id": row["id"], "ts": ts}
    event = SessionCancelled(**same) if row["cancelled"] else _scheduled(row, seats, same)
    await put_out(connection, SESSION_EVENTS, row["id"], event)
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


async def _say_expected(
    connection: AsyncConnection, row: Mapping[str, Any], seats: Sequence[Seat]
) -> None:
    """To each patient whose expectation differs from what was last said of it."""
    query = select(EXPECTED.c.person_id, EXPECTED.c.told).where(EXPECTED.c.session_id == row["id"])
    told = {one.person_id: one.told for one in await connection.execute(query)}
    patients = {seat.person_id: seat for seat in seats if seat.kind == "patient"}
    for person_id in [*patients, *(set(told) - patients.keys())]:
        seat = patients.get(person_id)
        status = "cancelled" if row["cancelled"] else "scheduled" if seat else "removed"
        if status == "cancelled" and person_id not in told:
            continue
        event = _expected(row, person_id, seat, status)
        essence = msgspec.json.encode(msgspec.structs.replace(event, id="-", ts=0)).decode()
        if told.get(person_id) == essence:
            continue
        await put_out(connection, PARTICIPANT_EVENTS, person_id, event)
        where = EXPECTED.c.session_id == row["id"], EXPECTED.c.person_id == person_id
        await connection.execute(delete(EXPECTED).where(*where))
        values = {"session_id": row["id"], "person_id": person_id, "told": essence}
        await connection.execute(insert(EXPECTED).values(values))


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

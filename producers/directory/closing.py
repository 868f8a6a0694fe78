"""Days on which a program holds no session: what is scheduled then is cancelled while they stand.

The log hears of them as `session.cancelled` and as `session.expected` with `cancelled`, from which
a week's dose is prorated; it has no event for a day itself.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.people import changed
from producers.directory.records import ClosedRow, Problems, Report
from producers.directory.store import Directory
from producers.directory.tables import CLOSED_DAYS, PROGRAMS, SESSIONS
from producers.directory.telling import entry
from producers.directory.times import local

Days: TypeAlias = frozenset[tuple[str, str]]
"""Programs' ids with days, as `2026-12-25`."""


async def closed_days(connection: AsyncConnection) -> Days:
    rows = await connection.execute(select(CLOSED_DAYS))
    return frozenset((row.program_id, row.day) for row in rows)


def closed(session: Mapping[str, Any], shut: Days) -> bool:
    """Whether a session begins on a closed day of its program, by the clocks of its place."""
    day = local(session["starts_at"], session["time_zone"]).date().isoformat()
    return (session["program_id"], day) in shut


async def close(
    connection: AsyncConnection,
    directory: Directory,
    rows: Sequence[ClosedRow],
    report: Report,
    now: int,
) -> None:
    """Takes closed days over, and what that means for sessions not over yet (`now` in ms).
    Raises `BadFile` for a program that is not known."""
    problems = Problems()
    codes = await check(connection, directory, rows, problems)
    problems.raise_any()
    before = await closed_days(connection)
    after = set(before)
    for row in rows:
        program = directory.pseudonyms.program(row.program)
        for number in range((row.last - row.first).days + 1):
            day = (row.first + timedelta(days=number)).isoformat()
            known = (program, day) in after
            report.count("unchanged" if known == row.closed else "closed" if row.closed else "open")
            (after.add if row.closed else after.discard)((program, day))
    new, gone = after - before, before - after
    for program, day in gone:
        one = CLOSED_DAYS.c.program_id == program, CLOSED_DAYS.c.day == day
        await connection.execute(delete(CLOSED_DAYS).where(*one))
    if new:
        made = [{"program_id": program, "day": day} for program, day in sorted(new)]
        await connection.execute(insert(CLOSED_DAYS), made)
    await _apply(connection, frozenset(after), new | gone, codes, report, now)


async def check(
    connection: AsyncConnection,
    directory: Directory,
    rows: Sequence[ClosedRow],
    problems: Problems,
) -> dict[str, str]:
    """The codes of the programs that are known, by id; the rows' others are problems."""
    codes = {row.id: row.code for row in await connection.execute(select(PROGRAMS))}
    for row in rows:
        if row.program and directory.pseudonyms.program(row.program) not in codes:
            problems.add(row.line, "program", "not known; import the programs first")
    return codes


async def _apply(
    connection: AsyncConnection,
    shut: Days,
    concerned: set[tuple[str, str]],
    codes: Mapping[str, str],
    report: Report,
    now: int,
) -> None:
    programs = {program for program, _ in concerned}
    query = select(SESSIONS).where(SESSIONS.c.program_id.in_(programs), SESSIONS.c.ends_at > now)
    told = False
    for row in (await connection.execute(query.order_by(SESSIONS.c.starts_at))).all():
        session = dict(row._mapping)
        cancelled = row.called_off or closed(session, shut)
        if not closed(session, frozenset(concerned)) or cancelled == row.cancelled:
            continue
        told = True
        values = {"cancelled": cancelled, "version": row.version + 1, "changed_at": now}
        await connection.execute(update(SESSIONS).where(SESSIONS.c.id == row.id).values(values))
        word = "cancelled" if cancelled else "reinstated"
        report.lines.append(f"{word}: {entry(session, codes[row.program_id])}")
    if told:
        await changed(connection, "schedule")

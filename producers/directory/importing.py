"""`sessionwatch schedule import FILE`: programs, people, sessions or a calendar.

All of a file is taken over or, when anything is wrong with it, nothing; a dry run does the same
in a transaction that is then undone, so what it prints is what would happen.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from producers.directory import csv_file, enrolling, ical, scheduling
from producers.directory.records import (
    BadFile,
    PersonRow,
    Problem,
    ProgramRow,
    Report,
    SessionRow,
)
from producers.directory.scheduling import Calendar
from producers.directory.store import Directory
from producers.directory.tables import PROGRAMS
from streams.now import WALL, Clock
from streams.topics import DAY_MS

LARGEST = 32 * 1024 * 1024
HORIZON_DAYS = 60
"""How far ahead a calendar's repetitions are taken over."""


class _Undone(Exception):
    """Ends a dry run's transaction."""


async def import_file(
    directory: Directory,
    path: Path,
    *,
    dry_run: bool = False,
    clock: Clock = WALL,
) -> Report:
    """Takes a file over, or in a dry run says what that would change.

    Raises `BadFile` with all that is wrong, by line and column; then nothing was written.
    """
    raw = _read(path)
    async with directory.reading() as connection:
        query = select(PROGRAMS.c.code, PROGRAMS.c.time_zone)
        zones = {row.code: row.time_zone for row in await connection.execute(query)}
    now = clock.now()
    calendar, records = _parsed(raw, path.name, zones, now)
    report = Report(what="", dry_run=dry_run, counts={})
    try:
        async with directory.writing() as connection:
            await _take(connection, directory, records, calendar, report, now)
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    return report


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise BadFile([Problem(0, "file", f"larger than {LARGEST >> 20} MiB")])
        return path.read_bytes()
    except OSError as error:
        raise BadFile([Problem(0, "file", f"cannot be read: {error.strerror}")]) from None


def _parsed(
    raw: bytes, name: str, zones: Mapping[str, str], now: int
) -> tuple[Calendar, csv_file.Records]:
    if ical.looks_like(raw):
        return ical.read(raw, name, zones, now - DAY_MS, now + HORIZON_DAYS * DAY_MS)
    return Calendar(name), csv_file.read(raw, zones)


async def _take(
    connection: AsyncConnection,
    directory: Directory,
    records: csv_file.Records,
    calendar: Calendar,
    report: Report,
    now: int,
) -> None:
    match records:
        case [ProgramRow(), *_]:
            report.what = "programs"
            programs = cast(list[ProgramRow], records)
            await enrolling.programs(connection, directory, programs, report)
        case [PersonRow(), *_]:
            report.what = "people"
            people = cast(list[PersonRow], records)
            await enrolling.people(connection, directory, people, report, now)
        case _:
            report.what = "sessions"
            rows = cast(list[SessionRow], records)
            await scheduling.sessions(connection, directory, rows, report, now, calendar)

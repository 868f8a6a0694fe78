"""`sessionwatch schedule import`: programs, people, sessions, closed days, a calendar or FHIR.

All of a file is taken over or, when anything is wrong with it, nothing; a dry run does the same
in a transaction that is then undone, so what it prints is what would happen.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from producers.directory import closing, csv_file, enrolling, fhir, grouping, ical, scheduling
from producers.directory.formats import Format, format_of
from producers.directory.records import (
    BadFile,
    ClosedRow,
    PersonRow,
    Problem,
    Problems,
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


class Origin(Struct, frozen=True):
    """Where what is imported comes from. A `feed` goes by its own name whatever the calendar says,
    and is not believed when it is suddenly empty. `identifier_system` is FHIR's: whose identifiers
    are the clinic's own ids."""

    name: str
    feed: bool = False
    identifier_system: str = ""


class _Parsed(Struct):
    """What a file says: of FHIR people and sessions, else one kind of record."""

    kinds: list[csv_file.Records]
    calendar: Calendar


class _Undone(Exception):
    """Ends a dry run's transaction."""


async def import_file(
    directory: Directory,
    path: Path,
    *,
    dry_run: bool = False,
    clock: Clock = WALL,
    identifier_system: str = "",
) -> Report:
    """Takes a file over, or in a dry run says what that would change.

    Raises `BadFile` with all that is wrong, by line and column; then nothing was written.
    """
    origin = Origin(path.name, identifier_system=identifier_system)
    return await import_pages(directory, [_read(path)], origin, dry_run=dry_run, clock=clock)


async def import_pages(
    directory: Directory,
    pages: Sequence[bytes],
    origin: Origin,
    *,
    dry_run: bool = False,
    clock: Clock = WALL,
) -> Report:
    """The same for what was fetched: one file, or the pages of a FHIR search."""
    async with directory.reading() as connection:
        query = select(PROGRAMS.c.code, PROGRAMS.c.time_zone)
        zones = {row.code: row.time_zone for row in await connection.execute(query)}
    now = clock.now()
    format_ = format_of(pages[0], origin.name)
    unit = "entry" if format_ == "fhir" else "line"
    report = Report(what="", dry_run=dry_run, counts={}, unit=unit)
    try:
        # a large file takes seconds, in which the rest of the process goes on
        parsed = await asyncio.to_thread(_parsed, format_, pages, origin, zones, now)
        async with directory.writing() as connection:
            await _take(connection, directory, parsed, report, now)
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    except BadFile as error:
        error.problems = sorted({*error.problems, *await _misreferred(directory, error.rows)})
        error.problems = [replace(problem, unit=problem.unit or unit) for problem in error.problems]
        raise
    return report


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise BadFile([Problem(0, "file", f"larger than {LARGEST >> 20} MiB")])
        return path.read_bytes()
    except OSError as error:
        raise BadFile([Problem(0, "file", f"cannot be read: {error.strerror}")]) from None


def _parsed(
    format_: Format, pages: Sequence[bytes], origin: Origin, zones: Mapping[str, str], now: int
) -> _Parsed:
    name = f"feed:{origin.name}" if origin.feed else origin.name
    if format_ == "fhir":
        read = fhir.read(pages, zones, origin.identifier_system)
        kinds: list[csv_file.Records] = [read.people, read.sessions]
        return _Parsed(kinds if read.people else kinds[1:], Calendar(name, notes=read.notes))
    raw = pages[0]
    if format_ == "csv":
        return _Parsed([csv_file.read(raw, zones)], Calendar(name))
    calendar, rows = ical.read(raw, name, zones, now - DAY_MS, now + HORIZON_DAYS * DAY_MS)
    if origin.feed:
        calendar = replace(calendar, name=name, trusted=False)
    return _Parsed([rows], calendar)


async def _take(
    connection: AsyncConnection,
    directory: Directory,
    parsed: _Parsed,
    report: Report,
    now: int,
) -> None:
    for records in parsed.kinds:
        match records:
            case [ProgramRow(), *_]:
                report.what = "programs"
                programs = cast(list[ProgramRow], records)
                await enrolling.programs(connection, directory, programs, report)
            case [ClosedRow(), *_]:
                report.what = "closed days"
                days = cast(list[ClosedRow], records)
                await closing.close(connection, directory, days, report, now)
            case [PersonRow(), *_]:
                report.what = "people"
                people = cast(list[PersonRow], records)
                await enrolling.people(connection, directory, people, report, now)
                _set_apart(report, parsed)
            case _:
                report.what = "sessions"
                rows = cast(list[SessionRow], records)
                calendar = parsed.calendar
                if report.unit == "entry":
                    rows = await grouping.merged(connection, directory, rows, report, now)
                await scheduling.sessions(connection, directory, rows, report, now, calendar)


async def _misreferred(directory: Directory, rows: Sequence[Struct]) -> list[Problem]:
    """Whom and what rows refer to that nobody knows; nothing of them is taken over."""
    problems = Problems()
    async with directory.reading() as connection:
        match rows:
            case [ClosedRow(), *_]:
                days = cast(list[ClosedRow], rows)
                await closing.check(connection, directory, days, problems)
            case [PersonRow(), *_]:
                people = cast(list[PersonRow], rows)
                await enrolling.check(connection, directory, people, problems)
            case [SessionRow(), *_]:
                sessions = cast(list[SessionRow], rows)
                await scheduling.check(connection, directory, sessions, problems)
    return problems.found


def _set_apart(report: Report, parsed: _Parsed) -> None:
    """People of a file that brings sessions too are counted as people."""
    if len(parsed.kinds) > 1:
        report.counts = {f"people {word}": number for word, number in report.counts.items()}

"""`sessionwatch attendance compare`: what was recorded against the clinic's own attendance."""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from privacy.sealing import MasterKey
from producers.attendance import clinic
from producers.attendance.clinic import Seat
from producers.attendance.importing import contents
from producers.directory.records import BadFile, Problems
from producers.directory.store import Directory
from sessionwatch import attendance_places, tracks
from sessionwatch.attendance_page import Page
from sessionwatch.attendance_places import Places, Session
from sessionwatch.attended import Line, compare
from sessionwatch.settings import Settings
from streams import codec
from streams.codec import Unreadable
from streams.events import SessionAttended

AGREE, FAILED, DIFFER = 0, 1, 3
OUTCOME: Final = b'"session.attended"'
NO_ARCHIVE: Final = (
    "nothing recorded could be read; run the part archive, or name with --outcomes another folder "
    "of it or what `sessionwatch replay --participant-events` printed"
)
NO_OUTCOMES: Final = (
    "no session's attendance is recorded there yet; it is once a session has closed, and the part "
    "archive writes it some minutes later"
)
NONE_LEFT: Final = "no line of the file is of those days; look at --from and --to"

Outcomes = dict[tuple[str, str], SessionAttended]
"""By session and person, the highest revision of each."""


class Refused(Exception):
    """What the person at the command line can do about it."""


def compare_attendance(settings: Settings, words: argparse.Namespace) -> int:
    """Prints the page; returns 0 where all agree, 3 where something differs."""
    try:
        outcomes = recorded(words.outcomes or str(settings.archive_folder))
        page = asyncio.run(_compared(settings, words, outcomes))
        if words.page:
            words.page.write_text(str(page), encoding="utf-8")
        if words.json:
            words.json.write_bytes(msgspec.json.format(msgspec.json.encode(page.told())) + b"\n")
    except (Refused, BadFile) as error:
        for line in str(error).splitlines():
            print(f"sessionwatch: {line}", file=sys.stderr)
        return FAILED
    except OSError as error:
        print(f"sessionwatch: {error.filename}: {error.strerror}", file=sys.stderr)
        return FAILED
    print(page)
    return DIFFER if page.comparison.differences else AGREE


def recorded(name: str) -> Outcomes:
    """From an archive's folder, or from JSON lines. Raises `Refused`."""
    outcomes: Outcomes = {}
    try:
        found = [one for one in tracks.tracks([name]) if one.kind != "rooms"]
        lines = (line for one in found for _, line, _ in tracks.records(one, lambda _: None))
        for event in _attended(lines):
            key = event.session_id, event.participant_id
            if key not in outcomes or outcomes[key].revision <= event.revision:
                outcomes[key] = event
    except OSError as error:
        raise Refused(f"{name}: {error.strerror}: {NO_ARCHIVE}") from None
    if not outcomes:
        raise Refused(f"{name}: {NO_OUTCOMES}")
    return outcomes


def _attended(lines: Iterable[bytes | None]) -> Iterable[SessionAttended]:
    for line in lines:
        if line is None or OUTCOME not in line:
            continue
        try:
            event = codec.participant_events.decode(line)
        except Unreadable:
            continue
        if isinstance(event, SessionAttended):
            yield event


async def _compared(settings: Settings, words: argparse.Namespace, outcomes: Outcomes) -> Page:
    key = MasterKey.read(settings.key_path)
    directory = await Directory.open(settings.database("directory"), key)
    wrong: dict[int, Problems] = {number: Problems() for number, _ in enumerate(words.files, 1)}
    seats = [
        (number, seat)
        for number, name in enumerate(words.files, 1)
        for seat in _seats(Path(name), wrong[number])
    ]
    try:
        async with directory.reading() as connection:
            schedule = await attendance_places.sessions(connection)
            given = {seat.person for _, seat in seats}
            who = await attendance_places.people(connection, directory, given)
    finally:
        await directory.close()
    places = Places(schedule, who, outcomes.keys(), directory.pseudonyms)
    lines = [(seat, places.line(number, seat, wrong[number])) for number, seat in seats]
    _refuse(wrong)
    return _page(words, lines, {one.id: one for one in schedule}, outcomes)


def _seats(path: Path, problems: Problems) -> list[Seat]:
    """Those that could be read, so that all that is wrong is told at once."""
    try:
        return clinic.read(contents(path))
    except BadFile as error:
        problems.found += error.problems
        return [row for row in error.rows if isinstance(row, Seat)]


def _refuse(wrong: Mapping[int, Problems]) -> None:
    """Raises `Refused` with all that is wrong with the files."""
    several = len(wrong) > 1
    told = [
        f"file {number}: {problem}" if several else str(problem)
        for number, problems in wrong.items()
        for problem in sorted(set(problems.found))
    ]
    if told:
        raise Refused("\n".join(told))


def _page(
    words: argparse.Namespace,
    lines: list[tuple[Seat, Line]],
    schedule: Mapping[str, Session],
    outcomes: Outcomes,
) -> Page:
    def day(seat: Seat, line: Line) -> date | None:
        session = schedule.get(line.session or "")
        return session.day if session else seat.day

    def within(one: date | None) -> bool:
        return one is None or (words.since or one) <= one <= (words.until or one)

    kept = [(line, day(seat, line)) for seat, line in lines if within(day(seat, line))]
    if not kept:
        raise Refused(NONE_LEFT)
    days = {one for _, one in kept if one}
    in_file = {line.session for line, _ in kept}
    held = {session for session, _ in outcomes} & schedule.keys()
    others = {one for one in held - in_file if schedule[one].day in days}
    return Page(
        compare([line for line, _ in kept], outcomes),
        {id_: one.start for id_, one in schedule.items()},
        sorted(days),
        len(lines) - len(kept),
        len(others),
        len(words.files) > 1,
    )

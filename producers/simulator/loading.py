"""Loads a day's people, rooms and schedule into the directory, by its own import of CSV files."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from privacy.consent import SCOPES
from producers.directory.consenting import Said, consent
from producers.directory.importing import import_file
from producers.directory.store import Directory
from producers.simulator.people import Person
from producers.simulator.scene import Day, Room
from producers.simulator.timeline import TIME_ZONE
from streams.events import Millis
from streams.now import Clock

PLATFORMS = ("livekit", "zoom")
PROGRAM_NAMES = {"IOP": "Intensive outpatient program"}


async def load(directory: Directory, day: Day, clock: Clock) -> None:
    """Everybody and every session as the calendar had them at first. Raises `BadFile`."""
    programs = sorted({room.program for room in day.rooms})
    await _import(
        directory,
        clock,
        "programs.csv",
        [
            {"program": code, "name": PROGRAM_NAMES[code], "time_zone": TIME_ZONE}
            for code in programs
        ],
    )
    people = _people(day)
    await _import(directory, clock, "people.csv", people)
    await _allow(directory, clock, people)
    rooms = [_session(room, room.original_start) for room in day.rooms]
    await _import(directory, clock, "sessions.csv", rooms)


async def _allow(directory: Directory, clock: Clock, people: Iterable[Mapping[str, str]]) -> None:
    """Everybody in care has said yes to everything: what nobody allowed, nobody measures."""
    ids = [
        directory.pseudonyms.participant(person["person_id"])
        for person in people
        if person["role"] != "staff"
    ]
    said = [Said(id_, scope, True) for id_ in ids for scope in SCOPES]
    await consent(directory, said, notice_version="simulated", now=clock.now())


async def move(directory: Directory, room: Room, clock: Clock) -> None:
    """The calendar moves a room to where it is held."""
    await _import(directory, clock, "sessions.csv", [_session(room, room.starts_at)])


async def _import(
    directory: Directory, clock: Clock, name: str, rows: Sequence[Mapping[str, str]]
) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_text(text.getvalue(), encoding="utf-8")
        await import_file(directory, file, clock=clock)


def _people(day: Day) -> list[dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for room in day.rooms:
        rows.setdefault(room.host.person_id, _person(room.host, "staff", ""))
        for person in room.roster:
            rows.setdefault(person.person_id, _person(person, "patient", room.host.person_id))
    return list(rows.values())


def _person(person: Person, role: str, clinician: str) -> dict[str, str]:
    return {
        "person_id": person.person_id,
        "role": role,
        "name": person.name,
        "preferred": person.given,
        "language": person.language,
        "email": person.email,
        "phone": "" if role == "staff" else person.phone,
        "clinician": clinician,
        "hours_per_week": "9" if role == "patient" else "",
        "message_safe": "" if role == "staff" else "ask",
    } | {platform: person.identity(platform) for platform in PLATFORMS}


def _session(room: Room, starts_at: Millis) -> dict[str, str]:
    shift = starts_at - room.starts_at
    return {
        "uid": room.uid,
        "start": _iso(starts_at),
        "end": _iso(room.ends_at + shift),
        "program": room.program,
        "track": room.track,
        "kind": room.kind,
        "platform": room.platform,
        "room": room.name,
        "host": room.host.person_id,
        "modality": room.modality,
        "roster": ";".join(person.person_id for person in room.roster),
        "breaks": _breaks(
            (pause.start + shift, pause.end + shift)
            for pause in room.pauses
            if pause.how == "scheduled"
        ),
    }


def _iso(ms: Millis) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()


def _breaks(spans: Iterable[tuple[Millis, Millis]]) -> str:
    return ";".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans)


def _clock(ms: Millis) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, ZoneInfo(TIME_ZONE)):%H:%M}"

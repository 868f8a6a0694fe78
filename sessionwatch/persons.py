"""What an administrator does for one person at the command line: enrol, export, erase."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from consumers.archive.erasing import ABOUT
from consumers.archive.files import listed, read
from privacy import audit, disclosures
from privacy.disclosures import NOTICE, Given
from privacy.sealing import MasterKey
from producers.directory.acts import Refused
from producers.directory.enrolment import enrol
from producers.directory.erasing import erase
from producers.directory.exporting import export
from producers.directory.known import person
from producers.directory.records import State
from producers.directory.store import Directory
from sessionwatch.forgetting import forget
from sessionwatch.settings import Settings

DONE, FAILED = 0, 1
STATES: Final[dict[str, State]] = {
    "enrol": "active",
    "leave": "on_leave",
    "discharge": "discharged",
}
REASONS: Final = {
    "unknown_person": "nobody of that id is known, or they were erased, or are no patient",
    "is_needed": "they lead sessions to come or are somebody's clinician: name another one first",
}


def act(settings: Settings, words: argparse.Namespace) -> int:
    """One of the actions below."""
    if words.action in STATES:
        return _with_person(settings, words.id, lambda *who: _enrol(settings, words.action, *who))
    doing = {"export": _export, "disclosures": _disclosures, "erase": _erase}[words.action]
    return _with_person(settings, words.id, lambda *who: doing(settings, words, *who))


async def _enrol(settings: Settings, action: str, directory: Directory, person_id: str) -> None:
    state = STATES[action]
    done = await enrol(directory, person_id, state, audit.SYSTEM, settings.time.now())
    print(f"now {state}" if done else f"was {state} already")


async def _export(
    settings: Settings, words: argparse.Namespace, directory: Directory, person_id: str
) -> None:
    """Everything, as one JSON object on standard output."""
    given = Given(words.recipient, words.purpose, "everything known of the person", words.basis)
    found = await export(directory, person_id, audit.SYSTEM, given, settings.time.now())
    archived = list(_archived(settings.archive_folder, person_id))
    everything = msgspec.to_builtins(found) | {"archived": archived}
    print(json.dumps(everything, ensure_ascii=False, indent=2))
    print(f"written down as a disclosure. {NOTICE}", file=sys.stderr)


def _archived(root: Path, person_id: str) -> Iterator[Any]:
    """The archive's records about the person, in the order of its files."""
    for file in listed(root) if root.is_dir() else ():
        for row in read(file).to_pylist():
            if person_id.encode() not in row["value"] and row["key"] != person_id:
                continue
            record = msgspec.json.decode(row["value"])
            if row["key"] == person_id or any(record.get(name) == person_id for name in ABOUT):
                yield record


async def _disclosures(
    settings: Settings, words: argparse.Namespace, directory: Directory, person_id: str
) -> None:
    """One JSON object a line."""
    async with directory.reading() as connection:
        for one in await disclosures.of(connection, directory.ledger, person_id):
            print(msgspec.json.encode(one).decode())


async def _erase(
    settings: Settings, words: argparse.Namespace, directory: Directory, person_id: str
) -> None:
    if not words.sure:
        raise Refused(409, "what is erased cannot be brought back: say --sure")
    try:
        print(await erase(directory, person_id, audit.SYSTEM, settings.time.now()))
    except Refused as refused:
        if refused.reason != "unknown_person":
            raise
        print("erased from the directory already")
    for line in await forget(settings, person_id):
        print(line)


def _with_person(
    settings: Settings, given: str, doing: Callable[[Directory, str], Awaitable[None]]
) -> int:
    """`given`: the clinic's own id, or the pseudonym."""

    async def work() -> None:
        key = MasterKey.read(settings.key_path)
        directory = await Directory.open(settings.database("directory"), key)
        try:
            async with directory.reading() as connection:
                person_id = await person(connection, directory, given)
            if person_id is None:
                raise Refused(404, "unknown_person")
            await doing(directory, person_id)
        finally:
            await directory.close()

    try:
        asyncio.run(work())
    except Refused as error:
        print(f"sessionwatch: {REASONS.get(error.reason, error.reason)}", file=sys.stderr)
        return FAILED
    return DONE

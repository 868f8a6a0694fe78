"""`sessionwatch links`: the people's join links of a session, as CSV for the clinic's messages."""

import asyncio
import csv
import sys

from privacy.sealing import MasterKey
from producers.directory.store import Directory
from producers.gateway.join_links import Links, UnknownSession, Upcoming, links, upcoming
from sessionwatch.refusing import DONE, refused
from sessionwatch.settings import Settings

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def print_links(settings: Settings, session_id: str | None) -> int:
    """Without a session, prints those of the next 24 h and their ids."""
    if session_id is not None and not settings.gateway.public_url:
        return refused(
            "[gateway] public_url is not set; set it to the address by which phones reach the "
            "gateway, as https://call.example.org"
        )
    try:
        if session_id is None:
            return _print_sessions(asyncio.run(_sessions(settings)))
        return _print(asyncio.run(_links(settings, session_id)))
    except UnknownSession:
        return refused("no such session, or it is over; see: sessionwatch links")


async def _sessions(settings: Settings) -> list[Upcoming]:
    directory = await _opened(settings)
    try:
        return await upcoming(directory, settings.gateway.join, settings.time.now())
    finally:
        await directory.close()


async def _links(settings: Settings, session_id: str) -> Links:
    directory = await _opened(settings)
    try:
        key = MasterKey.read(settings.key_path)
        return await links(directory, key, settings.gateway, session_id, settings.time.now())
    finally:
        await directory.close()


async def _opened(settings: Settings) -> Directory:
    url = settings.gateway.directory or settings.database("directory")
    return await Directory.open(url, MasterKey.read(settings.key_path))


def _print_sessions(sessions: list[Upcoming]) -> int:
    for one in sessions:
        print(f"{one.id}  {one.line}" + (f"; {one.lacks}" if one.lacks else ""))
    if not sessions:
        print("No session is held now or in the next 24 hours.", file=sys.stderr)
    return DONE


def _print(found: Links) -> int:
    if found.lacks:
        print(f"sessionwatch: warning: {found.lacks}", file=sys.stderr)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["name", "language", "link"])
    out.writerows([_as_text(one.name), one.language, one.url] for one in found.made)
    return DONE


def _as_text(name: str) -> str:
    """A spreadsheet reckons out what begins like a formula (OWASP, CSV injection)."""
    return f"'{name}" if name[:1] in FORMULAS else name

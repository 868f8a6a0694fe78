"""What an administrator does with schedules at the command line: import them, look after feeds."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from privacy.sealing import MasterKey
from producers.directory import feeding
from producers.directory.announcing import announce_anew
from producers.directory.feeding import State
from producers.directory.fetching import NotFetched, fetch
from producers.directory.importing import Origin, import_file, import_pages
from producers.directory.records import BadFile, Report
from producers.directory.store import Directory
from sessionwatch.refusing import DONE, FAILED, refused
from sessionwatch.settings import Settings
from streams.events import SECOND


def import_schedule(
    settings: Settings, source: str, dry_run: bool, token_file: str = "", system: str = ""
) -> int:
    """A file, or what lies at a URL. Prints what changed, or every line that is wrong; then nothing
    was taken over."""

    async def work() -> Report:
        directory = await Directory.open(settings.database("directory"), _key(settings))
        try:
            if not source.startswith(("http://", "https://")):
                return await import_file(
                    directory,
                    Path(source),
                    dry_run=dry_run,
                    clock=settings.time,
                    identifier_system=system,
                )
            fetched = await fetch(
                feeding.address(source, settings.time.now()), feeding.token(token_file)
            )
            if fetched is None:
                raise NotFetched("answered 304 unasked")
            origin = _origin(settings, source, system)
            return await import_pages(
                directory, fetched.pages, origin, dry_run=dry_run, clock=settings.time
            )
        finally:
            await directory.close()

    try:
        print(asyncio.run(work()))
    except BadFile as error:
        return refused(f"{error}\nNothing was imported.")
    except NotFetched as error:
        return refused(f"not fetched: {error}. Nothing was imported.")
    return DONE


def _origin(settings: Settings, url: str, system: str) -> Origin:
    """A feed of the settings goes by its name there; else the last part of the path."""
    for feed in settings.schedule.feeds:
        if feed.url == url:
            return Origin(feed.name, feed=True, identifier_system=system or feed.identifier_system)
    name = urlsplit(url).path.rstrip("/").rpartition("/")[2] or "calendar"
    return Origin(name, identifier_system=system)


def announce(settings: Settings) -> int:
    """Has the schedule said again, to a log that lacks it; one that has it takes it once."""
    many = asyncio.run(announced_anew(settings))
    print(f"{many} sessions that are not over are written again by: sessionwatch run schedule")
    return DONE


async def announced_anew(settings: Settings) -> int:
    """Of how many sessions all is said again."""
    directory = await Directory.open(settings.database("directory"), _key(settings))
    try:
        return await announce_anew(directory, settings.time.now())
    finally:
        await directory.close()


def list_feeds(settings: Settings) -> int:
    """One line a feed: how it went the last time, and when it was last read. Fails when one does
    not stand well."""

    async def work() -> list[State]:
        directory = await Directory.open(settings.database("directory"), _key(settings))
        try:
            return [await feeding.state(directory, feed) for feed in settings.schedule.feeds]
        finally:
            await directory.close()

    if not settings.schedule.feeds:
        said = "no feed is set; to have calendars read by themselves, set [schedule] feeds"
        print(said, file=sys.stderr)
    states = asyncio.run(work())
    for feed, state in zip(settings.schedule.feeds, states, strict=True):
        read = f"read {_shown(state.read_at)}" if state.read_at else "never read"
        print(f"{feed.name}\t{state.outcome}\t{read}")
    return DONE if all(state.outcome in feeding.GOOD for state in states) else FAILED


def _shown(moment: int) -> str:
    return datetime.fromtimestamp(moment / SECOND, UTC).isoformat(timespec="minutes")


def _key(settings: Settings) -> MasterKey:
    return MasterKey.read(settings.key_path)

"""Keeps the schedule as the feeds say: each is asked in its turn, for as long as the part runs.

A feed that fails, cannot be read or is suddenly empty changes nothing; that is logged, counted in
the metrics and shown by `sessionwatch schedule feeds`.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct
from sqlalchemy import delete, insert, select

from privacy.database import unbroken
from producers.directory.fetching import NotFetched, Validators, fetch
from producers.directory.importing import Origin, import_pages
from producers.directory.records import BadFile, Report
from producers.directory.scheduling import SuddenlyEmpty
from producers.directory.settings import Feed, ScheduleSettings
from producers.directory.store import Directory
from producers.directory.tables import FEEDS
from streams.events import MINUTE, SECOND
from streams.metrics import SCHEDULE_FEED_FAILURES, SCHEDULE_FEED_LAST_READ
from streams.now import Clock
from streams.topics import DAY_MS

Outcome = Literal["read", "unchanged", "not_fetched", "bad_file", "empty"]
GOOD: Final = ("read", "unchanged")
WHOLE_AFTER: Final = DAY_MS
"""Read whole so often though nothing changed: repetitions reach further ahead each day."""

log = logging.getLogger(__name__)


class State(Struct, frozen=True):
    """Where a feed stands; times in ms, 0 for never."""

    validators: Validators = Validators()
    read_at: int = 0
    asked_at: int = 0
    outcome: str = "never asked"


async def keep(directory: Directory, settings: ScheduleSettings, clock: Clock) -> None:
    """Until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        for feed in settings.feeds:
            tasks.create_task(_keep(directory, feed, clock), name=f"feed {feed.name}")


async def _keep(directory: Directory, feed: Feed, clock: Clock) -> None:
    while True:
        try:
            await ask(directory, feed, clock)
        except Exception as error:  # of one feed; the others, and its next turn, go on
            SCHEDULE_FEED_FAILURES.labels(feed=feed.name, reason="error").inc()
            log.warning("feed %s: not read (%s)", feed.name, type(error).__name__)
        await asyncio.sleep(clock.seconds(max(feed.every_minutes, 1) * MINUTE / SECOND))


async def ask(directory: Directory, feed: Feed, clock: Clock) -> tuple[Outcome, Report | None]:
    """Asks one feed once, takes over what it says and writes down how that went."""
    now = clock.now()
    before = await state(directory, feed)
    trusted = before.outcome in GOOD and now - before.read_at < WHOLE_AFTER
    known = before.validators if trusted else Validators()
    validators, read_at, report = before.validators, before.read_at, None
    outcome: Outcome
    try:
        fetched = await fetch(address(feed.url, now), token(feed.token_file), known)
        outcome = "unchanged"
        if fetched is not None:
            taking = import_pages(directory, fetched.pages, _origin(feed), clock=clock)
            report = await unbroken(taking)
            outcome, validators, read_at = "read", fetched.validators, now
    except NotFetched as error:
        outcome = "not_fetched"
        log.warning("feed %s: %s; the schedule stays as it is", feed.name, error)
    except SuddenlyEmpty as error:
        outcome = "empty"
        log.warning("feed %s: %s", feed.name, error)
    except BadFile as error:
        outcome = "bad_file"
        first, more = error.problems[0], len(error.problems) - 1
        log.warning("feed %s: nothing taken over: %s (%d more)", feed.name, first, more)
    await unbroken(_remember(directory, feed, State(validators, read_at, now, outcome)))
    _count(feed, outcome, now)
    return outcome, report


async def state(directory: Directory, feed: Feed) -> State:
    """Where this feed stands."""
    query = select(FEEDS).where(FEEDS.c.source == directory.pseudonyms.source(feed.name))
    async with directory.reading() as connection:
        row = (await connection.execute(query)).first()
    if row is None:
        return State()
    known = Validators(row.etag, row.last_modified)
    return State(known, row.read_at, row.asked_at, row.outcome)


def address(url: str, now: int) -> str:
    """`{today}` filled in: the day that it is where days begin last (UTC-12); `now` in ms."""
    day = datetime.fromtimestamp(now / SECOND, UTC) - timedelta(hours=12)
    return url.replace("{today}", day.date().isoformat())


def token(file: str) -> str:
    """A bearer token of a file; none without one. Raises `NotFetched`."""
    try:
        return Path(file).read_text(encoding="utf-8").strip() if file else ""
    except (OSError, UnicodeDecodeError):
        raise NotFetched("the token file cannot be read") from None


def _origin(feed: Feed) -> Origin:
    return Origin(feed.name, feed=True, identifier_system=feed.identifier_system)


async def _remember(directory: Directory, feed: Feed, now: State) -> None:
    source = directory.pseudonyms.source(feed.name)
    async with directory.writing() as connection:
        await connection.execute(delete(FEEDS).where(FEEDS.c.source == source))
        await connection.execute(
            insert(FEEDS).values(
                source=source,
                etag=now.validators.etag,
                last_modified=now.validators.last_modified,
                read_at=now.read_at,
                asked_at=now.asked_at,
                outcome=now.outcome,
            )
        )


def _count(feed: Feed, outcome: Outcome, now: int) -> None:
    if outcome in GOOD:
        SCHEDULE_FEED_LAST_READ.labels(feed=feed.name).set(now / SECOND)
    else:
        SCHEDULE_FEED_FAILURES.labels(feed=feed.name, reason=outcome).inc()

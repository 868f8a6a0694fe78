"""`sessionwatch doctor`: is everything set up, and does each platform reach the log?

One line a check: `ok`, `note` (nothing to do, but to know) or `FAIL` with what to do. It reads,
and sends the running gateway test deliveries that are marked as such and do nothing.
"""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
from aiokafka.errors import KafkaError
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from alerts import shadow
from privacy.database import Database
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import BadKeyFile, MasterKey
from producers.directory.lookup import Lookup
from producers.directory.store import Directory
from producers.gateway.settings import BadSecrets
from sessionwatch import doctor_help, doctor_platforms, doctor_schedule
from sessionwatch.findings import Finding, fail, note, ok
from sessionwatch.settings import Settings
from streams.kafka import BadKafkaFile, TopicsDiffer, check_topics

BROKER_SECONDS: Final = 15
SCHEMAS: Final = {"directory": "directory", "alerts": "alerts", "accounts": "accounts"}
EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - a gateway that listens there is asked here


def command(settings: Settings, rehearsal: str) -> int:
    """Prints the findings; returns the exit status: 0 all well, 1 something failed.

    `rehearsal` is a platform to play a session through, `all`, or empty.
    """
    return asyncio.run(_command(settings, rehearsal))


async def _command(settings: Settings, rehearsal: str) -> int:
    failed = False
    async for finding in examine(settings, rehearsal):
        print(finding, flush=True)
        failed = failed or finding.verdict == "FAIL"
    print("\nSomething needs mending; see above." if failed else "\nAll is well.", file=sys.stderr)
    return int(failed)


async def examine(settings: Settings, rehearsal: str = "") -> AsyncIterator[Finding]:
    """What is found, in the order of what depends on what."""
    if settings.shadow:
        yield note(
            "shadow mode", shadow.IN_WORDS, "To tell people: shadow = false, and start anew."
        )
    key, found = _key(settings)
    yield found
    broker = await _broker(settings)
    yield broker
    databases = {name: await _database(settings, name) for name in SCHEMAS}
    for stored in databases.values():
        yield stored
    secrets = _secrets(settings)
    yield secrets
    gateway = await _gateway(settings)
    yield gateway
    if key is None or any(one.verdict == "FAIL" for one in (broker, databases["directory"])):
        yield note("platforms", "not looked at, before the above is mended")
        return
    async with _schedule(settings, key) as known:
        if known is None:
            yield note("platforms", "not looked at: there is no schedule that could be read")
            return
        directory, lookup = known
        yield await doctor_schedule.examine(settings, directory)
        if any(one.verdict == "FAIL" for one in (secrets, gateway)):
            yield note("platforms", "not looked at, before the above is mended")
            return
        async for finding in doctor_platforms.examine(settings, key, lookup, address(settings)):
            yield finding
        for finding in await doctor_help.examine(settings, key, lookup):
            yield finding
        if rehearsal:
            from sessionwatch import rehearsing

            stage = rehearsing.Stage(settings, key, directory, address(settings))
            chosen = [*settings.gateway.all_secrets()] if rehearsal == "all" else [rehearsal]
            for platform in chosen:
                async for finding in rehearsing.rehearse(stage, platform):
                    yield finding


def address(settings: Settings) -> str:
    """Where the gateway is asked from this machine."""
    host = settings.gateway.host
    return f"http://{'127.0.0.1' if host in EVERYWHERE else host}:{settings.gateway.port}"


def _key(settings: Settings) -> tuple[MasterKey | None, Finding]:
    try:
        return MasterKey.read(settings.key_path), ok("key file", str(settings.key_path))
    except BadKeyFile as error:
        return None, fail("key file", str(error), "Do what it says; a copy is in your backup.")


async def _broker(settings: Settings) -> Finding:
    where = settings.kafka.bootstrap
    try:
        async with asyncio.timeout(BROKER_SECONDS):
            await check_topics(settings.kafka)
    except (BadKafkaFile, TopicsDiffer) as error:
        return fail("broker", str(error), "Do what it says.")
    except (KafkaError, OSError, TimeoutError) as error:
        told = f"none answers at {where} ({type(error).__name__})"
        return fail("broker", told, "Start it, or set kafka.bootstrap (SESSIONWATCH_KAFKA).")
    return ok("broker", f"answers at {where}; all topics stand")


async def _database(settings: Settings, name: str) -> Finding:
    what = f"{name} database"
    url = settings.database(name)  # type: ignore[arg-type]  # SCHEMAS' keys are its literals
    if _is_missing(url):
        return fail(what, "is not made yet", MADE_BY[name])
    try:
        async with asyncio.timeout(BROKER_SECONDS):
            await _asked(Database(url, SCHEMAS[name]))
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        told = f"cannot be read ({type(error).__name__})"
        return fail(what, told, f"Look at databases.{name} in the settings, and at its rights.")
    return ok(what, "answers")


async def _asked(database: Database) -> None:
    try:
        async with database.reading() as connection:
            await connection.execute(text("SELECT 1"))
    finally:
        await database.close()


def _is_missing(url: str) -> bool:
    file = make_url(url).database if url.startswith("sqlite") else None
    try:
        return file is not None and not Path(file).exists()
    except PermissionError:
        return False


MADE_BY: Final = {
    "directory": "Run: sessionwatch schedule import FILE",
    "alerts": "Run: sessionwatch run alerts",
    "accounts": "Run: sessionwatch users add NAME ...",
}


def _secrets(settings: Settings) -> Finding:
    try:
        settings.gateway.check()
    except BadSecrets as error:
        return fail("gateway secrets", str(error), "Put one secret on each line of its file.")
    return ok("gateway secrets", "every file of them can be read")


async def _gateway(settings: Settings) -> Finding:
    url = address(settings)
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            answer = await client.get(f"{url}/healthz")
    except httpx.HTTPError as error:
        told = f"none answers at {url} ({type(error).__name__})"
        return fail("gateway", told, "Run: sessionwatch run gateway (or look at gateway.port).")
    if not answer.is_success:
        return fail("gateway", f"answers {answer.status_code} at {url}", "Look at its log.")
    return ok("gateway", f"answers at {url}")


@asynccontextmanager
async def _schedule(
    settings: Settings, key: MasterKey
) -> AsyncIterator[tuple[Directory, Lookup] | None]:
    """The directory and its view as the gateway has it; None where it cannot be read."""
    url = settings.gateway.directory or settings.database("directory")
    try:
        directory = await Directory.open(url, key)
    except (SQLAlchemyError, OSError):
        yield None
        return
    try:
        lookup = Lookup(directory, Pseudonyms(key), settings.time)
        await lookup.refresh()
        yield directory, lookup
    finally:
        await directory.close()

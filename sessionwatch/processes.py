"""Every part that can run, by name, and what it takes to start it.

`sessionwatch run NAME...` starts one part, or several in one process and one loop. The engine of
the session and the participant monitor wants a process for each. Where alerts or the directory's
publisher run in the console's process, their APIs lie on the console's address; elsewhere each has
a port of its own, and a reverse proxy puts them together.

A part is imported by the process that runs it: five processes that each hold all parts take
longer to start, and more memory.
"""

import asyncio
import errno
import logging
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import uvloop
from aiokafka.errors import KafkaError
from msgspec.structs import replace

from alerts import shadow
from privacy.database import NoDatabase
from privacy.sealing import MasterKey, Seal
from producers.gateway.join_settings import BadMeetingUrl
from sessionwatch.known import Known
from sessionwatch.refusing import no_broker, refused
from sessionwatch.settings import Settings
from streams import metrics_endpoint, rules
from streams.kafka import TopicsDiffer, check_topics
from streams.rules import BadRules

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from alerts.store import Store
    from privacy.accounts import Accounts
    from privacy.guard import Guard
    from producers.directory.store import Directory

log = logging.getLogger(__name__)


class UnknownPart(ValueError):
    """No part has this name, or these cannot share a process."""


class Process:
    """The parts of one process, and what they share."""

    def __init__(self, settings: Settings, names: Sequence[str]) -> None:
        check_names(names)
        self.settings = settings
        self.names = names
        self.key = MasterKey.read(settings.key_path)
        self.seal = Seal(self.key.derive("dead-letters/v1")).close
        self.accounts: Accounts
        self.directory: Directory
        self.store: Store

    async def run(self) -> None:
        """Until cancelled. Raises what a part raises that cannot go on."""
        await check_topics(self.settings.kafka)
        async with AsyncExitStack() as opened:
            await self._open(opened)
            async with asyncio.TaskGroup() as tasks:
                for name in self.names:
                    tasks.create_task(TOGETHER[name](self), name=name)
                if WEB & set(self.names):
                    tasks.create_task(self._serve_people(), name="web")
                port = self.settings.ports.metrics or METRICS_PORTS[self.names[0]]
                tasks.create_task(metrics_endpoint.serve(port, part="+".join(self.names)))

    async def _open(self, opened: AsyncExitStack) -> None:
        settings, names = self.settings, set(self.names)
        if names & WEB:
            from privacy.accounts import Accounts

            self.accounts = await Accounts.open(
                settings.database("accounts"), self.key, settings.time
            )
            opened.push_async_callback(self.accounts.close)
        if names & {"console", "schedule"}:
            from producers.directory.store import Directory

            self.directory = await Directory.open(settings.database("directory"), self.key)
            opened.push_async_callback(self.directory.close)
        if "alerts" in names:
            from alerts import escalation
            from alerts.store import Store

            general = rules.load(settings.rules_path).general
            steps = escalation.steps(general.escalate, general.manager)
            self.store = await Store.open(settings.database("alerts"), general.max_hold, steps)
            opened.push_async_callback(self.store.close)

    async def _serve_people(self) -> None:
        """The console with the APIs of this process on its address, or those alone."""
        from starlette.applications import Starlette
        from starlette.routing import Mount

        from consumers.console import app as console
        from privacy.guard import Guard
        from streams.http_server import serve

        settings = self.settings
        guard = Guard(self.accounts, settings.console.page_origins, settings.console.secure)
        if "console" not in self.names:
            async with asyncio.TaskGroup() as tasks:
                for path, (app, port) in self._apis(guard, Known(None)).items():
                    alone = Starlette(routes=[Mount(path, app)])
                    tasks.create_task(serve(alone, settings.console.host, port))
            return
        async with console.serve_hub(
            settings.console,
            kafka=settings.kafka,
            clock=settings.time,
            guard=guard,
            people=self.directory.people,
            program_names=self.directory.program_names,
            shadow=settings.shadow,
        ) as feed:
            known = Known(feed)
            app = console.web(
                settings.console,
                guard=guard,
                clock=settings.time,
                programs=lambda: frozenset(b.program_id for b in feed.boards.values()),
                mounts=[Mount(path, app) for path, (app, _) in self._apis(guard, known).items()],
            )
            await serve(app, settings.console.host, settings.console.port)

    def _apis(self, guard: "Guard", known: Known) -> dict[str, tuple["Starlette", int]]:
        settings, hosting = self.settings, known.hosting
        made: dict[str, tuple[Starlette, int]] = {}
        if "alerts" in self.names:
            from alerts import app as alerts_app

            app = alerts_app.app(self.store, guard, settings.time, hosting)
            made["/api/alerts"] = app, settings.ports.alerts
        if "schedule" in self.names:
            from producers.directory import app as directory_app

            app = directory_app.app(
                self.directory,
                guard,
                settings.time,
                hosting,
                known.holds_case,
                known.case_of,
                rules.load(settings.rules_path).general.closes_after,
            )
            made["/api/directory"] = app, settings.ports.directory
        return made


async def _gateway(process: Process) -> None:
    from producers.gateway import app as gateway

    settings = process.settings
    url = settings.gateway.directory or settings.database("directory")
    await gateway.run(
        replace(
            settings.gateway, directory=url, rules=settings.gateway.rules or settings.rules_file
        ),
        kafka=settings.kafka,
        clock=settings.time,
        key=process.key,
    )


async def _schedule(process: Process) -> None:
    from producers.directory import attended, feeding, publisher, unmatched

    settings, directory = process.settings, process.directory
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(publisher.publish(directory, settings.kafka, settings.time))
        tasks.create_task(feeding.keep(directory, settings.schedule, settings.time))
        tasks.create_task(unmatched.notice(directory, settings.kafka, settings.time.now))
        tasks.create_task(attended.follow(directory, settings.kafka, settings.time.now))


async def _clock(process: Process) -> None:
    from producers import clock

    settings = process.settings
    await clock.run(settings.clock, kafka=settings.kafka, clock=settings.time)


async def _quality(process: Process) -> None:
    from streams.quality import worker as quality

    settings = process.settings
    await quality.run(
        settings.quality, kafka=settings.kafka, clock=settings.time, seal=process.seal
    )


async def _incidents(process: Process) -> None:
    from streams.incidents import worker as incidents

    settings = process.settings
    chosen = replace(settings.incidents, rules=settings.incidents.rules or settings.rules_file)
    await incidents.run(chosen, kafka=settings.kafka, clock=settings.time)


async def _alerts(process: Process) -> None:
    from alerts import worker as alerts

    settings = process.settings
    await alerts.run(
        settings.alerts,
        kafka=settings.kafka,
        clock=settings.time,
        key=process.key,
        store=process.store,
        accounts=process.accounts,
        shadow=settings.shadow,
    )


async def _console(process: Process) -> None:
    """The console is served by the process itself, with the APIs on its address."""


async def _exporter(process: Process) -> None:
    from consumers import exporter

    settings = process.settings
    await exporter.run(settings.exporter, kafka=settings.kafka, clock=settings.time)


async def _archive(process: Process) -> None:
    from consumers.archive import worker as archive
    from consumers.archive.writer import AnotherLog

    settings = process.settings
    chosen = replace(settings.archive, folder=str(settings.archive_folder))
    try:
        await archive.run(chosen, kafka=settings.kafka, clock=settings.time)
    except AnotherLog as error:
        if len(process.names) == 1:
            raise
        log.critical("archive: %s; the other parts of this process go on without it", error)


TOGETHER: dict[str, Callable[[Process], Coroutine[None, None, None]]] = {
    "gateway": _gateway,
    "schedule": _schedule,
    "clock": _clock,
    "quality": _quality,
    "incidents": _incidents,
    "alerts": _alerts,
    "console": _console,
    "exporter": _exporter,
    "archive": _archive,
}
"""Parts that can share a process."""


def _session(settings: Settings, seal: Callable[[bytes], bytes]) -> int:
    from streams.session import worker as session

    chosen = replace(settings.session, rules=settings.session.rules or settings.rules_file)
    return session.main(chosen, kafka=settings.kafka, clock=settings.time, seal=seal)


def _participant(settings: Settings, seal: Callable[[bytes], bytes]) -> int:
    from streams.participant import worker as participant

    chosen = replace(settings.participant, rules=settings.participant.rules or settings.rules_file)
    return participant.main(chosen, kafka=settings.kafka, clock=settings.time, seal=seal)


ALONE: dict[str, Callable[[Settings, Callable[[bytes], bytes]], int]] = {
    "session": _session,
    "participant": _participant,
}
"""Parts whose engine wants the process, and its loop, for itself."""

PARTS = (*TOGETHER, *ALONE)
PORTS = "[gateway] port, [console] port and hub_port, [ports]"
NO_PORT = (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES)
METRICS_PORTS = {name: 9101 + number for number, name in enumerate(PARTS)}
"""Each part's own `/metrics`; a process of several parts has that of the first."""

WEB = frozenset({"alerts", "console", "schedule"})
"""Parts that answer staff over HTTP."""

SMALL = (
    ("gateway", "clock"),
    ("quality", "incidents", "exporter", "archive"),
    ("session",),
    ("participant",),
    ("alerts", "console", "schedule"),
)
"""How a small clinic runs all parts on one machine: five processes."""


def check_names(names: Sequence[str]) -> None:
    """Raises `UnknownPart` with the names there are."""
    for name in names:
        if name not in PARTS:
            raise UnknownPart(f"no part is called {name!r}; the parts are: {', '.join(PARTS)}")
    for name in ALONE.keys() & set(names):
        if len(names) > 1:
            raise UnknownPart(f"{name} needs a process of its own: sessionwatch run {name}")


def run(settings: Settings, names: Sequence[str]) -> int:
    """Runs these parts in this process until SIGTERM or Ctrl-C; returns the exit status."""
    check_names(names)
    if settings.shadow:
        log.warning("shadow mode: %s", shadow.IN_WORDS)
    try:
        if names[0] in ALONE:
            return _run_alone(settings, names[0])
        if "gateway" in names:
            settings.gateway.check()
        uvloop.run(_until_told(Process(settings, names)))
    except KeyboardInterrupt:
        return 0
    except KafkaError as error:  # at the start alone; later ones are in a group, or end a part
        return refused(no_broker(settings, error))
    except TopicsDiffer as error:
        return refused(str(error))
    except NoDatabase as error:
        return refused(str(error))
    except ExceptionGroup as group:
        told = [_to_mend(error) for error in _single(group)]
        if not all(told):
            raise
        return refused("; ".join(dict.fromkeys(told)))
    return 0


def _single(group: ExceptionGroup[Exception]) -> Iterator[Exception]:
    for error in group.exceptions:
        if isinstance(error, ExceptionGroup):
            yield from _single(error)
        else:
            yield error


def _to_mend(error: Exception) -> str:
    """What a person can mend at the start, in a line; empty for what is a fault of ours."""
    from consumers.archive.writer import AnotherLog

    if isinstance(error, AnotherLog | NoDatabase | BadRules | BadMeetingUrl):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, OSError) and error.errno in NO_PORT:
        return f"no port: {error.strerror}; end what has it, or set another ({PORTS})"
    return ""


async def _until_told(process: Process) -> None:
    running = asyncio.current_task()
    assert running is not None  # noqa: S101 - we are in one
    told = asyncio.Event()

    def stop() -> None:
        told.set()
        running.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        await process.run()
    except asyncio.CancelledError:
        if not told.is_set():
            raise


def _run_alone(settings: Settings, name: str) -> int:
    seal = Seal(MasterKey.read(settings.key_path).derive("dead-letters/v1")).close
    port = settings.ports.metrics or METRICS_PORTS[name]
    threading.Thread(target=_serve_metrics, args=(port, name), name="metrics", daemon=True).start()
    return ALONE[name](settings, seal)


def _serve_metrics(port: int, name: str) -> None:
    try:
        asyncio.run(metrics_endpoint.serve(port, part=name))
    except OSError as error:
        log.error("no metrics of this process: %s", error.strerror)  # who is missing is told

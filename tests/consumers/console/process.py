"""The console as a process of its own, to be killed: `python -m ... '{"folder": ..., ...}'`."""

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import uvicorn
from msgspec import Struct
from starlette.routing import BaseRoute

from consumers.console.app import serve_hub, web
from consumers.console.settings import ConsoleSettings
from privacy.guard import Guard
from privacy.sealing import MasterKey
from producers.directory.store import Directory
from streams.kafka import KafkaSettings
from streams.now import Clock
from tests.consumers.console import world


class Given(Struct):
    folder: str
    clock: Clock
    kafka: KafkaSettings
    settings: ConsoleSettings


async def serve(
    settings: ConsoleSettings,
    *,
    kafka: KafkaSettings,
    clock: Clock,
    guard: Guard,
    directory: Directory,
    mounts: Sequence[BaseRoute] = (),
    shadow: bool = False,
) -> None:
    """The console, pages and hub, until cancelled."""
    async with serve_hub(
        settings,
        kafka=kafka,
        clock=clock,
        guard=guard,
        people=directory.people,
        program_names=directory.program_names,
        shadow=shadow,
    ):
        app = web(settings, guard=guard, clock=clock, mounts=mounts)
        config = uvicorn.Config(
            app, settings.host, settings.port, lifespan="off", log_config=None, access_log=False,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext  # type: ignore[assignment,method-assign]
        try:
            await server.serve()
        finally:
            await server.shutdown()


async def main(given: Given) -> None:
    folder = Path(given.folder)
    key = MasterKey.read(folder / "master.key")
    directory, accounts = await world.opened(folder, key, given.clock)
    await serve(
        given.settings,
        kafka=given.kafka,
        clock=given.clock,
        guard=Guard(accounts, given.settings.page_origins),
        directory=directory,
    )


if __name__ == "__main__":
    asyncio.run(main(msgspec.json.decode(sys.argv[1], type=Given)))

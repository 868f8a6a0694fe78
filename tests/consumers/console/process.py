"""The console as a process of its own, to be killed: `python -m ... '{"folder": ..., ...}'`."""

import asyncio
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from consumers.console.app import run
from consumers.console.settings import ConsoleSettings
from privacy.guard import Guard
from privacy.sealing import MasterKey
from streams.kafka import KafkaSettings
from streams.now import Clock
from tests.consumers.console import world


class Given(Struct):
    folder: str
    clock: Clock
    kafka: KafkaSettings
    settings: ConsoleSettings


async def main(given: Given) -> None:
    folder = Path(given.folder)
    key = MasterKey.read(folder / "master.key")
    directory, accounts = await world.opened(folder, key, given.clock)
    await run(
        given.settings,
        kafka=given.kafka,
        clock=given.clock,
        guard=Guard(accounts, given.settings.page_origins),
        people=directory.people,
    )


if __name__ == "__main__":
    asyncio.run(main(msgspec.json.decode(sys.argv[1], type=Given)))

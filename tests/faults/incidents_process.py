"""The incident monitor in a process of its own, which can kill itself at a chosen place.

`python -m tests.faults.incidents_process LIFE` with LIFE as JSON.
"""

import asyncio
import os
import signal
import sys

import msgspec
from aiokafka import AIOKafkaConsumer

from streams.incidents.worker import IncidentsSettings, run
from streams.kafka import KafkaSettings
from streams.now import WALL


class Life(msgspec.Struct):
    """`kill_at_commit`: dies in place of this commit to Kafka, after what it said is held."""

    kafka: KafkaSettings
    kill_at_commit: int = 0


def die_at_commit(nth: int) -> None:
    calls = iter(range(1, 1_000_000))
    whole = AIOKafkaConsumer.commit

    async def dies(*given, **named):
        if next(calls) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return await whole(*given, **named)

    AIOKafkaConsumer.commit = dies


def main(life: Life) -> None:
    if life.kill_at_commit:
        die_at_commit(life.kill_at_commit)
    settings = IncidentsSettings(commit_seconds=0)
    asyncio.run(run(settings, kafka=life.kafka, clock=WALL))


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Life))

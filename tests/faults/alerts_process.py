"""The alert service in a process of its own, which can kill itself at a chosen place.

`python -m tests.faults.alerts_process SETTINGS` with SETTINGS as JSON: `kafka`, `database`, `key`
(a file), and where given `kill_at` and `nth`.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaConsumer

from alerts.store.store import Store
from alerts.worker import AlertsSettings, run
from privacy.sealing import MasterKey
from streams.kafka import KafkaSettings
from streams.now import WALL

PLACES = {
    # after the database transaction, before the commit to Kafka
    "before_offset_commit": (AIOKafkaConsumer, "commit"),
    # after the broker holds the feed records, before the outbox forgets them
    "before_outbox_forgets": (Store, "published"),
}


class Life(msgspec.Struct):
    kafka: KafkaSettings
    database: str
    key: str
    kill_at: str = ""
    nth: int = 1


def die_at(place: str, nth: int) -> None:
    owner, name = PLACES[place]
    calls = iter(range(1, 1_000_000))
    whole = getattr(owner, name)

    async def dies(*given, **named):
        if next(calls) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return await whole(*given, **named)

    setattr(owner, name, dies)


def main(life: Life) -> None:
    if life.kill_at:
        die_at(life.kill_at, life.nth)
    settings = AlertsSettings(database=life.database, batch=20)
    key = MasterKey.read(Path(life.key))
    asyncio.run(run(settings, kafka=life.kafka, clock=WALL, key=key))


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Life))

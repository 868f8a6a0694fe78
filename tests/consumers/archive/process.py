"""The archive in a process of its own, which can kill itself at a chosen step.

`python -m tests.consumers.archive.process LIFE` with LIFE as JSON.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import msgspec

from consumers.archive import files, merging, writer
from consumers.archive.worker import ArchiveSettings, run
from streams.kafka import KafkaSettings
from streams.now import WALL


class Life(msgspec.Struct):
    kafka: KafkaSettings
    folder: str
    kill_at: str = ""
    nth: int = 1
    rows: int = 40
    merge: int = 4


PLACES = {
    # the rows are in an unfinished file
    "before_rename": (Path, "rename"),
    # the file stands, Kafka does not know
    "before_merge": (writer, "merge"),
    # the merged file stands beside those that it replaces
    "before_remove": (merging, "remove"),
    # half of a file's bytes are on the disk
    "while_writing": (files.pq, "write_table"),
}


def die_at(place: str, nth: int) -> None:
    owner, name = PLACES[place]
    calls = iter(range(1, 1_000_000))
    whole = getattr(owner, name)

    def dies(*given, **named):
        if next(calls) == nth:
            if place == "while_writing":
                given[1].write(b"PAR1 half of a file")
                given[1].flush()
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*given, **named)

    setattr(owner, name, dies)


def main(life: Life) -> None:
    if life.kill_at:
        die_at(life.kill_at, life.nth)
    settings = ArchiveSettings(
        folder=life.folder,
        flush_rows=life.rows,
        flush_seconds=0.5,
        merge_files=life.merge,
        batch=25,
        retention_days=0,
    )
    asyncio.run(run(settings, kafka=life.kafka, clock=WALL))


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Life))

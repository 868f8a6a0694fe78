"""A worker in a process of its own that says how many records it has read, ten times a second.

`python -m benchmarks.child quality|session BOOTSTRAP PREFIX PARTITIONS`
"""

import asyncio
import sys
import threading
import time

from streams.kafka import KafkaSettings
from streams.metrics import EVENTS_READ
from streams.now import WALL
from streams.quality import worker as quality
from streams.session import worker as session
from streams.topics import CONNECTION_QUALITY, SESSION_EVENTS, Topic


def count(part: str, topic: Topic) -> None:
    """Prints the wall time (s) and the records read so far, until the process ends."""
    read = EVENTS_READ.labels(part=part, topic=topic.name)
    while True:
        total = sum(s.value for m in read.collect() for s in m.samples if s.name.endswith("_total"))
        print(f"{time.time():.3f} {total:.0f}", flush=True)
        time.sleep(0.1)


def main(argv: list[str]) -> None:
    part, bootstrap, prefix, partitions = argv
    kafka = KafkaSettings(
        bootstrap=bootstrap,
        prefix=prefix,
        partitions=int(partitions),
        session_timeout_ms=2_000,
    )
    topic = CONNECTION_QUALITY if part == "quality" else SESSION_EVENTS
    threading.Thread(target=count, args=(part, topic), daemon=True).start()
    if part == "quality":
        asyncio.run(quality.run(quality.QualitySettings(), kafka=kafka, clock=WALL, seal=bytes))
    else:
        sys.exit(session.main(session.SessionSettings(), kafka=kafka, clock=WALL, seal=bytes))


if __name__ == "__main__":
    main(sys.argv[1:])

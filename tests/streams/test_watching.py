"""A part that stands still with something to read is ended, so that it is started anew."""

import asyncio
import sys

import pytest

from streams.kafka import producer
from streams.topics import ALERT_FEED, SIGNALS
from streams.watchdog import EXIT_STALLED

pytestmark = pytest.mark.slow

COMMON = """
import asyncio, pathlib, sys, time
from streams import watching
from streams.kafka import KafkaSettings
from streams.now import WALL

async def never(*_):
    await asyncio.Event().wait()

def blocked(*_):
    time.sleep(1000)

watching.LOOK_SECONDS = 0.2
folder = pathlib.Path(sys.argv[3])
kafka = KafkaSettings(
    bootstrap=sys.argv[1], prefix=sys.argv[2], partitions=2, session_timeout_ms=2_000
)
"""
PARTS = {
    "alerts": """
from alerts import worker
from privacy.sealing import MasterKey
worker.Store.take = never
settings = worker.AlertsSettings(f"sqlite+aiosqlite:///{folder}/alerts.db", stalled_seconds=3)
asyncio.run(worker.run(settings, kafka=kafka, clock=WALL, key=MasterKey(b"0" * 32)))
""",
    "incidents": """
from streams.incidents import worker
worker.Worker._say = never
settings = worker.IncidentsSettings(stalled_seconds=3)
asyncio.run(worker.run(settings, kafka=kafka, clock=WALL))
""",
    "archive": """
from consumers.archive import worker
worker.Writer.flush = blocked
settings = worker.ArchiveSettings(str(folder), flush_seconds=0, stalled_seconds=3)
asyncio.run(worker.run(settings, kafka=kafka, clock=WALL))
""",
    "exporter": """
from consumers import exporter
exporter._hear = blocked
settings = exporter.ExporterSettings(stalled_seconds=3)
asyncio.run(exporter.run(settings, kafka=kafka, clock=WALL))
""",
}


@pytest.mark.parametrize("part", PARTS)
async def test_what_stands_still_with_something_to_read_is_ended(kafka, part, tmp_path):
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", COMMON + PARTS[part], kafka.bootstrap, kafka.prefix, str(tmp_path))
    )
    writer = producer(kafka)
    await writer.start()
    try:
        async with asyncio.timeout(60):
            while child.returncode is None:
                for topic in (SIGNALS, ALERT_FEED):
                    await writer.send_and_wait(kafka.topic(topic), value=b"{}", partition=0)
                await asyncio.sleep(0.2)
        assert child.returncode == EXIT_STALLED
    finally:
        await writer.stop()
        if child.returncode is None:
            child.kill()
            await child.wait()

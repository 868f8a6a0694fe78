"""The archive through restarts and kill -9 at every step: no record twice, none lost."""

import asyncio
import contextlib
import random
import signal
import subprocess
import sys

import msgspec
import pytest

from consumers.archive.files import listed
from consumers.archive.worker import ArchiveSettings, run
from consumers.archive.writer import AnotherLog
from streams.codec import encode
from streams.kafka import create_topics
from streams.now import WALL
from tests.consumers.archive.log import (
    covered,
    in_the_archive,
    on_the_log,
    story,
    taken,
    until_taken,
    write,
)
from tests.consumers.archive.process import PLACES, Life

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]
DEADLINE = 45


@contextlib.contextmanager
def process(life: Life):
    command = [sys.executable, "-m", "tests.consumers.archive.process", encode(life).decode()]
    running = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


async def dies(life: Life, place: str, nth: int) -> None:
    with process(msgspec.structs.replace(life, kill_at=place, nth=nth)) as running:
        code = await asyncio.wait_for(asyncio.to_thread(running.wait), DEADLINE)
        assert code == -signal.SIGKILL, running.stderr.read()


async def until_covered(life: Life, root, count: int) -> None:
    with process(life) as running:
        async with asyncio.timeout(DEADLINE):
            while covered(root) < count:
                assert running.poll() is None, running.stderr.read().decode()
                await asyncio.sleep(0.02)


def records_on(settings, records) -> int:
    """Ticks lie on every partition."""
    return sum(settings.partitions if key is None else 1 for _, key, _ in records)


async def test_kill_9_at_every_step_and_at_random_loses_and_doubles_nothing(kafka, tmp_path):
    records = story(400)
    first, rest = records[:900], records[900:]
    await write(kafka, first)
    life = Life(kafka, str(tmp_path))
    for place in PLACES:
        await dies(life, place, 2)
    chance = random.Random(3)  # noqa: S311 - no secret
    for _ in range(3):
        await until_covered(life, tmp_path, chance.randrange(records_on(kafka, first)))
    await write(kafka, rest)
    await until_covered(life, tmp_path, records_on(kafka, records))

    assert in_the_archive(tmp_path) == await on_the_log(kafka)
    assert not list(tmp_path.glob("*/*.unfinished"))


async def test_what_is_in_hand_is_written_when_it_ends(kafka, tmp_path):
    records = story(40)
    await write(kafka, records)
    settings = ArchiveSettings(folder=str(tmp_path), flush_seconds=600, retention_days=0)
    before = taken()
    running = asyncio.create_task(run(settings, kafka=kafka, clock=WALL))
    wanted = await on_the_log(kafka)
    await until_taken(before + records_on(kafka, records))
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert in_the_archive(tmp_path) == wanted


async def test_another_log_under_the_same_name_is_refused(kafka, tmp_path):
    await write(kafka, story(40))
    life = Life(kafka, str(tmp_path))
    await until_covered(life, tmp_path, records_on(kafka, story(40)))
    other = msgspec.structs.replace(kafka, prefix=kafka.prefix + "anew.")
    await create_topics(other)
    for file in list(tmp_path.glob("*/*.parquet")):
        file.rename(file.with_name(file.name.replace(kafka.prefix, other.prefix, 1)))
    before = {one.path.name: one.path.read_bytes() for one in listed(tmp_path)}
    await write(other, story(80, start=1_795_536_000_123))
    settings = ArchiveSettings(folder=str(tmp_path), flush_rows=40, retention_days=0)
    with pytest.raises(AnotherLog, match="made anew"):
        async with asyncio.timeout(DEADLINE):
            await run(settings, kafka=other, clock=WALL)
    for name, content in before.items():
        assert next(tmp_path.glob(f"*/{name}")).read_bytes() == content

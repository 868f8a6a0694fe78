"""The exit status of a process on Faust: what its supervisor goes by."""

import asyncio
import signal
import sys

import msgspec
import pytest

from tests.kafka_cluster import ROOT

pytestmark = pytest.mark.slow

CHILD = """
import asyncio, sys
import msgspec
from streams.faust_app import execute, faust_app
from streams.kafka import KafkaSettings
from streams.topics import SESSION_EVENTS
kafka = msgspec.json.decode(sys.argv[1], type=KafkaSettings)
app = faust_app("status", kafka, 64)
failure = []

@app.agent(app.topic(kafka.topic(SESSION_EVENTS), value_type=bytes))
async def read(stream):
    async for _ in stream:
        pass

@app.task
async def work():
    print("working", flush=True)
    {work}

def stopped():
    async def stop(*_, **__):
        {stop}

    return stop

for _ in range(9):  # in no order, so that one of them comes before whatever else listens
    app.on_before_shutdown.connect(stopped())

sys.exit(execute(app, lambda: bool(failure)))
"""
FOREVER = "await asyncio.sleep(600)"
BREAKS = "await app.crash(RuntimeError('broken'))"


async def status(kafka, work=FOREVER, stop="pass", *, told=True):
    """Of one that works on and, where it is `told` to, ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CHILD.format(work=work, stop=stop)),
        msgspec.json.encode(kafka).decode(),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"working\n"
            if told:
                process.send_signal(signal.SIGTERM)
            return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_told_to_end_it_ends_well(kafka):
    assert await status(kafka) == 0


async def test_what_breaks_while_it_ends_is_read_again_and_no_failure(kafka):
    assert await status(kafka, stop=BREAKS) == 0


@pytest.mark.parametrize("stop", ["failure.append(1)", f"failure.append(1); {BREAKS}"])
async def test_a_failure_of_its_own_is_told_however_it_ends(kafka, stop):
    assert await status(kafka, stop=stop) == 1


async def test_what_breaks_at_work_ends_it_with_a_failure(kafka):
    assert await status(kafka, work=BREAKS, told=False) == 1

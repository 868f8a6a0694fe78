"""Processes are kept running, and all end together."""

import asyncio
import os
import sys
from pathlib import Path

from sessionwatch.supervisor import Child, Supervisor


async def until(what, seconds=20.0):
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_killed_process_is_started_again_and_all_end_together(tmp_path: Path):
    told: list[str] = []
    supervisor = Supervisor(told.append)
    sleeper = (sys.executable, "-c", "import time; time.sleep(600)")
    running = asyncio.create_task(supervisor.run([Child("a", sleeper), Child("b", sleeper)]))
    await until(lambda: len(supervisor.pids()) == 2)
    first = supervisor.pids()
    os.kill(first["a"], 9)
    await until(lambda: supervisor.pids()["a"] != first["a"])
    assert told == ["a ended with -9; starting it again in 1 s"]
    assert supervisor.pids()["b"] == first["b"]
    last = supervisor.pids()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not any(alive(pid) for pid in last.values())


async def test_a_process_that_ignores_the_first_signal_is_killed():
    supervisor = Supervisor(lambda line: None, grace=0.3)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    running = asyncio.create_task(supervisor.run([Child("deaf", (sys.executable, "-c", deaf))]))
    await until(lambda: supervisor.pids())
    await asyncio.sleep(0.3)  # for the child to have set its handler; it dies either way
    pid = supervisor.pids()["deaf"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not alive(pid)

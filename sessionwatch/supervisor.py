"""Keeps a set of processes running: starts them, starts them anew when they end, ends them all.

A process that ends by itself is started again after a pause that doubles up to 30 s, so that a
part that stops on purpose (a flood of unreadable records, a broker that refuses it) is not
driven in circles. On a stop every process gets SIGTERM, and SIGKILL after `grace` seconds.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY = 60.0
"""Seconds after which a process counts as steady: its next end is a first one again."""


class Child(Struct, frozen=True):
    """What to start; `environment` is added to that of the supervisor. What it prints is added
    to the file `log`, or goes where the supervisor's own output goes."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = {}
    log: Path | None = None


class Supervisor:
    """`told` hears one plain line for each start and end."""

    def __init__(self, told: Callable[[str], None], grace: float = 10.0) -> None:
        self._told = told
        self._grace = grace
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = False

    async def run(self, children: Sequence[Child]) -> None:
        """Until cancelled; then all have ended."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for child in children:
                    tasks.create_task(self._keep(child), name=child.name)
        finally:
            self._stopping = True
            await asyncio.shield(self._end_all())

    def pids(self) -> dict[str, int]:
        """The processes that run now."""
        return {name: process.pid for name, process in self._running.items()}

    async def _keep(self, child: Child) -> None:
        pause = FIRST_PAUSE
        while not self._stopping:
            began = time.monotonic()
            process = await _started(child)
            self._running[child.name] = process
            code = await process.wait()
            if self._stopping:
                return
            if time.monotonic() - began > STEADY:
                pause = FIRST_PAUSE
            self._told(f"{child.name} ended with {code}; starting it again in {pause:.0f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _end_all(self) -> None:
        alive = [process for process in self._running.values() if process.returncode is None]
        for process in alive:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        waiting = [asyncio.ensure_future(process.wait()) for process in alive]
        if not waiting:
            return
        _, late = await asyncio.wait(waiting, timeout=self._grace)
        for process in alive:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        if late:
            await asyncio.wait(late)


async def _started(child: Child) -> asyncio.subprocess.Process:
    with contextlib.ExitStack() as files:
        output = files.enter_context(child.log.open("ab")) if child.log else None
        return await asyncio.create_subprocess_exec(
            *child.command,
            env={**os.environ, **child.environment},
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone
        )


def part(*names: str) -> Child:
    """`sessionwatch run NAME...` as a child of this same installation."""
    return Child("+".join(names), (sys.executable, "-m", "sessionwatch", "run", *names))

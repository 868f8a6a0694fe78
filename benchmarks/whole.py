"""The whole small installation with a simulated day: its delays and its memory.

Starts everything that `sessionwatch demo` starts, measures, and ends it.
`python -m benchmarks.whole [--speed N] [--count N]`
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import delay, memory
from privacy.accounts import Accounts
from producers.simulator import worker as simulator
from sessionwatch.installation import Installation
from streams.events import MINUTE, SECOND
from streams.now import Clock

START = 1_795_536_000_000
"""Where the simulated clock starts."""
WARM_UP = 2 * MINUTE
"""Simulated, from the first start: the rooms are held by then."""
PASSWORD = "for-this-run-only"  # noqa: S105 - of an account that ends with the run


async def measure(folder: Path, speed: float, count: int) -> int:
    """Prints both tables; returns the exit status."""
    clock = Clock(START, time.time_ns() // 1_000_000, speed)
    installation = Installation(folder, clock=clock, told=_say)
    installation.prepare()
    async with installation.running():
        settings = simulator.SimulatorSettings(
            gateway=installation.gateway,
            directory=installation.settings.database("directory"),
            first_start=simulator.first_start(clock),
            livekit_secret=installation.secrets.livekit,
            zoom_secret=installation.secrets.zoom,
            event_token=installation.secrets.events,
        )
        host = simulator.day_of(settings, clock).rooms[0].host.person_id
        await _add_account(installation, host)
        playing = asyncio.create_task(simulator.run(settings, clock=clock, key=installation.key))
        try:
            ahead = settings.first_start + WARM_UP - clock.now()
            await asyncio.sleep(clock.seconds(ahead / SECOND))
            file = str(folder / "sessionwatch.toml")
            words = ["--settings", file, "--password", PASSWORD, "--count", str(count)]
            status = await asyncio.to_thread(delay.main, words)
            return memory.main([str(pid) for pid in _children()]) or status
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)


async def _add_account(installation: Installation, staff: str) -> None:
    accounts = await Accounts.open(
        installation.settings.database("accounts"), installation.key, installation.clock
    )
    try:
        await accounts.add("dana", PASSWORD, "Dana", ["clinician"], ["*"], staff)
    finally:
        await accounts.close()


def _children() -> list[int]:
    """The processes of the installation, without this one and the simulator in it."""
    mine = os.getpid()
    tasks = Path(f"/proc/{mine}/task").glob("*/children")
    return sorted({int(pid) for task in tasks for pid in task.read_text().split()})


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole", description=__doc__)
    parser.add_argument("--speed", type=float, default=20, help="simulated seconds a second")
    parser.add_argument("--count", type=int, default=50)
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="sessionwatch-bench-") as folder:
        return asyncio.run(measure(Path(folder), asked.speed, asked.count))


if __name__ == "__main__":
    sys.exit(main())

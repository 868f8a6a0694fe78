"""`sessionwatch demo`: everything on one machine, and a simulated program day at speed."""

import asyncio
import contextlib
import fcntl
import secrets
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from privacy.access import EVERY_PROGRAM, Viewer
from privacy.accounts import Accounts
from privacy.pseudonyms import Pseudonyms
from producers.simulator import worker as simulator
from producers.simulator.people import Person
from producers.simulator.timeline import TIME_ZONE
from sessionwatch.broker import LOOPBACK
from sessionwatch.installation import Installation
from streams.events import HOUR, MINUTE
from streams.now import Clock

LEAD = 2 * MINUTE
"""Simulated time before nine o'clock, when the processes are expected to be up."""
STARTING_MS = 6_000
"""How long they take, on the wall; where it is longer, the sessions start at five past nine."""
PEOPLE = (
    ("dana", "", "clinician", "leads the first morning group"),
    ("rosa", "Rosa Vidal", "outreach", "calls those who are missing; on duty"),
    ("tess", "Tess Okafor", "tech", "helps those who cannot connect; on duty"),
    ("ines", "Inés Campos", "supervisor", "sees that every case has somebody; on duty"),
    ("max", "Max Lindt", "manager", "sees rooms as numbers, nobody's name; trends are Grafana's"),
)
"""Who can sign in: user name, name (the clinician's is that of the simulated host), role, and what
they do."""
ON_DUTY = frozenset({"outreach", "tech", "supervisor"})
WHOLE_DAY = 12 * HOUR


MARK = ".demo"
"""A folder with this file is a demo's, which holds a lock on it while it runs."""


class CannotStart(Exception):
    """Another demo is running, or the folder is not a demo's; says what to do."""


def demo(speed: float, port: int, folder: Path) -> int:
    """Runs until Ctrl-C, with all files in `folder`, made anew; returns the exit status.

    Raises CannotStart and leaves everything as it is.
    """
    _must_be_free(port)
    with made_anew(folder):
        return asyncio.run(_demo(speed, port, folder))


def _must_be_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise CannotStart(
                f"port {port} cannot be had ({error.strerror}). End the demo that runs, "
                "or start this one beside it: "
                "sessionwatch demo --port 8010 --folder var/demo-2"
            ) from None


@contextlib.contextmanager
def made_anew(folder: Path) -> Iterator[None]:
    """The folder, empty, and locked for as long as the block runs. Only a demo's is emptied."""
    mark = folder / MARK
    if folder.exists() and not mark.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotStart(
            f"{folder} was there before any demo and would be emptied. "
            "Remove it, or name another: --folder FOLDER"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        marking = mark.open("w")
    except OSError as error:
        raise CannotStart(f"{folder} cannot be made: {error.strerror}") from None
    with marking as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(
                f"a demo runs in {folder}. End it, or name another: --folder FOLDER"
            ) from None
        for old in folder.iterdir():
            if old.is_dir() and not old.is_symlink():
                shutil.rmtree(old)
            elif old != mark:
                old.unlink()
        yield


async def _demo(speed: float, port: int, folder: Path) -> int:
    clock = Clock(_nine_o_clock() - LEAD, time.time_ns() // 1_000_000 + STARTING_MS, speed)
    installation = Installation(folder, clock=clock, told=_say, console_port=port)
    installation.prepare()
    told = _stop_on_signals()
    _say("Starting the broker and all processes ...")
    password = secrets.token_urlsafe(9)
    async with installation.running():
        playing = simulator.SimulatorSettings(
            gateway=installation.gateway,
            directory=installation.settings.database("directory"),
            first_start=_whole_minutes(clock.now() + MINUTE, 5),
            truth_file=str(folder / "truth.jsonl"),
            livekit_secret=installation.secrets.livekit,
            zoom_secret=installation.secrets.zoom,
            event_token=installation.secrets.events,
        )
        rooms = simulator.day_of(playing, clock).rooms
        await _add_people(installation, rooms[0].host, password, {room.program for room in rooms})
        _say_how(installation, password, speed)
        day_over = asyncio.create_task(
            simulator.run(
                playing, clock=clock, key=installation.key, kafka=installation.settings.kafka
            )
        )
        stopped = asyncio.create_task(told.wait())
        await asyncio.wait((day_over, stopped), return_when=asyncio.FIRST_COMPLETED)
        if day_over.done() and not stopped.done():
            day_over.result()
            _say("The simulated day is over; the console stays. Ctrl-C ends it.")
            await stopped
        day_over.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await day_over
        _say("Ending all processes ...")
    return 0


def _nine_o_clock() -> int:
    """The next nine o'clock in the program's time zone, in ms: the morning groups begin."""
    today = datetime.now(ZoneInfo(TIME_ZONE))
    return int(today.replace(hour=9, minute=0, second=0, microsecond=0).timestamp()) * 1_000


def _whole_minutes(ms: int, minutes: int) -> int:
    """The next instant that is a multiple of so many minutes."""
    step = minutes * MINUTE
    return -(-ms // step) * step


async def _add_people(
    installation: Installation, host: Person, password: str, programs: Iterable[str]
) -> None:
    """All can sign in; those who take calls are on duty in these programs for the whole day."""
    clock, pseudonyms = installation.clock, Pseudonyms(installation.key)
    accounts = await Accounts.open(
        installation.settings.database("accounts"), installation.key, clock
    )
    on_duty = [pseudonyms.program(code) for code in programs]
    try:
        for username, name, role, _ in PEOPLE:
            hosts = role == "clinician"
            user_id = await accounts.add(
                username,
                password,
                host.name if hosts else name,
                [role],
                ["*"],
                host.person_id if hosts else None,
            )
            if role in ON_DUTY:
                who = Viewer(user_id, None, name, frozenset(), frozenset({EVERY_PROGRAM}))
                await accounts.set_duty(who, on_duty, clock.now() + WHOLE_DAY)
    finally:
        await accounts.close()


def _stop_on_signals() -> asyncio.Event:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    return told


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _say_how(installation: Installation, password: str, speed: float) -> None:
    who = "\n".join(f"    {username:<6}{what}" for username, _, _, what in PEOPLE)
    print(
        f"\n  The console:  {installation.console}\n"
        f"  Sign in with the password  {password}  as\n{who}\n\n"
        f"  A simulated day at {speed:g} times the speed, everybody invented. What should be\n"
        f"  alerted in its sessions stands in {installation.folder}/truth.jsonl, the processes'\n"
        "  logs beside it. The first group's people have four weeks behind them.\n"
        "  What a person in care opens (first the sessions; with a session's id, its links):\n"
        f"    {Path(sys.executable).parent}/sessionwatch"
        f" --settings {installation.folder}/sessionwatch.toml links\n\n"
        "  Ctrl-C ends it all.\n",
        flush=True,
    )

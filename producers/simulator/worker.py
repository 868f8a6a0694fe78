"""The simulator's process: a day around now, loaded into the directory and played."""

import asyncio
import logging
from pathlib import Path

from msgspec import Struct

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.directory.store import Directory
from producers.simulator import loading, past
from producers.simulator.day import LEAD_MS, Scenario, make
from producers.simulator.play import Keys, Player
from producers.simulator.scene import Day, Room
from producers.simulator.truth import as_lines
from streams.events import MINUTE, SECOND, Millis
from streams.kafka import KafkaSettings
from streams.now import Clock

log = logging.getLogger(__name__)


class SimulatorSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`first_start` (ms) is when the first sessions start; 0 is 4 min from the clock's now."""

    gateway: str = "http://127.0.0.1:8090"
    directory: str = ""
    """The directory's database URL."""
    scenario: Scenario = "demo"
    seed: int = 1
    first_start: int = 0
    truth_file: str = ""
    """Where to write what should be alerted, as JSON lines; nowhere when empty."""
    livekit_secret: str = ""
    """`API key:API secret`, as the gateway has it."""
    zoom_secret: str = ""
    event_token: str = ""
    beacon_seconds: int = 30
    """How often a page sends its samples."""
    origin: str = "https://care.example"


def first_start(clock: Clock) -> Millis:
    """The next whole minute that leaves 4 min before it."""
    return -(-(clock.now() + LEAD_MS) // MINUTE) * MINUTE


def day_of(settings: SimulatorSettings, clock: Clock) -> Day:
    return make(settings.scenario, settings.seed, settings.first_start or first_start(clock))


async def prepare(settings: SimulatorSettings, day: Day, *, clock: Clock, key: MasterKey) -> None:
    """Loads the directory, and writes the truth where it is wanted. Raises `BadFile`, `OSError`."""
    directory = await Directory.open(settings.directory, key)
    try:
        await loading.load(directory, day, clock)
    finally:
        await directory.close()
    if settings.truth_file:
        lines = b"".join(as_lines(day, Pseudonyms(key)))
        await asyncio.to_thread(Path(settings.truth_file).write_bytes, lines)


async def run(
    settings: SimulatorSettings,
    *,
    clock: Clock,
    key: MasterKey,
    kafka: KafkaSettings | None = None,
) -> None:
    """Until the day is over, or cancelled. With `kafka` the first group has weeks behind it."""
    day = day_of(settings, clock)
    await prepare(settings, day, clock=clock, key=key)
    if kafka is not None:
        await past.tell(day.rooms[0], Pseudonyms(key), kafka)
    directory = await Directory.open(settings.directory, key)

    async def move(room: Room) -> None:
        await loading.move(directory, room, clock)

    keys = Keys(settings.livekit_secret, settings.zoom_secret, settings.event_token, key)
    player = Player(
        day,
        settings.gateway,
        keys,
        clock,
        settings.beacon_seconds * SECOND,
        move,
        settings.origin,
    )
    try:
        await player.play()
    finally:
        await directory.close()

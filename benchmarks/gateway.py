"""What one gateway process takes, and what it does when offered twice that.

Signed LiveKit webhooks (one in a hundred of a room that nobody booked, which becomes a dead
letter) and beacons of ten samples, sent to `sessionwatch run gateway` with a real directory and the
embedded broker. First as fast as it answers, then at twice that rate whether it answers or not.
Then the topics are read back: what was answered with 2xx and is on none of them is lost.

The limits of one sender and of one page are lifted: the process is measured, not they.
`python -m benchmarks.gateway [--seconds N]`; 1 when anything was lost, or memory grew by more than
all bodies that may be under way at once. Rates of beacons are in samples, counts in beacons.
"""

import argparse
import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path

import aiohttp
import msgspec
import uvloop
from msgspec import Struct

from benchmarks import memory
from benchmarks.flood import Flood, Post, as_answered, at_rate
from benchmarks.gateway_load import SAMPLES, SECRET, Load, Sent, connection_of
from benchmarks.table import show
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey, Seal
from producers.directory.store import Directory
from producers.simulator import loading
from producers.simulator.day import make
from producers.simulator.platforms import Request
from producers.simulator.scene import Day
from sessionwatch.broker import EmbeddedBroker, free_port
from sessionwatch.settings import Settings, load
from sessionwatch.supervisor import part
from streams import codec
from streams.events import MINUTE, ParticipantJoined
from streams.kafka import KafkaSettings, consumer, create_topics, wait_for_broker
from streams.now import WALL
from streams.topics import CONNECTION_QUALITY, DEAD_LETTERS, SESSION_EVENTS, Topic

MOST = 8_000
"""Requests of one measurement."""
CONNECTIONS = 1_000
"""Kept open by the senders together. The gateway's server refuses everybody beyond 2,000: here its
own limit, of requests under way, shall be met first."""
WARM_UP = 200
PATIENCE_SECONDS = 30


class Kind(Struct, frozen=True):
    """`records` of a connection on the log, or its dead letter, are a request kept whole."""

    name: str
    make: Callable[[int], Sent]
    records: int
    senders: int


class Measured(Struct, frozen=True):
    """CPU in seconds, RSS in MiB."""

    kind: Kind
    title: str
    offered: float
    sent: Sequence[Sent]
    flood: Flood
    cpu: float
    before: float
    after: float


def variables(folder: Path, bootstrap: str) -> dict[str, str]:
    """The settings of the gateway's process."""
    return {
        "SESSIONWATCH_DATA": str(folder),
        "SESSIONWATCH_KAFKA": bootstrap,
        "SESSIONWATCH_KAFKA_PREFIX": f"bench{time.time_ns()}.",
        "SESSIONWATCH_PORTS_METRICS": str(free_port()),
        "SESSIONWATCH_GATEWAY_PORT": str(free_port()),
        "SESSIONWATCH_GATEWAY_SECRETS": msgspec.json.encode({"livekit": [SECRET]}).decode(),
        "SESSIONWATCH_GATEWAY_WEBHOOKS_A_MINUTE": "10000000",
        "SESSIONWATCH_GATEWAY_SAMPLES_A_MINUTE": "10000000",
    }


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (`/proc`, Linux only)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def lost(measured: Measured, found: Mapping[str, int], letters: Mapping[str, int]) -> int:
    """Requests that were taken, and are neither whole on the log nor a dead letter."""
    connections = (measured.sent[answer.number].connection for answer in measured.flood.taken)
    return sum(
        found.get(one, 0) < measured.kind.records and not letters.get(one) for one in connections
    )


async def measure(folder: Path, bootstrap: str, seconds: float) -> int:
    """Prints the table; returns the exit status."""
    environ = variables(folder, bootstrap)
    settings, key = load(environ), MasterKey.make(load(environ).key_path)
    day = make("day", 1, WALL.now() // MINUTE * MINUTE)
    await _prepare(settings, key, day)
    said = Load(day, key)
    kinds = (
        Kind("webhooks", said.webhook, 1, senders=64),
        Kind("beacon samples", said.beacon, SAMPLES, senders=500),  # they wait to be gathered
    )
    async with _gateway(settings, environ) as (pid, post):
        rows = [row for kind in kinds for row in await _both(kind, pid, post, seconds)]
    found, letters = await _read_back(settings.kafka, key)
    missing = [lost(row, found, letters) for row in rows]
    columns = ("", "offered/s", "taken/s", "p50 ms", "p99 ms", "CPU s", "requests", "2xx", "503")
    more = ("429", "other", "RSS MiB", "after", "lost")
    cells = [(*_cells(row), gone) for row, gone in zip(rows, missing, strict=True)]
    show("One gateway process", (*columns, *more), cells)
    bodies = settings.gateway.max_in_flight * settings.gateway.max_body_bytes / 2**20
    return int(any(missing) or rows[-1].after - rows[0].before > bodies)


async def _prepare(settings: Settings, key: MasterKey, day: Day) -> None:
    await wait_for_broker(settings.kafka)
    await create_topics(settings.kafka)
    directory = await Directory.open(settings.database("directory"), key)
    try:
        await loading.load(directory, day, WALL)
    finally:
        await directory.close()


@contextlib.asynccontextmanager
async def _gateway(
    settings: Settings, environ: Mapping[str, str]
) -> AsyncIterator[tuple[int, Post]]:
    """The process, answering, and what posts to it."""
    url = f"http://127.0.0.1:{settings.gateway.port}"
    log = Path(settings.data) / "gateway.log"
    with _process(part("gateway").command, environ, log) as child:
        timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as client:

            async def post(request: Request) -> int:
                try:
                    async with client.post(
                        url + request.path, data=request.body, headers=request.headers
                    ) as answer:
                        await answer.read()
                        return answer.status
                except (aiohttp.ClientError, TimeoutError):
                    return 0

            async with asyncio.timeout(PATIENCE_SECONDS):
                while await post(Request("/healthz", {}, b"")) != 405:  # only GET: it is up
                    if child.poll() is not None:
                        raise RuntimeError(f"the gateway ended: {log.read_text()[-500:]}")
                    await asyncio.sleep(0.1)
            yield child.pid, post


@contextlib.contextmanager
def _process(
    command: Sequence[str], environ: Mapping[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("w") as out, subprocess.Popen(command, env=environ, stderr=out) as child:
        try:
            yield child
        finally:
            child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(15)
            child.kill()


async def _both(kind: Kind, pid: int, post: Post, seconds: float) -> list[Measured]:
    """As fast as it answers, then at twice that rate."""
    sent = [kind.make(number) for number in range(2 * MOST + WARM_UP)]
    requests = [one.request for one in sent]
    await as_answered(post, requests[:WARM_UP], kind.senders, seconds)
    del sent[:WARM_UP], requests[:WARM_UP]
    before, cpu = _rss(pid), cpu_seconds(pid)
    flood = await as_answered(post, requests[:MOST], kind.senders, seconds)
    title = f"{kind.name}: as answered"
    cpu, spent = cpu_seconds(pid), cpu_seconds(pid) - cpu
    first = Measured(kind, title, flood.rate, sent, flood, spent, before, _rss(pid))
    rate = 2 * flood.rate
    count = min(MOST, round(rate * seconds))
    flood = await at_rate(post, requests[MOST : MOST + count], rate)
    spent = cpu_seconds(pid) - cpu
    title = f"{kind.name}: twice that"
    second = Measured(kind, title, rate, sent[MOST:], flood, spent, first.after, _rss(pid))
    return [first, second]


def _rss(pid: int) -> float:
    return memory.process(pid).rss / 1024


def _cells(row: Measured) -> tuple[str, ...]:
    flood, each = row.flood, row.kind.records
    taken, busy, limited = len(flood.taken), flood.answered(503), flood.answered(429)
    total = len(flood.answers)
    counts = (total, taken, busy, limited, total - taken - busy - limited)
    return (
        row.title,
        f"{row.offered * each:,.0f}",
        f"{flood.rate * each:,.0f}",
        f"{flood.milliseconds(0.5):,.0f}",
        f"{flood.milliseconds(0.99):,.0f}",
        f"{row.cpu:.1f}",
        *(f"{count:,}" for count in counts),
        f"{row.before:.0f}",
        f"{row.after:.0f}",
    )


async def _read_back(kafka: KafkaSettings, key: MasterKey) -> tuple[Counter[str], Counter[str]]:
    """Records of each connection on the log, and among the dead letters."""
    names, seal = Pseudonyms(key), Seal(key.derive("dead-letters/v1"))
    found: Counter[str] = Counter()
    for value in await _values(kafka, SESSION_EVENTS):
        event = codec.session_events.decode(value)
        if isinstance(event, ParticipantJoined):
            found[event.connection_id] += 1
    for value in await _values(kafka, CONNECTION_QUALITY):
        found.update(sample.connection_id for sample in codec.samples.decode(value).samples)
    letters = await _values(kafka, DEAD_LETTERS)
    return found, Counter(connection_of(seal.open(value), names) for value in letters)


async def _values(kafka: KafkaSettings, topic: Topic) -> list[bytes]:
    """All that is on a topic now."""
    reader = consumer(kafka, topic)
    await reader.start()
    try:
        values: list[bytes] = []
        for place, end in (await reader.end_offsets(reader.assignment())).items():
            while await reader.position(place) < end:
                records = (await reader.getmany(place, timeout_ms=1_000)).get(place, [])
                values += [record.value for record in records]
        return values
    finally:
        await reader.stop()


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement, at most")
    asked = parser.parse_args(argv)
    with (
        tempfile.TemporaryDirectory(prefix="sessionwatch-bench-") as folder,
        EmbeddedBroker() as broker,
    ):
        return uvloop.run(measure(Path(folder), broker.bootstrap, asked.seconds))


if __name__ == "__main__":
    sys.exit(main())

"""From the broker to the page, through reconnects and a console that is killed."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import connect

from sessionwatch.broker import EmbeddedBroker, free_port
from streams.kafka import KafkaSettings, create_topics, wait_for_broker
from tests.consumers.console import world
from tests.consumers.console.conftest import Clinic, answers, beating
from tests.consumers.console.process import Given
from tests.consumers.console.test_hub import listen, say
from tests.consumers.console.world import Log

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@contextlib.contextmanager
def console(clinic: Clinic, kafka: KafkaSettings) -> Iterator["subprocess.Popen[bytes]"]:
    given = Given(str(clinic.folder), clinic.clock, kafka, clinic.settings)
    words = msgspec.json.encode(given).decode()
    process = subprocess.Popen([sys.executable, "-m", "tests.consumers.console.process", words])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Page:
    """Holds what a page holds, by the page's own rules (`static/feed.js`)."""

    def __init__(self, clinic: Clinic, token: str) -> None:
        self._clinic = clinic
        self._token = token
        self.seq = 0
        self.alerts: dict[str, dict[str, Any]] = {}
        self.starts = 0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Any]:
        async with connect(
            self._clinic.settings.hub_url(),
            origin=self._clinic.address,  # type: ignore[arg-type]
            additional_headers={"Cookie": f"__Host-sid={self._token}"},
        ) as socket:
            await say(socket, type="resume", last_seq=self.seq)
            yield socket

    async def hear(self, socket: Any, wanted: set[str]) -> None:
        """Until the page holds these alerts."""
        async with asyncio.timeout(30):
            while not wanted <= self.alerts.keys():
                message = msgspec.json.decode(await socket.recv())
                if message["type"] == "start":
                    self.starts += 1
                    self.seq = message["seq"]
                    self.alerts = {alert["alert_id"]: alert for alert in message["alerts"]}
                elif message["type"] == "alert":
                    assert message["seq"] > self.seq
                    self.seq = message["seq"]
                    self.alerts[message["alert_id"]] = message


def absences(clinic: Clinic) -> Iterator[Any]:
    for number in range(1, 1_000):
        signal_ = world.signal(clinic.ids, "missed_session", "p-01", number)
        yield world.alert(signal_, number)


async def test_no_change_is_lost_over_reconnects_and_a_killed_console(
    clinic: Clinic, kafka: KafkaSettings, log: Log
):
    session = await clinic.accounts.sign_in("rosa", world.PASSWORD)
    assert session is not None
    page, made = Page(clinic, session[0]), absences(clinic)
    written: set[str] = set()

    async def write(count: int) -> None:
        for _ in range(count):
            alert = next(made)
            await log.alert(alert)
            written.add(alert.signal.alert_id)

    with console(clinic, kafka):
        await answers(clinic.address)
        async with page.open() as socket:
            await write(5)
            await page.hear(socket, written)
        first = page.starts
        for _ in range(3):  # the network comes and goes: no start over, no gap
            await write(3)
            async with page.open() as socket:
                await write(2)
                await page.hear(socket, written)
        assert page.starts == first
    # The process is dead, by SIGKILL; the log goes on.
    await write(4)
    with console(clinic, kafka) as process:
        await answers(clinic.address)
        async with page.open() as socket:
            await write(2)
            await page.hear(socket, written)
            assert page.starts > first  # told to start over, since the new one counts anew
            os.kill(process.pid, signal.SIGKILL)
    assert page.alerts.keys() == written


async def test_the_first_line_is_true(clinic: Clinic, kafka: KafkaSettings, log: Log):
    """Live while the monitor's clock moves; within 15 s of its standing still, not live."""
    session = await clinic.accounts.sign_in("dana", world.PASSWORD)
    assert session is not None
    page = Page(clinic, session[0])
    await log.board(world.evening(clinic.ids, clinic.clock.now()))
    with console(clinic, kafka):
        await answers(clinic.address)
        async with page.open() as socket:
            async with beating(log):
                await _until(socket, None)
            beats_ended = asyncio.get_running_loop().time()
            live = await _until(socket, "still")
            assert asyncio.get_running_loop().time() - beats_ended < 16
            assert live["since"] <= clinic.clock.now() - 13_000
            await log.beat()
            await _until(socket, None)


async def test_a_broker_that_is_gone_is_told_and_its_return_too(clinic: Clinic):
    session = await clinic.accounts.sign_in("dana", world.PASSWORD)
    assert session is not None
    page = Page(clinic, session[0])
    port = free_port()
    kafka = KafkaSettings(bootstrap=f"127.0.0.1:{port}", prefix="gone.", partitions=1)
    with console(clinic, kafka):
        await answers(clinic.address)
        async with page.open() as socket:
            async with _broker(kafka, port), Log(kafka, clinic.clock) as log, beating(log):
                await _until(socket, None)
            gone_at = asyncio.get_running_loop().time()
            await _until(socket, "still")
            assert asyncio.get_running_loop().time() - gone_at < 16
            async with _broker(kafka, port), Log(kafka, clinic.clock) as log, beating(log):
                await _until(socket, None)


@contextlib.asynccontextmanager
async def _broker(kafka: KafkaSettings, port: int) -> AsyncIterator[None]:
    with EmbeddedBroker(port):
        await wait_for_broker(kafka)
        await create_topics(kafka)
        yield


async def _until(socket: Any, problem: str | None) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            live = await listen(socket, "live")
            if live["problem"] == problem:
                return live

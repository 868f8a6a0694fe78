"""The hub over real sockets: who is let in, what a slow or a noisy page gets, who is shut out."""

import asyncio
import contextlib
import logging
import socket
import struct
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from consumers.console.client import RATE
from consumers.console.feed import Feed
from consumers.console.hub import LARGEST_FRAME, Hub
from consumers.console.liveness import Pulse
from consumers.console.names import Names
from consumers.console.settings import ConsoleSettings
from streams.events import BoardChanged
from tests.consumers.console import world
from tests.consumers.console.conftest import Clinic

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Running:
    """A hub that listens, and its feed."""

    def __init__(self, clinic: Clinic, settings: ConsoleSettings | None = None) -> None:
        self.clinic = clinic
        self.settings = settings or clinic.settings
        self.feed = Feed(first_seq=1_000)
        self.hub = Hub(
            self.settings,
            feed=self.feed,
            pulse=Pulse(1, clinic.clock, time.monotonic()),
            guard=clinic.guard,
            names=Names(clinic.directory.people, clinic.accounts, clinic.directory.program_names),
            clock=clinic.clock,
        )

    def hear(self, record: Any) -> None:
        key = self.feed.hear(record)
        assert key is not None
        self.hub.changed(key)

    async def token(self, name: str) -> str:
        session = await self.clinic.accounts.sign_in(name, world.PASSWORD)
        assert session is not None
        return session[0]

    def connect(self, token: str | None, origin: str | None = "", **options: Any) -> connect:
        headers = {"Cookie": f"__Host-sid={token}"} if token else {}
        return connect(
            self.settings.hub_url(),
            origin=self.clinic.address if origin == "" else origin,
            additional_headers=headers,
            **options,
        )


@pytest_asyncio.fixture(loop_scope="module")
async def running(clinic: Clinic) -> AsyncIterator[Running]:
    made = Running(clinic)
    async with made.hub.serving():
        yield made


async def say(page: ClientConnection, **message: Any) -> None:
    await page.send(msgspec.json.encode(message).decode())


async def listen(page: ClientConnection, kind: str, seconds: float = 20) -> dict[str, Any]:
    """The next message of this type."""
    async with asyncio.timeout(seconds):
        async for frame in page:
            message: dict[str, Any] = msgspec.json.decode(frame)
            if message["type"] == kind:
                return message
    raise AssertionError("the socket closed")


async def closed(page: ClientConnection, seconds: float = 20) -> int:
    """The code it was closed with."""
    async with asyncio.timeout(seconds):
        with contextlib.suppress(ConnectionClosed):
            async for _ in page:
                pass
        await page.wait_closed()
    return page.close_code or 0


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", None])
async def test_a_page_from_elsewhere_is_refused(running: Running, origin: str | None):
    token = await running.token("dana")
    with pytest.raises(InvalidStatus) as refused:
        await running.connect(token, origin)
    assert refused.value.response.status_code == 403


async def test_another_path_is_not_there(running: Running):
    with pytest.raises(InvalidStatus) as refused:
        await connect(running.settings.hub_url() + "/x", origin=running.clinic.address)
    assert refused.value.response.status_code == 404


@pytest.mark.parametrize("token", [None, "x" * 43])
async def test_without_a_session_nothing_is_said(running: Running, token: str | None):
    running.hear(world.evening(running.clinic.ids))
    async with running.connect(token) as page:
        with pytest.raises(ConnectionClosed):
            await page.recv()
    assert page.close_code == 4401


@pytest.mark.parametrize("reset", [True, False])
async def test_a_page_that_is_gone_at_once_is_no_error(
    running: Running, caplog: pytest.LogCaptureFixture, reset: bool
):
    caplog.set_level(logging.DEBUG)
    running.hear(world.evening(running.clinic.ids))
    page = await running.connect(await running.token("dana"))
    await say(page, type="resume", last_seq=0, language="en")
    await listen(page, "start")
    raw = page.transport.get_extra_info("socket")
    if reset:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    page.transport.abort()  # no goodbye
    async with asyncio.timeout(20):
        while len(running.hub):
            await asyncio.sleep(0.02)
    running.hear(world.alert(world.signal(running.clinic.ids, "missed_session", "p-01", 10), 1))
    await asyncio.sleep(0)
    assert [one.getMessage() for one in caplog.records if one.levelno > logging.INFO] == []


async def test_a_page_gets_the_start_then_each_change_with_names(running: Running):
    ids = running.clinic.ids
    running.hear(world.evening(ids))
    async with running.connect(await running.token("dana")) as page:
        await say(page, type="resume", last_seq=0, language="en")
        start = await listen(page, "start")
        seats = {seat["person"]["name"] for seat in start["boards"][0]["people"]}
        assert {"Ada R.", "Bela K.", ""} <= seats
        assert start["boards"][0]["host"] == "Dana W."
        running.hear(world.alert(world.signal(ids, "missed_session", "p-01", 10), 1))
        alert = await listen(page, "alert")
        assert alert["person"]["name"] == "Ada R."
        assert alert["seq"] > start["seq"]
        live = await listen(page, "live")
        assert live["problem"] == "starting"


def pushed(figure: str) -> float:
    return REGISTRY.get_sample_value(f"sessionwatch_push_delay_seconds_{figure}") or 0.0


async def test_a_push_is_late_from_when_the_store_had_it_to_tell(running: Running):
    """Not from the last signal: a call for help is widened minutes after it."""
    told = world.signal(running.clinic.ids, "missed_session", "p-01", 10)
    hour_old = running.clinic.clock.now() - 3_600_000
    async with running.connect(await running.token("dana")) as page:
        await say(page, type="resume", last_seq=0, language="en")
        await listen(page, "start")
        number, seconds = pushed("count"), pushed("sum")
        now = running.clinic.clock.now()
        running.hear(world.alert(told, 1, changed_at=hour_old, told_at=now, widened=1))
        await listen(page, "alert")
        async with asyncio.timeout(30):
            while pushed("count") == number:
                await asyncio.sleep(0.05)
    assert pushed("count") == number + 1
    assert pushed("sum") - seconds < 60


async def test_a_page_goes_on_where_it_was(running: Running):
    ids, token = running.clinic.ids, await running.token("dana")
    running.hear(world.evening(ids))
    async with running.connect(token) as page:
        await say(page, type="resume", last_seq=0)
        seq = (await listen(page, "start"))["seq"]
    missed = [world.signal(ids, "missed_session", f"p-0{n}", 10) for n in range(1, 6)]
    for number, signal in enumerate(missed):
        running.hear(world.alert(signal, number))
    async with running.connect(token) as page:
        await say(page, type="resume", last_seq=seq)
        told = [await listen(page, "alert") for _ in missed]
        assert (await listen(page, "resumed"))["seq"] == running.feed.seq
    assert [alert["alert_id"] for alert in told] == [signal.alert_id for signal in missed]
    assert [alert["seq"] for alert in told] == sorted(alert["seq"] for alert in told)


async def test_signing_out_shuts_the_page_within_seconds(running: Running):
    token = await running.token("rosa")
    async with running.connect(token) as page:
        await say(page, type="resume")
        await listen(page, "start")
        await running.clinic.accounts.sign_out(token)
        assert await closed(page, seconds=15) == 4401


async def test_changed_rights_are_seen_within_seconds(running: Running):
    ids, token = running.clinic.ids, await running.token("iris")
    waits = world.signal(ids, "host_missing", None, 5)
    running.hear(world.alert(waits, 1))
    async with running.connect(token) as page:
        await say(page, type="resume")
        assert (await listen(page, "start"))["alerts"] == []
        viewer = await running.clinic.accounts.viewer(token)
        assert viewer is not None
        until = running.clinic.clock.now() + 3_600_000
        await running.clinic.accounts.set_duty(viewer, {ids.program}, until)
        assert [a["rule"] for a in (await listen(page, "start", 15))["alerts"]] == ["host_missing"]


@pytest.mark.slow
async def test_a_page_that_does_not_read_is_let_go_and_the_others_go_on(clinic: Clinic):
    settings = msgspec.structs.replace(clinic.settings, send_seconds=0.5)
    slow_one = Running(clinic, settings)
    ids, token = clinic.ids, await slow_one.token("dana")
    slow_one.hear(world.evening(ids))
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    async with slow_one.hub.serving():
        narrow.connect(("127.0.0.1", settings.hub_port))
        # Reads no frame: the queue of its own end is full after one, and then the socket is.
        slow = await slow_one.connect(token, sock=narrow, max_queue=1, ping_interval=None)
        async with slow_one.connect(token) as quick:
            for page in (slow, quick):
                await say(page, type="resume")
            await listen(quick, "start")
            worst = await _flood(slow_one, quick)
            assert worst < 5
            assert await closed(slow) in (1013, 1006)
            running_on = await listen(quick, "live")
            assert running_on["now"]


async def _flood(running: Running, quick: ClientConnection) -> float:
    """Changes a board until the slow page is gone; the quick page's longest wait in seconds."""
    worst, ts = 0.0, world.NOW
    async with asyncio.timeout(60):
        while len(running.hub) > 1:
            for _ in range(20):
                ts += 1_000
                running.hear(_padded(running, ts))
                await asyncio.sleep(0)
            since = time.monotonic()
            while (await listen(quick, "board"))["ts"] < ts:
                pass
            worst = max(worst, time.monotonic() - since)
    return worst


def _padded(running: Running, ts: int) -> BoardChanged:
    return world.evening(running.clinic.ids, ts, here=[8] * 20_000)


async def test_a_slow_page_gets_the_newest_state_and_not_each_of_many(running: Running):
    ids = running.clinic.ids
    running.hear(world.evening(ids))
    async with running.connect(await running.token("dana")) as page:
        await say(page, type="resume")
        await listen(page, "start")
        for step in range(1, 501):
            running.hear(world.evening(ids, world.NOW + step))  # the loop is not let in between
        boards = [await listen(page, "board")]
        while boards[-1]["ts"] < world.NOW + 500:
            boards.append(await listen(page, "board"))
    assert len(boards) < 5


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("not json", 1008),
        ('{"type": "resume", "last_seq": -1}', 1008),
        ('{"type": "resume", "more": 1}', 1008),
        ('{"type": "watch", "session_ids": ["<script>"]}', 1008),
        ("[" * 10_000, 1008),
        ("x" * (LARGEST_FRAME + 1), 1009),
    ],
    ids=["not-json", "negative", "unknown-field", "no-identifier", "deep", "too-long"],
)
async def test_what_no_page_says_ends_the_talk(running: Running, frame: str, code: int):
    async with running.connect(await running.token("dana")) as page:
        await page.send(frame)
        assert await closed(page) == code


async def test_a_noisy_page_is_shut(running: Running):
    async with running.connect(await running.token("dana")) as page:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(RATE + 1):
                await say(page, type="watch", session_ids=[])
        assert await closed(page) == 1008


async def test_no_more_pages_than_the_cap(clinic: Clinic):
    few = Running(clinic, msgspec.structs.replace(clinic.settings, max_pages=1))
    token = await few.token("dana")
    async with few.hub.serving(), few.connect(token) as page:
        await say(page, type="resume")
        await listen(page, "start")
        with pytest.raises(InvalidStatus) as refused:
            await few.connect(token)
        assert refused.value.response.status_code == 503

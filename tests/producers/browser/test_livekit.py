"""The agent beside LiveKit's own client: a real server, a real line, really cut."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from livekit import api
from playwright.async_api import Page

from privacy.sealing import MasterKey
from producers.gateway.settings import GatewaySettings
from sessionwatch.broker import free_port
from streams.events import MINUTE, SECOND, MediaObserved, Sample, SampleBatch
from streams.now import WALL
from streams.quality.monitor import QualityMonitor
from streams.quality.state import WINDOW_MS
from tests import network
from tests.livekit_server import KEY, SECRET, build, livekit_server, missing
from tests.producers.browser.care_page import open_page
from tests.producers.gateway.clinic import Booking, database, open_clinic
from tests.producers.gateway.conftest import Running, running
from tests.producers.gateway.join_world import chromium, until

CLIENT = Path(".cache/livekit/livekit-client-2.23.0.umd.js")
"""npm's `livekit-client@2.23.0`, its one file."""
JOIN = """async ([url, token]) => {
  window.room = new LivekitClient.Room({ adaptiveStream: false, dynacast: false });
  room.on("trackSubscribed", (track) => document.body.append(track.attach()));
  await room.connect(url, token);
  await room.localParticipant.enableCameraAndMicrophone();
}"""


def client() -> str | None:
    """Fetches the client unless it is there; what is lacking, or None."""
    if CLIENT.exists():
        return None
    CLIENT.parent.mkdir(parents=True, exist_ok=True)
    name, _, version = CLIENT.name.removesuffix(".umd.js").rpartition("-")
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"{name}@{version}"],
            cwd=CLIENT.parent,
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )
        archive = packed.stdout.strip()
        unpack = ["tar", "-xzOf", archive, f"package/dist/{name}.umd.js"]
        done = subprocess.run(unpack, cwd=CLIENT.parent, capture_output=True, check=True)
        CLIENT.write_bytes(done.stdout)
        (CLIENT.parent / archive).unlink()
        return None
    return "LIVEKIT'S CLIENT WAS NOT TESTED: npm cannot fetch livekit-client"


def token(name: str) -> str:
    grants = api.VideoGrants(room_join=True, room="evening")
    made = api.AccessToken(KEY, SECRET).with_identity(name).with_grants(grants)
    return made.with_ttl(timedelta(hours=1)).to_jwt()


@contextlib.asynccontextmanager
async def clinic(kafka, key: MasterKey, folder: Path) -> AsyncIterator[Running]:
    """A gateway that the inside of the cable reaches."""
    start = WALL.now() // MINUTE * MINUTE - 10 * MINUTE
    directory = await open_clinic(
        folder, key, WALL, Booking("livekit", "evening", start, ["ana", "luis"])
    )
    await directory.close()
    settings = GatewaySettings(
        host=network.ADDRESS, port=free_port(), directory=database(folder), write_seconds=30
    )
    async with running(kafka, key, folder, settings, start) as gateway:
        yield gateway


class Singer:
    """The other one in the room, outside of the cable; gone at the end of the block."""

    async def __aenter__(self) -> "Singer":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.kill()
        await self._process.wait()

    async def joins(self, url: str) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.producers.browser.singer", url, token("luis")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        await self._answers("in")

    async def does(self, what: str) -> None:
        self._process.stdin.write(f"{what}\n".encode())
        await self._answers(what)

    async def _answers(self, word: str) -> None:
        async with asyncio.timeout(30):
            assert (await self._process.stdout.readline()).decode().strip() == word


def whole(samples: list[Sample], began: int, ended: int) -> list[Sample]:
    """Those of intervals (of 5 s) that lie within these times."""
    return [one for one in samples if began + 5_300 <= one.ts <= ended + 300]


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_cut_a_lossy_line_and_a_mute_come_out_as_what_they_are(
    kafka, key: MasterKey, tmp_path: Path
):
    if lacking := network.missing() or missing() or build() or client():
        pytest.skip(lacking)
    with network.cable(tmp_path, "/usr/bin/chromium") as cable:
        async with (
            clinic(kafka, key, tmp_path) as gateway,
            livekit_server(
                tmp_path,
                f"{gateway.url}/webhooks/livekit",
                address=cable.address,
                interface=cable.outside,
            ) as server,
            chromium("--use-fake-ui-for-media-stream", program=str(cable.wrapper)) as browser,
            Singer() as singer,
        ):
            await singer.joins(server.url)
            context = await browser.new_context()
            page = await open_page(context, gateway, "ana", "q")
            await page.add_script_tag(path=CLIENT)
            await page.evaluate(JOIN, [server.url, token("ana")])
            times = await go_through(page, cable, singer)
            samples: list[Sample] = []

            async def all_came() -> bool:
                batches = await gateway.batches()
                samples.extend([one for _, batch in batches for one in batch])
                return bool(samples) and samples[-1].ts >= times["end"] - 6 * SECOND

            await page.close()
            await until(all_came, 60)
            await context.close()
    judge(samples, times)


async def go_through(page: Page, cable: network.Cable, singer: Singer) -> dict[str, int]:
    """When each thing began; `end` at last."""
    times = {}

    async def stretch(name: str, seconds: float) -> None:
        times[name] = WALL.now()
        await page.wait_for_timeout(seconds * 1_000)

    await stretch("good", 9)
    cable.cut()
    await stretch("cut", 10.5)
    cable.mend()
    await stretch("back", 6)
    cable.lose(20)
    await stretch("lossy", 10.5)
    cable.mend()
    await stretch("mended", 1)
    await singer.does("mute")
    await stretch("muted", 11)
    times["end"] = WALL.now()
    return times


def judge(samples: list[Sample], times: dict[str, int]) -> None:
    good = whole(samples, times["good"], times["cut"])
    assert good
    assert all(one.loss < 0.1 for one in good), good
    cut = whole(samples, times["cut"], times["back"])
    assert cut
    for one in cut:
        assert one.loss == 1, one
        assert one.freeze_ms is None or one.freeze_ms > 4_000, one
    lossy = whole(samples, times["lossy"], times["mended"])
    assert lossy
    assert all(0.03 < one.loss < 0.8 for one in lossy), lossy
    muted = whole(samples, times["muted"], times["end"])
    assert muted
    for one in muted:
        assert one.loss < 0.1, one
        assert not one.freeze_ms, one
        assert (one.concealed or 0) < 0.5, one
    # And so the quality reducer says of it: no picture that stands while somebody is muted. What
    # stood on the lossy line until then is said where the window of its last sample closes.
    told = QualityMonitor().apply(SampleBatch(samples))
    still = [one for one in told if isinstance(one, MediaObserved) and one.video == "frozen"]
    until_then = max(one.ts for one in samples if one.ts < muted[0].ts)
    assert all(one.ts <= until_then + WINDOW_MS for one in still), still

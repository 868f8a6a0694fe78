"""The agent in a real Chromium with real peer connections, over a real gateway and broker."""

import itertools
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Request

from streams.events import EngagementObserved, MediaChanged, Sample
from streams.now import WALL
from tests.producers.browser.care_page import LOOP, open_page
from tests.producers.gateway.join_world import Linked, chromium, linked, until

HERE = Path(__file__).parent


def test_its_pure_parts_under_node():
    node = shutil.which("node")
    if node is None:
        pytest.skip("NODE IS MISSING: the browser agent's own modules were not tested")
    files = sorted(str(one) for one in HERE.glob("*.test.mjs"))
    ran = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout[-4_000:]
    assert "# fail 0" in ran.stdout


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def link(broker, tmp_path_factory) -> AsyncIterator[Linked]:
    async with linked(broker, tmp_path_factory.mktemp("agent")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium("--use-fake-ui-for-media-stream") as opened:
        yield opened


class Caller:
    """Somebody's page, and the requests that it made to the gateway, the first ones included."""

    page: Page

    def __init__(self, context: BrowserContext) -> None:
        self.beacons: list[Request] = []
        context.on("request", self._note)
        self._context = context

    async def opens(self, link: Linked, who: str, consent: str) -> None:
        self.page = await open_page(self._context, link.gateway, who, consent)

    def _note(self, request: Request) -> None:
        if request.url.endswith("/beacon") and request.method == "POST":
            self.beacons.append(request)


class Heard:
    """What of it came onto the log."""

    def __init__(self, link: Linked) -> None:
        self._gateway = link.gateway
        self.samples: list[Sample] = []
        self.events: list = []

    async def until(self, true) -> None:
        async def came() -> bool:
            self.samples += [one for _, batch in await self._gateway.batches() for one in batch]
            self.events += await self._gateway.events()
            return true(self)

        await until(came, 60)

    def media(self) -> list[MediaChanged]:
        return [one for one in self.events if isinstance(one, MediaChanged)]


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_a_call_from_beginning_to_end(link: Linked, browser: Browser):
    gateway = link.gateway
    for scope in ("quality", "engagement"):
        said = {"scope": scope, "granted": False, "notice_version": "2026-11"}
        answer = await gateway.client.post(f"/j/{link.token('luis')}/consent", json=said)
        assert answer.status_code == 200
    contexts = [await browser.new_context() for _ in range(3)]
    ana, withdrew, refused = callers = [Caller(context) for context in contexts]
    await gateway.skip()
    await ana.opens(link, "ana", "qe")
    await withdrew.opens(link, "luis", "qe")
    await refused.opens(link, "luis", "")
    heard = Heard(link)
    for one in callers:
        await one.page.evaluate(LOOP)
    await ana.page.wait_for_function("performance.getEntriesByName(beacon).length > 0")
    # Without a network what is measured waits, and comes later with its own time.
    await contexts[0].set_offline(True)
    sent, began = len(ana.beacons), WALL.now()
    await ana.page.wait_for_timeout(16_500)
    assert len(ana.beacons) == sent
    ended = WALL.now()
    await contexts[0].set_offline(False)
    await heard.until(
        lambda so_far: any(began < one.ts < ended for one in so_far.samples) and so_far.media()
    )
    # As the page is closed, what still waits is sent.
    await ana.page.evaluate("stream.getVideoTracks()[0].enabled = false")
    await ana.page.wait_for_timeout(5_500)
    await ana.page.close()
    await heard.until(lambda so_far: any(one.camera == "off" for one in so_far.media()))
    steps = [after.ts - one.ts for one, after in itertools.pairwise(heard.samples)]
    assert all(step > 4_000 for step in steps), steps
    assert {one.participant_id for one in heard.samples} == {gateway.person("ana")}
    assert {one.connection_id for one in heard.samples} == {heard.samples[0].connection_id}
    assert {one.path for one in heard.samples} == {"direct"}
    # A busy machine is a bad line; it is never a dead one, and at its best a good one.
    assert all(one.loss < 0.9 for one in heard.samples)
    assert min(one.loss for one in heard.samples) < 0.05
    assert min(one.rtt_ms for one in heard.samples) < 500
    assert (heard.media()[0].camera, heard.media()[0].microphone) == ("on", "on")
    spoken = [one.ms or 0 for one in heard.events if isinstance(one, EngagementObserved)]
    assert sum(spoken) >= 1_000
    assert {one.participant_id for one in heard.events} == {gateway.person("ana")}
    # Who took it back elsewhere is let alone from the gateway's first answer on.
    assert len(withdrew.beacons) == 1
    assert await withdrew.page.evaluate("RTCPeerConnection === Native")
    # Who allowed nothing: nothing was asked of their page, and nothing left it.
    assert refused.beacons == []
    assert await refused.page.evaluate("patched") is False
    for context in contexts:
        await context.close()

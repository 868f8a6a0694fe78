"""A gateway that is not there yet, or cannot take what comes: nothing is lost or reordered."""

import asyncio
import time

import msgspec
from aiohttp import web

from producers.simulator import platforms
from producers.simulator.day import make
from producers.simulator.play import Keys, Player
from producers.simulator.timeline import happenings
from sessionwatch.broker import free_port
from streams.events import MINUTE
from streams.now import Clock
from tests.producers.simulator.days import KEY, PSEUDONYMS, START

SECRET = "simulated:a-livekit-secret-of-thirty-two-chars"
DAY = msgspec.structs.replace(make("demo", 1, START), rooms=make("demo", 1, START).rooms[:1])


async def no_move(room):
    raise AssertionError("no room of this day is moved")


async def test_what_is_not_taken_is_sent_again_in_its_order():
    told = [item for item in happenings(DAY, PSEUDONYMS) if item.source == "platform"][:12]
    wanted = [
        msgspec.json.decode(platforms.webhook(item, {"livekit": SECRET}, item.due).body)["id"]
        for item in told
    ]
    taken, refused, done = [], [], asyncio.Event()

    async def webhook(request):
        sent = msgspec.json.decode(await request.read())
        if len(refused) < 3:
            refused.append(sent["id"])
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"})
        taken.append(sent["id"])
        if len(taken) == len(wanted):
            done.set()
        return web.json_response({"accepted": 1})

    async def healthz(_):
        return web.Response(text="ok")

    port = free_port()
    clock = Clock(START - 4 * MINUTE, time.time_ns() // 1_000_000, 600)
    player = Player(
        DAY, f"http://127.0.0.1:{port}", Keys(SECRET, "", "token", KEY), clock, 60_000, no_move
    )
    playing = asyncio.create_task(player.play())
    await asyncio.sleep(0)  # it begins before the gateway is there
    app = web.Application()
    app.router.add_post("/webhooks/livekit", webhook)
    app.router.add_post("/beacon", healthz)
    app.router.add_post("/events", healthz)
    app.router.add_get("/healthz", healthz)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with asyncio.timeout(30):
            await done.wait()
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        await runner.cleanup()
    assert refused == wanted[:1] * 3
    assert taken[: len(wanted)] == wanted
    assert player.tally.retried >= 3
    assert player.tally.lost == 0

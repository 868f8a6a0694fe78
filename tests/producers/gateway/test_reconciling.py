"""A running gateway finds what webhooks lost: asked of a small server of Daily's shape."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from producers.gateway.settings import Api
from sessionwatch.broker import free_port
from streams.events import HOUR, MINUTE
from streams.now import WALL
from tests.http_server import serving
from tests.producers.gateway.clinic import Booking, open_clinic
from tests.producers.gateway.conftest import Running, running, settings_for
from tests.producers.gateway.test_app import livekit_joined

pytestmark = pytest.mark.slow

ROOM = "evening"
JOINED_AT = WALL.now() // 1000 * 1000 - 5 * MINUTE
OFTEN = {"reconcile_seconds": 0.2, "settled_seconds": 0.5, "feed_seconds": 3600}


class Daily:
    """Who is in the room, as its API says; `away`: it answers nothing of use."""

    def __init__(self) -> None:
        self.port = free_port()
        self.people: set[str] = set()
        self.away = False
        self.asked = 0
        self.answers = asyncio.Event()
        self.answers.set()

    async def presence(self, request: Request) -> JSONResponse:
        self.asked += 1
        await self.answers.wait()
        at = datetime.fromtimestamp(JOINED_AT / 1000, UTC).isoformat()
        seen = [{"id": f"c-{who}", "userId": who, "joinTime": at} for who in sorted(self.people)]
        return JSONResponse({ROOM: seen}, 503 if self.away else 200)

    async def asked_again(self, times: int = 2) -> None:
        """A whole round has been asked and written since."""
        until = self.asked + times
        async with asyncio.timeout(30):
            while self.asked < until:
                await asyncio.sleep(0.02)


@pytest.fixture
async def daily():
    platform = Daily()
    async with serving(Starlette(routes=[Route("/v1/presence", platform.presence)]), platform.port):
        yield platform


@contextlib.asynccontextmanager
async def gateway_of(kafka, key, tmp_path, daily: Daily) -> AsyncIterator[Running]:
    api = Api(url=f"http://127.0.0.1:{daily.port}/v1", key="key")
    start = JOINED_AT // MINUTE * MINUTE
    settings = settings_for(tmp_path, apis={"daily": api}, **OFTEN)
    async with running(kafka, key, tmp_path, settings, start) as gateway:
        yield gateway


@pytest.fixture
async def clinic(kafka, key, tmp_path):
    start = JOINED_AT // MINUTE * MINUTE
    directory = await open_clinic(
        tmp_path, key, WALL, Booking("daily", ROOM, start, ["ana", "luis"])
    )
    await directory.close()
    return kafka, key, tmp_path


def webhook(kind: str, who: str, **told) -> bytes:
    seen = {"room": ROOM, "user_id": who, "session_id": f"c-{who}", "joined_at": JOINED_AT / 1000}
    return json.dumps({"type": f"participant.{kind}", "id": "1", "payload": seen | told}).encode()


async def until(gateway: Running, *lines: str) -> list:
    """Waits for these, in any order: the events since this was last asked."""
    found: list = []
    async with asyncio.timeout(30):
        while sorted(map(told, found)) != sorted(lines):
            await asyncio.sleep(0.05)
            found += await gateway.events()
    return found


def told(event) -> str:
    reason = getattr(event, "reason", "")
    return f"{event.__struct_config__.tag} {reason}".strip()


async def test_joins_and_leaves_that_webhooks_lost(clinic, daily):
    async with gateway_of(*clinic, daily) as gateway:
        daily.people = {"ana", "stranger"}
        joins = {
            event.participant_id: event
            for event in await until(gateway, "participant.joined", "participant.joined")
        }
        assert joins.keys() == {
            gateway.person("ana"),
            gateway.names.unmapped("daily", "stranger"),
        }
        ana = joins[gateway.person("ana")]
        assert ana.ts == JOINED_AT
        late = await gateway.signed("daily", webhook("joined", "ana"))
        assert late.json() == {"accepted": 1}
        [double] = await until(gateway, "participant.joined")
        assert (double.id, double.ts) == (ana.id, ana.ts)
        daily.people = {"stranger"}
        [left] = await until(gateway, "participant.left unknown")
        assert (left.participant_id, left.connection_id) == (ana.participant_id, ana.connection_id)
        assert abs(left.ts - WALL.now()) < MINUTE
        late = await gateway.signed("daily", webhook("left", "ana", duration=60))
        [double] = await until(gateway, "participant.left unknown")
        assert double.id == left.id
        await daily.asked_again()
        assert await gateway.events() == []


async def test_a_gateway_that_was_down_asks_at_once(clinic, daily):
    daily.people = {"ana", "luis"}
    async with gateway_of(*clinic, daily) as gateway:
        await until(gateway, "participant.joined", "participant.joined")
    daily.people = {"luis", "dr-chen"}
    async with gateway_of(*clinic, daily) as gateway:
        before = "participant.joined", "participant.joined"
        events = await until(gateway, *before, "participant.joined", "participant.left unknown")
    by = {told(event): event.participant_id for event in events[2:]}
    assert by == {
        "participant.joined": gateway.names.staff("dr-chen"),
        "participant.left unknown": gateway.person("ana"),
    }


async def test_a_platform_that_is_away_empties_no_room_and_comes_back_with_lost_lines(
    clinic, daily
):
    async with gateway_of(*clinic, daily) as gateway:
        daily.people = {"ana", "luis"}
        await until(gateway, "participant.joined", "participant.joined")
        daily.away, daily.people = True, set()
        await daily.asked_again(4)
        assert await gateway.events() == []
        daily.away, daily.people = False, {"luis"}
        [left] = await until(gateway, "participant.left connection_lost")
        assert left.participant_id == gateway.person("ana")


async def test_a_leave_that_was_none_is_taken_back(clinic, daily):
    async with gateway_of(*clinic, daily) as gateway:
        daily.people = {"ana"}
        [first] = await until(gateway, "participant.joined")
        await gateway.signed("daily", webhook("left", "ana", duration=60))
        [_, again] = await until(gateway, "participant.left unknown", "participant.joined")
        assert again.connection_id == first.connection_id
        assert again.id != first.id
        assert again.ts > first.ts


async def test_who_leaves_while_the_platform_is_asked_leaves_once(clinic, daily):
    async with gateway_of(*clinic, daily) as gateway:
        daily.people = {"ana"}
        await until(gateway, "participant.joined")
        await daily.asked_again()
        daily.answers.clear()
        await daily.asked_again(1)
        await gateway.signed("daily", webhook("left", "ana", duration=60))
        daily.people = set()
        daily.answers.set()
        await daily.asked_again()
        assert [told(event) for event in await gateway.events()] == ["participant.left unknown"]


async def test_a_join_of_a_moment_ago_may_be_missing_in_the_answer(clinic, daily):
    async with gateway_of(*clinic, daily) as gateway:
        now = {"joined_at": WALL.now() / 1000 + 20}  # a clock that is ahead by more than settles
        await gateway.signed("daily", webhook("joined", "ana", **now))
        await until(gateway, "participant.joined")
        await daily.asked_again(3)
        assert await gateway.events() == []


async def test_who_stays_from_one_group_into_the_next_is_in_both(kafka, key, tmp_path):
    now = WALL.now() // MINUTE * MINUTE
    directory = await open_clinic(
        tmp_path,
        key,
        WALL,
        Booking("livekit", ROOM, now - 2 * HOUR, ["ana"], hours=1),
        Booking("livekit", ROOM, now - 10 * MINUTE, ["luis"], hours=1),
    )
    await directory.close()
    settings = settings_for(tmp_path, **OFTEN)
    async with running(kafka, key, tmp_path, settings, now - 2 * HOUR) as gateway:
        for who in ("dr-chen", "ana"):
            await gateway.signed("livekit", livekit_joined(who, late=90 * 60))
        events = await until(gateway, *["participant.joined"] * 3, "participant.left left")
        host = gateway.names.staff("dr-chen")
        [left] = [one for one in events if told(one) == "participant.left left"]
        [moved] = [one for one in events if one.session_id != gateway.session(0)]
        assert (left.participant_id, left.ts) == (host, now - 10 * MINUTE)
        assert (moved.participant_id, moved.role, moved.ts) == (host, "host", left.ts)
        gone = json.loads(livekit_joined("dr-chen")) | {"event": "participant_left"}
        await gateway.signed("livekit", json.dumps(gone).encode())
        [real] = await until(gateway, "participant.left unknown")
        assert real.session_id == moved.session_id
        assert real.id not in {left.id, moved.id}


async def test_who_left_by_another_gateway_is_not_handed_over(kafka, key, tmp_path):
    now = WALL.now() // MINUTE * MINUTE
    groups = [Booking("livekit", ROOM, now - begun, ["ana"]) for begun in (130 * MINUTE, MINUTE)]
    groups[0].hours = 2
    directory = await open_clinic(tmp_path, key, WALL, *groups)
    await directory.close()
    start = now - 130 * MINUTE
    async with (
        running(kafka, key, tmp_path, settings_for(tmp_path, **OFTEN), start) as one,
        running(kafka, key, tmp_path, settings_for(tmp_path), start) as other,
    ):
        gone = json.loads(livekit_joined("dr-chen", late=80 * 60)) | {"event": "participant_left"}
        await other.signed("livekit", json.dumps(gone).encode())
        for who in ("dr-chen", "ana"):  # sent again by the platform, late
            await one.signed("livekit", livekit_joined(who, late=90 * 60))
        left, stayed = ["participant.left unknown"], ["participant.left left"]
        events = await until(one, *["participant.joined"] * 3, *left, *stayed)
    [moved] = [event for event in events if event.session_id != one.session(0)]
    assert moved.participant_id == one.person("ana")

"""Daily's presence, asked at a small server of its shape."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from producers.gateway.asking.daily import Daily
from producers.gateway.asking.listing import NotAnswered
from producers.gateway.platforms import daily
from streams.events import SECOND
from tests.http_server import serving
from tests.producers.gateway.clinic import NOW, ROOM
from tests.producers.gateway.platforms.test_daily import sent


def person(room: str = ROOM, **told) -> dict:
    seen = {
        "room": room,
        "id": "0c0d2dda-f21d",
        "userId": "ana",
        "userName": "Canary Name",
        "mtgSessionId": "16e9701a",
        "joinTime": "2026-11-23T12:18:30.000Z",
        "duration": 543,
    }
    return seen | told


@pytest.fixture
async def asked(evenings):
    """Asks a server that answers so; its key is `key`."""

    async def ask(rooms: object, key: str = "key", status: int = 200):
        async def presence(request: Request) -> JSONResponse:
            right = request.headers.get("authorization") == "Bearer key"
            return JSONResponse(rooms, status if right else 401)

        app = Starlette(routes=[Route("/v1/presence", presence)])
        async with serving(app) as url, httpx.AsyncClient() as client:
            return await Daily(f"{url}/v1", key).ask(client, evenings.names("daily"), NOW + SECOND)

    return ask


async def test_who_is_listed_is_what_the_webhook_says(asked, evenings):
    strangers = {"elsewhere": [person("elsewhere")], "empty": []}
    listing = await asked({ROOM: [person()], **strangers})
    assert listing.present == daily.translate(sent(), evenings.names("daily"))
    assert listing.left == []


async def test_a_person_who_makes_no_sense_costs_the_others_nothing(asked):
    others = [person(joinTime="soon"), person(id=""), person(id="c2", userId=None)]
    listing = await asked({ROOM: [*others, person()]})
    assert len(listing.present) == 2


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"key": "wrong", "rooms": {}}, "status 401"),
        ({"status": 503, "rooms": {}}, "status 503"),
        ({"rooms": []}, "another shape"),
        ({"rooms": {"x": [{}]}}, "another shape"),
    ],
)
async def test_what_is_no_answer(asked, told, why):
    with pytest.raises(NotAnswered, match=why):
        await asked(**told)


async def test_a_server_that_is_away(evenings):
    async with httpx.AsyncClient() as client:
        with pytest.raises(NotAnswered, match="ConnectError"):
            await Daily("http://127.0.0.1:9", "key").ask(client, evenings.names("daily"), NOW)

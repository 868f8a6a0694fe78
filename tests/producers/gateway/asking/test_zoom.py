"""Zoom's dashboard, asked at a small server of its shape, with its tokens."""

import base64
from urllib.parse import parse_qs

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from producers.gateway.asking.listing import NotAnswered
from producers.gateway.asking.zoom import Zoom
from producers.gateway.platforms import zoom
from streams.events import HOUR
from tests.http_server import serving
from tests.producers.gateway.clinic import NOW, ROOM
from tests.producers.gateway.platforms.test_zoom_quality import UUID, joined, quality, stream

KEY = "account:client:secret"
BASIC = "Basic " + base64.b64encode(b"client:secret").decode()


def person(**told) -> dict:
    seen = {
        "id": "",
        "user_id": "16778240",
        "user_name": "Canary Name",
        "device": "Windows",
        "ip_address": "203.0.113.9",
        "join_time": "2026-11-23T12:18:30Z",
        "customer_key": "ana",
        "email": "",
    }
    return seen | told


class Dashboard:
    """What it answers, and what it was asked."""

    def __init__(self, *people: dict) -> None:
        self.people = [*people]
        self.tokens = 0
        self.asked: list[str] = []

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/oauth/token", self._token, methods=["POST"]),
                Route("/v2/metrics/meetings", self._meetings),
                Route("/v2/metrics/meetings/{room}/participants", self._people),
            ]
        )

    async def _token(self, request: Request) -> JSONResponse:
        told = parse_qs(request.url.query)
        right = request.headers["authorization"] == BASIC and told["account_id"] == ["account"]
        if not right or told["grant_type"] != ["account_credentials"]:
            return JSONResponse({"reason": "Invalid client_id or client_secret"}, 401)
        self.tokens += 1
        return JSONResponse({"access_token": f"t{self.tokens}", "expires_in": 3599})

    def _may(self, request: Request) -> bool:
        self.asked.append(request.url.path)
        return request.headers.get("authorization") == f"Bearer t{self.tokens}"

    async def _meetings(self, request: Request) -> JSONResponse:
        if not self._may(request):
            return JSONResponse({}, 401)
        if request.query_params.get("next_page_token") != "2":
            other = {"id": 5550001111, "uuid": "other=="}
            return JSONResponse({"meetings": [other], "next_page_token": "2"})
        return JSONResponse({"meetings": [{"id": int(ROOM), "uuid": UUID}], "next_page_token": ""})

    async def _people(self, request: Request) -> JSONResponse:
        if not self._may(request) or request.path_params["room"] != ROOM:
            return JSONResponse({}, 401)
        page = self.people[1:] if request.query_params.get("next_page_token") else self.people[:1]
        more = "more" if len(self.people) > 1 and page == self.people[:1] else ""
        return JSONResponse({"participants": page, "next_page_token": more})


@pytest.fixture
def names(evenings):
    return evenings.names("zoom")


async def test_who_is_listed_is_what_the_webhook_says(names):
    gone = person(user_id="77", customer_key="luis", leave_time="2026-11-23T12:19:30Z")
    dashboard = Dashboard(person(), gone | {"leave_reason": "left the meeting."})
    async with serving(dashboard.app()) as url, httpx.AsyncClient() as client:
        asker = Zoom(f"{url}/v2", KEY, f"{url}/oauth/token")
        listing = await asker.ask(client, names, NOW)
        await asker.ask(client, names, NOW + HOUR // 2)
        assert dashboard.tokens == 1
        await asker.ask(client, names, NOW + HOUR)
        assert dashboard.tokens == 2
    assert listing.present == zoom.translate(joined(customer_key="ana"), names)
    [left] = listing.left
    assert (left.participant_id, left.reason) == (names.participant("luis"), "left")
    assert left.connection_id == names.connection(UUID, "77")
    assert not any("5550001111" in path for path in dashboard.asked)  # no session, nobody listed


async def test_who_waits_to_be_let_in_is_not_there_yet(names):
    waits = person(user_id="77", customer_key="luis", status="in_waiting_room")
    dashboard = Dashboard(person(status="in_meeting"), waits)
    async with serving(dashboard.app()) as url, httpx.AsyncClient() as client:
        listing = await Zoom(f"{url}/v2", KEY, f"{url}/oauth/token").ask(client, names, NOW)
    assert [join.participant_id for join in listing.present] == [names.participant("ana")]


async def test_it_teaches_whose_a_measurement_is(names):
    dashboard = Dashboard(person())
    async with serving(dashboard.app()) as url, httpx.AsyncClient() as client:
        await Zoom(f"{url}/v2", KEY, f"{url}/oauth/token").ask(client, names, NOW)
    assert zoom.translate(quality(stream("audio_input"), email="ana@mail.example"), names)


@pytest.mark.parametrize(
    ("key", "why"), [("account:client:wrong", "status 401"), ("account", "account:client:secret")]
)
async def test_a_wrong_key(names, key, why):
    async with serving(Dashboard().app()) as url, httpx.AsyncClient() as client:
        with pytest.raises(NotAnswered, match=why):
            await Zoom(f"{url}/v2", key, f"{url}/oauth/token").ask(client, names, NOW)
